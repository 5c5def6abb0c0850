"""The files of a content tree: their names, and their bytes.

A file that cannot be named or read is a problem, and the others are still used. The module knows which
files may be entries, and not their meaning. It imports little, because most builds only scan the files.
"""

import errno
import fnmatch
import os
import re
import stat
import unicodedata
import weakref
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from itertools import islice, takewhile
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from feeds.content.listing import ScanResult, scan
from feeds.errors import Problem, problem
from feeds.model import ContentFilter

if TYPE_CHECKING:
    from feeds.content.folder_data import FolderData
    from feeds.model import SourceFile


SUFFIXES = (".md", ".markdown", ".html")
UNREAD_SUFFIXES = (".rst", ".adoc", ".asciidoc", ".org", ".textile", ".mkd", ".mkdn", ".mdown", ".mdx", ".qmd", ".htm")
"""The suffixes of files that are entries for some generator and are not read in a tree of Everyday Feeds."""
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
    return folder.partition("/")[0] not in _NO_COLLECTIONS and is_in_collections(collection_of(folder), limits)


def is_in_collections(name: str, limits: ContentFilter) -> bool:
    """Return whether the filter takes a collection."""

    def among(patterns: tuple[str, ...]) -> bool:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)

    return (not limits.include or among(limits.include)) and not among(limits.exclude)


def count_suffix(path: str, counts: dict[str, int]) -> None:
    """Count a file by its suffix, in lower case."""
    suffix = os.path.splitext(path)[1].lower()
    counts[suffix] = counts.get(suffix, 0) + 1


class File(NamedTuple):
    """A regular file: its name in messages, path in the tree, size in bytes and date in nanoseconds."""

    name: str
    path: str
    size: int
    mtime: int


class NamedFiles(NamedTuple):
    """The files of a scan whose paths can be ids and URLs, ordered by path, and problems of the others."""

    files: list[File]
    problems: tuple[Problem, ...]


def is_read_error(problem: Problem) -> bool:
    """Return whether a file could not be read, which may succeed later without a change of the file."""
    return problem.code == "file.unreadable"


class ContentTree:
    """The files of a content tree.

    Reading a file changes nothing in the tree: `read` returns the bytes, or the problem.

    Args:
        root: The folder.
        limits: Filter of the files, and the largest size.
        scanned: The result of an earlier scan of the folder; None to scan it now.
        output: The output folder, which has no content if it is in the content folder.

    Attributes:
        scanned: The result of the scan.
        name: The folder in the form that messages show.

    Raises:
        ContentError: The folder does not exist or cannot be listed.
    """

    def __init__(
        self,
        root: Path,
        limits: ContentFilter = ContentFilter(),
        scanned: ScanResult | None = None,
        output: Path | None = None,
    ) -> None:
        self.scanned = scanned or scan(root, output)
        self.name = self.scanned.name
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
    def _named(self) -> NamedFiles:
        return name_files(self.scanned)

    @property
    def files(self) -> list[File]:
        """All files with a name, ordered by path."""
        return self._named.files

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of the scan, of the files' names, of the tree's data files and of links to entries."""
        data = self._facts.problems if self._facts else ()
        unread = tuple(
            problem(self.name, 0, "", "file.suffix_not_read", level="warning", count=count, suffix=suffix)
            for suffix, count in sorted(self._selection[1].items())
        )
        return self.scanned.problems + self._named.problems + self._selection[2] + data + unread

    @cached_property
    def _facts(self) -> "FolderData | None":
        if self.limits.tree is None:
            return None
        from feeds.content.folder_data import load_folder_data  # most trees have the product's own format
        from feeds.content.presets.table import complete

        return load_folder_data(self, Path(self._root), complete(self.limits.tree))

    @property
    def is_own_format(self) -> bool:
        """True if the tree has the folders `_data` and `assets` of this project."""
        return self.limits.tree is None or self.limits.tree.preset == "everyday"

    @property
    def facts_key(self) -> str:
        """A hash of the format of the tree and of its data files; empty for the product's own format."""
        return self._facts.key if self._facts else ""

    @property
    def sources(self) -> dict[str, File]:
        """The files that may be entries, by path."""
        return self._selection[0]

    @cached_property
    def _selection(self) -> tuple[dict[str, File], dict[str, int], tuple[Problem, ...]]:
        """The files that may be entries, the number of files by suffix that is not read, and the problems of links."""
        sources, unread = self._select()
        return sources, unread, tuple(self._leave_out_links(sources)) if self.scanned.links else ()

    def _select(self) -> tuple[dict[str, File], dict[str, int]]:
        """Return the files that may be entries, and the number of files by suffix that is not read."""
        if self._facts is not None:
            from feeds.content.tree_files import select_files

            return select_files(self.files, self._facts.format, self.limits)
        collections: dict[str, bool] = {}
        sources = {}
        unread: dict[str, int] = {}
        for file in self.files:
            folder = file.name.rpartition("/")[0]
            if folder not in collections:
                collections[folder] = is_collection(folder, self.limits)
            if not collections[folder]:
                continue
            if file.name.endswith(SUFFIXES):
                sources[file.name] = file
            elif file.name.endswith(UNREAD_SUFFIXES):
                count_suffix(file.name, unread)
        return sources, unread

    def _leave_out_links(self, sources: dict[str, File]) -> Iterator[Problem]:
        """Remove each link to a file that is an entry already, because a file is one entry under all its names."""
        links = self.scanned.links
        names = {file.path: name for name, file in sources.items() if file.path not in links}
        for name, file in list(sources.items()):
            if (target := links.get(file.path)) is not None:
                first = names.setdefault(target, name)
                if first != name:
                    del sources[name]
                    yield problem(f"{self.name}/{name}", 0, "", "file.same_file", level="warning", other=first)

    def source(self, file: File) -> "SourceFile":
        """Return the name and the collection of a file."""
        from feeds.model import SourceFile

        facts = self._facts.of(file.name) if self._facts else None
        return SourceFile(f"{self.name}/{file.name}", file.name, collection_of(file.name.rpartition("/")[0]), facts)

    def read(self, file: File) -> bytes | Problem:
        """Return the bytes of a file, or the problem if it is unreadable or too large."""
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
            return problem(f"{self.name}/{file.name}", 0, "", "file.unreadable", reason=error.strerror or "")
        return problem(f"{self.name}/{file.name}", 0, "", "file.too_large", size=size // 1024, limit=limit // 1024)

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
        open_folders = self._open_folders
        if folder in open_folders:
            return open_folders[folder]
        if len(open_folders) >= _OPEN_FOLDERS:
            _close(open_folders)
        descriptor = os.open(self._root, _FOLDER & ~os.O_NOFOLLOW)
        for part in folder.split("/") if folder else ():
            above = descriptor
            try:
                descriptor = os.open(part, _FOLDER, dir_fd=above)
            finally:
                os.close(above)
        open_folders[folder] = descriptor
        return descriptor

    def under(self, folder: str) -> Iterable[File]:
        """The files whose paths start with this prefix."""
        first = bisect_left(self.files, (folder,))
        return takewhile(lambda file: file.name.startswith(folder), islice(self.files, first, None))


def name_files(scanned: ScanResult) -> NamedFiles:
    """Return the files with their names, ordered by name; of two files with one name, the last path stays."""
    problems: list[Problem] = []
    named = []
    for path, size, mtime in scanned.files:
        name = path if _PLAIN.fullmatch(path) else _name(path, scanned.name)
        if isinstance(name, Problem):
            problems.append(name)
        else:
            named.append(File(name, path, size, mtime))
    files: dict[str, File] = {}
    for file in sorted(named, key=itemgetter(0, 1)):
        if other := files.get(file.name):
            shown = f"{scanned.name}/{other.path!a}"
            problems.append(problem(shown, 0, "", "file.same_name", other=ascii(file.path)))
        files[file.name] = file
    return NamedFiles(list(files.values()), tuple(problems))


def _name(path: str, root: str) -> str | Problem:
    """Return a path in the form of ids and URLs, or the problem if it has no such form."""
    try:
        # The same for every locale, and on macOS as elsewhere.
        name = unicodedata.normalize("NFC", os.fsencode(path).decode("utf-8"))
    except UnicodeDecodeError:
        return problem(f"{root}/{path!a}", 0, "", "file.name_not_utf8")
    from feeds.edition.paths import is_safe_path  # imported here because most names match _PLAIN

    return name if is_safe_path(name) else problem(f"{root}/{path!a}", 0, "", "file.name_not_url")


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
