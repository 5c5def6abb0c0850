"""The one story: load, compose, export."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from feeds import export, loader
from feeds.compose import Composed, compose
from feeds.config import Config
from feeds.edition import Changes, Edition, FeedChanges, compare, compare_feeds
from feeds.errors import FeedsError, IdentityError, Problem, RemovalError
from feeds.index import Index, key_of
from feeds.loader import Loaded, Progress, no_progress
from feeds.lock import one_at_a_time
from feeds.memory import too_many


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an operator says yes to beforehand."""

    new_ids: bool = False
    removals: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did, or would do.

    Attributes:
        problems: What is wrong with the content.
        feeds: What became of each feed.
        stops: Why a build would not go on unless it is told to.
        notes: What went wrong with what can be made again.
        is_news: Something changed, or something else is wrong than at the last build.
    """

    edition: Edition
    changes: Changes
    feeds: tuple[FeedChanges, ...]
    problems: tuple[Problem, ...]
    counts: Counter[str]
    unknown: Counter[str]
    stops: tuple[str, ...] = ()
    is_news: bool = True
    notes: tuple[str, ...] = ()


def build(config: Config, now: datetime, accepted: Accepted = Accepted(), progress: Progress = no_progress) -> Report:
    """Publish what the content tree says now, and return what became of it.

    Raises:
        RunningError: Another build is running.
        IdentityError: Readers would announce many entries again.
        RemovalError: Much of what is published would be gone.
        FeedsError: Another mistake of an operator. The edition before is still there.
    """
    with one_at_a_time(config.state):
        notes: list[str] = []
        with Index(config.state, key_of(config.site), notes.append) as index:
            before, loaded, composed = _compose(config, now, progress, index)
        for reason in _reasons_to_stop(before, composed, accepted, config.max_removed):
            raise reason
        export.write(composed.edition, config.output)
        report = _report(config, before, loaded, composed)
        said = export.remember(config.state / "problems", "\n".join(map(str, report.problems)))
    return replace(report, is_news=bool(report.changes or notes) or not said, notes=tuple(notes))


def check(config: Config, now: datetime, progress: Progress = no_progress) -> Report:
    """Return what `build` would publish and say, and write nothing.

    Raises:
        FeedsError: An operator's mistake.
    """
    before, loaded, composed = _compose(config, now, progress)
    stops = tuple(map(str, _reasons_to_stop(before, composed, Accepted(), config.max_removed)))
    return replace(_report(config, before, loaded, composed), stops=stops)


def _compose(
    config: Config, now: datetime, progress: Progress, index: Index | None = None
) -> tuple[Edition, Loaded, Composed]:
    before = export.read(config.output)
    if before is None and config.previous:
        before = export.fetch(config.previous)
    before = before or Edition()
    loaded = loader.load(config.content, config.site, config.limits, progress, index)
    return before, loaded, compose(loaded.content, config.feeds, config.site, before, now)


def _report(config: Config, before: Edition, loaded: Loaded, composed: Composed) -> Report:
    # What is wrong with the whole names entries by their place in the tree.
    sources = {entry.source for entry in loaded.content.entries}
    problems = loaded.problems + tuple(
        replace(each, path=f"{loader.shown(config.content)}/{each.path}") if each.path in sources else each
        for each in composed.problems
    )
    counts = Counter(loaded.counts)
    counts["scheduled"] = counts["published"] - len(composed.published) - composed.refused
    counts["published"] = len(composed.published)
    counts["invalid"] += composed.refused
    again = frozenset(each.new for each in composed.renamed)
    return Report(
        composed.edition,
        compare(before, composed.edition),
        compare_feeds(before, composed.edition, again),
        problems,
        counts,
        loaded.unknown,
    )


def _reasons_to_stop(before: Edition, composed: Composed, accepted: Accepted, most: int) -> Iterator[FeedsError]:
    """Yield why a build should not go on before somebody has looked."""
    renamed = composed.renamed
    if too_many(renamed, before) and not accepted.new_ids:
        remedy = "put back what changed (the tag, an id, a name), or go on with --accept-new-ids"
        listed = [f"  {each.source}: {each.old} -> {each.new}" for each in renamed[:20]]
        rest = [f"  and {len(renamed) - 20} more"] if len(renamed) > 20 else []
        yield IdentityError(f"readers would announce {len(renamed)} entries again", "\n".join([remedy, *listed, *rest]))
    if accepted.removals:
        return
    # An empty mount, a wrong path, a script that broke every file.
    ids = {known.id for known in before.state.files.values()} - {each.old for each in renamed}
    for what, old, new in (
        ("entries", ids, composed.published),
        ("feeds", {each.path for each in before.state.feeds}, {each.path for each in composed.edition.state.feeds}),
    ):
        lost = len(old - new)
        if lost * 100 > most * len(old) and (lost > 5 or (lost > 1 and lost == len(old))):
            remedy = "if that is meant, go on with --accept-removals"
            yield RemovalError(f"{lost} of {len(old)} {what} would be gone", remedy)
