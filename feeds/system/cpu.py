"""The number of usable CPU cores, for each operating system."""

import os


def count() -> int:
    """Return the number of cores that this process may use, or else the number of cores."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
