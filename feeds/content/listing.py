"""Scan of a content folder: lists its files and reads none.

A folder that cannot be listed is a problem, and the others are still used. The module imports little,
because most builds only scan the files.
"""

import marshal
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from feeds.errors import ContentError, Param, Problem

_IGNORED = ("api",)
_LIBRARIES = ("node_modules",)


def shown(root: Path) -> str:
    """Return a folder in the form that messages show, relative to the current folder if that is shorter."""
    relative = os.path.relpath(root)
    return relative if len(relative) < len(str(root)) else str(root)


@dataclass(frozen=True)
class ScanResult:
    """The result of a scan: the regular files of a content folder.

    Attributes:
        root: The folder.
        name: The folder in the form that messages show.
        files: Path, size in bytes and date in nanoseconds of each file.
        problems: Problems of files and folders that cannot be listed, and of links that are not followed.
        unreadable: Paths of files and folders that cannot be listed.
        links: Paths of symbolic links to files of the folder, with the paths of the files.
    """

    root: Path
    name: str
    files: list[tuple[str, int, int]]
    problems: tuple[Problem, ...]
    unreadable: frozenset[str]
    links: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def hash(self) -> bytes:
        """A hash of all paths, sizes, dates and links.

        It depends on the order of the listing, which is stable while a folder is unchanged.
        """
        values = self.files, sorted(self.links.items()), list(map(str, self.problems))
        return blake2b(marshal.dumps(values, 2), digest_size=16).digest()

    def has_dates_near(self, moment: float, grain: int) -> bool:
        """Return whether a file was changed so close to a moment that its next change may have the same date.

        Args:
            moment: In nanoseconds since 1970.
            grain: Resolution of the dates, in nanoseconds.
        """
        return any(abs(mtime - moment) < grain for _, _, mtime in self.files)


def scan(root: Path, output: Path | None = None) -> ScanResult:
    """Return the files of a content folder, and the problems of files and folders that cannot be listed.

    Args:
        output: The output folder, which is not scanned if it is in the content folder.

    Raises:
        ContentError: The folder does not exist or cannot be listed.
    """
    scanner = _Scanner(root, output)
    files = scanner.scan()
    return ScanResult(root, scanner.name, files, tuple(scanner.problems), frozenset(scanner.unreadable), scanner.links)


class _Scanner:
    """Scanner of a content folder, which collects the problems."""

    def __init__(self, root: Path, output: Path | None) -> None:
        self.name = shown(root)
        self._skipped = {*_IGNORED}
        if output and (place := os.path.relpath(os.path.realpath(output), os.path.realpath(root)))[:2] != "..":
            self._skipped.add(place.replace(os.sep, "/"))
        self.problems: list[Problem] = []
        self.unreadable: set[str] = set()
        self.links: dict[str, str] = {}
        self._root = str(root)
        self._inside = os.path.realpath(root)
        if not root.is_dir():
            raise ContentError(self.name, "content.no_folder")

    def scan(self) -> list[tuple[str, int, int]]:
        """Return path, size and date of each regular file."""
        files: list[tuple[str, int, int]] = []
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                # One by one, because listing all of them first takes a tenth longer.
                with os.scandir(f"{self._root}/{folder}" if folder else self._root) as items:
                    waiting += self._scan_folder(items, f"{folder}/" if folder else "", files)
            except FileNotFoundError:
                continue
            except OSError as error:
                if not folder:
                    raise ContentError(self.name, "system.error", reason=error.strerror or "cannot be listed") from None
                self._unreadable(folder, "file.unlistable", reason=error.strerror or "")
        return files

    def _scan_folder(
        self, items: Iterable[os.DirEntry[str]], prefix: str, files: list[tuple[str, int, int]]
    ) -> list[str]:
        """Add the files of a folder to `files`, and return its subfolders."""
        folders = []
        for item in items:
            name = item.name
            if name[0] == ".":
                continue
            path = prefix + name
            try:
                if item.is_dir(follow_symlinks=False):
                    folders += [path] if path not in self._skipped and name not in _LIBRARIES else []
                    continue
                if item.is_symlink() and not self._follows(item, path):
                    continue
                status = item.stat()
                if item.is_file():
                    files.append((path, status.st_size, status.st_mtime_ns))
            except OSError as error:
                self._unreadable(path, "file.unreadable", reason=error.strerror or "")
        return folders

    def _follows(self, link: os.DirEntry[str], path: str) -> bool:
        """Return whether the scan follows a link: only if it leads to a file in the tree."""
        target = os.path.realpath(link.path)
        if os.path.commonpath([target, self._inside]) != self._inside:
            self._report(path, "file.outside_link")
            return False
        # The target is in the tree and is read there; read twice, it would have two ids.
        if link.is_dir():
            return False
        self.links[path] = os.path.relpath(target, self._inside)
        return True

    def _report(self, path: str, code: str, /, **params: Param) -> None:
        self.problems.append(Problem(f"{self.name}/{path}", 0, "", code, tuple(params.items())))

    def _unreadable(self, path: str, code: str, /, **params: Param) -> None:
        self.unreadable.add(path)
        self._report(path, code, **params)
