"""Entries that are due, with their stable ids and the state of the previous edition."""

from dataclasses import dataclass
from datetime import datetime

from feeds.content.model import Content
from feeds.edition.model import Edition, Removal
from feeds.errors import Problem
from feeds.model import Site
from feeds.selection import removals as selection_removals
from feeds.selection import stable_ids
from feeds.selection.removals import apply_aliases
from feeds.selection.select import PreviousState, due


@dataclass(frozen=True, slots=True)
class Candidates:
    """The entries that feeds are chosen from, and what is known of them from before.

    Attributes:
        before: The edition before, with its feeds called what they are called now.
        stable_ids: The entries, and which id each file has.
        removals: What was removed.
        duplicate_ids: Entries that have the id of another one.
    """

    before: Edition
    stable_ids: stable_ids.StableIds
    ids: frozenset[str]
    removals: dict[str, Removal]
    past: PreviousState
    duplicate_ids: tuple[Problem, ...]
    rejected_count: int


def prepare_candidates(content: Content, site: Site, before: Edition, now: datetime) -> Candidates:
    """Return the entries of this content that are due at this moment, each with the id it has for good."""
    before = apply_aliases(before, site.aliases)
    entries, twice = due(content.entries, now)
    kept = stable_ids.assign_stable_ids(entries, before, content.unreadable)
    ids = frozenset([entry.id for entry in kept.entries])
    removals = selection_removals.removals(before, ids, content.unreadable, now, site.tombstones)
    # What is forgotten now is forgotten everywhere, or the next build would come to something else.
    known = frozenset([each.id for each in kept.files.values()]) | removals.keys()
    listings = {listing.path: listing for listing in before.state.feeds}
    past = PreviousState(before.state.memberships, known, selection_removals.archived(before), listings)
    refused = len(twice) + len(entries) - len(kept.entries)
    return Candidates(before, kept, ids, removals, past, twice, refused)
