"""Detect the generator of an existing site: Jekyll, Hugo or Eleventy."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feeds.content import frontmatter
from feeds.content.scan import SUFFIXES, collection_of
from feeds.parsing import yaml

# What an Eleventy config says of the folder it reads.
_INPUT = re.compile(r"""\binput\s*:\s*["']\.?/?([^"']*)["']""")
_INPUT_DIRECTORY = re.compile(r"""setInputDirectory\(\s*["']\.?/?([^"']*)["']""")


@dataclass(frozen=True, slots=True)
class DetectedSite:
    """What an existing site says of itself.

    Attributes:
        kind: What made it: `Jekyll`, `Hugo` or `Eleventy`; empty for a new site.
        content: Its content, relative to the folder.
        collections: Those that have entries; empty for all.
    """

    kind: str = ""
    title: str = ""
    url: str = ""
    description: str = ""
    language: str = ""
    content: str = "content"
    collections: tuple[str, ...] = ()


def find_site(folder: Path) -> DetectedSite:
    """Return what the tree in a folder says, if Jekyll, Hugo or Eleventy makes a site of it."""
    for look in (_jekyll, _hugo, _eleventy):
        if found := look(folder):
            return found
    return DetectedSite()


def count_toml(folder: Path, found: DetectedSite) -> int:
    """Return how many files of a site's content have front matter in TOML, which entries cannot have."""
    begin = frontmatter.TOML.encode()
    files = (path for path in (folder / found.content).rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return sum(path.read_bytes().replace(b"\r\n", b"\n").startswith(begin) for path in files)


def _jekyll(folder: Path) -> DetectedSite | None:
    said = _yaml(folder / "_config.yml") or _yaml(folder / "_config.yaml")
    if said is None:
        return None
    inside = str(said.get("collections_dir") or said.get("source") or ".").strip("/") or "."
    named = said.get("collections")
    names = ["posts", *(named if isinstance(named, list | dict) else ())]
    have = tuple(
        str(name) for name in dict.fromkeys(names) if isinstance(name, str) and (folder / inside / f"_{name}").is_dir()
    )
    url = _said(said, "url") + _said(said, "baseurl")
    return DetectedSite(
        "Jekyll", _said(said, "title"), url, _said(said, "description"), _said(said, "lang", "locale"), inside, have
    )


def _hugo(folder: Path) -> DetectedSite | None:
    for name in ("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config/_default/hugo.toml"):
        path = folder / name
        if not path.is_file() or (name == "config.toml" and not (folder / "content").is_dir()):
            continue
        said = _toml(path) if name.endswith("toml") else _yaml(path)
        parameters = said.get("params", {}) if said else {}
        about = _said(parameters, "description") if isinstance(parameters, dict) else ""
        return DetectedSite(
            "Hugo",
            _said(said or {}, "title"),
            _said(said or {}, "baseURL", "baseurl"),
            about,
            _said(said or {}, "languageCode", "defaultContentLanguage"),
            _said(said or {}, "contentDir") or "content",
        )
    return None


def _eleventy(folder: Path) -> DetectedSite | None:
    names = ("eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", "eleventy.config.ts", ".eleventy.js")
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    if path is None:
        return None
    # It is a program: what it says in so many words is all that can be known of it.
    written = path.read_text("utf-8", "replace")
    match = _INPUT.search(written) or _INPUT_DIRECTORY.search(written)
    inside = (match[1].strip("/") if match else "") or "."
    said: Mapping[str, Any] = {}
    for name in ("metadata.json", "site.json", "meta.json"):
        said = said or _yaml(folder / inside / "_data" / name) or {}
    package = _yaml(folder / "package.json") or {}
    return DetectedSite(
        "Eleventy",
        _said(said, "title", "name") or _said(package, "name"),
        _said(said, "url") or _said(package, "homepage"),
        _said(said, "description") or _said(package, "description"),
        _said(said, "language", "lang"),
        inside,
        tuple(_with_entries(folder / inside)) if inside == "." else (),
    )


def _with_entries(folder: Path) -> Iterator[str]:
    """Yield the collections of a folder that has much else in it."""
    for path in sorted(folder.iterdir()):
        if (
            not path.is_dir()
            or path.name.startswith((".", "_"))
            or path.name in ("node_modules", "public", "api", "assets")
        ):
            continue
        if any(
            each.suffix in SUFFIXES and each.read_bytes()[:3] == b"---" for each in path.iterdir() if each.is_file()
        ):
            yield collection_of(path.name)


def _said(values: Mapping[str, Any], *keys: str) -> str:
    found = (str(values[key]) for key in keys if isinstance(values.get(key), str | int | float))
    return next(found, "")


def _yaml(path: Path) -> Mapping[str, Any] | None:
    """Return what a file says in YAML or JSON, or None where it says nothing that is understood."""
    from feeds.parsing.yaml_types import YamlError

    try:
        value = yaml.read(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, YamlError):
        return None
    return value if isinstance(value, dict) else None


def _toml(path: Path) -> Mapping[str, Any] | None:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return None
