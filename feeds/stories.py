"""Find the entries that tell one story, and let one of them stand for it.

Two entries are of one story if they have one link, or the link of one is in the related
coverage of the other; so are all that hang together in this way.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from feeds.model import Entry, Related


def stories(entries: Sequence[Entry]) -> list[list[Entry]]:
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
        for link in _links(entry):
            join(place, by_link.setdefault(link, place))
    for place, entry in enumerate(entries):
        for item in entry.related:
            if (other := by_link.get(item.link)) is not None:
                join(place, other)
    groups: dict[int, list[Entry]] = {}
    for place, entry in enumerate(entries):
        groups.setdefault(root(place), []).append(entry)
    return list(groups.values())


def collapse(entries: Sequence[Entry], since: Callable[[Entry], datetime]) -> list[Entry]:
    """Return one entry for each story, which lists the others as related coverage.

    It is the one that was there first, so that a story is not announced twice. A new
    member updates it and does not move its date.

    Args:
        entries: What may belong together.
        since: Tells when an entry came.
    """
    return [_stand_in(group, since) for group in stories(entries)]


def _stand_in(group: list[Entry], since: Callable[[Entry], datetime]) -> Entry:
    if len(group) == 1:
        return group[0]
    first = min(group, key=lambda entry: (since(entry), entry.published, entry.id))
    others = [
        Related(
            entry.title, entry.link, entry.credit or (entry.provider.name if entry.provider else None), entry.published
        )
        for entry in group
        if entry is not first
    ]
    known = set(_links(first))
    listed = {item.link: item for item in (*others, *first.related) if item.link not in known}
    updated = max([first.updated, *(since(entry) for entry in group if entry is not first)])
    return replace(first, related=tuple(listed.values()), updated=updated)


def _links(entry: Entry) -> tuple[str, ...]:
    return tuple(link for link in (entry.link, entry.original, entry.amp) if link)
