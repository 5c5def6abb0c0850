"""One build at a time, and one push: locks that die with their process.

They guard what a config builds, not a folder that two configs share. flock(2).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feeds.errors import ExportError, LockedError

_held: set[int] = set()


def _let_go() -> None:
    while _held:
        os.close(_held.pop())


# Whoever is forked has the lock too, and may outlive a process that was killed.
os.register_at_fork(after_in_child=_let_go)


@contextmanager
def one_at_a_time(folder: Path, name: str = "lock", what: str = "build") -> Iterator[None]:
    """Hold the lock of this name in `folder`, which is made if it is not there.

    Raises:
        RunningError: Another process holds it.
        ExportError: There can be no lock in this folder.
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
            raise LockedError(os.path.relpath(path), "lock.running", command=what) from None
        yield
    finally:
        if descriptor in _held:
            _held.remove(descriptor)
            os.close(descriptor)
