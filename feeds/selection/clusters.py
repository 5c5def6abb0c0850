"""Clusters of entries about one story, and the entry that represents each cluster.

Two entries belong to one story if they share a link, or if the link of one is in the related
coverage of the other. The relation is transitive.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from feeds.model import EntryMeta, Policy, Related


def stories(entries: Sequence[EntryMeta]) -> list[list[EntryMeta]]:
    """Return the entries grouped by story; groups and members keep the given order."""
    by_link: dict[str, int] = {}
    parent = list(range(len(entries)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def join(index: int, other: int) -> None:
        # The smaller index becomes the root, which keeps the given order.
        low, high = sorted((root(index), root(other)))
        parent[high] = low

    for index, entry in enumerate(entries):
        for link in entry.links:
            join(index, by_link.setdefault(link, index))
    for index, entry in enumerate(entries):
        for link in entry.coverage:
            if (other := by_link.get(link)) is not None:
                join(index, other)
    groups: dict[int, list[EntryMeta]] = {}
    for index, entry in enumerate(entries):
        groups.setdefault(root(index), []).append(entry)
    return list(groups.values())


def collapse(
    entries: Sequence[EntryMeta], since: Callable[[EntryMeta], datetime], policies: Mapping[str, Policy]
) -> list[EntryMeta]:
    """Return one entry for each story, which represents the others.

    It is the entry that was there first, so that a story is not announced twice. A new member updates
    the entry and does not change its date.

    Args:
        entries: The candidates.
        since: Returns the time since when an entry is in the feed.
        policies: Display policies of providers.
    """
    return [_stand_in(group, since, policies) for group in stories(entries)]


def _stand_in(
    group: list[EntryMeta], since: Callable[[EntryMeta], datetime], policies: Mapping[str, Policy]
) -> EntryMeta:
    if len(group) == 1:
        return group[0]
    first = min(group, key=lambda entry: (since(entry), entry.published, entry.id))
    others = [entry for entry in group if entry is not first]
    merged = tuple(
        Related(entry.title, entry.link, _named(entry, policies), entry.published)
        for entry in others
        if entry.link not in first.links
    )
    return replace(first, merged=merged, updated=max([first.updated, *map(since, others)]))


def _named(entry: EntryMeta, policies: Mapping[str, Policy]) -> str | None:
    if entry.provider is None:
        return None
    policy = policies.get(entry.provider.domain or "")
    return (policy and policy.credit) or entry.provider.name
