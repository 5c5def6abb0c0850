"""The files of a content tree, named and read; what cannot be is a problem and no more.

It knows which files may be entries, and not their meaning. It imports little, because most builds
only scan the files.
"""

import errno
import fnmatch
import os
import re
import stat
import unicodedata
import weakref
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache, cached_property
from itertools import islice, takewhile
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from feeds.content.listing import ScanResult, scan
from feeds.errors import Param, Problem, problem
from feeds.model import ContentFilter

if TYPE_CHECKING:
    from feeds.model import SourceFile


SUFFIXES = (".md", ".markdown", ".html")
_NO_COLLECTIONS = ("_data", "assets", "api")
# Without O_NONBLOCK, opening a pipe without a writer would wait.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
_OPEN_FOLDERS = 64
_AT_ONCE = 1 << 30  # most bytes of one read call on every system
# The usual form of a name, which `is_safe_path` accepts.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*")


@cache
def collection_of(folder: str) -> str:
    """Return the collection of a folder: `_learning/videos` -> `learning/videos`."""
    return "/".join(part.lstrip("_") or part for part in folder.split("/"))


def is_collection(folder: str, limits: ContentFilter) -> bool:
    """Return whether the files in a folder of the tree are entries."""
    name = collection_of(folder)

    def among(patterns: tuple[str, ...]) -> bool:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)

    if folder.partition("/")[0] in _NO_COLLECTIONS:
        return False
    return (not limits.include or among(limits.include)) and not among(limits.exclude)


class File(NamedTuple):
    """A regular file: its name in messages, path in the tree, size in bytes and date in nanoseconds."""

    name: str
    path: str
    size: int
    mtime: int


class ContentTree:
    """The files of a content tree; unreadable files are reported as problems.

    Args:
        root: The folder.
        limits: Which of the files are read.
        scanned: The result of an earlier scan of the folder; without one it is scanned now.

    Attributes:
        scanned: What was found in the folder.
        name: The folder as a person would name it.
        problems: What cannot be read.
        unreadable: Its paths.
        had_read_errors: A file was seen and could not be read, which may be otherwise the next time it is looked at.

    Raises:
        ContentError: The folder does not exist or cannot be listed.
    """

    def __init__(self, root: Path, limits: ContentFilter = ContentFilter(), scanned: ScanResult | None = None) -> None:
        self.scanned = scanned or scan(root)
        self.name = self.scanned.name
        self.problems = list(self.scanned.problems)
        self.unreadable = set(self.scanned.unreadable)
        self.had_read_errors = False
        self._limits = limits
        self._root = str(root)
        self._inside = os.path.realpath(root)
        self._open_folders: dict[str, int] = {}
        weakref.finalize(self, _close, self._open_folders)

    @property
    def limits(self) -> ContentFilter:
        """The filter of files; it never changes, because `sources` is computed once."""
        return self._limits

    @cached_property
    def files(self) -> list[File]:
        """All relevant files, ordered by path."""
        named = (
            File(name, path, size, mtime)
            for path, size, mtime in self.scanned.found
            if (name := path if _PLAIN.fullmatch(path) else self._text(path))
        )
        found: dict[str, File] = {}
        for file in sorted(named, key=itemgetter(0, 1)):
            if other := found.get(file.name):
                place = f"{self.name}/{other.path!a}"
                self.problems.append(problem(place, 0, "", "file.same_name", other=ascii(file.path)))
            found[file.name] = file
        return list(found.values())

    @cached_property
    def sources(self) -> dict[str, File]:
        """The files that may be entries, by path."""
        wanted: dict[str, bool] = {}
        found = {}
        for file in self.files:
            folder = file.name.rpartition("/")[0]
            if folder not in wanted:
                wanted[folder] = is_collection(folder, self.limits)
            if wanted[folder] and file.name.endswith(SUFFIXES):
                found[file.name] = file
        return found

    def source(self, file: File) -> "SourceFile":
        """Return the absolute path of a file."""
        from feeds.model import SourceFile

        return SourceFile(f"{self.name}/{file.name}", file.name, collection_of(file.name.rpartition("/")[0]))

    def read(self, file: File) -> bytes | None:
        """Return the bytes of a file, or None if it is unreadable or too large."""
        limit = self.limits.max_file_bytes
        try:
            descriptor = self._open(file.path)
            try:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    raise OSError(errno.EINVAL, "no regular file any more")
                size = status.st_size
                if size <= limit:
                    return _read(descriptor, size)
            finally:
                os.close(descriptor)
        except OSError as error:
            self.had_read_errors = True
            self._unreadable(file.name, "file.unreadable", reason=error.strerror or "")
            return None
        self._report(file.name, "file.too_large", size=size // 1024, limit=limit // 1024)
        return None

    def _open(self, path: str) -> int:
        """Open a file without following a link out of the tree, even if its path changed after the scan."""
        folder, _, name = path.rpartition("/")
        try:
            return os.open(name, _READ, dir_fd=self._open_folder(folder))
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        real = os.path.realpath(f"{self._root}/{path}")
        if os.path.commonpath([real, self._inside]) != self._inside:
            raise OSError(errno.ELOOP, "a link out of the content folder, not followed")
        # The rest of the path has no links, unless one is created at this moment.
        folder, _, name = os.path.relpath(real, self._inside).rpartition("/")
        return os.open(name, _READ, dir_fd=self._open_folder(folder))

    def _open_folder(self, folder: str) -> int:
        """Return the descriptor of a folder in the tree, which is cached for its other files."""
        known = self._open_folders
        if folder in known:
            return known[folder]
        if len(known) >= _OPEN_FOLDERS:
            _close(known)
        descriptor = os.open(self._root, _FOLDER & ~os.O_NOFOLLOW)
        for part in folder.split("/") if folder else ():
            above = descriptor
            try:
                descriptor = os.open(part, _FOLDER, dir_fd=above)
            finally:
                os.close(above)
        known[folder] = descriptor
        return descriptor

    def under(self, folder: str) -> Iterable[File]:
        """The files whose paths start with this prefix."""
        first = bisect_left(self.files, (folder,))
        return takewhile(lambda file: file.name.startswith(folder), islice(self.files, first, None))

    def _report(self, path: str, code: str, /, **params: Param) -> None:
        self.problems.append(Problem(f"{self.name}/{path}", 0, "", code, tuple(params.items())))

    def _unreadable(self, path: str, code: str, /, **params: Param) -> None:
        self.unreadable.add(path)
        self._report(path, code, **params)

    def _text(self, path: str) -> str | None:
        """Return a path in the form of ids and URLs, or None if it has no such form."""
        try:
            # The same for every locale, and on macOS as elsewhere.
            name = unicodedata.normalize("NFC", os.fsencode(path).decode("utf-8"))
        except UnicodeDecodeError:
            self._report(ascii(path), "file.name_not_utf8")
            return None
        from feeds.edition.paths import is_safe_path  # imported here because most names match _PLAIN

        if not is_safe_path(name):
            self._report(ascii(path), "file.name_not_url")
            return None
        return name


def _read(descriptor: int, size: int) -> bytes:
    """Return at most this many bytes of a file."""
    data = os.read(descriptor, min(size, _AT_ONCE))
    if len(data) == size:
        return data
    parts = [data]
    while data and size > sum(map(len, parts)):
        data = os.read(descriptor, min(size - sum(map(len, parts)), _AT_ONCE))
        parts.append(data)
    return b"".join(parts)


def _close(folders: dict[str, int]) -> None:
    while folders:
        os.close(folders.popitem()[1])
