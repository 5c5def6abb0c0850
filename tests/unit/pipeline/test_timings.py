"""The steps of a build are measured in turn, and add up to the whole build."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from feeds.pipeline.timings import Step, Timings

Tree = Callable[..., Path]


def ticking() -> Callable[[], float]:
    """Return a clock that advances by a second with each call."""
    ticks: Iterator[int] = count()
    return lambda: float(next(ticks))


def test_each_step_has_its_time_and_a_repeated_step_adds_to_it() -> None:
    timings = Timings(clock=ticking())
    for name in ("scan", "read", "scan", "export"):
        timings.start(name)
    assert list(timings.steps()) == [Step("scan", 2.0), Step("read", 1.0), Step("export", 1.0)]


def test_progress_starts_the_steps_and_is_passed_on() -> None:
    told: list[tuple[str, int, int]] = []
    timings = Timings(lambda *given: told.append(given), ticking())
    calls = [("Reading", 0, 2), ("Reading", 2, 2), ("Rendering", 0, 1), ("Rendering", 1, 1)]
    for call in calls:
        timings(*call)
    assert told == calls
    assert [(step.name, step.item_count) for step in timings.steps()] == [
        ("read", 2),
        ("select", None),
        ("render", 1),
        ("site documents", None),
    ]
