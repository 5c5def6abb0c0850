"""The one story: load, compose, export."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from feeds import export, loader
from feeds.compose import compose
from feeds.config import Config
from feeds.edition import Changes, Edition, compare
from feeds.errors import Problem

Progress = Callable[[int, int], None]
"""Called with the files done and the files in all."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did and what it found wrong with the content."""

    edition: Edition
    changes: Changes
    problems: tuple[Problem, ...]
    counts: Counter[str]
    unknown: Counter[str]


def build(config: Config, now: datetime, progress: Progress = lambda done, total: None) -> Report:
    """Publish what the content tree says now, and return what became of it.

    Raises:
        FeedsError: An operator's mistake; the edition before is still there.
    """
    report = check(config, now, progress)
    export.write(report.edition, config.output)
    return report


def check(config: Config, now: datetime, progress: Progress = lambda done, total: None) -> Report:
    """Return what `build` would publish and say, and write nothing.

    Raises:
        FeedsError: An operator's mistake.
    """
    before = export.read(config.output)
    if before is None and config.previous:
        before = export.fetch(config.previous)
    loaded = loader.load(config.content, config.site, config.limits, progress)
    edition, problems = compose(loaded.content, config.feeds, config.site, before or Edition(), now)
    changes = compare(before or Edition(), edition)
    return Report(edition, changes, loaded.problems + problems, loaded.counts, loaded.unknown)
