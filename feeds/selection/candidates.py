"""Entries that are due, with their stable ids and the state of the previous edition."""

from dataclasses import dataclass
from datetime import datetime

from feeds.content.model import Content
from feeds.edition.model import Edition, Removal
from feeds.model import Site
from feeds.selection import removals as selection_removals
from feeds.selection import stable_ids
from feeds.selection.removals import apply_aliases
from feeds.selection.select import PreviousState, due, newest_first


@dataclass(frozen=True, slots=True)
class Candidates:
    """The entries that feeds select from, with the state of the previous edition.

    Attributes:
        before: The previous edition, with its feeds under their current paths.
        stable_ids: The entries, and the stable id of each file.
        removals: Removed entries.
    """

    before: Edition
    stable_ids: stable_ids.StableIds
    ids: frozenset[str]
    removals: dict[str, Removal]
    past: PreviousState
    rejected_count: int


def prepare_candidates(content: Content, site: Site, before: Edition, now: datetime) -> Candidates:
    """Return the entries that are due at this time, with their stable ids."""
    before = apply_aliases(before, site.aliases)
    entries = due(content.entries, now)
    held_back = content.held_back.union(entry.source for entry in content.entries if entry.published > now)
    kept = stable_ids.assign_stable_ids(entries, before, content.unreadable, held_back)
    if kept.problems:  # the order depends on the ids
        kept = kept._replace(entries=tuple(newest_first(kept.entries)))
    ids = frozenset([entry.id for entry in kept.entries])
    removals = selection_removals.removals(before, ids, content.unreadable, now, site.tombstones)
    # State of forgotten entries is dropped everywhere, otherwise the next build would give another result.
    known_ids = frozenset([record.id for record in kept.files.values()]) | removals.keys()
    listings = {listing.path: listing for listing in before.state.feeds}
    past = PreviousState(before.state.memberships, known_ids, selection_removals.archived(before), listings, removals)
    return Candidates(before, kept, ids, removals, past, len(entries) - len(kept.entries))
