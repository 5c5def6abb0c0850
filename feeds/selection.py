"""Decide which feeds there are and which entries each of them has, in which order.

The only place that decides it. It does not know what a feed looks like, nor
the clock: the moment is given, and decides only what is due.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from feeds import text
from feeds.errors import Problem
from feeds.model import Asset, Category, Condition, Entry, Feed, FeedSpec, Organization, Rule, Site, Topic, Window

Properties = frozenset[tuple[str, str]]
"""What rules ask for, as pairs such as `("topic", "ai")`."""


@dataclass(frozen=True, slots=True)
class Content:
    """All that a content tree says: what is published in it, and the names of things."""

    entries: tuple[Entry, ...] = ()
    topics: tuple[Topic, ...] = ()
    organizations: tuple[Organization, ...] = ()
    assets: tuple[Asset, ...] = ()


def feeds(
    content: Content, custom: Sequence[FeedSpec], site: Site, now: datetime
) -> tuple[tuple[Feed, ...], tuple[Problem, ...]]:
    """Return every feed of the site with its entries, and the feeds that could not have their path.

    In this order: all, the custom feeds, the topics, the providers. Of two that
    would get one path the earlier keeps it.
    """
    entries = due(content.entries, now)
    taxonomy = Taxonomy(content.topics, entries)
    entries = tuple(map(taxonomy.name, entries))
    specs = [
        FeedSpec("feeds/all", "All", site.title, "all", description=site.description),
        *custom,
        *_topic_specs(taxonomy, site),
        *_provider_specs(entries, content.organizations, site),
    ]
    taken: dict[str, FeedSpec] = {}
    problems = list(taxonomy.problems)
    for spec in specs:
        first = taken.setdefault(spec.path, spec)
        if first is not spec:
            problems.append(_collision(_called(spec), _called(first), spec.path, spec.source))
    shelf = _Shelf(entries, taxonomy)
    return tuple(select(spec, shelf, site) for spec in taken.values()), tuple(problems)


def due(entries: Iterable[Entry], now: datetime) -> tuple[Entry, ...]:
    """Return the entries whose date has come, newest first, ties by id: a total order.

    An edit whose date is still to come is not due either: until then the entry
    was last updated when it was published.
    """
    seen = [
        entry if entry.updated <= now else replace(entry, updated=entry.published)
        for entry in entries
        if entry.published <= now
    ]
    seen.sort(key=lambda entry: entry.id)
    seen.sort(key=lambda entry: entry.published, reverse=True)
    return tuple(seen)


class Taxonomy:
    """What the topics are called in paths, and which lie under which.

    A topic is what has its name, in whatever case; one that `_data/topics` does
    not have is called after its name. Two topics never share a slug: the earlier,
    first of those in `_data/topics`, then of the entries by date, keeps it.
    """

    def __init__(self, topics: Sequence[Topic], entries: Sequence[Entry]) -> None:
        self.topics: list[Topic] = []
        self.problems: list[Problem] = []
        self._by_name: dict[str, Topic] = {}
        self._by_slug: dict[str, Topic] = {}
        for topic in topics:
            self._add(topic)
        for entry in reversed(entries):
            for category in entry.categories:
                if category.label.casefold() not in self._by_name:
                    self._add(Topic(text.slug(category.label), category.label, source=entry.source))
        self._lineage = {topic.slug: self._ancestors(topic) for topic in self.topics}

    def _add(self, topic: Topic) -> None:
        first = self._by_slug.get(topic.slug) or self._by_name.get(topic.name.casefold())
        if topic.slug and first is None:
            self.topics.append(topic)
            self._by_slug[topic.slug] = topic
        elif first is None:
            message = f"the topic {topic.name!r} gives no name for a path: give it an _id in _data/topics"
            self.problems.append(Problem(topic.source, 0, "topics", message))
        else:
            called, other = (f"the topic {each.name!r} ({each.source})" for each in (topic, first))
            self.problems.append(_collision(called, other, f"feeds/{topic.slug}", topic.source))
        self._by_name.setdefault(topic.name.casefold(), topic)

    def find(self, name: str) -> Topic | None:
        """Return the topic of this name or slug that has a feed."""
        topic = self._by_name.get(name.casefold()) or self._by_slug.get(name)
        return topic if topic and self._by_slug.get(topic.slug) is topic else None

    def _ancestors(self, topic: Topic) -> tuple[str, ...]:
        slugs = [topic.slug]
        while topic.parent:
            parent = self.find(topic.parent)
            if parent is None or parent.slug in slugs:
                why = "lies under itself" if parent else f"no such topic: {topic.parent!r}"
                problem = Problem(topic.source, 0, "parent", why, "warning")
                if problem not in self.problems:
                    self.problems.append(problem)
                break
            slugs.append(parent.slug)
            topic = parent
        return tuple(slugs)

    def lineage(self, slug: str) -> tuple[str, ...]:
        """Return a topic and all it lies under, nearest first."""
        return self._lineage.get(slug, ())

    def name(self, entry: Entry) -> Entry:
        """Return the entry with its topics called what the taxonomy calls them."""
        categories = tuple(dict.fromkeys(map(self._category, entry.categories)))
        return entry if categories == entry.categories else replace(entry, categories=categories)

    def _category(self, category: Category) -> Category:
        topic = self.find(category.label)
        # A topic that has no feed has no slug either; its name is no other topic's.
        return Category(topic.slug, topic.name) if topic else Category(category.label, category.label)


def _topic_specs(taxonomy: Taxonomy, site: Site) -> Iterable[FeedSpec]:
    for topic in taxonomy.topics:
        rule = Rule(any=Condition(topics=frozenset({topic.slug})))
        title = f"{topic.name} – {site.title}"
        yield FeedSpec(f"feeds/{topic.slug}", topic.name, title, "topic", rule, topic.description, source=topic.source)


def _provider_specs(entries: Sequence[Entry], organizations: Sequence[Organization], site: Site) -> Iterable[FeedSpec]:
    names: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        if entry.provider and entry.provider.domain:
            names[entry.provider.domain][entry.provider.name] += 1
    known = {organization.domain: organization for organization in organizations}
    for domain in sorted(names):
        organization = known.get(domain) or Organization(
            domain, min(names[domain], key=lambda name: (-names[domain][name], name))
        )
        yield FeedSpec(
            f"feeds/providers/{domain}",
            organization.name,
            f"{organization.name} – {site.title}",
            "provider",
            Rule(any=Condition(providers=frozenset({domain}))),
            organization.description,
            image=max(organization.images, key=lambda image: image.width or 0, default=None),
        )


def _called(spec: FeedSpec) -> str:
    return f"the {spec.kind} feed {spec.name!r}" + (f" ({spec.source})" if spec.source else "")


def _collision(second: str, first: str, path: str, source: str) -> Problem:
    message = f"{second} and {first} would both be /{path}.xml: give one of them another name or _id"
    return Problem(source, 0, "", message)


@dataclass(slots=True)
class _Shelf:
    """The entries in order, and under each property those that have it."""

    entries: Sequence[Entry]
    taxonomy: Taxonomy
    having: dict[tuple[str, str], list[tuple[Entry, Properties]]] = field(default_factory=lambda: defaultdict(list))
    all: list[tuple[Entry, Properties]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for entry in self.entries:
            pair = (entry, properties(entry, self.taxonomy))
            self.all.append(pair)
            for each in pair[1]:
                self.having[each].append(pair)


def properties(entry: Entry, taxonomy: Taxonomy) -> Properties:
    """Return what a rule can ask of an entry; a child topic's entry has its parents too."""
    have = {("topic", slug) for category in entry.categories for slug in taxonomy.lineage(category.term)}
    have |= {("collection", entry.collection), ("type", (entry.type or "").lower())}
    if entry.provider and entry.provider.domain:
        have.add(("provider", entry.provider.domain))
    return frozenset(have)


def _asked(condition: Condition, taxonomy: Taxonomy) -> Properties:
    topics = ((name, taxonomy.find(name)) for name in condition.topics)
    return frozenset(
        {("topic", topic.slug if topic else name) for name, topic in topics}
        | {("provider", name) for name in condition.providers}
        | {("collection", name) for name in condition.collections}
        | {("type", name.lower()) for name in condition.types}
    )


def select(spec: FeedSpec, shelf: _Shelf, site: Site) -> Feed:
    """Return the feed: what its rule takes, each link once, as much as its window holds."""
    rule = spec.rule
    any_of, all_of, none_of = (_asked(each, shelf.taxonomy) for each in (rule.any, rule.all, rule.none))
    candidates = shelf.having[next(iter(any_of))] if len(any_of) == 1 else shelf.all
    links: dict[str, Entry] = {}
    for entry, have in candidates:
        if (any_of and any_of.isdisjoint(have)) or not all_of <= have or not none_of.isdisjoint(have):
            continue
        if _enough(entry.quality, rule.quality) and _enough(entry.heat, rule.heat):
            links.setdefault(entry.link, entry)
    return make_feed(spec, site, _in_window(tuple(links.values()), spec.limit, site.window))


def make_feed(spec: FeedSpec, site: Site, entries: tuple[Entry, ...]) -> Feed:
    """Return a feed of these entries; without any it was last updated when ids began."""
    return Feed(spec, site, max((entry.updated for entry in entries), default=site.since), entries)


def _enough(number: float | None, least: float | None) -> bool:
    return least is None or (number is not None and number >= least)


def _in_window(entries: tuple[Entry, ...], limit: int | None, window: Window) -> tuple[Entry, ...]:
    if limit is not None or not entries:
        return entries[:limit]
    # On a busy day more than the newest N may be new since a reader last looked.
    oldest = entries[0].published - window.within
    recent = sum(entry.published >= oldest for entry in entries)
    return entries[: max(window.entries, recent)]
