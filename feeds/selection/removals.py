"""Entries and feeds that were removed, and state that renamed feeds keep."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from feeds.edition.model import Edition, FeedSummary, Removal
from feeds.text import unicode


def lost_feeds(before: Edition, paths: set[str], ids: frozenset[str]) -> set[str]:
    """Return the feeds that are gone although entries of them are still there.

    A feed that goes with its last entry is no loss of its own.

    Args:
        before: Which feeds there were.
        paths: The feeds that there are.
        ids: The entries that there are, by the ids that they had.
    """
    return {
        feed.path
        for feed in before.state.feeds
        if feed.path not in paths and (not feed.entries or not ids.isdisjoint(feed.entries))
    }


def apply_aliases(before: Edition, aliases: Mapping[str, str]) -> Edition:
    """Return the edition before with what it remembers of a renamed feed under its new path."""
    if not aliases:
        return before
    state = before.state
    stays = {aliases.get(path, path): stays for path, stays in state.memberships.items()}
    removals = {
        entry: replace(each, feeds=tuple(aliases.get(path, path) for path in each.feeds))
        for entry, each in state.removals.items()
    }
    feeds = tuple(replace(feed, path=aliases.get(feed.path, feed.path)) for feed in state.feeds)
    return replace(before, state=replace(state, memberships=stays, removals=removals, feeds=feeds))


def archived(before: Edition) -> frozenset[str]:
    """Return the paths of the archives there are: once archived, a month stays so."""
    return frozenset(path.rpartition(".")[0] for path, each in before.documents.items() if each.kind == "archive")


def is_broken(path: str, broken: frozenset[str]) -> bool:
    """Tell whether a file, or a folder that it is in, cannot be read now."""
    return path in broken or any(path.startswith(f"{each}/") for each in broken)


def removals(
    before: Edition, ids: frozenset[str], broken: frozenset[str], now: datetime, keep: timedelta
) -> dict[str, Removal]:
    """Return what was removed, with the feeds that had it, and forget what was removed long ago.

    A file that cannot be read now is a mistake, and no decision to remove it.
    """
    state = before.state
    spared = {known.id for path, known in state.files.items() if is_broken(path, broken)} if broken else set()
    made = {entry: each for entry, each in state.removals.items() if entry not in ids and each.when > now - keep}
    held: dict[str, list[str]] = {}
    for feed in state.feeds if keep else ():
        for entry in feed.entries:
            if entry not in ids and entry not in spared and entry not in made:
                held.setdefault(entry, []).append(feed.path)
    return made | {entry: Removal(now, tuple(feeds)) for entry, feeds in held.items()}


def feeds_lost_to_read_errors(before: Edition, paths: set[str], broken: frozenset[str]) -> tuple[FeedSummary, ...]:
    """Return the feeds of topics and providers that are not there only because a file cannot be read now.

    Args:
        before: Which feeds there were, and what they had.
        paths: The feeds that there are.
        broken: The files.
    """
    spared = {known.id for path, known in before.state.files.items() if is_broken(path, broken)} if broken else set()
    taken = {unicode.fold_case(path) for path in paths} if spared else set()
    return tuple(
        each
        for each in before.state.feeds
        if each.kind in ("topic", "provider")
        and not spared.isdisjoint(each.entries)
        and unicode.fold_case(each.path) not in taken
    )


def next_forgotten(removals: Iterable[Removal], keep: timedelta) -> datetime | None:
    """Return when the first of the removals is forgotten."""
    return min((each.when + keep for each in removals), default=None)
