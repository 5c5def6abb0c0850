"""Decide which entries each feed has, and in which order.

The only place that decides it. It does not know what a feed looks like, nor
the clock: the moment is given, and decides only what is due and since when an entry
is in a feed that remembers.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from feeds import text
from feeds.edition import Listing, Stay, Stays
from feeds.errors import Problem
from feeds.history import cut, newest, window
from feeds.model import Asset, Entry, Feed, FeedSpec, Head, History, Image, Organization, Policy, Site, Topic
from feeds.rules import Matcher, Property, Subject, properties
from feeds.sanitiser import drop_images
from feeds.specs import feed_specs
from feeds.stories import collapse
from feeds.taxonomy import Taxonomy

WEEKS = 26
"""So many weeks are counted for the sparklines."""


def _itself(entry: Head) -> Entry:
    if not isinstance(entry, Entry):
        raise TypeError("a head alone: the content does not say where the rest is")
    return entry


@dataclass(frozen=True, slots=True)
class Content:
    """All that a content tree says: what is published in it, and the names of things.

    Attributes:
        entries: Their heads; whole entries are heads too.
        whole: Gives the whole entry of a head, its file's own id and topics and all.
        broken: Files that may be entries, and folders of them, that cannot be read now.
        faulty: Of these the files that a bug of ours keeps out: feeds keep their last good rendering.
    """

    entries: tuple[Head, ...] = ()
    topics: tuple[Topic, ...] = ()
    organizations: tuple[Organization, ...] = ()
    assets: tuple[Asset, ...] = ()
    broken: frozenset[str] = frozenset()
    whole: Callable[[Head], Entry] = field(default=_itself, compare=False)
    faulty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Past:
    """What the edition before knows that feeds depend on.

    Attributes:
        stays: Since when entries were in the feeds.
        ids: Those of which something is known.
        archived: Paths of archives.
        listings: What it says of its feeds, by path.
        stale: By the path of a feed its entries that keep their last good rendering.
    """

    stays: Stays = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    archived: frozenset[str] = frozenset()
    listings: Mapping[str, Listing] = field(default_factory=dict)
    stale: Mapping[str, tuple[Head, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selected:
    """Every feed with its entries, what the feeds have to remember, and what is wrong."""

    feeds: tuple[Feed, ...]
    stays: Stays
    problems: tuple[Problem, ...]


def select(content: Content, custom: Sequence[FeedSpec], site: Site, past: Past, now: datetime) -> Selected:
    """Return every feed of the site with its entries.

    Args:
        content: What the tree says, its entries as `due` returns them.
        custom: The feeds that the configuration defines.
        site: The publication.
        past: What the feeds were before.
        now: Since when an entry is in a feed that did not have it before.
    """
    specs, shelf, problems = prepare(content, custom, site)
    remembered = {}
    feeds = []
    for spec in specs:
        way = find_way(spec, shelf, past, now)
        if spec.remembers:
            remembered[spec.path] = way.stays
        feeds.append(way.feed)
    return Selected(tuple(feeds), remembered, problems)


def prepare(
    content: Content, custom: Sequence[FeedSpec], site: Site
) -> "tuple[list[FeedSpec], Shelf, tuple[Problem, ...]]":
    """Return which feeds there are, the entries ready to be chosen from, and what is wrong."""
    taxonomy = Taxonomy(content.topics, content.entries)
    entries = tuple(map(taxonomy.name, content.entries))
    specs, problems = feed_specs(custom, taxonomy, entries, content.organizations, site)
    shelf = Shelf(entries, taxonomy, site, content.whole)
    problems += _unknown(specs, shelf)
    return specs, shelf, (*taxonomy.problems, *problems)


def _unknown(specs: Iterable[FeedSpec], shelf: "Shelf") -> Iterator[Problem]:
    """Yield what rules ask for that no entry has: a misspelled name is an empty feed."""
    have = {(f"{kind}s", value.lower()) for kind, value in shelf.having}
    for spec in specs:
        for kind, name, line in spec.places:
            if (kind == "topics" and shelf.taxonomy.find(name)) or (kind, name.lower()) in have:
                continue
            said = f"no such topic: {name!r}" if kind == "topics" else f"no entry has this in its {kind[:-1]}: {name!r}"
            yield Problem(spec.source, line, f"feeds.{spec.path.removeprefix('feeds/')}", said, "warning")


def due(entries: Iterable[Head], now: datetime) -> tuple[tuple[Head, ...], tuple[Problem, ...]]:
    """Return the entries whose date has come, newest first, ties by id: a total order.

    An edit whose date is still to come is not due either: until then the entry
    was last updated when it was published. Of two entries with one id that of the
    first file stays, and the other is a problem.
    """
    seen: dict[str, Head] = {}
    problems = []
    for entry in sorted(entries, key=attrgetter("source")):
        if entry.published > now:
            continue
        first = seen.setdefault(entry.id, entry)
        if first is not entry:
            problems.append(Problem(entry.source, 0, "id", f"has the id of {first.source}: {entry.id}"))
    shown = (entry if entry.updated <= now else replace(entry, updated=entry.published) for entry in seen.values())
    return tuple(_newest_first(shown)), tuple(problems)


def next_due(entries: Iterable[Head], now: datetime) -> datetime | None:
    """Return the first moment after `now` at which an entry or an edit is due."""
    # An edit is never before its entry.
    coming = [entry for entry in entries if entry.updated > now]
    moments = [entry.published if entry.published > now else entry.updated for entry in coming]
    return min(moments, default=None)


def _newest_first(entries: Iterable[Head]) -> list[Head]:
    by_id = sorted(entries, key=attrgetter("id"))
    return sorted(by_id, key=attrgetter("published"), reverse=True)


def show(
    entry: Entry,
    head: Head,
    content: str,
    policies: Mapping[str, Policy],
    logos: Mapping[str, tuple[Image, ...]] | None = None,
) -> Entry:
    """Return as much of an entry as a feed shows of it, and its provider allows to be shown.

    It is selected by what it is, and restricted after that.

    Args:
        entry: The whole entry, as its file has it.
        head: What became of it on the way to the feed.
        content: How much the feed shows: `full`, `excerpt` or `none`.
        policies: What is agreed with providers, by their domain.
        logos: Pictures of providers by their domain, for entries that have none of theirs.
    """
    if logos and entry.provider and not entry.provider.images:
        entry = replace(entry, provider=replace(entry.provider, images=logos.get(entry.provider.domain or "", ())))
    entry = replace(
        entry, id=head.id, updated=head.updated, categories=head.categories, tags=head.tags, merged=head.merged
    )
    if head.merged:
        listed = {item.link: item for item in (*head.merged, *entry.related) if item.link not in entry.links}
        entry = replace(entry, related=tuple(listed.values()))
    if policy := _policy(entry, policies):
        entry = _restrict(entry, policy)
    if content != "full":
        entry = replace(entry, content=None)
    if content == "none":
        entry = replace(
            entry, summary=None, images=(), enclosures=(), related=(), actions=(), facts=(), player=None, video=None
        )
    return entry


def _restrict(entry: Entry, policy: Policy) -> Entry:
    content, summary = entry.content, entry.summary
    if policy.excerpt is not None:
        content = None
        summary = text.shorten(summary, policy.excerpt) if summary and policy.excerpt else None
    if not policy.images and content:
        content = drop_images(content)
    return replace(
        entry,
        link=_link(entry, policy),
        summary=summary,
        content=content,
        images=entry.images if policy.images else (),
        enclosures=tuple(each for each in entry.enclosures if policy.images or not each.type.startswith("image/")),
        credit=policy.credit,
        license=policy.license,
    )


def _policy(entry: Head, policies: Mapping[str, Policy]) -> Policy | None:
    return policies.get(entry.provider.domain) if policies and entry.provider and entry.provider.domain else None


def _link(entry: Head, policy: Policy | None) -> str:
    if policy is None:
        return entry.link
    return {"web": entry.link, "original": entry.original, "amp": entry.amp}[policy.link] or entry.link


class Shelf:
    """The entries in order, and under each property those that have it."""

    def __init__(
        self, entries: Sequence[Head], taxonomy: Taxonomy, site: Site, whole: Callable[[Head], Entry] = _itself
    ) -> None:
        self.taxonomy = taxonomy
        self.site = site
        self.all = entries
        self.having: dict[Property, list[Head]] = defaultdict(list)
        self._whole = whole
        self._subjects: dict[str, Subject] = {}
        for entry in entries:
            for each in properties(entry, taxonomy):
                self.having[each].append(entry)
        links = list(map(self.link, entries)) if site.policies else [entry.link for entry in entries]
        self._repeats = len(set(links)) < len(links)

    def subject(self, entry: Head) -> Subject:
        """Return an entry as rules see it; few feeds have a rule that has to."""
        # Not by their ids: two may have one, if the file of one could not be read before.
        subject = self._subjects.get(entry.source)
        if subject is None:
            subject = self._subjects[entry.source] = Subject(entry, properties(entry, self.taxonomy), self._whole)
        return subject

    def taken(self, matcher: Matcher) -> Sequence[Head]:
        """Return all entries that a rule takes, in order."""
        candidates = self.all if matcher.only is None else self.having.get(matcher.only, ())
        if matcher.asks_no_more:
            return candidates
        return [entry for entry in candidates if matcher.takes(self.subject(entry))]

    def once(self, entries: Sequence[Head]) -> tuple[Head, ...]:
        """Return the entries without those whose link an earlier one has."""
        if not self._repeats:
            return tuple(entries)
        first: dict[str, Head] = {}
        for entry in entries:
            first.setdefault(self.link(entry), entry)
        return tuple(first.values())

    def link(self, entry: Head) -> str:
        """Return what feeds link to for an entry."""
        return _link(entry, _policy(entry, self.site.policies))


def _stays(spec: FeedSpec, shelf: Shelf, past: Past, now: datetime) -> dict[str, Stay]:
    """Return since when entries are in a feed; one that left keeps its place should it return."""
    matcher = Matcher(spec.rule, shelf.taxonomy)
    before = past.stays.get(spec.path)
    # What cannot be read for now, or was removed lately, may return too.
    stays = {entry: replace(stay, inside=False) for entry, stay in (before or {}).items() if entry in past.ids}
    for entry in shelf.all:
        old = (before or {}).get(entry.id)
        if matcher.takes(shelf.subject(entry), inside=old is not None and old.inside):
            # Where nothing is remembered yet, an entry was always in the feed.
            since = old.since if old else entry.published if before is None else now
            stays[entry.id] = Stay(since)
    stale = {entry.id for entry in past.stale.get(spec.path, ())}
    return stays | {entry: stay for entry, stay in (before or {}).items() if entry in stale}


@dataclass(frozen=True, slots=True)
class Way:
    """How entries came into a feed: those that are left after each step, in order.

    Attributes:
        stays: Since when entries are in the feed, if it remembers.
        taken: Those that the rule takes.
        told: Of each story one, if the feed collapses them.
        once: Of each link one.
        allowed: Of each provider no more than the feed may have.
        feed: Of these as many as a document holds, and the archives.
    """

    stays: dict[str, Stay]
    taken: Sequence[Head]
    told: Sequence[Head]
    once: Sequence[Head]
    allowed: Sequence[Head]
    feed: Feed


def find_way(spec: FeedSpec, shelf: Shelf, past: Past, now: datetime) -> Way:
    """Return a feed with its entries, and how they came there."""
    stays = _stays(spec, shelf, past, now) if spec.remembers else {}
    taken: Sequence[Head]
    if spec.remembers:
        taken = [entry for entry in shelf.all if (stay := stays.get(entry.id)) and stay.inside]
    else:
        taken = shelf.taken(Matcher(spec.rule, shelf.taxonomy))
    told = taken
    if spec.collapse:
        told = _newest_first(collapse(taken, lambda entry: stays[entry.id].since, shelf.site.policies))
    if spec.by_entry:
        told = sorted(told, key=lambda entry: stays[entry.id].since, reverse=True)
    once = shelf.once(told)
    entries = tuple(_at_most(once, spec.max_per_provider)) if spec.max_per_provider else once
    if stale := past.stale.get(spec.path):
        once, entries = (_with_stale(each, stale, shelf) for each in (once, entries))
        if spec.by_entry:
            entries = tuple(sorted(entries, key=lambda entry: _since(entry, stays), reverse=True))
    # The newest entry of the site is its present: the clock would make another page every week.
    ordered = _newest_first(entries) if spec.by_entry else entries
    latest = max((each.published for each in (*shelf.all[:1], *(stale or ()))), default=None)
    weeks = _weeks(ordered, latest) if latest and shelf.site.pages else ()
    feed = replace(_cut(spec, shelf, past, once, entries), weeks=weeks)
    return Way(stays, taken, told, once, entries, feed)


def _with_stale(entries: Sequence[Head], stale: Sequence[Head], shelf: Shelf) -> tuple[Head, ...]:
    """Return the entries of a feed with those that keep their last good rendering, newest first."""
    links = {each.link for each in stale}
    # What has the link of one stood behind it before.
    return tuple(_newest_first([*stale, *(entry for entry in entries if shelf.link(entry) not in links)]))


def _since(entry: Head, stays: Mapping[str, Stay]) -> datetime:
    return stays[entry.id].since if entry.id in stays else entry.published


def _cut(spec: FeedSpec, shelf: Shelf, past: Past, once: Sequence[Head], entries: tuple[Head, ...]) -> Feed:
    """Return a feed with as many of its entries as it may have."""
    count = window(entries, spec, shelf.site)
    if spec.archive or spec.by_entry:
        feed = cut(spec, shelf.site, entries, count, past.archived)
    else:
        feed = newest(spec, shelf.site, entries, count, past.listings.get(spec.path))
    return replace(feed, history=History()) if feed.history.complete and len(entries) < len(once) else feed


def _weeks(entries: Iterable[Head], newest: datetime) -> tuple[int, ...]:
    """Return how many of the entries, newest first, came in each of the last weeks, the newest week last."""
    weeks = [0] * WEEKS
    for entry in entries:
        ago = (newest - entry.published).days // 7
        if ago >= WEEKS:
            break
        weeks[-1 - ago] += 1
    return tuple(weeks)


def logos(organizations: Iterable[Organization]) -> dict[str, tuple[Image, ...]]:
    """Return the pictures of each provider that has some, by its domain."""
    return {each.domain: each.images for each in organizations if each.images}


def _at_most(entries: Iterable[Head], count: int) -> list[Head]:
    seen: Counter[str] = Counter()
    kept = []
    for entry in entries:
        provider = entry.provider and (entry.provider.domain or entry.provider.name)
        if provider:
            seen[provider] += 1
        if not provider or seen[provider] <= count:
            kept.append(entry)
    return kept
