"""The report of a build: its changes and problems."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from feeds.config.model import Config
from feeds.content.listing import shown
from feeds.edition.diff import Changes, FeedChanges, compare, compare_feeds
from feeds.edition.model import Edition, FeedSummary
from feeds.errors import Bug, FeedsError, Problem, Suggestion

if TYPE_CHECKING:
    from feeds.content.loader import Loaded
    from feeds.pipeline.compose import ComposeResult


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a build, or of a build that would write nothing.

    Attributes:
        problems: Problems of the content.
        counts: Number of files by status.
        unknown: File and line of each unknown key; only the first place if the build was skipped.
        feed_count: Number of feeds.
        document_count: Number of documents.
        listings: Summaries of the feeds; empty if the build was skipped.
        feeds: Changes of each feed.
        blocking_errors: Safety errors that stop a build unless they are overridden.
        index_warnings: Warnings about recoverable index errors.
        should_report: Whether something changed, or there are problems that the last build did not have.
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
        """Bugs that each cost an entry."""
        return tuple(problem for problem in self.problems if isinstance(problem, Bug))


def make_report(config: Config, before: Edition, loaded: "Loaded", composed: "ComposeResult") -> Report:
    # Problems of the whole content name entries by their path in the tree.
    sources = {entry.source for entry in loaded.content.entries} if composed.problems else set()
    sources.update(path for path, _ in composed.withdrawn)
    problems = (
        config.notes
        + loaded.problems
        + tuple(
            replace(problem, path=f"{shown(config.content)}/{problem.path}") if problem.path in sources else problem
            for problem in composed.problems
        )
    )
    counts = Counter(loaded.counts)
    refused = composed.rejected_count + len(composed.faulty)
    counts["scheduled"] = counts["published"] - len(composed.published) - refused
    counts["published"] = len(composed.published)
    counts["invalid"] += refused
    again = frozenset(change.new for change in composed.id_changes)
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
    """Return as JSON the part of a report that a skipped build repeats: all except the changes."""
    problems = [problem for problem in report.problems if problem.code != "id.withdrawn"]
    values = {
        "problems": [asdict(problem) for problem in problems],
        "counts": report.counts,
        "unknown": {key: places[:1] for key, places in report.unknown.items()},
        "feed_count": report.feed_count,
        "document_count": report.document_count,
    }
    return json.dumps(values)


def remembered_report(text: str) -> Report | None:
    """Return the report that `report_to_remember` serialised, or None if the text is damaged."""
    try:
        values = json.loads(text)
        values["problems"] = tuple(_problem(problem) for problem in values["problems"])
        values["counts"] = Counter(values["counts"])
        values["unknown"] = {
            key: [(str(path), int(line)) for path, line in places] for key, places in values["unknown"].items()
        }
        return Report(**values, should_report=False)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _problem(values: dict[str, Any]) -> Problem:
    """Return a problem with the tuples that JSON has as lists."""
    params = tuple((str(name), value) for name, value in values["params"])
    return Problem(**values | {"params": params, "suggestion": Suggestion(*values["suggestion"])})
