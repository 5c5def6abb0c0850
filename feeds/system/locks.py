"""Locks that allow one build and one push at a time, by flock(2).

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
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ExportError(os.path.relpath(path), "system.error", reason=error.strerror or str(error)) from None
    _held.add(descriptor)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(os.path.relpath(path), "lock.running", command=activity) from None
        yield
    finally:
        if descriptor in _held:
            _held.remove(descriptor)
            os.close(descriptor)
