"""Names and places of documents in the output folder: temporary names, what is in the way, removal.

Knows nothing of content. Every path that is read from a file is checked before it comes here.
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
"""A list of the documents to remove, while they are removed."""
FOR_HOSTS = ("_headers", ".nojekyll")
"""Files that static hosts read, which are no documents."""
_NEW = ".new"


def place(folder: Path, path: str) -> str:
    """Return where a document lies."""
    # Names are UTF-8 on the disk whatever the locale says: cron has its own.
    return f"{folder}/{path if path.isascii() else os.fsdecode(path.encode())}"


def suffixes(document: Document) -> tuple[str, ...]:
    """Return the suffixes of the compressed copies that a document has."""
    return tuple(ENCODING_SUFFIXES[coding] for coding in precompressed_encodings(document))


def beside(place: str) -> str:
    """Return the temporary name of a file, in the folder where it goes."""
    folder, slash, name = place.rpartition("/")
    return f"{folder}{slash}.{name}{_NEW}"


def hashed(folder: Path, place: str) -> str:
    """Return the temporary name of a file that can have none beside it: a short one in the output folder."""
    relative = os.fsencode(place.removeprefix(f"{folder}/"))
    return f"{folder}/.{sha256(relative).hexdigest()[:32]}{_NEW}"


def is_too_long(place: str) -> bool:
    """Tell whether a temporary name beside a file would be longer than a file system allows."""
    return len(os.fsencode(place.rpartition("/")[2])) + len(f".{_NEW}") > LONGEST_NAME


def is_temporary(name: str) -> bool:
    """Tell whether a file name is a temporary one of ours."""
    return name.startswith(".") and name.endswith(_NEW)


def sweep(folder: Path) -> None:
    """Remove all temporary files; the one that says that there are some goes last."""
    marker = folder / manifest.PENDING_PATH
    for path in folder.rglob(f".*{_NEW}"):
        if path != marker and not path.is_dir():
            path.unlink(missing_ok=True)
    marker.unlink(missing_ok=True)


def blocking_file(folder: Path, place: str) -> str | None:
    """Return the path of the file that stands where a document needs a folder, or None if there is none."""
    parents = list(PurePosixPath(place.removeprefix(f"{folder}/")).parents)[:-1]
    return next((str(each) for each in reversed(parents) if _is_file(f"{folder}/{each}")), None)


def _is_file(place: str) -> bool:
    return os.path.lexists(place) and not os.path.isdir(place)


def put_in_place(folder: Path, temporary: str, place: str, is_ours: Callable[[str], bool]) -> None:
    """Give a file its name; files of ours where it needs a folder, or in a folder of its name, are removed.

    Raises:
        OSError: It cannot be renamed, or something that is not ours is in the way.
    """
    try:
        os.replace(temporary, place)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, FileExistsError):
        if not os.path.lexists(temporary):
            raise
        make_way(folder, place, is_ours)
        os.replace(temporary, place)


def make_way(folder: Path, place: str, is_ours: Callable[[str], bool], only_look: bool = False) -> None:
    """Remove what is in the way of a document, if all of it is ours.

    Args:
        only_look: Change nothing; raise only.

    Raises:
        OSError: Something that is not ours is in the way.
    """
    if blocking := blocking_file(folder, place):
        if not is_ours(blocking):
            raise NotADirectoryError(None, "a file is in the way of a folder", f"{folder}/{blocking}")
        if not only_look:
            os.unlink(f"{folder}/{blocking}")
    elif os.path.isdir(place) and not os.path.islink(place):
        found = [f"{parent}/{name}" for parent, _, names in os.walk(place) for name in names]
        if not all(is_temporary(os.path.basename(each)) or is_ours(each[len(f"{folder}/") :]) for each in found):
            raise IsADirectoryError(None, "a folder is in the way", place)
        if not only_look:
            for each in found:
                os.unlink(each)
            for parent, _, _ in os.walk(place, topdown=False):
                os.rmdir(parent)
    if not only_look:
        os.makedirs(os.path.dirname(place), exist_ok=True)


def is_among(documents: Container[str]) -> Callable[[str], bool]:
    """Return a function that tells whether a path is that of a document or of a compressed copy of one."""

    def is_ours(path: str) -> bool:
        name = os.fsencode(path).decode("utf-8", "replace")
        return name in documents or any(name.endswith(each) and name[: -len(each)] in documents for each in _ENDS)

    return is_ours


_ENDS = tuple(ENCODING_SUFFIXES.values())


def left(folder: Path) -> list[str]:
    """Return the documents that an export before did not come to remove."""
    try:
        found = json.loads((folder / REMOVED).read_bytes())
        # It lies where others may write, so it is believed no more than a manifest.
        return [path for path in found if isinstance(path, str) and is_safe_path(path) and not _leaves(folder, path)]
    except (OSError, ValueError, TypeError, RecursionError):
        return []


def _leaves(folder: Path, path: str) -> bool:
    """Tell whether a path leads out of the output folder through a link."""
    inside = os.path.realpath(folder)
    return os.path.commonpath([os.path.realpath(os.path.dirname(place(folder, path))), inside]) != inside


def remove(folder: Path, paths: Iterable[str], documents: Mapping[str, Document]) -> None:
    """Remove documents with their compressed copies, and the folders that are empty then.

    Args:
        documents: Those that stay, whatever `paths` says.
    """
    # Where case makes no difference, a document that is called otherwise now is still the same file.
    folded = {unicode.fold_case(each) for each in documents} if os.path.lexists(folder / manifest.PATH.upper()) else ()
    for path in paths:
        for suffix in ("", *_ENDS):
            if not stays(path + suffix, documents) and unicode.fold_case(path) not in folded:
                discard(place(folder, path + suffix))
        for parent in list(PurePosixPath(path).parents)[:-1]:
            with suppress(OSError):  # not empty, so not only ours
                Path(place(folder, str(parent))).rmdir()


def stays(path: str, documents: Mapping[str, Document]) -> bool:
    """Tell whether a path is that of a document, of a compressed copy that one has, or of what hosts read."""
    if path in documents or path in (manifest.PATH, *FOR_HOSTS):
        return True
    end = next((each for each in _ENDS if path.endswith(each)), "")
    document = documents.get(path[: -len(end)]) if end else None
    return document is not None and end in suffixes(document)


def discard(place: str) -> None:
    """Remove a file, if there is one; a folder is that of other documents by now."""
    try:
        if not stat.S_ISDIR(os.lstat(place).st_mode):
            os.unlink(place)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:  # then there can be none
            raise
