"""Scan of a content tree; unreadable files are reported as problems.

It knows which files may be entries, and not their meaning. It imports little, because most builds
only scan the files.
"""

import errno
import fnmatch
import marshal
import os
import re
import stat
import unicodedata
import weakref
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache, cached_property
from hashlib import blake2b
from itertools import islice, takewhile
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from feeds.errors import ContentError, Problem
from feeds.model import ContentFilter

if TYPE_CHECKING:
    from feeds.model import SourceFile


SUFFIXES = (".md", ".markdown", ".html")
_NO_COLLECTIONS = ("_data", "assets", "api")
_IGNORED = ("api",)
# O_NONBLOCK, because opening a pipe without a writer would block.
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


def shown(root: Path) -> str:
    """Return the folder's path relative to the current folder."""
    relative = os.path.relpath(root)
    return relative if len(relative) < len(str(root)) else str(root)


class File(NamedTuple):
    """A regular file: its name in messages, path in the tree, size in bytes and date in nanoseconds."""

    name: str
    path: str
    size: int
    mtime: int


class ContentTree:
    """The files of a content tree; unreadable files are reported as problems.

    Attributes:
        limits: The filter of the files.
        name: The folder's path relative to the current folder.
        problems: Problems with unreadable files.
        unreadable: The paths of unreadable files.
        had_read_errors: Whether a file could not be read, which may work at the next scan.

    Raises:
        ContentError: The folder does not exist or cannot be listed.
    """

    def __init__(self, root: Path, limits: ContentFilter = ContentFilter()) -> None:
        self.limits = limits
        self.name = shown(root)
        self.problems: list[Problem] = []
        self.unreadable: set[str] = set()
        self.had_read_errors = False
        self._root = str(root)
        self._inside = os.path.realpath(root)
        self._open_folders: dict[str, int] = {}
        weakref.finalize(self, _close, self._open_folders)
        if not root.is_dir():
            raise ContentError(self.name, "no such folder")
        self._found = self._scan()

    @cached_property
    def files(self) -> list[File]:
        """All relevant files, ordered by path."""
        named = (
            File(name, path, size, mtime)
            for path, size, mtime in self._found
            if (name := path if _PLAIN.fullmatch(path) else self._text(path))
        )
        found: dict[str, File] = {}
        for file in sorted(named, key=itemgetter(0, 1)):
            if other := found.get(file.name):
                message = f"to URLs its name is that of {file.path!a}, which is read: rename one of them"
                self.problems.append(Problem(f"{self.name}/{other.path!a}", 0, "", message))
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

    @cached_property
    def scan_hash(self) -> bytes:
        """A hash of everything that a scan shows without reading a file.

        An unchanged folder lists its files in the same order.
        """
        return blake2b(marshal.dumps((self._found, list(map(str, self.problems))), 2), digest_size=16).digest()

    def has_dates_near(self, moment: float, grain: int) -> bool:
        """Return whether a file changed so close to a time that it may change again with the same date.

        Args:
            moment: In nanoseconds since 1970.
            grain: Resolution of the dates, in nanoseconds.
        """
        return any(abs(mtime - moment) < grain for _, _, mtime in self._found)

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
            self._unreadable(file.name, f"cannot be read: {error.strerror}")
            return None
        self._report(file.name, f"{size // 1024} KB is over max_file_kb, {limit // 1024}: not read")
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

    def _report(self, path: str, message: str) -> None:
        self.problems.append(Problem(f"{self.name}/{path}", 0, "", message))

    def _unreadable(self, path: str, message: str) -> None:
        self.unreadable.add(path)
        self._report(path, message)

    def _scan(self) -> list[tuple[str, int, int]]:
        """Return the regular files of the tree: path, size and date."""
        found: list[tuple[str, int, int]] = []
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                # Each entry is examined at once, because listing them all first takes a tenth longer.
                with os.scandir(f"{self._root}/{folder}" if folder else self._root) as items:
                    waiting += self._scan_folder(items, f"{folder}/" if folder else "", found)
            except FileNotFoundError:
                continue
            except OSError as error:
                if not folder:
                    raise ContentError(self.name, error.strerror or "cannot be listed") from None
                self._unreadable(folder, f"cannot be listed: {error.strerror}")
        return found

    def _scan_folder(
        self, items: Iterable[os.DirEntry[str]], prefix: str, found: list[tuple[str, int, int]]
    ) -> list[str]:
        """Add the files of a folder to the result, and return its subfolders."""
        folders = []
        for item in items:
            name = item.name
            if name[0] == ".":
                continue
            path = prefix + name
            try:
                if item.is_dir(follow_symlinks=False):
                    folders += [path] if path not in _IGNORED else []
                    continue
                if item.is_symlink() and not self._follows(item, path):
                    continue
                status = item.stat()
                if item.is_file():
                    found.append((path, status.st_size, status.st_mtime_ns))
            except OSError as error:
                self._unreadable(path, f"cannot be read: {error.strerror}")
        return folders

    def _follows(self, link: os.DirEntry[str], path: str) -> bool:
        """Return whether a link is followed: only to a file inside the tree."""
        if os.path.commonpath([os.path.realpath(link.path), self._inside]) != self._inside:
            self._report(path, "a link out of the content folder, not followed")
            return False
        # A file in the tree is read at its own path; a second path would give it a second id.
        return not link.is_dir()

    def _text(self, path: str) -> str | None:
        """Return a path in the form of ids and URLs, or None if it has no such form."""
        try:
            # The same for every locale, and on macOS as elsewhere.
            name = unicodedata.normalize("NFC", os.fsencode(path).decode("utf-8"))
        except UnicodeDecodeError:
            self.problems.append(Problem(f"{self.name}/{path!a}", 0, "", "the file's name is not UTF-8, not read"))
            return None
        from feeds.edition.paths import is_safe_path  # imported here because most names match _PLAIN

        if not is_safe_path(name):
            message = "the file's name has a character that no URL has, not read"
            self.problems.append(Problem(f"{self.name}/{path!a}", 0, "", message))
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
