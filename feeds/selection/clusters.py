"""Find the entries that tell one story, and let one of them stand for it.

Two entries are of one story if they have one link, or the link of one is in the related
coverage of the other; so are all that hang together in this way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from feeds.model import EntryMeta, Policy, Related


def stories(entries: Sequence[EntryMeta]) -> list[list[EntryMeta]]:
    """Return the entries grouped by story, each group and its members in the order given."""
    by_link: dict[str, int] = {}
    parent = list(range(len(entries)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    def join(place: int, other: int) -> None:
        # The smaller number is the root, so the order given is kept.
        low, high = sorted((root(place), root(other)))
        parent[high] = low

    for place, entry in enumerate(entries):
        for link in entry.links:
            join(place, by_link.setdefault(link, place))
    for place, entry in enumerate(entries):
        for link in entry.coverage:
            if (other := by_link.get(link)) is not None:
                join(place, other)
    groups: dict[int, list[EntryMeta]] = {}
    for place, entry in enumerate(entries):
        groups.setdefault(root(place), []).append(entry)
    return list(groups.values())


def collapse(
    entries: Sequence[EntryMeta], since: Callable[[EntryMeta], datetime], policies: Mapping[str, Policy]
) -> list[EntryMeta]:
    """Return one entry for each story, which stands for the others too.

    It is the one that was there first, so that a story is not announced twice. A new
    member updates it and does not move its date.

    Args:
        entries: What may belong together.
        since: Tells when an entry came.
        policies: How providers want to be named.
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
