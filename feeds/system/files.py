"""Small files, read and written durably."""

import os
from contextlib import suppress
from pathlib import Path


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a process that dies, leaves the old bytes or the new ones and never a part.

    One process at a time may write a path; it holds a lock.

    Raises:
        OSError: It cannot be written; the old bytes are still there.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


def write_if_changed(path: Path, text: str) -> bool:
    """Write the text if the file differs; return whether it already had this text. The file is only a cache."""
    data = text.encode("utf-8", "surrogateescape")
    if has_content(path, data):
        return True
    with suppress(OSError):
        write_atomic(path, data)
    return False


def has_content(path: Path, data: bytes) -> bool:
    """Return whether a file has exactly these bytes."""
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def fsync(path: Path) -> None:
    """Flush a folder's directory entries to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
