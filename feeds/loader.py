"""Read the content tree: find the files, have each parsed, and account for every one.

The only module that reads content. What a file means is for `frontmatter`.
"""

import fnmatch
import os
import posixpath
import stat
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from feeds import frontmatter, text
from feeds.edition import is_safe_path
from feeds.entry import Source
from feeds.errors import ContentError, Problem
from feeds.frontmatter import Parsed
from feeds.index import Index
from feeds.model import Asset, Entry, Site
from feeds.selection import Content

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with the files done and the files in all."""

SUFFIXES = (".md", ".markdown", ".html")
_NO_COLLECTIONS = ("_data", "assets", "api")


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""


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
    root: Path,
    site: Site,
    limits: Limits = Limits(),
    progress: Progress = no_progress,
    index: Index | None = None,
) -> Loaded:
    """Return all that is published in the tree at `root`.

    The order in which the file system lists the files makes no difference.

    Args:
        root: The content folder.
        site: What ids and URLs are made from.
        limits: What is left out.
        progress: Told how far the reading is.
        index: What the files were before; None reads them all.

    Raises:
        ContentError: The folder is not there or cannot be listed.
    """
    tree = _Tree(root, limits)
    topics = tree.data("topics", (".yaml", ".yml"), frontmatter.parse_topic)
    organizations = tree.data(
        "organizations", SUFFIXES, lambda data, name: frontmatter.parse_organization(data, name, site)
    )
    assets = tree.assets() if site.base == site.url else ()
    entries: list[Entry] = []
    counts: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    broken = tree.unreadable
    sources = list(tree.sources())
    for done, (source, file) in enumerate(sources):
        progress(done, len(sources))
        parsed = _parse(tree, source, file, site, index)
        tree.problems += parsed.problems
        unknown.update(parsed.unknown)
        counts[parsed.status] += 1
        if parsed.entry:
            entries.append(parsed.entry)
        elif parsed.status in ("invalid", "undated"):
            broken.add(source.path)
    progress(len(sources), len(sources))
    content = Content(tuple(entries), topics, organizations, assets, frozenset(broken))
    return Loaded(content, tuple(tree.problems), counts, unknown)


def _parse(tree: "_Tree", source: Source, file: "_File", site: Site, index: Index | None) -> Parsed:
    parsed = index.unchanged(source.path, file.status) if index else None
    if parsed is not None:
        return parsed
    data = tree.read(source.path, file.path)
    if data is None:
        return Parsed("invalid")
    parsed = index.same(source.path, file.status, data) if index else None
    if parsed is None:
        parsed = frontmatter.parse(data, source, site)
        if index:
            index.put(source.path, file.status, data, parsed)
    return parsed


def collection_of(folder: str) -> str:
    """Return the name of the collection in a folder: `_learning/videos` -> `learning/videos`."""
    return "/".join(part.lstrip("_") or part for part in folder.split("/"))


def shown(root: Path) -> str:
    """Return the folder as a person would name it from where they are."""
    relative = os.path.relpath(root)
    return relative if len(relative) < len(str(root)) else str(root)


class _File(NamedTuple):
    """A regular file: its path in the tree, where it is, and what the listing said of it."""

    name: str
    path: Path
    status: os.stat_result


class _Tree:
    """The files of a content tree; what cannot be read is a problem and no more."""

    def __init__(self, root: Path, limits: Limits) -> None:
        self.root = root
        self.limits = limits
        self.name = shown(root)
        self.problems: list[Problem] = []
        self.unreadable: set[str] = set()
        self._inside = os.path.realpath(root)
        if not root.is_dir():
            raise ContentError(self.name, "no such folder")
        self._listing("")  # a root that cannot be listed stops here

    def sources(self) -> Iterator[tuple[Source, _File]]:
        """Yield every file that may be an entry, in the order of their paths."""
        for file in self._files("", skip=_NO_COLLECTIONS):
            collection = collection_of(posixpath.dirname(file.name))
            if file.name.endswith(SUFFIXES) and _wanted(collection, self.limits):
                yield Source(f"{self.name}/{file.name}", file.name, collection), file

    def data(
        self,
        folder: str,
        suffixes: tuple[str, ...],
        parse: Callable[[bytes, str], tuple[T | None, tuple[Problem, ...]]],
    ) -> tuple[T, ...]:
        """Return what the files of a folder of `_data` describe."""
        made = []
        for path, file, _ in self._files(f"_data/{folder}"):
            data = self.read(path, file) if path.endswith(suffixes) else None
            if data is not None:
                value, problems = parse(data, f"{self.name}/{path}")
                self.problems += problems
                made += [] if value is None else [value]
        return tuple(made)

    def assets(self) -> tuple[Asset, ...]:
        """Return the files that are published as they are."""
        return tuple(
            Asset(path, text.media_type(path) or "application/octet-stream", data)
            for path, file, _ in self._files("assets")
            if (data := self.read(path, file)) is not None
        )

    def read(self, path: str, file: Path) -> bytes | None:
        """Return the bytes of a file, or None if it cannot be read or is too large."""
        limit = self.limits.max_file_bytes
        try:
            with file.open("rb") as opened:
                size = os.fstat(opened.fileno()).st_size
                if size <= limit:
                    return opened.read(limit)
        except OSError as error:
            self._unreadable(path, f"cannot be read: {error.strerror}")
            return None
        self._report(path, f"{size // 1024} KB is over max_file_kb, {limit // 1024}: not read")
        return None

    def _report(self, path: str, message: str) -> None:
        self.problems.append(Problem(f"{self.name}/{path}", 0, "", message))

    def _unreadable(self, path: str, message: str) -> None:
        self.unreadable.add(path)
        self._report(path, message)

    def _files(self, start: str, skip: tuple[str, ...] = ()) -> list[_File]:
        """Return the regular files below a folder with their paths in the tree, sorted."""
        if start and not self._is_inside(os.path.realpath(self.root / start)):
            self._report(start, "a link out of the content folder, not followed")
            return []
        found = []
        waiting = [start]
        while waiting:
            folder = waiting.pop()
            for item in self._listing(folder):
                path = f"{folder}/{item.name}" if folder else item.name
                if item.name.startswith(".") or path in skip:
                    continue
                status = self._status(item, path)
                if status is None:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(path)
                elif stat.S_ISREG(status.st_mode) and (name := self._text(path)):
                    found.append(_File(name, self.root / path, status))
        return sorted(found)

    def _listing(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / folder) as items:
                return list(items)
        except FileNotFoundError:
            return []
        except OSError as error:
            if not folder:
                raise ContentError(self.name, error.strerror or "cannot be listed") from None
            self._unreadable(folder, f"cannot be listed: {error.strerror}")
            return []

    def _status(self, item: os.DirEntry[str], path: str) -> os.stat_result | None:
        """Return the status of what is to be read, or None for what is not."""
        try:
            status = item.stat()
            if item.is_symlink():
                if not self._is_inside(os.path.realpath(item.path)):
                    self._report(path, "a link out of the content folder, not followed")
                    return None
                # What lies in the tree is read where it lies: twice it would have two ids.
                if stat.S_ISDIR(status.st_mode):
                    return None
        except OSError as error:
            self._unreadable(path, f"cannot be read: {error.strerror}")
            return None
        return status

    def _is_inside(self, target: str) -> bool:
        return os.path.commonpath([target, self._inside]) == self._inside

    def _text(self, path: str) -> str | None:
        """Return a path as it is in ids and URLs, or None if it can be in neither."""
        try:
            # The same whatever the locale, and whether the tree is on a Mac or not.
            name = unicodedata.normalize("NFC", os.fsencode(path).decode("utf-8"))
        except UnicodeDecodeError:
            self.problems.append(Problem(f"{self.name}/{path!a}", 0, "", "the file's name is not UTF-8, not read"))
            return None
        if not is_safe_path(name):
            message = "the file's name has a character that no URL has, not read"
            self.problems.append(Problem(f"{self.name}/{path!a}", 0, "", message))
            return None
        return name


def _wanted(collection: str, limits: Limits) -> bool:
    def among(patterns: tuple[str, ...]) -> bool:
        return any(fnmatch.fnmatchcase(collection, pattern) for pattern in patterns)

    return (not limits.include or among(limits.include)) and not among(limits.exclude)
