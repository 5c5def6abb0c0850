"""The content of a tree as one value, and the ports that load full entries and assets."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol

from feeds.errors import Problem, problem
from feeds.model import Asset, Entry, EntryMeta, Organization, Topic


class EntryRepository(Protocol):
    """Port that loads full entries."""

    def load_entry(self, entry: EntryMeta) -> Entry:
        """Return the full entry, with the id and topics from its file."""


class AssetReader(Protocol):
    """Port that reads the bytes of assets."""

    def read_asset(self, asset: Asset) -> bytes | Problem:
        """Return the bytes of an asset, or the reason why they cannot be read."""


class FullEntries:
    """The repository of content whose entries are full entries."""

    def load_entry(self, entry: EntryMeta) -> Entry:
        if not isinstance(entry, Entry):
            raise TypeError("not a full entry: pass the repository that loads it")
        return entry


class NoAssets:
    """The reader of content without assets."""

    def read_asset(self, asset: Asset) -> bytes | Problem:
        return problem(asset.path, 0, "", "asset.no_reader")


FULL_ENTRIES = FullEntries()
NO_ASSETS = NoAssets()


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a tree: its published entries, topics and providers.

    Attributes:
        entries: The metadata of the entries; a full entry is also its own metadata.
        unreadable: Paths of entry files, and of folders, that cannot be read now.
        held_back: Paths of files whose front matter says that the entry is not published now.
        faulty: Those of the unreadable files that trigger a bug: feeds keep their last good rendering.
    """

    entries: tuple[EntryMeta, ...] = ()
    topics: tuple[Topic, ...] = ()
    organizations: tuple[Organization, ...] = ()
    assets: tuple[Asset, ...] = ()
    unreadable: frozenset[str] = frozenset()
    faulty: frozenset[str] = frozenset()
    held_back: frozenset[str] = frozenset()

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
