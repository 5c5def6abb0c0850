"""A progress bar for commands that take longer than a second."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from feeds.model import Progress, no_progress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress


# A progress bar for shorter work would only flash.
_PATIENCE = 1.0
_EVERY = 0.1  # seconds between two updates


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """Show a progress bar with rate and remaining time on a terminal, for work longer than a second."""
    if quiet or not _can_redraw():
        yield no_progress
        return
    bar = _Bar()
    try:
        yield bar.show
    finally:
        bar.stop()


def _can_redraw() -> bool:
    """Return whether standard error is a terminal that can move its cursor and may get escape sequences."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class _Bar:
    """A progress bar that appears after one second; each phase of the work restarts it."""

    def __init__(self) -> None:
        self._start = self._begun = time.monotonic()
        self._shown = 0.0
        self._doing = ""
        self._bar: RichProgress | None = None

    def show(self, doing: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._start < _PATIENCE or (now - self._shown < _EVERY and done < total and doing == self._doing):
            return
        bar = self._bar = self._bar or _begin_bar(doing, total)
        (task,) = bar.task_ids
        if doing != self._doing:
            self._doing, self._begun = doing, now if self._doing else self._start
            bar.reset(task, description=doing, total=total)
        rate = done / max(now - self._begun, 0.001)
        bar.update(task, completed=done, total=total, rate=rate, refresh=True)
        self._shown = now

    def stop(self) -> None:
        if self._bar:
            self._bar.stop()


def _begin_bar(doing: str, total: int) -> "RichProgress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]:.0f}/s")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    # No refresh thread, because processes are forked while the bar is shown.
    bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    bar.add_task(doing, total=total, rate=0.0)
    bar.start()
    return bar
