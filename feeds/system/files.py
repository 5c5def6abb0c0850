"""Read and write small files durably."""

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


def remember(path: Path, text: str) -> bool:
    """Tell whether a file has this text, and see that it does; it can be deleted at any time."""
    data = text.encode("utf-8", "surrogateescape")
    if holds(path, data):
        return True
    with suppress(OSError):
        write_atomic(path, data)
    return False


def holds(path: Path, data: bytes) -> bool:
    """Tell whether a file has these bytes."""
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def fsync(path: Path) -> None:
    """Make durable which files a folder has."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
