"""Renames, removes and protects the files of documents in the output folder.

It does not know the content. Callers check each path that comes from a file.
"""

import errno
import json
import os
import stat
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath

from feeds.edition import manifest
from feeds.edition.encodings import ENCODING_SUFFIXES, LONGEST_NAME, precompressed_encodings
from feeds.edition.model import Document
from feeds.edition.paths import is_safe_path
from feeds.text import unicode

REMOVED = ".removed.json"
"""The list of documents to remove, which exists during their removal."""
FOR_HOSTS = ("_headers", ".nojekyll")
"""Files for static hosts, which are not documents."""
_NEW = ".new"


def file_path(folder: Path, path: str) -> str:
    """Return the file path of a document."""
    # File names are UTF-8 in every locale; cron has its own locale.
    return f"{folder}/{path if path.isascii() else os.fsdecode(path.encode())}"


def suffixes(document: Document) -> tuple[str, ...]:
    """Return the suffixes of a document's precompressed variants."""
    return tuple(ENCODING_SUFFIXES[coding] for coding in precompressed_encodings(document))


def temporary_path(target: str) -> str:
    """Return the temporary name of a file in its own folder."""
    folder, slash, name = target.rpartition("/")
    return f"{folder}{slash}.{name}{_NEW}"


def short_temporary_path(folder: Path, target: str) -> str:
    """Return a short temporary name in the output folder, for a file whose name is too long for `temporary_path`."""
    relative = os.fsencode(target.removeprefix(f"{folder}/"))
    return f"{folder}/.{sha256(relative).hexdigest()[:32]}{_NEW}"


def is_too_long(target: str) -> bool:
    """Return whether a temporary name next to a file would exceed the file system's limit."""
    return len(os.fsencode(target.rpartition("/")[2])) + len(f".{_NEW}") > LONGEST_NAME


def is_temporary(name: str) -> bool:
    """Return whether a file name is a temporary name of this program."""
    return name.startswith(".") and name.endswith(_NEW)


def sweep(folder: Path) -> None:
    """Remove all temporary files; the marker is removed last."""
    marker = folder / manifest.PENDING_PATH
    for path in folder.rglob(f".*{_NEW}"):
        if path != marker and not path.is_dir():
            path.unlink(missing_ok=True)
    marker.unlink(missing_ok=True)


def blocking_file(folder: Path, target: str) -> str | None:
    """Return the path of a file where a document needs a folder, or None."""
    parents = list(PurePosixPath(target.removeprefix(f"{folder}/")).parents)[:-1]
    return next((str(parent) for parent in reversed(parents) if _is_file(f"{folder}/{parent}")), None)


def _is_file(target: str) -> bool:
    return os.path.lexists(target) and not os.path.isdir(target)


def put_in_place(folder: Path, temporary: str, target: str, is_ours: Callable[[str], bool]) -> None:
    """Rename a temporary file to its final name; blocking files of this program are removed first.

    Raises:
        OSError: The rename fails, or a foreign file blocks the path.
    """
    try:
        os.replace(temporary, target)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, FileExistsError):
        if not os.path.lexists(temporary):
            raise
        make_way(folder, target, is_ours)
        os.replace(temporary, target)


def make_way(folder: Path, target: str, is_ours: Callable[[str], bool], only_look: bool = False) -> None:
    """Remove everything that blocks a document's path, if all of it belongs to this program.

    Args:
        only_look: Raise the same errors, but change nothing.

    Raises:
        OSError: A foreign file blocks the path.
    """
    if blocking := blocking_file(folder, target):
        if not is_ours(blocking):
            raise NotADirectoryError(None, "a file is in the way of a folder", f"{folder}/{blocking}")
        if not only_look:
            os.unlink(f"{folder}/{blocking}")
    elif os.path.isdir(target) and not os.path.islink(target):
        files = [f"{parent}/{name}" for parent, _, names in os.walk(target) for name in names]
        if not all(is_temporary(os.path.basename(file)) or is_ours(file[len(f"{folder}/") :]) for file in files):
            raise IsADirectoryError(None, "a folder is in the way", target)
        if not only_look:
            for file in files:
                os.unlink(file)
            for parent, _, _ in os.walk(target, topdown=False):
                os.rmdir(parent)
    if not only_look:
        os.makedirs(os.path.dirname(target), exist_ok=True)


def is_among(documents: Container[str]) -> Callable[[str], bool]:
    """Return a function that tests whether a path is a document's or that of a precompressed variant."""

    def is_ours(path: str) -> bool:
        name = os.fsencode(path).decode("utf-8", "replace")
        return name in documents or any(name.endswith(suffix) and name[: -len(suffix)] in documents for suffix in _ENDS)

    return is_ours


_ENDS = tuple(ENCODING_SUFFIXES.values())


def paths_to_remove(folder: Path) -> list[str]:
    """Return the documents that an earlier export should have removed."""
    try:
        paths = json.loads((folder / REMOVED).read_bytes())
        # Other programs may write this file, so its paths are checked like those of a manifest.
        return [path for path in paths if isinstance(path, str) and is_safe_path(path) and not _leaves(folder, path)]
    except (OSError, ValueError, TypeError, RecursionError):
        return []


def _leaves(folder: Path, path: str) -> bool:
    """Return whether a path leads out of the output folder through a link."""
    inside = os.path.realpath(folder)
    return os.path.commonpath([os.path.realpath(os.path.dirname(file_path(folder, path))), inside]) != inside


def remove(folder: Path, paths: Iterable[str], documents: Mapping[str, Document]) -> None:
    """Remove documents with their precompressed variants, and the folders that become empty.

    Args:
        documents: Documents that stay, even if they are in `paths`.
    """
    # On a case-insensitive file system, two names that differ only in case are the same file.
    folded = (
        {unicode.fold_case(document_path) for document_path in documents}
        if os.path.lexists(folder / manifest.PATH.upper())
        else ()
    )
    for path in paths:
        for suffix in ("", *_ENDS):
            if not stays(path + suffix, documents) and unicode.fold_case(path) not in folded:
                discard(file_path(folder, path + suffix))
        for parent in list(PurePosixPath(path).parents)[:-1]:
            with suppress(OSError):  # the folder is not empty, so it also holds foreign files
                Path(file_path(folder, str(parent))).rmdir()


def stays(path: str, documents: Mapping[str, Document]) -> bool:
    """Return whether a path is a document's, a variant's, or that of a file for static hosts."""
    if path in documents or path in (manifest.PATH, *FOR_HOSTS):
        return True
    end = next((suffix for suffix in _ENDS if path.endswith(suffix)), "")
    document = documents.get(path[: -len(end)]) if end else None
    return document is not None and end in suffixes(document)


def discard(target: str) -> None:
    """Remove a file if it exists; a folder at the path belongs to other documents now."""
    try:
        if not stat.S_ISDIR(os.lstat(target).st_mode):
            os.unlink(target)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:  # such a file cannot exist
            raise
