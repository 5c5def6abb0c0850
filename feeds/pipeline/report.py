"""The report of a build: what changed, and what is wrong."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from feeds.config.model import Config
from feeds.content.listing import shown
from feeds.edition.diff import Changes, FeedChanges, compare, compare_feeds
from feeds.edition.model import Edition, FeedSummary
from feeds.errors import Bug, FeedsError, Problem

if TYPE_CHECKING:
    from feeds.content.loader import Loaded
    from feeds.pipeline.compose import ComposeResult


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did, or would do.

    Attributes:
        problems: What is wrong with the content.
        counts: How many files there were of each status.
        unknown: Where each key is that the format does not have, by file and line;
            only the first place where nothing was looked at.
        feed_count: How many feeds there are.
        document_count: How many documents there are.
        listings: What there is to say of each feed; empty where nothing was looked at.
        feeds: What became of each feed.
        blocking_errors: Why a build would not go on unless it is told to.
        index_warnings: What went wrong with what can be made again.
        should_report: Something changed, or something is wrong, and not the same as at the last build.
    """

    problems: tuple[Problem, ...]
    counts: Counter[str]
    unknown: Mapping[str, Sequence[tuple[str, int]]]
    feed_count: int
    document_count: int
    listings: tuple[FeedSummary, ...] = ()
    changes: Changes = Changes()
    feeds: tuple[FeedChanges, ...] = ()
    blocking_errors: tuple[FeedsError, ...] = ()
    index_warnings: tuple[str, ...] = ()
    should_report: bool = True

    @property
    def bugs(self) -> tuple[Bug, ...]:
        """Exceptions of ours, each of which cost an entry."""
        return tuple(each for each in self.problems if isinstance(each, Bug))


def make_report(config: Config, before: Edition, loaded: "Loaded", composed: "ComposeResult") -> Report:
    # What is wrong with the whole names entries by their place in the tree.
    sources = {entry.source for entry in loaded.content.entries} if composed.problems else ()
    problems = loaded.problems + tuple(
        replace(each, path=f"{shown(config.content)}/{each.path}") if each.path in sources else each
        for each in composed.problems
    )
    counts = Counter(loaded.counts)
    refused = composed.rejected_count + len(composed.faulty)
    counts["scheduled"] = counts["published"] - len(composed.published) - refused
    counts["published"] = len(composed.published)
    counts["invalid"] += refused
    again = frozenset(each.new for each in composed.id_changes)
    edition = composed.edition
    return Report(
        problems,
        counts,
        loaded.unknown,
        len(edition.state.feeds),
        len(edition.documents),
        edition.state.feeds,
        compare(before, edition),
        compare_feeds(before, edition, again),
    )


def report_to_remember(report: Report) -> str:
    """Return as JSON what a build that has nothing to do says again: all but what changed."""
    values = {
        "problems": [asdict(each) for each in report.problems],
        "counts": report.counts,
        "unknown": {key: places[:1] for key, places in report.unknown.items()},
        "feed_count": report.feed_count,
        "document_count": report.document_count,
    }
    return json.dumps(values)


def remembered_report(text: str) -> Report | None:
    """Return what `report_to_remember` wrote, or None if it is not that."""
    try:
        values = json.loads(text)
        values["problems"] = tuple(Problem(**each) for each in values["problems"])
        values["counts"] = Counter(values["counts"])
        values["unknown"] = {
            key: [(str(path), int(line)) for path, line in places] for key, places in values["unknown"].items()
        }
        return Report(**values, should_report=False)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
