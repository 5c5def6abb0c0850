"""Locks that allow one build, one push and one leading hub at a time, by flock(2).

The operating system releases a lock when its process ends. A lock guards the output of one
config; it does not guard a folder that two configs share.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feeds.errors import ExportError, LockedError

_held: set[int] = set()


def _release_in_child() -> None:
    while _held:
        os.close(_held.pop())


# A forked child inherits the lock, and can outlive a parent that was killed.
os.register_at_fork(after_in_child=_release_in_child)


def try_lock(path: Path, mode: int = 0o644) -> int | None:
    """Lock a file, which is created if needed; return its descriptor, or None if another process holds the lock.

    Raises:
        OSError: The file cannot be created.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    _held.add(descriptor)
    return descriptor


def unlock(descriptor: int) -> None:
    """Release a lock; does nothing in a forked child, which never held it."""
    if descriptor in _held:
        _held.remove(descriptor)
        os.close(descriptor)


@contextmanager
def exclusive_lock(folder: Path, name: str = "lock", activity: str = "build") -> Iterator[None]:
    """Hold the named lock in `folder`, which is created if needed.

    Raises:
        LockedError: Another process holds the lock.
        ExportError: The lock file cannot be created in this folder.
    """
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = try_lock(path)
    except OSError as error:
        raise ExportError(os.path.relpath(path), "system.error", reason=error.strerror or str(error)) from None
    if descriptor is None:
        raise LockedError(os.path.relpath(path), "lock.running", command=activity)
    try:
        yield
    finally:
        unlock(descriptor)
