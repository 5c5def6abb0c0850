"""Read the content tree: find the files, have each parsed, and account for every one.

The only module that reads content. What a file means is for `frontmatter`.
"""

import fnmatch
import mimetypes
import os
import posixpath
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from feeds import frontmatter
from feeds.errors import ContentError, Problem
from feeds.frontmatter import Parsed, Source
from feeds.model import Asset, Entry, Site
from feeds.selection import Content

T = TypeVar("T")

SUFFIXES = (".md", ".markdown", ".html")
_NO_COLLECTIONS = frozenset({"_data", "assets", "api"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Which collections are read, by patterns on their names, and how large a file may be in bytes."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Loaded:
    """The content, and the account of it.

    Attributes:
        problems: Every mistake in every file, in the order of the files.
        counts: How many files there were of each status.
        unknown: How often each key occurred that the format does not have.
    """

    content: Content
    problems: tuple[Problem, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)


def load(
    root: Path, site: Site, limits: Limits = Limits(), progress: Callable[[int, int], None] = lambda done, total: None
) -> Loaded:
    """Return all that is published in the tree at `root`.

    The order in which the file system lists the files makes no difference.

    Args:
        root: The content folder.
        site: What ids and URLs are made from.
        limits: What is left out.
        progress: Called with the files done and the files in all.

    Raises:
        ContentError: The folder is not there or cannot be listed.
    """
    if not root.is_dir():
        raise ContentError(_shown(root), "no such folder")
    problems: list[Problem] = []
    found = sorted(_walk(root, problems), key=lambda pair: pair[0].path)
    topics = list(_data(root, "topics", (".yaml", ".yml"), limits, problems, frontmatter.parse_topic))
    organizations = list(
        _data(
            root,
            "organizations",
            SUFFIXES,
            limits,
            problems,
            lambda data, name: frontmatter.parse_organization(data, name, site),
        )
    )
    sources = [(source, path) for source, path in found if _wanted(source.collection, limits)]
    counts: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    entries: dict[str, Entry] = {}
    for done, (source, path) in enumerate(sources):
        progress(done, len(sources))
        parsed = _parse(path, source, site, limits)
        status: str = parsed.status
        problems += parsed.problems
        unknown.update(parsed.unknown)
        if entry := parsed.entry:
            first = entries.setdefault(entry.id, entry)
            if first is not entry:
                status = "invalid"
                message = f"has the id of {first.source}: {entry.id}"
                problems.append(Problem(source.name, 0, "id", message))
        counts[status] += 1
    progress(len(sources), len(sources))
    assets = tuple(_assets(root, limits, problems)) if site.base == site.url else ()
    content = Content(tuple(entries.values()), tuple(topics), tuple(organizations), assets)
    return Loaded(content, tuple(problems), counts, unknown)


def _walk(root: Path, problems: list[Problem]) -> Iterator[tuple[Source, Path]]:
    """Yield every file that may be an entry, and where it is; what cannot be looked at is a problem."""
    shown = _shown(root)
    inside = os.path.realpath(root)
    visited = {inside}
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            listing = list(os.scandir(root / folder))
        except OSError as error:
            if not folder:
                raise ContentError(shown, error.strerror or "cannot be listed") from None
            problems.append(Problem(f"{shown}/{folder}", 0, "", f"cannot be listed: {error.strerror}"))
            continue
        for item in listing:
            if item.name.startswith(".") or (not folder and item.name in _NO_COLLECTIONS):
                continue
            path = f"{folder}/{item.name}" if folder else item.name
            if item.is_symlink():
                target = os.path.realpath(item.path)
                if os.path.commonpath([target, inside]) != inside:
                    problems.append(Problem(f"{shown}/{path}", 0, "", "a link out of the content folder, not followed"))
                    continue
            if item.is_dir():
                real = os.path.realpath(item.path)
                # A link to a folder that is read anyway would give every entry a second id.
                if real not in visited:
                    visited.add(real)
                    waiting.append(path)
            elif item.name.endswith(SUFFIXES):
                try:
                    name = _text(path)
                except UnicodeDecodeError:
                    problems.append(Problem(f"{shown}/{path!a}", 0, "", "the file's name is not UTF-8, not read"))
                    continue
                yield Source(f"{shown}/{name}", name, collection_of(posixpath.dirname(name))), root / path


def _text(path: str) -> str:
    # The same name whatever the locale, and whether the tree is on a Mac or not:
    # ids are made from it.
    return unicodedata.normalize("NFC", os.fsencode(path).decode("utf-8"))


def collection_of(folder: str) -> str:
    """Return the name of the collection in a folder: `_learning/videos` -> `learning/videos`."""
    return "/".join(part.lstrip("_") or part for part in folder.split("/"))


def _wanted(collection: str, limits: Limits) -> bool:
    def among(patterns: tuple[str, ...]) -> bool:
        return any(fnmatch.fnmatchcase(collection, pattern) for pattern in patterns)

    return (not limits.include or among(limits.include)) and not among(limits.exclude)


def _parse(path: Path, source: Source, site: Site, limits: Limits) -> Parsed:
    data, problem = _read(path, source.name, limits)
    if data is None:
        return Parsed("invalid", problems=(problem,) if problem else ())
    return frontmatter.parse(data, source, site)


def _read(path: Path, name: str, limits: Limits) -> tuple[bytes | None, Problem | None]:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > limits.max_file_bytes:
                message = f"{size // 1024} KB is over max_file_kb, {limits.max_file_bytes // 1024}: not read"
                return None, Problem(name, 0, "", message)
            return file.read(limits.max_file_bytes), None
    except OSError as error:
        return None, Problem(name, 0, "", f"cannot be read: {error.strerror}")


def _data(
    root: Path,
    folder: str,
    suffixes: tuple[str, ...],
    limits: Limits,
    problems: list[Problem],
    parse: Callable[[bytes, str], tuple[T | None, tuple[Problem, ...]]],
) -> Iterator[T]:
    for path in sorted((root / "_data" / folder).glob("*")):
        if path.suffix not in suffixes or not path.is_file():
            continue
        name = f"{_shown(root)}/_data/{folder}/{path.name}"
        data, problem = _read(path, name, limits)
        value, found = parse(data, name) if data is not None else (None, ())
        problems += found + ((problem,) if problem else ())
        if value is not None:
            yield value


def _assets(root: Path, limits: Limits, problems: list[Problem]) -> Iterable[Asset]:
    for path in sorted((root / "assets").rglob("*")):
        relative = path.relative_to(root).as_posix()
        if (
            not path.is_file()
            or path.is_symlink()
            or any(part.startswith(".") for part in path.parts[len(root.parts) :])
        ):
            continue
        data, problem = _read(path, f"{_shown(root)}/{relative}", limits)
        if problem:
            problems.append(problem)
        if data is not None:
            content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            yield Asset(relative, content_type, data)


def _shown(root: Path) -> str:
    """Return the folder as a person would name it from where they are."""
    relative = os.path.relpath(root)
    return relative if len(relative) < len(str(root)) else str(root)
