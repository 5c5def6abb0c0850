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
    """The content of a tree: its published entries, topics and providers.

    Attributes:
        entries: The metadata of the entries; a full entry is also its own metadata.
        load_entry: Loads the full entry, with the id and topics from its file.
        unreadable: Paths of entry files, and of folders, that cannot be read now.
        faulty: Those of them that trigger a bug: feeds keep their last good rendering.
    """

    entries: tuple[EntryMeta, ...] = ()
    topics: tuple[Topic, ...] = ()
    organizations: tuple[Organization, ...] = ()
    assets: tuple[Asset, ...] = ()
    unreadable: frozenset[str] = frozenset()
    load_entry: Callable[[EntryMeta], Entry] = field(default=require_full_entry, compare=False)
    faulty: frozenset[str] = frozenset()

    def without(self, sources: Collection[str]) -> "Content":
        """Return the content as if a bug made these files unreadable."""
        if not sources:
            return self
        return replace(
            self,
            entries=tuple(entry for entry in self.entries if entry.source not in sources),
            unreadable=self.unreadable.union(sources),
            faulty=self.faulty.union(sources),
        )
