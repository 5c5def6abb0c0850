"""List the files of a content folder, and read none; what cannot be listed is a problem and no more.

Imports next to nothing, because most builds only look at the files.
"""

import marshal
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from feeds.errors import ContentError, Param, Problem

_IGNORED = ("api",)


def shown(root: Path) -> str:
    """Return the folder as a person would name it from where they are."""
    relative = os.path.relpath(root)
    return relative if len(relative) < len(str(root)) else str(root)


@dataclass(frozen=True)
class ScanResult:
    """The regular files of a content folder, as they were when it was listed.

    Attributes:
        root: The folder.
        name: The folder as a person would name it.
        found: The paths of the files in it, their sizes in bytes and their dates in nanoseconds.
        problems: What cannot be listed or is not followed.
        unreadable: The paths of what cannot be listed.
    """

    root: Path
    name: str
    found: list[tuple[str, int, int]]
    problems: tuple[Problem, ...]
    unreadable: frozenset[str]

    @cached_property
    def hash(self) -> bytes:
        """A hash of all that a build can see without reading a file.

        A folder that did not change lists its files in the order in which it did.
        """
        return blake2b(marshal.dumps((self.found, list(map(str, self.problems))), 2), digest_size=16).digest()

    def has_dates_near(self, moment: float, grain: int) -> bool:
        """Tell whether a file was last changed so near to a moment that it may be again without another date.

        Args:
            moment: In nanoseconds since 1970.
            grain: Of the dates, in nanoseconds.
        """
        return any(abs(mtime - moment) < grain for _, _, mtime in self.found)


def scan(root: Path) -> ScanResult:
    """Return the files of a content folder; what cannot be listed is a problem and no more.

    Raises:
        ContentError: The folder is not there or cannot be listed.
    """
    scanner = _Scanner(root)
    found = scanner.scan()
    return ScanResult(root, scanner.name, found, tuple(scanner.problems), frozenset(scanner.unreadable))


class _Scanner:
    """Lists a content folder and collects what cannot be listed."""

    def __init__(self, root: Path) -> None:
        self.name = shown(root)
        self.problems: list[Problem] = []
        self.unreadable: set[str] = set()
        self._root = str(root)
        self._inside = os.path.realpath(root)
        if not root.is_dir():
            raise ContentError(self.name, "content.no_folder")

    def scan(self) -> list[tuple[str, int, int]]:
        """Return the regular files of the tree: where they are in it, sizes and dates."""
        found: list[tuple[str, int, int]] = []
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                # One at a time: to list all first and look at them then takes a tenth longer.
                with os.scandir(f"{self._root}/{folder}" if folder else self._root) as items:
                    waiting += self._scan_folder(items, f"{folder}/" if folder else "", found)
            except FileNotFoundError:
                continue
            except OSError as error:
                if not folder:
                    raise ContentError(self.name, "system.error", reason=error.strerror or "cannot be listed") from None
                self._unreadable(folder, "file.unlistable", reason=error.strerror or "")
        return found

    def _scan_folder(
        self, items: Iterable[os.DirEntry[str]], prefix: str, found: list[tuple[str, int, int]]
    ) -> list[str]:
        """Put the files of a folder to those that were found, and return its folders."""
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
                self._unreadable(path, "file.unreadable", reason=error.strerror or "")
        return folders

    def _follows(self, link: os.DirEntry[str], path: str) -> bool:
        """Tell whether a link is followed: to a file of the tree, and nowhere else."""
        if os.path.commonpath([os.path.realpath(link.path), self._inside]) != self._inside:
            self._report(path, "file.outside_link")
            return False
        # The target is in the tree and is read there; read twice, it would have two ids.
        return not link.is_dir()

    def _report(self, path: str, code: str, /, **params: Param) -> None:
        self.problems.append(Problem(f"{self.name}/{path}", 0, "", code, tuple(params.items())))

    def _unreadable(self, path: str, code: str, /, **params: Param) -> None:
        self.unreadable.add(path)
        self._report(path, code, **params)
