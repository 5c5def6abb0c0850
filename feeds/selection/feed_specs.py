"""Decide which feeds there are: those that the config defines, and those that the content makes.

Which entries each of them has is for `selection`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from feeds.edition.paths import FEEDS_PREFIX, feed_name
from feeds.errors import Problem
from feeds.model import Condition, EntryMeta, FeedSpec, Organization, Rule, Site
from feeds.selection.topics import Taxonomy
from feeds.text import unicode


def feed_specs(
    custom: Sequence[FeedSpec],
    taxonomy: Taxonomy,
    entries: Sequence[EntryMeta],
    organizations: Sequence[Organization],
    site: Site,
) -> tuple[list[FeedSpec], list[Problem]]:
    """Return every feed of the site: all, the custom feeds, the topics, the providers.

    A custom feed without rules that has the path of another feed gives that one its
    settings. Otherwise, of two that would get one path the earlier keeps it.
    """
    specs: dict[str, FeedSpec] = {}
    taken: dict[str, FeedSpec] = {}
    problems = []
    for spec in (
        FeedSpec(f"{FEEDS_PREFIX}all", "All", site.title, "all", description=site.description),
        *(spec for spec in custom if spec.rule != Rule()),
        *_topic_specs(taxonomy, site),
        *_provider_specs(entries, organizations, site),
    ):
        first = taken.setdefault(unicode.fold_case(spec.path), spec)
        if first is spec:
            specs[spec.path] = spec
        else:
            called, other = _called(spec), _called(first)
            paths = f"both be /{spec.path}.xml"
            if first.path != spec.path:
                paths = f"be /{spec.path}.xml and /{first.path}.xml, which differ only in case"
            message = f"{called} and {other} would {paths}: give one of them another name or _id"
            blamed = first if first.kind == "custom" else spec
            problems.append(Problem(blamed.source, blamed.line, "", message))
    for spec in custom:
        if spec.rule == Rule() and spec.path in specs:
            specs[spec.path] = _with_settings(specs[spec.path], spec)
        elif spec.rule == Rule():
            message = "has no rules, and there is no topic and no provider of this name"
            problems.append(Problem(spec.source, spec.line, f"feeds.{feed_name(spec.path)}", message, "warning"))
    return list(specs.values()), problems


def _with_settings(generated: FeedSpec, custom: FeedSpec) -> FeedSpec:
    named = custom.name != feed_name(custom.path)
    return replace(
        custom,
        kind=generated.kind,
        rule=generated.rule,
        name=custom.name if named else generated.name,
        title=custom.title if named else generated.title,
        description=custom.description or generated.description,
        image=generated.image,
        parent=generated.parent,
    )


def _topic_specs(taxonomy: Taxonomy, site: Site) -> Iterable[FeedSpec]:
    for topic in taxonomy.topics:
        rule = Rule(any=Condition(topics=frozenset({topic.slug})))
        title = f"{topic.name} – {site.title}"
        above = taxonomy.lineage(topic.slug)[1:2]
        yield FeedSpec(
            f"{FEEDS_PREFIX}{topic.slug}",
            topic.name,
            title,
            "topic",
            rule,
            topic.description,
            parent=f"{FEEDS_PREFIX}{above[0]}" if above else None,
            source=topic.source,
        )


def _provider_specs(
    entries: Sequence[EntryMeta], organizations: Sequence[Organization], site: Site
) -> Iterable[FeedSpec]:
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
            f"{FEEDS_PREFIX}providers/{domain}",
            organization.name,
            f"{organization.name} – {site.title}",
            "provider",
            Rule(any=Condition(providers=frozenset({domain}))),
            organization.description,
            image=max(organization.images, key=lambda image: image.width or 0, default=None),
        )


def _called(spec: FeedSpec) -> str:
    return f"the {spec.kind} feed {spec.name!r}" + (f" ({spec.source})" if spec.source else "")
