"""Removed entries and feeds, and the state that a renamed feed keeps."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter

from feeds.edition.model import Edition, FeedSummary, Removal
from feeds.model import Tombstone
from feeds.text import unicode

# Enough that removals reach readers. Not more, so that a feed stays small.
_MAX_TOMBSTONES = 250


def lost_feeds(before: Edition, paths: set[str], ids: frozenset[str]) -> set[str]:
    """Return the feeds that disappeared although some of their entries still exist.

    A feed that disappears with its last entry is not an additional loss.

    Args:
        before: The previous feeds.
        paths: The current feeds.
        ids: The current entries, by their previous ids.
    """
    return {
        feed.path
        for feed in before.state.feeds
        if feed.path not in paths and (not feed.entries or not ids.isdisjoint(feed.entries))
    }


def apply_aliases(before: Edition, aliases: Mapping[str, str]) -> Edition:
    """Return the previous edition with the state of renamed feeds under their new paths."""
    if not aliases:
        return before
    state = before.state
    stays = {aliases.get(path, path): stays for path, stays in state.memberships.items()}
    removals = {
        entry: replace(removal, feeds=tuple(aliases.get(path, path) for path in removal.feeds))
        for entry, removal in state.removals.items()
    }
    feeds = tuple(replace(feed, path=aliases.get(feed.path, feed.path)) for feed in state.feeds)
    return replace(before, state=replace(state, memberships=stays, removals=removals, feeds=feeds))


def archived(before: Edition) -> frozenset[str]:
    """Return the paths of existing archives: an archived month stays archived."""
    return frozenset(
        path.rpartition(".")[0] for path, document in before.documents.items() if document.kind == "archive"
    )


def is_broken(path: str, broken: frozenset[str]) -> bool:
    """Return whether a file, or a folder above it, cannot be read now."""
    return path in broken or any(path.startswith(f"{folder}/") for folder in broken)


def removals(
    before: Edition, ids: frozenset[str], broken: frozenset[str], now: datetime, keep: timedelta
) -> dict[str, Removal]:
    """Return the removed entries with their feeds, without those that were removed long ago.

    A file that cannot be read now does not count as removed.
    """
    state = before.state
    spared = {record.id for path, record in state.files.items() if is_broken(path, broken)} if broken else set()
    earlier = {
        entry: removal for entry, removal in state.removals.items() if entry not in ids and removal.when > now - keep
    }
    feeds_by_entry: dict[str, list[str]] = {}
    for feed in state.feeds if keep else ():
        for entry in feed.entries:
            if entry not in ids and entry not in spared and entry not in earlier:
                feeds_by_entry.setdefault(entry, []).append(feed.path)
    return earlier | {entry: Removal(now, tuple(feeds)) for entry, feeds in feeds_by_entry.items()}


def tombstones(feed: str, removals: Mapping[str, Removal]) -> tuple[Tombstone, ...]:
    """Return the tombstones of a feed, newest removal first.

    Args:
        feed: The path of the feed.
        removals: The removed entries, by id.
    """
    removed = [Tombstone(entry, removal.when) for entry, removal in removals.items() if feed in removal.feeds]
    by_id = sorted(removed, key=attrgetter("ref"))
    return tuple(sorted(by_id, key=attrgetter("when"), reverse=True)[:_MAX_TOMBSTONES])


def feeds_lost_to_read_errors(before: Edition, paths: set[str], broken: frozenset[str]) -> tuple[FeedSummary, ...]:
    """Return the topic and provider feeds that are missing only because a file cannot be read now.

    Args:
        before: The previous feeds and their entries.
        paths: The current feeds.
        broken: The files that cannot be read.
    """
    spared = {record.id for path, record in before.state.files.items() if is_broken(path, broken)} if broken else set()
    taken = {unicode.fold_case(path) for path in paths} if spared else set()
    return tuple(
        summary
        for summary in before.state.feeds
        if summary.kind in ("topic", "provider")
        and not spared.isdisjoint(summary.entries)
        and unicode.fold_case(summary.path) not in taken
    )


def next_forgotten(removals: Iterable[Removal], keep: timedelta) -> datetime | None:
    """Return the time at which the first removal expires."""
    return min((removal.when + keep for removal in removals), default=None)
