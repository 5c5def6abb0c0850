"""Entries that are due, with their stable ids and the state of the previous edition."""

from dataclasses import dataclass
from datetime import datetime

from feeds.content.model import Content
from feeds.edition.model import Edition, Removal
from feeds.errors import Problem
from feeds.model import Site
from feeds.selection import removals as selection_removals
from feeds.selection import stable_ids
from feeds.selection.removals import follow
from feeds.selection.select import PreviousState, due


@dataclass(frozen=True, slots=True)
class Candidates:
    """The entries that feeds are chosen from, and what is known of them from before.

    Attributes:
        before: The edition before, with its feeds called what they are called now.
        kept: The entries, and which id each file has.
        removals: What was removed.
        twice: Entries that have the id of another one.
    """

    before: Edition
    kept: stable_ids.StableIds
    ids: frozenset[str]
    removals: dict[str, Removal]
    past: PreviousState
    twice: tuple[Problem, ...]
    refused: int


def arrange(content: Content, site: Site, before: Edition, now: datetime) -> Candidates:
    """Return the entries of this content that are due at this moment, each with the id it has for good."""
    before = follow(before, site.aliases)
    entries, twice = due(content.entries, now)
    kept = stable_ids.keep_ids(entries, before, content.broken)
    ids = frozenset([entry.id for entry in kept.entries])
    removals = selection_removals.removals(before, ids, content.broken, now, site.tombstones)
    # What is forgotten now is forgotten everywhere, or the next build would come to something else.
    known = frozenset([each.id for each in kept.files.values()]) | removals.keys()
    listings = {listing.path: listing for listing in before.state.feeds}
    past = PreviousState(before.state.stays, known, selection_removals.archived(before), listings)
    refused = len(twice) + len(entries) - len(kept.entries)
    return Candidates(before, kept, ids, removals, past, twice, refused)
