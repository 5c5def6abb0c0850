"""Decide which entries each feed has, and in which order.

The only place that decides it. It does not know what a feed looks like, nor
the clock: the moment is given, and decides only what is due and since when an entry
is in a feed that remembers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from feeds.content.model import FULL_ENTRIES, Content, EntryRepository
from feeds.edition.model import FeedSummary, Membership, Memberships
from feeds.edition.paths import feed_name
from feeds.errors import Problem
from feeds.model import ArchivePosition, EntryMeta, Feed, FeedSpec, Site
from feeds.selection.clusters import collapse
from feeds.selection.entry_index import EntryIndex
from feeds.selection.feed_specs import feed_specs
from feeds.selection.paging import latest_entries, split_archives, window_size
from feeds.selection.rules import Matcher
from feeds.selection.topics import Taxonomy

WEEKS = 26
"""So many weeks are counted for the sparklines."""


@dataclass(frozen=True, slots=True)
class PreviousState:
    """What the edition before knows that feeds depend on.

    Attributes:
        memberships: Since when entries were in the feeds.
        ids: Those of which something is known.
        archived: Paths of archives.
        listings: What it says of its feeds, by path.
        stale: By the path of a feed its entries that keep their last good rendering.
    """

    memberships: Memberships = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    archived: frozenset[str] = frozenset()
    listings: Mapping[str, FeedSummary] = field(default_factory=dict)
    stale: Mapping[str, tuple[EntryMeta, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """Every feed with its entries, what the feeds have to remember, and what is wrong."""

    feeds: tuple[Feed, ...]
    memberships: Memberships
    problems: tuple[Problem, ...]


def select(
    content: Content,
    custom: Sequence[FeedSpec],
    site: Site,
    past: PreviousState,
    now: datetime,
    repository: EntryRepository = FULL_ENTRIES,
) -> Selection:
    """Return every feed of the site with its entries.

    Args:
        content: What the tree says, its entries as `due` returns them.
        custom: The feeds that the configuration defines.
        site: The publication.
        past: What the feeds were before.
        now: Since when an entry is in a feed that did not have it before.
        repository: Has the text of entries, for rules that look into it.
    """
    specs, shelf, problems = prepare(content, custom, site, repository)
    remembered = {}
    feeds = []
    for spec in specs:
        way = select_feed(spec, shelf, past, now)
        if spec.is_stateful:
            remembered[spec.path] = way.memberships
        feeds.append(way.feed)
    return Selection(tuple(feeds), remembered, problems)


def prepare(
    content: Content, custom: Sequence[FeedSpec], site: Site, repository: EntryRepository = FULL_ENTRIES
) -> "tuple[list[FeedSpec], EntryIndex, tuple[Problem, ...]]":
    """Return which feeds there are, the entries ready to be chosen from, and what is wrong."""
    taxonomy = Taxonomy(content.topics, content.entries)
    entries = tuple(map(taxonomy.name, content.entries))
    specs, problems = feed_specs(custom, taxonomy, entries, content.organizations, site)
    shelf = EntryIndex(entries, taxonomy, site, repository.load_entry)
    problems += _unknown(specs, shelf)
    return specs, shelf, (*taxonomy.problems, *problems)


def _unknown(specs: Iterable[FeedSpec], shelf: "EntryIndex") -> Iterator[Problem]:
    """Yield what rules ask for that no entry has: a misspelled name is an empty feed."""
    have = {(f"{kind}s", value.lower()) for kind, value in shelf.by_property}
    for spec in specs:
        for kind, name, line in spec.rule_references:
            if (kind == "topics" and shelf.taxonomy.find(name)) or (kind, name.lower()) in have:
                continue
            said = f"no such topic: {name!r}" if kind == "topics" else f"no entry has this in its {kind[:-1]}: {name!r}"
            yield Problem(spec.source, line, f"feeds.{feed_name(spec.path)}", said, "warning")


def due(entries: Iterable[EntryMeta], now: datetime) -> tuple[tuple[EntryMeta, ...], tuple[Problem, ...]]:
    """Return the entries whose date has come, newest first, ties by id: a total order.

    An edit whose date is still to come is not due either: until then the entry
    was last updated when it was published. Of two entries with one id that of the
    first file stays, and the other is a problem.
    """
    seen: dict[str, EntryMeta] = {}
    problems = []
    for entry in sorted(entries, key=attrgetter("source")):
        if entry.published > now:
            continue
        first = seen.setdefault(entry.id, entry)
        if first is not entry:
            problems.append(Problem(entry.source, 0, "id", f"has the id of {first.source}: {entry.id}"))
    shown = (entry if entry.updated <= now else replace(entry, updated=entry.published) for entry in seen.values())
    return tuple(_newest_first(shown)), tuple(problems)


def next_due(entries: Iterable[EntryMeta], now: datetime) -> datetime | None:
    """Return the first moment after `now` at which an entry or an edit is due."""
    # An edit is never before its entry.
    coming = [entry for entry in entries if entry.updated > now]
    moments = [entry.published if entry.published > now else entry.updated for entry in coming]
    return min(moments, default=None)


def _newest_first(entries: Iterable[EntryMeta]) -> list[EntryMeta]:
    by_id = sorted(entries, key=attrgetter("id"))
    return sorted(by_id, key=attrgetter("published"), reverse=True)


def _update_memberships(spec: FeedSpec, shelf: EntryIndex, past: PreviousState, now: datetime) -> dict[str, Membership]:
    """Return since when entries are in a feed; one that left keeps its place should it return."""
    matcher = Matcher(spec.rule, shelf.taxonomy)
    before = past.memberships.get(spec.path)
    # What cannot be read for now, or was removed lately, may return too.
    stays = {entry: replace(stay, active=False) for entry, stay in (before or {}).items() if entry in past.ids}
    for entry in shelf.all:
        old = (before or {}).get(entry.id)
        if matcher.matches(shelf.subject(entry), inside=old is not None and old.active):
            # Where nothing is remembered yet, an entry was always in the feed.
            since = old.since if old else entry.published if before is None else now
            stays[entry.id] = Membership(since)
    stale = {entry.id for entry in past.stale.get(spec.path, ())}
    return stays | {entry: stay for entry, stay in (before or {}).items() if entry in stale}


@dataclass(frozen=True, slots=True)
class SelectionTrace:
    """How entries came into a feed: those that are left after each step, in order.

    Attributes:
        memberships: Since when entries are in the feed, if it remembers.
        matching: Those that the rule takes.
        after_collapse: Of each story one, if the feed collapses them.
        after_dedup: Of each link one.
        after_provider_cap: Of each provider no more than the feed may have.
        feed: Of these as many as a document holds, and the archives.
    """

    memberships: dict[str, Membership]
    matching: Sequence[EntryMeta]
    after_collapse: Sequence[EntryMeta]
    after_dedup: Sequence[EntryMeta]
    after_provider_cap: Sequence[EntryMeta]
    feed: Feed


def select_feed(spec: FeedSpec, shelf: EntryIndex, past: PreviousState, now: datetime) -> SelectionTrace:
    """Return a feed with its entries, and how they came there."""
    stays = _update_memberships(spec, shelf, past, now) if spec.is_stateful else {}
    taken: Sequence[EntryMeta]
    if spec.is_stateful:
        taken = [entry for entry in shelf.all if (stay := stays.get(entry.id)) and stay.active]
    else:
        taken = shelf.matching(Matcher(spec.rule, shelf.taxonomy))
    told = taken
    if spec.collapse:
        told = _newest_first(collapse(taken, lambda entry: stays[entry.id].since, shelf.site.policies))
    if spec.order_by_first_match:
        told = sorted(told, key=lambda entry: stays[entry.id].since, reverse=True)
    once = shelf.unique_by_link(told)
    entries = tuple(_at_most(once, spec.max_per_provider)) if spec.max_per_provider else once
    if stale := past.stale.get(spec.path):
        once, entries = (_with_stale(each, stale, shelf) for each in (once, entries))
        if spec.order_by_first_match:
            entries = tuple(sorted(entries, key=lambda entry: _since(entry, stays), reverse=True))
    # The newest entry of the site is its present: the clock would make another page every week.
    ordered = _newest_first(entries) if spec.order_by_first_match else entries
    latest = max((each.published for each in (*shelf.all[:1], *(stale or ()))), default=None)
    weeks = _weeks(ordered, latest) if latest and shelf.site.pages else ()
    feed = replace(_cut(spec, shelf, past, once, entries), weeks=weeks)
    return SelectionTrace(stays, taken, told, once, entries, feed)


def _with_stale(entries: Sequence[EntryMeta], stale: Sequence[EntryMeta], shelf: EntryIndex) -> tuple[EntryMeta, ...]:
    """Return the entries of a feed with those that keep their last good rendering, newest first."""
    links = {each.link for each in stale}
    # What has the link of one stood behind it before.
    return tuple(_newest_first([*stale, *(entry for entry in entries if shelf.link(entry) not in links)]))


def _since(entry: EntryMeta, stays: Mapping[str, Membership]) -> datetime:
    return stays[entry.id].since if entry.id in stays else entry.published


def _cut(
    spec: FeedSpec, shelf: EntryIndex, past: PreviousState, once: Sequence[EntryMeta], entries: tuple[EntryMeta, ...]
) -> Feed:
    """Return a feed with as many of its entries as it may have."""
    count = window_size(entries, spec, shelf.site)
    if spec.archive or spec.order_by_first_match:
        feed = split_archives(spec, shelf.site, entries, count, past.archived)
    else:
        feed = latest_entries(spec, shelf.site, entries, count, past.listings.get(spec.path))
    return replace(feed, history=ArchivePosition()) if feed.history.complete and len(entries) < len(once) else feed


def _weeks(entries: Iterable[EntryMeta], newest: datetime) -> tuple[int, ...]:
    """Return how many of the entries, newest first, came in each of the last weeks, the newest week last."""
    weeks = [0] * WEEKS
    for entry in entries:
        ago = (newest - entry.published).days // 7
        if ago >= WEEKS:
            break
        weeks[-1 - ago] += 1
    return tuple(weeks)


def _at_most(entries: Iterable[EntryMeta], count: int) -> list[EntryMeta]:
    seen: Counter[str] = Counter()
    kept = []
    for entry in entries:
        provider = entry.provider and (entry.provider.domain or entry.provider.name)
        if provider:
            seen[provider] += 1
        if not provider or seen[provider] <= count:
            kept.append(entry)
    return kept
