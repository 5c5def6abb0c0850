"""The one story: load, compose, export.

A build that would come to what the last one came to is not begun: what it depends on is
compared first, which takes a look at the files and no more.
"""

import importlib
import pickle
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feeds import export, recovery, settled
from feeds.config import Config, read_config
from feeds.edition import Changes, Edition, FeedChanges, Listing, Store, compare, compare_feeds
from feeds.errors import (
    Bug,
    ConfigError,
    FeedsError,
    IdentityError,
    Problem,
    RemovalError,
    UnknownError,
)
from feeds.index import GRAIN_NS, Index, key_of
from feeds.lock import one_at_a_time
from feeds.settled import Settled
from feeds.tree import Progress, Tree, no_progress, shown

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from feeds.compose import Composed
    from feeds.loader import Loaded
    from feeds.model import Feed, Protection
    from feeds.why import Explanation


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
        counts: How many files there were of each status.
        unknown: Where each key is that the format does not have, by file and line;
            only the first place where nothing was looked at.
        feed_count: How many feeds there are.
        document_count: How many documents there are.
        listings: What there is to say of each feed; empty where nothing was looked at.
        feeds: What became of each feed.
        stops: Why a build would not go on unless it is told to.
        notes: What went wrong with what can be made again.
        is_news: Something changed, or something is wrong, and not the same as at the last build.
    """

    problems: tuple[Problem, ...]
    counts: Counter[str]
    unknown: Mapping[str, Sequence[tuple[str, int]]]
    feed_count: int
    document_count: int
    listings: tuple[Listing, ...] = ()
    changes: Changes = Changes()
    feeds: tuple[FeedChanges, ...] = ()
    stops: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_news: bool = True

    @property
    def bugs(self) -> tuple[Bug, ...]:
        """Exceptions of ours, each of which cost an entry."""
        return tuple(each for each in self.problems if isinstance(each, Bug))


def build(
    config: Config,
    now: datetime,
    accepted: Accepted = Accepted(),
    progress: Progress = no_progress,
    tree: Tree | None = None,
) -> Report:
    """Publish what the content tree says now, and return what became of it.

    Args:
        config: The configuration.
        now: The moment.
        accepted: What need not be asked.
        progress: Told how far the reading is.
        tree: The files, if somebody has looked for them already.

    Raises:
        RunningError: Another build is running.
        IdentityError: Readers would announce many entries again.
        RemovalError: Much of what is published would be gone.
        FeedsError: Another mistake of an operator. The edition before is still there.
    """
    notes: list[str] = []
    with one_at_a_time(config.state), Index(config.state, key_of(config.site), notes.append) as index:
        recovery.recover(config.output)
        tree = tree or Tree(config.content)
        tree.limits = config.limits
        if last := _settled(config, tree, now):
            return last
        held = export.read(config.output)
        before = _before(config, held)
        with export.Export(config.output, held or Edition(), _made_by_us(index, config)) as store:
            loaded, composed = _compose(config, tree, index, before, now, store, progress)
            report = _report(config, before, loaded, composed)
            for reason in _reasons_to_stop(before, composed, accepted, config.protect):
                reason.problems = report.problems
                raise reason
            store.commit(composed.edition)
        index.note("made", _made(config))
        said = export.remember(config.state / "problems", "\n".join(map(str, report.problems)))
        _settle(config, tree, now, composed.until, report)
    return replace(report, is_news=bool(report.changes or notes or (report.problems and not said)), notes=tuple(notes))


def check(config: Config, now: datetime, progress: Progress = no_progress) -> Report:
    """Return what `build` would publish and say, and write nothing.

    Raises:
        FeedsError: An operator's mistake.
    """
    return preview(config, now, progress).report


@dataclass(frozen=True, slots=True)
class Preview:
    """What a build would publish.

    Attributes:
        feeds: Every feed with its entries, as its documents would have them.
        titles: Of the entries, by their ids.
    """

    report: Report
    feeds: "tuple[Feed, ...]" = field(repr=False)
    titles: Mapping[str, str] = field(repr=False)


def preview(config: Config, now: datetime, progress: Progress = no_progress) -> Preview:
    """Return what `build` would publish, entries and all, and write nothing.

    Raises:
        FeedsError: An operator's mistake.
    """
    with Index(config.state, key_of(config.site), keep=False) as index:
        held = export.read(config.output)
        before = _before(config, held)
        intact = export.intact(held, config.output) if held else frozenset()
        store = Store(intact, _made_by_us(index, config), export.reader(config.output))
        return _preview(config, index, before, now, store, progress)


def preview_since(
    config: Config, path: Path, revision: str, now: datetime, progress: Progress = no_progress
) -> Preview:
    """Return what a build would publish, compared with what it would have published at a revision of git.

    Both are made at the same moment; neither what is published nor what is remembered
    of it counts.

    Args:
        config: The configuration as it is; the revision's own counts for what it published.
        path: Where the configuration is.

    Raises:
        UnknownError: There is no such revision, or no content in it.
        FeedsError: Another mistake of an operator.
    """
    from feeds import revisions

    with revisions.checkout(path, config.content, revision) as (old_path, old_content), Index(None) as index:
        old = read_config(old_path, old_content, config.output) if old_path else replace(config, content=old_content)
        _, composed = _compose(old, Tree(old.content, old.limits), index, Edition(), now, Store(), progress)
        titles = _titles(composed)
    with Index(config.state, key_of(config.site), keep=False) as index:
        made = _preview(config, index, composed.edition, now, Store(), progress)
    return replace(made, titles=titles | dict(made.titles))


def explain(
    config: Config, now: datetime, wanted: str, feed: str | None, progress: Progress = no_progress
) -> "Explanation":
    """Return why an entry is in the feeds that it is in, or not in one; see `why.explain`.

    Args:
        wanted: The entry's file, id or link.
        feed: A feed's path, without `feeds/` and suffix.

    Raises:
        UnknownError: There is no such entry, or no such feed.
        FeedsError: Another mistake of an operator.
    """
    from feeds import why
    from feeds.frontmatter import Parsed, parse

    with Index(config.state, key_of(config.site), keep=False) as index:
        before = _before(config, export.read(config.output))
        tree = Tree(config.content, config.limits)
        loaded, composed = _compose(config, tree, index, before, now, Store(), progress)
        path = _path_in(config.content, wanted)
        found = why.find(wanted, path, loaded.content, composed) or path
        if found not in tree.sources:
            raise UnknownError(wanted, "no entry has this file, id or link (only files in collections are entries)")
        file = tree.sources[found]
        source = tree.source(file)
        if found in loaded.content.faulty:
            parsed = Parsed("invalid", problems=tuple(each for each in loaded.problems if each.path == source.name))
        else:
            parsed = parse(tree.read(file) or b"", source, config.site)
        return why.explain(found, parsed, loaded.content, config.feeds, config.site, before, now, composed, feed)


def _path_in(content: Path, wanted: str) -> str:
    """Return what the tree calls a file that is named from where somebody is, or from inside the tree."""
    try:
        return Path(wanted).resolve().relative_to(content.resolve()).as_posix()
    except (ValueError, OSError):
        return wanted


def _preview(config: Config, index: Index, before: Edition, now: datetime, store: Store, progress: Progress) -> Preview:
    tree = Tree(config.content, config.limits)
    loaded, composed = _compose(config, tree, index, before, now, store, progress)
    stops = tuple(map(str, _reasons_to_stop(before, composed, Accepted(), config.protect)))
    report = replace(_report(config, before, loaded, composed), stops=stops)
    return Preview(report, composed.feeds, _titles(composed))


def _titles(composed: "Composed") -> dict[str, str]:
    return {entry.id: entry.title for feed in composed.feeds for entry in feed.held}


def _made_by_us(index: Index, config: Config) -> bool:
    """Tell whether what is published was made by this very program."""
    return index.noted("made") == _made(config)


def _made(config: Config) -> bytes:
    """Return what tells the program and the edition that is published from others: a folder may be put back."""
    published = export.stamp(config.output)
    return f"{settled.program(config.site.pages)} {published}".encode()


def _before(config: Config, held: Edition | None) -> Edition:
    if held is None and config.previous:
        return export.fetch(config.previous) or Edition()
    return held or Edition()


def _compose(
    config: Config, tree: Tree, index: Index, before: Edition, now: datetime, store: Store, progress: Progress
) -> "tuple[Loaded, Composed]":
    # Not before they are needed: together they take longer to import than to find that nothing changed.
    from feeds.compose import compose
    from feeds.loader import load, workers

    executor = _executor(config.executor, config.folder) if config.executor else workers
    loaded = load(tree, config.site, index, executor, progress)
    return loaded, compose(loaded.content, config.feeds, config.site, before, now, store, progress)


def _executor(name: str, folder: Path) -> "Callable[[], Executor]":
    module, _, function = name.partition(":")
    sys.path.insert(0, str(folder))
    try:
        given: Callable[[], Executor] = getattr(importlib.import_module(module), function)
    except Exception as error:  # it is a program of the operator's
        raise ConfigError("executor", f"{name}: {error}") from error
    finally:
        sys.path.remove(str(folder))

    def made() -> "Executor":
        try:
            return given()
        except Exception as error:
            raise ConfigError("executor", f"{name}: {error}") from error

    return made


def _settled(config: Config, tree: Tree, now: datetime) -> Report | None:
    """Return the report of the last build if this one would come to the same."""
    last = settled.read(config.state)
    if last is None or last.made_from != _made_from(config) or not last.holds(tree, config.output, now):
        return None
    report = pickle.loads(last.report)  # noqa: S301 - our own
    return report if isinstance(report, Report) else None


def _made_from(config: Config) -> bytes:
    return settled.made_from(config.fingerprint, config.content, config.output, config.site.pages)


def _settle(config: Config, tree: Tree, now: datetime, until: datetime | None, report: Report) -> None:
    """Remember what this build depended on, and what it came to."""
    # What was written just now may be written again with the same date, and what could not be read
    # can be without another one.
    if tree.missed or report.bugs or tree.has_dates_near(datetime.now(UTC).timestamp() * 1e9, GRAIN_NS):
        settled.write(config.state, None)
        return
    first = {key: places[:1] for key, places in report.unknown.items()}
    last = replace(report, unknown=first, listings=(), changes=Changes(), feeds=(), is_news=False)
    seen = settled.look(tree, config.output)
    settled.write(config.state, Settled(_made_from(config), seen, config.site.pages, now, until, pickle.dumps(last)))


def _report(config: Config, before: Edition, loaded: "Loaded", composed: "Composed") -> Report:
    # What is wrong with the whole names entries by their place in the tree.
    sources = {entry.source for entry in loaded.content.entries} if composed.problems else ()
    problems = loaded.problems + tuple(
        replace(each, path=f"{shown(config.content)}/{each.path}") if each.path in sources else each
        for each in composed.problems
    )
    counts = Counter(loaded.counts)
    refused = composed.refused + len(composed.faulty)
    counts["scheduled"] = counts["published"] - len(composed.published) - refused
    counts["published"] = len(composed.published)
    counts["invalid"] += refused
    again = frozenset(each.new for each in composed.renamed)
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


def _reasons_to_stop(
    before: Edition, composed: "Composed", accepted: Accepted, protect: "Protection"
) -> Iterator[FeedsError]:
    """Yield why a build should not go on before somebody has looked."""
    from feeds.memory import lost_feeds, too_many

    renamed = composed.renamed
    if too_many(renamed, before, protect.new_ids) and not accepted.new_ids:
        remedy = "put back what changed (the tag, an id, a name), or go on with --accept-new-ids"
        listed = [f"  {each.source}: {each.old} -> {each.new}" for each in renamed[:20]]
        rest = [f"  and {len(renamed) - 20} more"] if len(renamed) > 20 else []
        again = f"{len(renamed)} {'entry' if len(renamed) == 1 else 'entries'}"
        yield IdentityError(f"readers would announce {again} again", "\n".join([remedy, *listed, *rest]))
    if accepted.removals:
        return
    # An empty mount, a wrong path, a script that broke every file.
    changed = {each.old for each in renamed}
    ids = {known.id for known in before.state.files.values()} - changed
    present = composed.published | composed.stale
    lost = len(ids - present)
    paths = {each.path for each in composed.edition.state.feeds}
    lost_paths = len(lost_feeds(before, paths, present | changed))
    for what, count, total in (("entries", lost, len(ids)), ("feeds", lost_paths, len(before.state.feeds))):
        if protect.removals.is_passed(count, total):
            remedy = "if that is meant, go on with --accept-removals"
            yield RemovalError(f"{count} of {total} {what} would be gone", remedy)
