"""The content of a tree as one value, and the ports through which the rest of it is read."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol

from feeds.errors import Problem
from feeds.model import Asset, Entry, EntryMeta, Organization, Topic


class EntryRepository(Protocol):
    """Has the whole entries."""

    def load_entry(self, entry: EntryMeta) -> Entry:
        """Return the whole entry of a head, with the id and the topics that its file has."""


class AssetReader(Protocol):
    """Has the bytes of assets."""

    def read_asset(self, asset: Asset) -> bytes | Problem:
        """Return the bytes of an asset, or why it cannot be read now."""


class FullEntries:
    """The repository of content whose entries are whole already."""

    def load_entry(self, entry: EntryMeta) -> Entry:
        if not isinstance(entry, Entry):
            raise TypeError("a head alone: no repository was given that has the rest")
        return entry


class NoAssets:
    """The reader of content without assets."""

    def read_asset(self, asset: Asset) -> bytes | Problem:
        return Problem(asset.path, 0, "", "no reader was given that has its bytes")


FULL_ENTRIES = FullEntries()
NO_ASSETS = NoAssets()


@dataclass(frozen=True, slots=True)
class Content:
    """All that a content tree says: what is published in it, and the names of things.

    Attributes:
        entries: Their heads; whole entries are heads too.
        unreadable: Files that may be entries, and folders of them, that cannot be read now.
        faulty: Of these the files that a bug of ours keeps out: feeds keep their last good rendering.
    """

    entries: tuple[EntryMeta, ...] = ()
    topics: tuple[Topic, ...] = ()
    organizations: tuple[Organization, ...] = ()
    assets: tuple[Asset, ...] = ()
    unreadable: frozenset[str] = frozenset()
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
