"""The feeds of a site: those that the config defines, and those that the content implies.

`select` decides which entries a feed has.
"""

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from feeds.edition.paths import FEEDS_PREFIX, feed_name
from feeds.errors import Problem, problem
from feeds.model import Condition, EntryMeta, FeedDefinition, Organization, Rule, Site
from feeds.selection.topics import Taxonomy
from feeds.text import unicode


def feed_definitions(
    custom: Sequence[FeedDefinition],
    taxonomy: Taxonomy,
    entries: Sequence[EntryMeta],
    organizations: Sequence[Organization],
    site: Site,
) -> tuple[list[FeedDefinition], list[Problem]]:
    """Return every feed of the site: all, the custom feeds, the topics, the providers.

    A custom feed without rules that has the path of another feed gives that feed its settings.
    Otherwise, if two feeds would get one path, the first one keeps it.
    """
    specs: dict[str, FeedDefinition] = {}
    taken: dict[str, FeedDefinition] = {}
    problems = []
    for spec in (
        FeedDefinition(f"{FEEDS_PREFIX}all", "All", site.title, "all", description=site.description),
        *(spec for spec in custom if spec.rule != Rule()),
        *_topic_specs(taxonomy, site),
        *_provider_specs(entries, organizations, site),
    ):
        first = taken.setdefault(unicode.fold_case(spec.path), spec)
        if first is spec:
            specs[spec.path] = spec
        else:
            blamed = first if first.kind == "custom" else spec
            feed, other, path = _called(spec), _called(first), spec.path
            if first.path == path:
                problems.append(
                    problem(blamed.source, blamed.line, "", "feed.path_conflict", feed=feed, other=other, path=path)
                )
            else:
                problems.append(
                    problem(
                        blamed.source,
                        blamed.line,
                        "",
                        "feed.case_conflict",
                        feed=feed,
                        other=other,
                        path=path,
                        other_path=first.path,
                    )
                )
    for spec in custom:
        if spec.rule == Rule() and spec.path in specs:
            specs[spec.path] = _with_settings(specs[spec.path], spec)
        elif spec.rule == Rule():
            name = feed_name(spec.path)
            generated = [feed_name(path) for path in specs]
            close = difflib.get_close_matches(name, generated, 1)
            similar = repr(close[0]) if close else ""
            problems.append(
                problem(spec.source, spec.line, f"feeds.{name}", "feed.no_rules", level="warning", similar=similar)
            )
    return list(specs.values()), problems


def _with_settings(generated: FeedDefinition, custom: FeedDefinition) -> FeedDefinition:
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


def _topic_specs(taxonomy: Taxonomy, site: Site) -> Iterable[FeedDefinition]:
    for topic in taxonomy.topics:
        rule = Rule(any=Condition(topics=frozenset({topic.slug})))
        title = f"{topic.name} – {site.title}"
        above = taxonomy.lineage(topic.slug)[1:2]
        yield FeedDefinition(
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
) -> Iterable[FeedDefinition]:
    names: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        if entry.provider and entry.provider.domain:
            names[entry.provider.domain][entry.provider.name] += 1
    organizations_by_domain = {organization.domain: organization for organization in organizations}
    for domain in sorted(names):
        organization = organizations_by_domain.get(domain) or Organization(
            domain, min(names[domain], key=lambda name: (-names[domain][name], name))
        )
        yield FeedDefinition(
            f"{FEEDS_PREFIX}providers/{domain}",
            organization.name,
            f"{organization.name} – {site.title}",
            "provider",
            Rule(any=Condition(providers=frozenset({domain}))),
            organization.description,
            image=max(organization.images, key=lambda image: image.width or 0, default=None),
        )


def _called(spec: FeedDefinition) -> str:
    return f"the {spec.kind} feed {spec.name!r}" + (f" ({spec.source})" if spec.source else "")
