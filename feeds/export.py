"""Write an edition to a folder so that nobody ever sees half of it.

Each document is written under another name and renamed; the manifest is renamed
last, and that is the commit. What a crash leaves behind is whole files and the
manifest before, and the next export repairs it.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from feeds import manifest
from feeds.edition import Document, Edition, compare, fingerprint
from feeds.errors import ExportError

_MAX_MANIFEST = 256 * 1024 * 1024


def read(folder: Path) -> Edition | None:
    """Return the edition in a folder without its bytes, or None if there is none.

    Raises:
        EditionError: There is a manifest, and it is not one of ours.
        ExportError: It cannot be read.
    """
    path = folder / manifest.PATH
    try:
        return manifest.from_manifest(path.read_bytes(), os.path.relpath(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ExportError(os.path.relpath(path), error.strerror or "cannot be read") from None


def fetch(url: str) -> Edition | None:
    """Return the edition whose manifest is at a URL, or None if nothing is there yet.

    Raises:
        EditionError: What is there is no manifest.
        ExportError: The server cannot be asked: going on would forget what only it knows.
    """
    try:
        with urlopen(Request(url, headers={"User-Agent": "everyday-feeds"}), timeout=30) as answer:  # noqa: S310 - the config admits http(s) only
            return manifest.from_manifest(answer.read(_MAX_MANIFEST), url)
    except HTTPError as error:
        if error.code in (404, 410):
            return None
        raise ExportError(url, f"answers {error.code}") from None
    except (URLError, HTTPException, OSError) as error:
        raise ExportError(url, str(getattr(error, "reason", error))) from None


def write(edition: Edition, folder: Path) -> Edition:
    """Make the folder hold this edition, and return the one it held before.

    A document that is there already is not touched. Only what the manifest before
    listed is removed.

    Raises:
        EditionError: The folder has a manifest that is not one of ours.
        ExportError: It cannot be written; what it held is still there.
    """
    before = read(folder) or Edition()
    changes = compare(before, edition)
    fresh = [document for document in edition.documents.values() if not _is_there(document, before, folder)]
    data = manifest.to_manifest(edition)
    if not fresh and not changes.removed and _holds(folder / manifest.PATH, data):
        return before
    current = folder / manifest.PATH
    try:
        if _beside(current).exists():
            # An export died here; its manifest was the first thing it wrote.
            _sweep(folder)
        written = [_beside(current)]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            written[0].write_bytes(data)
            for document in fresh:
                current = _place(folder, document.path)
                current.parent.mkdir(parents=True, exist_ok=True)
                if current.is_dir():
                    raise IsADirectoryError(None, "a folder is in the way")
                written.append(_beside(current))
                written[-1].write_bytes(document.body or b"")
            if fresh:
                # One sync for all is a fraction of an fsync for each.
                os.sync()
            else:
                _fsync(written[0])
            for document in fresh:
                current = _place(folder, document.path)
                _beside(current).replace(current)
            current = folder / manifest.PATH
            # It was written first, and is dated last: what is newer than it is suspect.
            os.utime(_beside(current))
            _beside(current).replace(current)
        except OSError:
            for path in written:
                path.unlink(missing_ok=True)
            raise
        _fsync(folder)
        _remove(folder, changes.removed)
    except OSError as error:
        raise ExportError(os.path.relpath(current), error.strerror or str(error)) from None
    return before


def remember(path: Path, text: str) -> bool:
    """Tell whether a file has this text, and see that it does; it can be deleted at any time."""
    data = text.encode("utf-8", "surrogateescape")
    if _holds(path, data):
        return True
    with suppress(OSError):
        path.write_bytes(data)
    return False


def _place(folder: Path, path: str) -> Path:
    # Names are UTF-8 on the disk whatever the locale says: cron has its own.
    return folder / os.fsdecode(path.encode())


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _sweep(folder: Path) -> None:
    for path in folder.rglob(".*.new"):
        path.unlink(missing_ok=True)


def _is_there(document: Document, before: Edition, folder: Path) -> bool:
    old = before.documents.get(document.path)
    if old is None or old.etag != document.etag:
        return False
    path = _place(folder, document.path)
    try:
        status, written = path.stat(), (folder / manifest.PATH).stat().st_mtime_ns
        if status.st_size != document.size:
            return False
        # What was written after the manifest is not what the manifest says for certain:
        # a build that was killed, a hand that helped.
        return status.st_mtime_ns <= written or fingerprint(path.read_bytes()) == document.etag
    except OSError:
        return False


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(folder: Path, paths: Iterable[str]) -> None:
    for path in paths:
        _place(folder, path).unlink(missing_ok=True)
        for parent in list(PurePosixPath(path).parents)[:-1]:
            with suppress(OSError):  # not empty, so not only ours
                _place(folder, str(parent)).rmdir()
