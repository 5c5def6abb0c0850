"""Selection and order of the entries of each feed.

Only this module decides which feed has which entries. It knows no feed format and no clock: the
given time decides only what is due, and since when an entry is in a stateful feed.
"""

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from feeds.content.model import FULL_ENTRIES, Content, EntryRepository
from feeds.edition.model import FeedSummary, Membership, Memberships, Removal
from feeds.edition.paths import feed_name
from feeds.errors import Problem, problem
from feeds.model import EntryMeta, FeedDefinition, Site
from feeds.selection.clusters import collapse, stories
from feeds.selection.entry_index import EntryIndex
from feeds.selection.feed_definitions import feed_definitions
from feeds.selection.paging import FeedSelection
from feeds.selection.removals import tombstones
from feeds.selection.rules import Matcher
from feeds.selection.topics import Taxonomy
from feeds.text import urls
from feeds.text.unicode import fold

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class PreviousState:
    """The state of the previous edition that selection depends on.

    Attributes:
        memberships: Memberships of entries in stateful feeds.
        ids: Ids of known entries.
        archived: Paths of archives.
        listings: Summaries of the feeds, by path.
        removals: Removed entries, by id.
        stale: By feed path, the entries that keep their last good rendering.
    """

    memberships: Memberships = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    archived: frozenset[str] = frozenset()
    listings: Mapping[str, FeedSummary] = field(default_factory=dict)
    removals: Mapping[str, Removal] = field(default_factory=dict)
    stale: Mapping[str, tuple[EntryMeta, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """The entries of all feeds, the memberships, and the problems found."""

    feeds: tuple[FeedSelection, ...]
    memberships: Memberships
    problems: tuple[Problem, ...]


def select(
    content: Content,
    custom: Sequence[FeedDefinition],
    site: Site,
    past: PreviousState,
    now: datetime,
    repository: EntryRepository = FULL_ENTRIES,
) -> Selection:
    """Return every feed of the site with its entries.

    Args:
        content: The content, with the entries that `due` returns.
        custom: The feeds that the configuration defines.
        site: The publication.
        past: The state of the previous edition.
        now: Start of the membership of entries that are new in a feed.
        repository: Loads full entries, for rules that search their text.
    """
    specs, index, problems = prepare(content, custom, site, repository)
    remembered = {}
    feeds = []
    collapsing = []
    for spec in specs:
        trace = select_feed(spec, index, past, now)
        if spec.is_stateful:
            remembered[spec.path] = trace.memberships
        if spec.collapse or spec.unique_links:
            collapsing.append((spec, trace))
        feeds.append(trace.selection)
    return Selection(tuple(feeds), remembered, (*problems, *_link_notes(collapsing, index)))


def prepare(
    content: Content, custom: Sequence[FeedDefinition], site: Site, repository: EntryRepository = FULL_ENTRIES
) -> "tuple[list[FeedDefinition], EntryIndex, tuple[Problem, ...]]":
    """Return the feeds of the site, the index of entries, and the problems found."""
    taxonomy = Taxonomy(content.topics, content.entries)
    entries = tuple(map(taxonomy.name, content.entries))
    specs, problems = feed_definitions(custom, taxonomy, entries, content.organizations, site)
    index = EntryIndex(entries, taxonomy, site, repository.load_entry)
    problems += _unknown(specs, index)
    return specs, index, (*taxonomy.problems, *problems)


def _unknown(specs: Iterable[FeedDefinition], index: "EntryIndex") -> Iterator[Problem]:
    """Yield a warning for each value in a rule that no entry has, because a misspelt name gives an empty feed."""
    have = {(f"{kind}s", fold(value)) for kind, value in index.by_property}
    values_by_kind: defaultdict[str, list[str]] = defaultdict(list)
    for kind, value in sorted(index.by_property):
        values_by_kind[f"{kind}s"].append(value)
    for spec in specs:
        for kind, name, line in spec.rule_references:
            value = urls.domain(name) or name if kind == "providers" else name
            if (kind == "topics" and index.taxonomy.find(name)) or (kind, fold(value)) in have:
                continue
            key = f"feeds.{feed_name(spec.path)}"
            if kind == "topics":
                similar = index.taxonomy.similar(name)
                yield problem(
                    spec.source, line, key, "rule.unknown_topic", level="warning", name=repr(name), similar=similar
                )
                continue
            close = difflib.get_close_matches(name.lower(), values_by_kind[kind], 1)
            yield problem(
                spec.source,
                line,
                key,
                "rule.unknown_value",
                level="warning",
                property=kind.removesuffix("s"),
                name=repr(name),
                similar=repr(close[0]) if close else "",
            )


def due(entries: Iterable[EntryMeta], now: datetime) -> tuple[EntryMeta, ...]:
    """Return the due entries, newest first and then by id, which is a total order of entries with different ids.

    An edit with a future date is not due either: until then, `updated` is the publication date.
    """
    entries = [
        entry
        for entry in sorted(entries, key=attrgetter("source"))
        if entry.published <= now and not (entry.expires and entry.expires <= now)
    ]
    return tuple(
        newest_first(entry if entry.updated <= now else replace(entry, updated=entry.published) for entry in entries)
    )


def next_due(entries: Sequence[EntryMeta], now: datetime) -> datetime | None:
    """Return the next time after `now` at which an entry or an edit becomes due, or an entry expires."""
    # An edit is never earlier than its entry.
    coming = [entry for entry in entries if entry.updated > now]
    moments = [entry.published if entry.published > now else entry.updated for entry in coming]
    moments += [entry.expires for entry in entries if entry.expires and entry.expires > now]
    return min(moments, default=None)


def newest_first(entries: Iterable[EntryMeta]) -> list[EntryMeta]:
    by_id = sorted(entries, key=attrgetter("id"))
    return sorted(by_id, key=attrgetter("published"), reverse=True)


def _update_memberships(
    spec: FeedDefinition, index: EntryIndex, past: PreviousState, now: datetime
) -> dict[str, Membership]:
    """Return the memberships of entries in a feed; an entry that left keeps its place in case it returns."""
    matcher = Matcher(spec.rule, index.taxonomy)
    before = past.memberships.get(spec.path)
    # Unreadable and recently removed entries may return too.
    stays = {entry: replace(stay, active=False) for entry, stay in (before or {}).items() if entry in past.ids}
    for entry in index.all:
        old = (before or {}).get(entry.id)
        if matcher.matches(index.subject(entry), inside=old is not None and old.active):
            # Without stored memberships, entries count as members since their publication.
            since = old.since if old else entry.published if before is None else now
            stays[entry.id] = Membership(since)
    stale = {entry.id for entry in past.stale.get(spec.path, ())}
    return stays | {entry: stay for entry, stay in (before or {}).items() if entry in stale}


@dataclass(frozen=True, slots=True)
class SelectionTrace:
    """The entries that remain after each step of a feed's selection, in order.

    Attributes:
        memberships: Memberships in the feed, if it is stateful.
        matching: Entries that the rule matches.
        after_collapse: One entry for each story, if the feed collapses stories.
        after_dedup: One entry for each link, if the feed has unique links.
        after_provider_cap: At most the allowed number of entries for each provider.
        selection: The result.
    """

    memberships: dict[str, Membership]
    matching: Sequence[EntryMeta]
    after_collapse: Sequence[EntryMeta]
    after_dedup: Sequence[EntryMeta]
    after_provider_cap: Sequence[EntryMeta]
    selection: FeedSelection


def select_feed(spec: FeedDefinition, index: EntryIndex, past: PreviousState, now: datetime) -> SelectionTrace:
    """Return the entries of a feed, and the steps of their selection."""
    stays = _update_memberships(spec, index, past, now) if spec.is_stateful else {}
    matching: Sequence[EntryMeta]
    if spec.is_stateful:
        matching = [entry for entry in index.all if (stay := stays.get(entry.id)) and stay.active]
    else:
        matching = index.matching(Matcher(spec.rule, index.taxonomy))
    collapsed = matching
    if spec.collapse:
        collapsed = newest_first(collapse(matching, lambda entry: stays[entry.id].since, index.site.policies))
    if spec.order_by_first_match:
        collapsed = sorted(collapsed, key=lambda entry: stays[entry.id].since, reverse=True)
    unique = tuple(collapsed)
    if spec.unique_links:
        unique = _unique_by_link(collapsed, index, past.listings.get(spec.path))
    entries = tuple(_at_most(unique, spec.max_per_provider)) if spec.max_per_provider else unique
    if stale := past.stale.get(spec.path):
        unique, entries = (
            _with_stale(selected, stale, index if spec.unique_links else None) for selected in (unique, entries)
        )
        if spec.order_by_first_match:
            entries = tuple(sorted(entries, key=lambda entry: _since(entry, stays), reverse=True))
    selection = FeedSelection(
        spec,
        entries,
        is_complete=len(entries) == len(unique),
        tombstones=tombstones(spec.path, past.removals),
        archived=past.archived,
        previous=past.listings.get(spec.path),
    )
    return SelectionTrace(stays, matching, collapsed, unique, entries, selection)


def _unique_by_link(
    entries: Sequence[EntryMeta], index: EntryIndex, listing: FeedSummary | None
) -> tuple[EntryMeta, ...]:
    """Return the entries of a feed without those whose link another entry had before in the feed."""
    there = frozenset(listing.entries) if listing else frozenset()
    left_out: set[str] = set()
    for group in index.by_link(entries).values():
        first = min(group, key=lambda entry: (entry.id not in there, entry.published, entry.id))
        left_out.update(entry.id for entry in group if entry is not first)
    return tuple(entry for entry in entries if entry.id not in left_out)


def _stood_back(
    feeds: Iterable[tuple[FeedDefinition, "SelectionTrace"]], index: EntryIndex
) -> Iterator[tuple[EntryMeta, EntryMeta, FeedDefinition]]:
    """Yield each entry that a feed leaves out for another one, with that one and the feed."""
    for spec, trace in feeds:
        if len(trace.after_dedup) == len(trace.matching):
            continue
        collapsed = {entry.id: entry for entry in trace.after_collapse}
        for story in stories(trace.matching) if spec.collapse else ():
            head = next(collapsed[entry.id] for entry in story if entry.id in collapsed)
            yield from ((entry, head, spec) for entry in story if entry.id != head.id)
        unique = {entry.id for entry in trace.after_dedup}
        for group in index.by_link(trace.after_collapse).values() if spec.unique_links else ():
            first = next(entry for entry in group if entry.id in unique)
            yield from ((entry, first, spec) for entry in group if entry.id not in unique)


def _link_notes(feeds: Sequence[tuple[FeedDefinition, "SelectionTrace"]], index: EntryIndex) -> Iterator[Problem]:
    """Yield a note for each entry that feeds leave out for another one, and for each link of several entries."""
    places: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for entry, other, spec in _stood_back(feeds, index):
        places[entry.source, other.source].append(feed_name(spec.path))
    for (source, other_source), names in sorted(places.items()):
        yield problem(source, 0, "webUrl", "link.stands_back", level="note", other=other_source, feeds=", ".join(names))
    left_out = {source for source, _ in places}
    shown = [entry for entry in index.all if entry.source not in left_out]
    for group in index.by_link(shown).values():
        first, *others = sorted(entry.source for entry in group)
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        yield problem(first, 0, "webUrl", "link.shared", level="note", others=", ".join(others[:_MOST_NAMED]) + more)


def _with_stale(
    entries: Sequence[EntryMeta], stale: Sequence[EntryMeta], unique: EntryIndex | None
) -> tuple[EntryMeta, ...]:
    """Return the entries of a feed, including those with their last good rendering, newest first."""
    links = {entry.link for entry in stale}
    # In a feed with unique links, a stale entry hid the others with its link before.
    others = [entry for entry in entries if not unique or unique.link(entry) not in links]
    return tuple(newest_first([*stale, *others]))


def _since(entry: EntryMeta, stays: Mapping[str, Membership]) -> datetime:
    return stays[entry.id].since if entry.id in stays else entry.published


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
