"""The content of a tree as one value."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from feeds.model import Asset, Entry, EntryMeta, Organization, Topic


def require_full_entry(entry: EntryMeta) -> Entry:
    if not isinstance(entry, Entry):
        raise TypeError("a head alone: the content does not say where the rest is")
    return entry


@dataclass(frozen=True, slots=True)
class Content:
    """All that a content tree says: what is published in it, and the names of things.

    Attributes:
        entries: Their heads; whole entries are heads too.
        load_entry: Gives the whole entry of a head, its file's own id and topics and all.
        unreadable: Files that may be entries, and folders of them, that cannot be read now.
        faulty: Of these the files that a bug of ours keeps out: feeds keep their last good rendering.
    """

    entries: tuple[EntryMeta, ...] = ()
    topics: tuple[Topic, ...] = ()
    organizations: tuple[Organization, ...] = ()
    assets: tuple[Asset, ...] = ()
    unreadable: frozenset[str] = frozenset()
    load_entry: Callable[[EntryMeta], Entry] = field(default=require_full_entry, compare=False)
    faulty: frozenset[str] = frozenset()

    def without(self, sources: Collection[str]) -> "Content":
        """Return the content as if a bug of ours made these files unreadable."""
        if not sources:
            return self
        return replace(
            self,
            entries=tuple(entry for entry in self.entries if entry.source not in sources),
            unreadable=self.unreadable.union(sources),
            faulty=self.faulty.union(sources),
        )
