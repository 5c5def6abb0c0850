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

# The input folder in an Eleventy config.
_INPUT = re.compile(r"""\binput\s*:\s*["']\.?/?([^"']*)["']""")
_INPUT_DIRECTORY = re.compile(r"""setInputDirectory\(\s*["']\.?/?([^"']*)["']""")


@dataclass(frozen=True, slots=True)
class DetectedSite:
    """An existing site, as its generator's config describes it.

    Attributes:
        kind: The generator: `Jekyll`, `Hugo` or `Eleventy`; empty for a new site.
        content: The content folder, relative to the site's folder.
        collections: The collections that have entries; empty for all.
    """

    kind: str = ""
    title: str = ""
    url: str = ""
    description: str = ""
    language: str = ""
    content: str = "content"
    collections: tuple[str, ...] = ()


def find_site(folder: Path) -> DetectedSite:
    """Return the Jekyll, Hugo or Eleventy site in a folder, or an empty site."""
    for look in (_jekyll, _hugo, _eleventy):
        if site := look(folder):
            return site
    return DetectedSite()


def count_toml(folder: Path, found: DetectedSite) -> int:
    """Return the number of content files with TOML front matter, which cannot be read as entries."""
    begin = frontmatter.TOML.encode()
    files = (path for path in (folder / found.content).rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return sum(path.read_bytes().replace(b"\r\n", b"\n").startswith(begin) for path in files)


def _jekyll(folder: Path) -> DetectedSite | None:
    config = _yaml(folder / "_config.yml") or _yaml(folder / "_config.yaml")
    if config is None:
        return None
    inside = str(config.get("collections_dir") or config.get("source") or ".").strip("/") or "."
    named = config.get("collections")
    names = ["posts", *(named if isinstance(named, list | dict) else ())]
    have = tuple(
        str(name) for name in dict.fromkeys(names) if isinstance(name, str) and (folder / inside / f"_{name}").is_dir()
    )
    url = _said(config, "url") + _said(config, "baseurl")
    return DetectedSite(
        "Jekyll",
        _said(config, "title"),
        url,
        _said(config, "description"),
        _said(config, "lang", "locale"),
        inside,
        have,
    )


def _hugo(folder: Path) -> DetectedSite | None:
    for name in ("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config/_default/hugo.toml"):
        path = folder / name
        if not path.is_file() or (name == "config.toml" and not (folder / "content").is_dir()):
            continue
        config = _toml(path) if name.endswith("toml") else _yaml(path)
        parameters = config.get("params", {}) if config else {}
        about = _said(parameters, "description") if isinstance(parameters, dict) else ""
        return DetectedSite(
            "Hugo",
            _said(config or {}, "title"),
            _said(config or {}, "baseURL", "baseurl"),
            about,
            _said(config or {}, "languageCode", "defaultContentLanguage"),
            _said(config or {}, "contentDir") or "content",
        )
    return None


def _eleventy(folder: Path) -> DetectedSite | None:
    names = ("eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", "eleventy.config.ts", ".eleventy.js")
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    if path is None:
        return None
    # The config is a program that is not run, so only literal values can be read.
    source = path.read_text("utf-8", "replace")
    match = _INPUT.search(source) or _INPUT_DIRECTORY.search(source)
    inside = (match[1].strip("/") if match else "") or "."
    metadata: Mapping[str, Any] = {}
    for name in ("metadata.json", "site.json", "meta.json"):
        metadata = metadata or _yaml(folder / inside / "_data" / name) or {}
    package = _yaml(folder / "package.json") or {}
    return DetectedSite(
        "Eleventy",
        _said(metadata, "title", "name") or _said(package, "name"),
        _said(metadata, "url") or _said(package, "homepage"),
        _said(metadata, "description") or _said(package, "description"),
        _said(metadata, "language", "lang"),
        inside,
        tuple(_with_entries(folder / inside)) if inside == "." else (),
    )


def _with_entries(folder: Path) -> Iterator[str]:
    """Yield the collections of a folder that also holds other folders."""
    for path in sorted(folder.iterdir()):
        if (
            not path.is_dir()
            or path.name.startswith((".", "_"))
            or path.name in ("node_modules", "public", "api", "assets")
        ):
            continue
        if any(
            file.suffix in SUFFIXES and file.read_bytes()[:3] == b"---" for file in path.iterdir() if file.is_file()
        ):
            yield collection_of(path.name)


def _said(values: Mapping[str, Any], *keys: str) -> str:
    texts = (str(values[key]) for key in keys if isinstance(values.get(key), str | int | float))
    return next(texts, "")


def _yaml(path: Path) -> Mapping[str, Any] | None:
    """Return the mapping in a YAML or JSON file, or None if it has none or cannot be read."""
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
