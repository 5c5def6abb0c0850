"""Decide which feeds there are and which entries each of them has, in which order.

The only place that decides it. It does not know what a feed looks like, nor
the clock: the moment is given, and decides only what is due and since when an entry
is in a feed that remembers.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from feeds import text
from feeds.edition import Stay, Stays
from feeds.errors import Problem
from feeds.history import cut, make_feed, window
from feeds.model import Asset, Condition, Entry, Feed, FeedSpec, Organization, Policy, Rule, Site, Topic
from feeds.rules import Matcher, Property, Subject
from feeds.stories import collapse
from feeds.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Content:
    """All that a content tree says: what is published in it, and the names of things.

    Attributes:
        broken: Files that may be entries but cannot be read now.
    """

    entries: tuple[Entry, ...] = ()
    topics: tuple[Topic, ...] = ()
    organizations: tuple[Organization, ...] = ()
    assets: tuple[Asset, ...] = ()
    broken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Selected:
    """Every feed with its entries, what the feeds have to remember, and what is wrong."""

    feeds: tuple[Feed, ...]
    stays: Stays
    problems: tuple[Problem, ...]


def select(content: Content, custom: Sequence[FeedSpec], site: Site, stays: Stays, now: datetime) -> Selected:
    """Return every feed of the site: all, the custom feeds, the topics, the providers.

    A custom feed without rules that has the path of another feed gives that one its
    settings. Otherwise, of two that would get one path the earlier keeps it.

    Args:
        content: What the tree says, its entries as `due` returns them.
        custom: The feeds that the configuration defines.
        site: The publication.
        stays: What the feeds remembered before.
        now: Since when an entry is in a feed that did not have it before.
    """
    taxonomy = Taxonomy(content.topics, content.entries)
    entries = tuple(apply_policy(taxonomy.name(entry), site.policies) for entry in content.entries)
    specs, problems = _specs(content, custom, taxonomy, entries, site)
    shelf = Shelf([Subject(entry, taxonomy) for entry in entries], taxonomy)
    problems += [
        Problem(spec.source, spec.line, spec.path.removeprefix("feeds/"), f"no such topic: {name!r}", "warning")
        for spec in specs
        for condition in (spec.rule.any, spec.rule.all, spec.rule.none)
        for name in sorted(condition.topics)
        if taxonomy.find(name) is None
    ]
    remembered = {}
    feeds = []
    for spec in specs:
        if spec.remembers:
            remembered[spec.path] = _stays(spec, shelf, stays.get(spec.path), now)
        feeds.append(_feed(spec, shelf, site, remembered.get(spec.path, {})))
    return Selected(tuple(feeds), remembered, (*taxonomy.problems, *problems))


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


def apply_policy(entry: Entry, policies: Mapping[str, Policy]) -> Entry:
    """Return the entry as its provider allows it to be shown."""
    policy = policies.get((entry.provider and entry.provider.domain) or "")
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
        credit=policy.credit,
        license=policy.license,
    )


def _specs(
    content: Content, custom: Sequence[FeedSpec], taxonomy: Taxonomy, entries: Sequence[Entry], site: Site
) -> tuple[list[FeedSpec], list[Problem]]:
    specs: dict[str, FeedSpec] = {}
    problems = []
    for spec in (
        FeedSpec("feeds/all", "All", site.title, "all", description=site.description),
        *(spec for spec in custom if spec.rule != Rule()),
        *_topic_specs(taxonomy, site),
        *_provider_specs(entries, content.organizations, site),
    ):
        first = specs.setdefault(spec.path, spec)
        if first is not spec:
            called, other = _called(spec), _called(first)
            message = f"{called} and {other} would both be /{spec.path}.xml: give one of them another name or _id"
            problems.append(Problem(spec.source, spec.line, "", message))
    for spec in custom:
        if spec.rule == Rule() and spec.path in specs:
            specs[spec.path] = _with_settings(specs[spec.path], spec)
        elif spec.rule == Rule():
            message = "has no rules, and there is no topic and no provider of this name"
            problems.append(Problem(spec.source, spec.line, spec.path.removeprefix("feeds/"), message, "warning"))
    return list(specs.values()), problems


def _with_settings(generated: FeedSpec, custom: FeedSpec) -> FeedSpec:
    named = custom.name != custom.path.removeprefix("feeds/")
    return replace(
        custom,
        kind=generated.kind,
        rule=generated.rule,
        name=custom.name if named else generated.name,
        title=custom.title if named else generated.title,
        description=custom.description or generated.description,
        image=generated.image,
    )


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


@dataclass(slots=True)
class Shelf:
    """The entries in order, under each property those that have it, and how each is shown."""

    all: Sequence[Subject]
    taxonomy: Taxonomy
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
        """Return the entry with as much content as a feed shows; the same value for each such feed."""
        if content == "full":
            return entry
        key = (content, id(entry))
        if key not in self._shown:
            kept = {"summary": entry.summary, "images": entry.images} if content == "excerpt" else {}
            bare: dict[str, Any] = {"summary": None, "images": (), "content": None} | kept
            self._shown[key] = (entry, replace(entry, **bare))
        return self._shown[key][1]


def _stays(spec: FeedSpec, shelf: Shelf, before: Mapping[str, Stay] | None, now: datetime) -> dict[str, Stay]:
    """Return since when entries are in a feed; one that left keeps its place should it return."""
    matcher = Matcher(spec.rule, shelf.taxonomy)
    stays = {}
    for subject in shelf.all:
        entry = subject.entry
        old = (before or {}).get(entry.id)
        if matcher.takes(subject, inside=old is not None and old.inside):
            # Where nothing is remembered yet, an entry was always in the feed.
            since = old.since if old else entry.published if before is None else now
            stays[entry.id] = Stay(since)
        elif old:
            stays[entry.id] = Stay(old.since, inside=False)
    return stays


def _feed(spec: FeedSpec, shelf: Shelf, site: Site, stays: Mapping[str, Stay]) -> Feed:
    matcher = Matcher(spec.rule, shelf.taxonomy)
    if spec.remembers:
        taken = [each.entry for each in shelf.all if (stay := stays.get(each.entry.id)) and stay.inside]
    else:
        taken = [each.entry for each in shelf.candidates(matcher) if matcher.takes(each)]
    links: dict[str, Entry] = {}
    for entry in taken:
        links.setdefault(entry.link, entry)
    entries = list(links.values())
    if spec.collapse:
        entries = _newest_first(collapse(entries, lambda entry: stays[entry.id].since))
    if spec.by_entry:
        entries.sort(key=lambda entry: stays[entry.id].since, reverse=True)
    if spec.max_per_provider:
        entries = _at_most(entries, spec.max_per_provider)
    shown = tuple(shelf.shown(entry, spec.content) for entry in entries)
    return cut(make_feed(spec, site, shown), window(shown, spec, site))


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
