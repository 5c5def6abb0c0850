"""Begin a site or an entry: what to write, found out from what is there.

Never overwrites a file. What an existing site says of itself is taken over; what it does
not say is a value to change, and said to be one.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feeds import frontmatter, text, yamltext
from feeds.edition import is_safe_path
from feeds.entry import Source
from feeds.errors import StartError
from feeds.model import Site
from feeds.tree import SUFFIXES, Limits, collection_of, is_collection

# What an Eleventy config says of the folder it reads.
_INPUT = re.compile(r"""\binput\s*:\s*["']\.?/?([^"']*)["']""")
_INPUT_DIRECTORY = re.compile(r"""setInputDirectory\(\s*["']\.?/?([^"']*)["']""")
_EXAMPLE = "https://feeds.example.org/"


@dataclass(frozen=True, slots=True)
class Found:
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


def find_site(folder: Path) -> Found:
    """Return what the tree in a folder says, if Jekyll, Hugo or Eleventy makes a site of it."""
    for look in (_jekyll, _hugo, _eleventy):
        if found := look(folder):
            return found
    return Found()


def count_toml(folder: Path, found: Found) -> int:
    """Return how many files of a site's content have front matter in TOML, which entries cannot have."""
    begin = frontmatter.TOML.encode()
    files = (path for path in (folder / found.content).rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return sum(path.read_bytes().replace(b"\r\n", b"\n").startswith(begin) for path in files)


def begin_site(
    folder: Path, found: Found, now: datetime, title: str | None = None, url: str | None = None
) -> list[Path]:
    """Write a config for a site, and an entry to begin with if it is a new one; return what was written.

    Raises:
        StartError: There is a config already, the URL is none, or the folder cannot be written.
    """
    path = folder / "config.yaml"
    files = {path: make_config(folder, found, now, title, url)}
    if not found.kind and not (folder / found.content).exists():
        name = f"{now:%Y-%m-%d}-hello.md"
        files[folder / found.content / "news" / name] = make_entry(
            "Hello", "https://example.com/", now, topics=("News",), summary="The first entry: change it, or delete it."
        )
    for each, written in files.items():
        _write(each, written)
    return list(files)


def make_config(folder: Path, found: Found, now: datetime, title: str | None = None, url: str | None = None) -> str:
    """Return the text of a config.

    Raises:
        StartError: The URL that was given is none, or no folder's.
    """
    given = _folder_url(url or "")
    if url and not given:
        what = "has a query or a fragment" if text.url(url) else "not an http(s) URL"
        raise StartError(url, f"{what}: write {_EXAMPLE}")
    name = title or found.title or folder.resolve().name.replace("-", " ").replace("_", " ").capitalize()
    # Where it says a path alone nobody knows the host.
    base = _folder_url(found.url)
    address = given or (f"{base}subscribe/" if base else _EXAMPLE)
    host = urlsplit(address).hostname or "example.org"
    lines = ["# Where this configuration lies is where its paths begin. `feeds schema config` has every key.", "site:"]
    lines += [f"  title: {_quoted(name)}"]
    lines += [f"  description: {_quoted(found.description)}"] if found.description else []
    lines += ["  # Where the documents will be." + ("" if url or base else " Change it.")]
    lines += [f"  url: {address}"]
    lines += ["  # What URLs in the content that begin with a slash belong to.", f"  base: {base}"] if base else []
    lines += ["  # Every id begins with this, for ever: a domain that was yours on that date."]
    lines += [f"  tag: {host},{now:%Y}"]
    language = found.language.replace("_", "-")
    lines += [f"  language: {language}"] if language and text.is_language(language) else []
    # No folder can be inside the other.
    inside = found.content == "."
    lines += [
        "",
        f"content: {found.content}",
        f"output: {'../' + folder.resolve().name + '-feeds' if inside else 'public-feeds' if found.kind else 'public'}",
    ]
    if found.collections:
        lines += ["collections:", f"  include: [{', '.join(map(_quoted, found.collections))}]"]
    lines += [
        "",
        "# Feeds by rules; those of topics and providers are there anyway.",
        "feeds:",
        "  all:",
        "    archive: true",
    ]
    return "\n".join(lines) + "\n"


def _folder_url(value: str) -> str:
    """Return the URL of a folder as a config has it, or the empty text if `value` is none."""
    url = text.url(value)
    return f"{url.rstrip('/')}/" if url and "?" not in url and "#" not in url else ""


def make_entry(
    title: str,
    url: str,
    now: datetime,
    topics: tuple[str, ...] = (),
    summary: str = "",
    kind: str = "",
    draft: bool = False,
) -> str:
    """Return the text of a content file.

    Raises:
        StartError: It would not be valid, and why.
    """
    host = text.domain((urlsplit(url).hostname or "").removeprefix("www."))
    lines = ["---", f"title: {_quoted(title)}"]
    lines += [f"excerpt: {_quoted(summary)}"] if summary else []
    lines += [f"publishedDateTime: {now:%Y-%m-%dT%H:%M:%SZ}", f"webUrl: {_quoted(url)}"]
    lines += [f"type: {_quoted(kind)}"] if kind else []
    lines += ["provider:", f"  name: {host}", f"  domain: {host}"] if host else []
    lines += ["topics:", *(f"  - {_quoted(topic)}" for topic in topics)] if topics else []
    made = "\n".join([*lines, *(["draft: true"] if draft else []), "---", ""])
    site = Site("", _EXAMPLE, "example.org,2026", _EXAMPLE)
    # A draft may be as wrong as it likes, and what is begun here is to be right.
    whole = made.replace("\ndraft: true\n---", "\n---")
    parsed = frontmatter.parse(whole.encode(), Source("the entry", "news/entry.md", "news"), site)
    if parsed.entry is None or parsed.problems:
        raise StartError("the entry", "; ".join(f"{each.key}: {each.message}" for each in parsed.problems))
    return made


def begin_entry(content: Path, limits: Limits, collection: str, title: str, now: datetime, written: str) -> Path:
    """Write a content file into the folder of a collection, and return where it is.

    Args:
        content: The content folder.
        limits: Which collections of it are read.
        collection: Its name.
        title: What the file is called after.
        now: The date of its name.
        written: What is in it.

    Raises:
        StartError: No entries are read there, there is such a file already, or it cannot be written.
    """
    if not is_safe_path(collection):
        raise StartError(collection, "not a collection: write its folders with slashes between them, such as news")
    folder = _folder(content, limits, collection)
    if not is_collection(folder, limits):
        raise StartError(collection, "no entries are read there: take another collection, or see the config")
    name = text.slug(title)[:60].strip("-") or "entry"
    path = content / folder / f"{now.astimezone(UTC):%Y-%m-%d}-{name}.md"
    _write(path, written)
    return path


def _folder(content: Path, limits: Limits, collection: str) -> str:
    """Return the folder of a collection, which may have underscores that its name has not."""
    found = (path.relative_to(content).as_posix() for path in sorted(content.rglob("*")) if path.is_dir())
    named = (each for each in found if collection_of(each) == collection and is_collection(each, limits))
    return next(named, collection)


def _write(path: Path, written: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as opened:
            opened.write(written)
    except FileExistsError:
        raise StartError(str(path), "is there already, and is left as it is") from None
    except OSError as error:
        raise StartError(str(path), error.strerror or "cannot be written") from None


def _quoted(value: str) -> str:
    # JSON's strings are YAML's; a file in UTF-8 needs no escapes.
    return json.dumps(" ".join(value.split()), ensure_ascii=False)


def _jekyll(folder: Path) -> Found | None:
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
    return Found(
        "Jekyll", _said(said, "title"), url, _said(said, "description"), _said(said, "lang", "locale"), inside, have
    )


def _hugo(folder: Path) -> Found | None:
    for name in ("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config/_default/hugo.toml"):
        path = folder / name
        if not path.is_file() or (name == "config.toml" and not (folder / "content").is_dir()):
            continue
        said = _toml(path) if name.endswith("toml") else _yaml(path)
        parameters = said.get("params", {}) if said else {}
        about = _said(parameters, "description") if isinstance(parameters, dict) else ""
        return Found(
            "Hugo",
            _said(said or {}, "title"),
            _said(said or {}, "baseURL", "baseurl"),
            about,
            _said(said or {}, "languageCode", "defaultContentLanguage"),
            _said(said or {}, "contentDir") or "content",
        )
    return None


def _eleventy(folder: Path) -> Found | None:
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
    return Found(
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
    from feeds.yamllines import YamlError

    try:
        value = yamltext.read(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, YamlError):
        return None
    return value if isinstance(value, dict) else None


def _toml(path: Path) -> Mapping[str, Any] | None:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return None
