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
from feeds.edition.model import FeedSummary, Membership, Memberships
from feeds.edition.paths import feed_name
from feeds.errors import Problem, problem
from feeds.model import ArchivePosition, EntryMeta, Feed, FeedSpec, Site
from feeds.selection.clusters import collapse
from feeds.selection.entry_index import EntryIndex
from feeds.selection.feed_specs import feed_specs
from feeds.selection.paging import latest_entries, split_archives, window_size
from feeds.selection.rules import Matcher
from feeds.selection.topics import Taxonomy
from feeds.text import urls
from feeds.text.unicode import fold

WEEKS = 26
"""Number of weeks in the sparklines."""


@dataclass(frozen=True, slots=True)
class PreviousState:
    """The state of the previous edition that selection depends on.

    Attributes:
        memberships: Memberships of entries in stateful feeds.
        ids: Ids of known entries.
        archived: Paths of archives.
        listings: Summaries of the feeds, by path.
        stale: By feed path, the entries that keep their last good rendering.
    """

    memberships: Memberships = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    archived: frozenset[str] = frozenset()
    listings: Mapping[str, FeedSummary] = field(default_factory=dict)
    stale: Mapping[str, tuple[EntryMeta, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """All feeds with their entries, their memberships, and the problems found."""

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
        content: The content, with the entries that `due` returns.
        custom: The feeds that the configuration defines.
        site: The publication.
        past: The state of the previous edition.
        now: Start of the membership of entries that are new in a feed.
        repository: Loads full entries, for rules that search their text.
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
    """Return the feeds of the site, the index of entries, and the problems found."""
    taxonomy = Taxonomy(content.topics, content.entries)
    entries = tuple(map(taxonomy.name, content.entries))
    specs, problems = feed_specs(custom, taxonomy, entries, content.organizations, site)
    shelf = EntryIndex(entries, taxonomy, site, repository.load_entry)
    problems += _unknown(specs, shelf)
    return specs, shelf, (*taxonomy.problems, *problems)


def _unknown(specs: Iterable[FeedSpec], shelf: "EntryIndex") -> Iterator[Problem]:
    """Yield a warning for each value in a rule that no entry has, because a misspelt name gives an empty feed."""
    have = {(f"{kind}s", fold(value)) for kind, value in shelf.by_property}
    known: defaultdict[str, list[str]] = defaultdict(list)
    for kind, value in sorted(shelf.by_property):
        known[f"{kind}s"].append(value)
    for spec in specs:
        for kind, name, line in spec.rule_references:
            value = urls.domain(name) or name if kind == "providers" else name
            if (kind == "topics" and shelf.taxonomy.find(name)) or (kind, fold(value)) in have:
                continue
            key = f"feeds.{feed_name(spec.path)}"
            if kind == "topics":
                similar = shelf.taxonomy.similar(name)
                yield problem(
                    spec.source, line, key, "rule.unknown_topic", level="warning", name=repr(name), similar=similar
                )
                continue
            close = difflib.get_close_matches(name.lower(), known[kind], 1)
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


def due(entries: Iterable[EntryMeta], now: datetime) -> tuple[tuple[EntryMeta, ...], tuple[Problem, ...]]:
    """Return the due entries, newest first and then by id, which is a total order.

    An edit with a future date is not due either: until then, `updated` is the publication date. If two
    entries have one id, the entry of the first file stays, and the other is a problem.
    """
    seen: dict[str, EntryMeta] = {}
    problems = []
    for entry in sorted(entries, key=attrgetter("source")):
        if entry.published > now:
            continue
        first = seen.setdefault(entry.id, entry)
        if first is not entry:
            problems.append(problem(entry.source, 0, "id", "id.duplicate", other=first.source, id=entry.id))
    shown = (entry if entry.updated <= now else replace(entry, updated=entry.published) for entry in seen.values())
    return tuple(_newest_first(shown)), tuple(problems)


def next_due(entries: Iterable[EntryMeta], now: datetime) -> datetime | None:
    """Return the next time after `now` at which an entry or an edit becomes due."""
    # An edit is never earlier than its entry.
    coming = [entry for entry in entries if entry.updated > now]
    moments = [entry.published if entry.published > now else entry.updated for entry in coming]
    return min(moments, default=None)


def _newest_first(entries: Iterable[EntryMeta]) -> list[EntryMeta]:
    by_id = sorted(entries, key=attrgetter("id"))
    return sorted(by_id, key=attrgetter("published"), reverse=True)


def _update_memberships(spec: FeedSpec, shelf: EntryIndex, past: PreviousState, now: datetime) -> dict[str, Membership]:
    """Return the memberships of entries in a feed; an entry that left keeps its place in case it returns."""
    matcher = Matcher(spec.rule, shelf.taxonomy)
    before = past.memberships.get(spec.path)
    # Unreadable and recently removed entries may return too.
    stays = {entry: replace(stay, active=False) for entry, stay in (before or {}).items() if entry in past.ids}
    for entry in shelf.all:
        old = (before or {}).get(entry.id)
        if matcher.matches(shelf.subject(entry), inside=old is not None and old.active):
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
        after_dedup: One entry for each link.
        after_provider_cap: At most the allowed number of entries for each provider.
        feed: The feed with the entries of its main document, and its archives.
    """

    memberships: dict[str, Membership]
    matching: Sequence[EntryMeta]
    after_collapse: Sequence[EntryMeta]
    after_dedup: Sequence[EntryMeta]
    after_provider_cap: Sequence[EntryMeta]
    feed: Feed


def select_feed(spec: FeedSpec, shelf: EntryIndex, past: PreviousState, now: datetime) -> SelectionTrace:
    """Return a feed with its entries, and the steps of their selection."""
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
    # The site's newest entry defines "now": with the clock, the page would change every week.
    ordered = _newest_first(entries) if spec.order_by_first_match else entries
    latest = max((each.published for each in (*shelf.all[:1], *(stale or ()))), default=None)
    weeks = _weeks(ordered, latest) if latest and shelf.site.pages else ()
    feed = replace(_cut(spec, shelf, past, once, entries), weeks=weeks)
    return SelectionTrace(stays, taken, told, once, entries, feed)


def _with_stale(entries: Sequence[EntryMeta], stale: Sequence[EntryMeta], shelf: EntryIndex) -> tuple[EntryMeta, ...]:
    """Return the entries of a feed, including those with their last good rendering, newest first."""
    links = {each.link for each in stale}
    # An entry with the link of a stale one was hidden by it before.
    return tuple(_newest_first([*stale, *(entry for entry in entries if shelf.link(entry) not in links)]))


def _since(entry: EntryMeta, stays: Mapping[str, Membership]) -> datetime:
    return stays[entry.id].since if entry.id in stays else entry.published


def _cut(
    spec: FeedSpec, shelf: EntryIndex, past: PreviousState, once: Sequence[EntryMeta], entries: tuple[EntryMeta, ...]
) -> Feed:
    """Return a feed with its allowed number of entries."""
    count = window_size(entries, spec, shelf.site)
    if spec.archive or spec.order_by_first_match:
        feed = split_archives(spec, shelf.site, entries, count, past.archived)
    else:
        feed = latest_entries(spec, shelf.site, entries, count, past.listings.get(spec.path))
    return replace(feed, history=ArchivePosition()) if feed.history.complete and len(entries) < len(once) else feed


def _weeks(entries: Iterable[EntryMeta], newest: datetime) -> tuple[int, ...]:
    """Return the number of entries in each of the last weeks, the newest week last."""
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
