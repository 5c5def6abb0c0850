"""Decide which entries each feed has, and in which order.

The only place that decides it. It does not know what a feed looks like, nor
the clock: the moment is given, and decides only what is due and since when an entry
is in a feed that remembers.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from feeds import text
from feeds.edition import Stay, Stays
from feeds.errors import Problem
from feeds.history import cut, make_feed, window
from feeds.model import Asset, Entry, Feed, FeedSpec, History, Organization, Policy, Site, Topic
from feeds.rules import Matcher, Property, Subject
from feeds.specs import feed_specs
from feeds.stories import collapse
from feeds.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Content:
    """All that a content tree says: what is published in it, and the names of things.

    Attributes:
        broken: Files that may be entries, and folders of them, that cannot be read now.
    """

    entries: tuple[Entry, ...] = ()
    topics: tuple[Topic, ...] = ()
    organizations: tuple[Organization, ...] = ()
    assets: tuple[Asset, ...] = ()
    broken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Past:
    """What the edition before knows that feeds depend on.

    Attributes:
        stays: Since when entries were in the feeds.
        ids: Those of which something is known.
        archived: Paths of archives.
    """

    stays: Stays = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    archived: frozenset[str] = frozenset()


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
    taxonomy = Taxonomy(content.topics, content.entries)
    entries = tuple(apply_terms(taxonomy.name(entry), site.policies) for entry in content.entries)
    specs, problems = feed_specs(custom, taxonomy, entries, content.organizations, site)
    shelf = Shelf([Subject(entry, taxonomy) for entry in entries], taxonomy, site)
    problems += _unknown(specs, shelf)
    remembered = {}
    feeds = []
    for spec in specs:
        if spec.remembers:
            remembered[spec.path] = _stays(spec, shelf, past, now)
        feeds.append(_feed(spec, shelf, past.archived, remembered.get(spec.path, {})))
    return Selected(tuple(feeds), remembered, (*taxonomy.problems, *problems))


def _unknown(specs: Iterable[FeedSpec], shelf: "Shelf") -> Iterator[Problem]:
    """Yield what rules ask for that no entry has: a misspelled name is an empty feed."""
    have = {(f"{kind}s", value.lower()) for kind, value in shelf.having}
    for spec in specs:
        for kind, name, line in spec.places:
            if (kind == "topics" and shelf.taxonomy.find(name)) or (kind, name.lower()) in have:
                continue
            said = f"no such topic: {name!r}" if kind == "topics" else f"no entry has this in its {kind[:-1]}: {name!r}"
            yield Problem(spec.source, line, f"feeds.{spec.path.removeprefix('feeds/')}", said, "warning")


def due(entries: Iterable[Entry], now: datetime) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """Return the entries whose date has come, newest first, ties by id: a total order.

    An edit whose date is still to come is not due either: until then the entry
    was last updated when it was published. Of two entries with one id that of the
    first file stays, and the other is a problem.
    """
    seen: dict[str, Entry] = {}
    problems = []
    for entry in sorted(entries, key=lambda entry: entry.source):
        if entry.published > now:
            continue
        first = seen.setdefault(entry.id, entry)
        if first is not entry:
            problems.append(Problem(entry.source, 0, "id", f"has the id of {first.source}: {entry.id}"))
    shown = (entry if entry.updated <= now else replace(entry, updated=entry.published) for entry in seen.values())
    return tuple(_newest_first(shown)), tuple(problems)


def _newest_first(entries: Iterable[Entry]) -> list[Entry]:
    by_id = sorted(entries, key=lambda entry: entry.id)
    return sorted(by_id, key=lambda entry: entry.published, reverse=True)


def apply_terms(entry: Entry, policies: Mapping[str, Policy]) -> Entry:
    """Return the entry with its provider's credit and licence."""
    policy = _policy(entry, policies)
    return replace(entry, credit=policy.credit, license=policy.license) if policy else entry


def restrict(entry: Entry, policies: Mapping[str, Policy]) -> Entry:
    """Return as much of the entry as its provider allows to be shown.

    It is selected by what it is, and restricted after that.
    """
    policy = _policy(entry, policies)
    if policy is None:
        return entry
    links = {"web": entry.link, "original": entry.original, "amp": entry.amp}
    content, summary = entry.content, entry.summary
    if policy.excerpt is not None:
        content = None
        summary = text.shorten(summary, policy.excerpt) if summary and policy.excerpt else None
    if not policy.images and content:
        content = re.sub(r"<img\b[^>]*>", "", content)
    return replace(
        entry,
        link=links[policy.link] or entry.link,
        summary=summary,
        content=content,
        images=entry.images if policy.images else (),
        enclosures=tuple(each for each in entry.enclosures if policy.images or not each.type.startswith("image/")),
    )


def _policy(entry: Entry, policies: Mapping[str, Policy]) -> Policy | None:
    return policies.get(entry.provider.domain) if entry.provider and entry.provider.domain else None


@dataclass(slots=True)
class Shelf:
    """The entries in order, under each property those that have it, and how each is shown."""

    all: Sequence[Subject]
    taxonomy: Taxonomy
    site: Site
    having: dict[Property, list[Subject]] = field(default_factory=lambda: defaultdict(list))
    _shown: dict[tuple[str, int], tuple[Entry, Entry]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for subject in self.all:
            for each in subject.have:
                self.having[each].append(subject)

    def candidates(self, matcher: Matcher) -> Sequence[Subject]:
        """Return all entries that a rule might take, in order."""
        return self.all if matcher.only is None else self.having[matcher.only]

    def shown(self, entry: Entry, content: str) -> Entry:
        """Return the entry as a feed shows it: the same value for each feed that shows as much."""
        key = (content, id(entry))
        if key not in self._shown:
            made = restrict(entry, self.site.policies)
            if content != "full":
                made = replace(made, content=None)
            if content == "none":
                made = replace(made, summary=None, images=(), enclosures=(), related=(), actions=(), facts=())
                made = replace(made, player=None, video=None)
            self._shown[key] = (entry, made)
        return self._shown[key][1]


def _stays(spec: FeedSpec, shelf: Shelf, past: Past, now: datetime) -> dict[str, Stay]:
    """Return since when entries are in a feed; one that left keeps its place should it return."""
    matcher = Matcher(spec.rule, shelf.taxonomy)
    before = past.stays.get(spec.path)
    # What cannot be read for now, or was removed lately, may return too.
    stays = {entry: replace(stay, inside=False) for entry, stay in (before or {}).items() if entry in past.ids}
    for subject in shelf.all:
        entry = subject.entry
        old = (before or {}).get(entry.id)
        if matcher.takes(subject, inside=old is not None and old.inside):
            # Where nothing is remembered yet, an entry was always in the feed.
            since = old.since if old else entry.published if before is None else now
            stays[entry.id] = Stay(since)
    return stays


def _feed(spec: FeedSpec, shelf: Shelf, archived: frozenset[str], stays: Mapping[str, Stay]) -> Feed:
    matcher = Matcher(spec.rule, shelf.taxonomy)
    if spec.remembers:
        taken = [each.entry for each in shelf.all if (stay := stays.get(each.entry.id)) and stay.inside]
    else:
        taken = [each.entry for each in shelf.candidates(matcher) if matcher.takes(each)]
    if spec.collapse:
        taken = _newest_first(collapse(taken, lambda entry: stays[entry.id].since))
    shown: dict[str, Entry] = {}
    if spec.by_entry:
        taken.sort(key=lambda entry: stays[entry.id].since, reverse=True)
    for entry in taken:
        made = shelf.shown(entry, spec.content)
        shown.setdefault(made.link, made)
    entries = tuple(_at_most(shown.values(), spec.max_per_provider) if spec.max_per_provider else shown.values())
    feed = make_feed(spec, shelf.site, entries)
    if len(entries) < len(shown):
        feed = replace(feed, history=History())
    return cut(feed, window(entries, spec, shelf.site), archived)


def _at_most(entries: Iterable[Entry], count: int) -> list[Entry]:
    seen: Counter[str] = Counter()
    kept = []
    for entry in entries:
        provider = entry.provider and (entry.provider.domain or entry.provider.name)
        if provider:
            seen[provider] += 1
        if not provider or seen[provider] <= count:
            kept.append(entry)
    return kept
