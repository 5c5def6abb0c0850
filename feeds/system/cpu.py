"""How many cores there are to work on, on systems that tell it in different ways."""

import os


def count() -> int:
    """Return how many cores this process may use, or how many there are where nothing says that."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
