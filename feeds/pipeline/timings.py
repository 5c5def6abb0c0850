"""Timings of the steps of a build, for `feeds build --timings`."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from feeds.model import Progress, no_progress

_BEFORE = {"Reading": "read", "Rendering": "render"}
_AFTER = {"Reading": "select", "Rendering": "site documents"}


class Step(NamedTuple):
    """A step of a build.

    Attributes:
        seconds: Wall time.
        item_count: Number of files that it read, or of feeds that it rendered; None for other steps.
    """

    name: str
    seconds: float
    item_count: int | None = None


class Timings:
    """Measures the steps of a build, one after the other.

    It is a `Progress`: reading and rendering are steps, and the time after each of them is a step too.

    Args:
        progress: Receives the progress of reading and rendering, too.
        clock: Returns the time in seconds.
    """

    def __init__(self, progress: Progress = no_progress, clock: Callable[[], float] = time.perf_counter) -> None:
        self._progress = progress
        self._clock = clock
        self._name = ""
        self._since = 0.0
        self._seconds: dict[str, float] = {}
        self._counts: dict[str, int] = {}

    def start(self, name: str) -> None:
        """End the previous step and start this one; a step that starts again adds to its time."""
        now = self._clock()
        if self._name:
            self._seconds[self._name] += now - self._since
        self._seconds.setdefault(name, 0.0)
        self._name, self._since = name, now

    def __call__(self, doing: str, done: int, total: int) -> None:
        if done == 0 and doing in _BEFORE and self._name != _BEFORE[doing]:
            self.start(_BEFORE[doing])
        if doing in _BEFORE:
            self._counts[_BEFORE[doing]] = done
            if done == total:
                self.start(_AFTER[doing])
        self._progress(doing, done, total)

    def steps(self) -> Iterator[Step]:
        """Yield the steps up to now, in the order of their starts."""
        self.start(self._name or "nothing")
        for name, seconds in self._seconds.items():
            yield Step(name, seconds, self._counts.get(name))
