"""Read and write small files durably."""

import os
from contextlib import suppress
from pathlib import Path


def remember(path: Path, text: str) -> bool:
    """Tell whether a file has this text, and see that it does; it can be deleted at any time."""
    data = text.encode("utf-8", "surrogateescape")
    if holds(path, data):
        return True
    with suppress(OSError):
        path.write_bytes(data)
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
