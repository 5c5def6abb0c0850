"""What an edition remembers of the one before: ids, removals, and documents that are gone.

Pure, like all that `compose` calls. Removals are the tombstones of RFC 6721.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from feeds import text
from feeds.edition import Edition, Known, Listing, Removal
from feeds.errors import Problem
from feeds.history import SUFFIXES
from feeds.model import Bound, Head


@dataclass(frozen=True, slots=True)
class Renamed:
    """An entry whose id is another one now, so that readers would announce it again."""

    source: str
    old: str
    new: str


def link_hash(link: str) -> str:
    """Return what is remembered of an entry's link."""
    return sha256(link.encode()).hexdigest()[:16]


class Kept(NamedTuple):
    """Entries with the ids that they have for good.

    Attributes:
        files: Which id each file has, or had before it could no longer be read.
        problems: What to write down.
        renamed: The ids that changed.
    """

    entries: tuple[Head, ...]
    files: dict[str, Known]
    problems: tuple[Problem, ...] = ()
    renamed: tuple[Renamed, ...] = ()


def keep_ids(entries: Sequence[Head], before: Edition, broken: frozenset[str]) -> Kept:
    """Return the entries with the ids they had.

    An id belongs to a story, which is known by its link, and then to a file. So a file
    that was renamed keeps it, a file whose URL was corrected keeps it, and a file that
    now tells another story does not. A file that gives an id itself has that. What is
    kept is kept only as long as there is a manifest.

    Args:
        broken: The files and folders that cannot be read now, which is no decision to remove them.
    """
    old = before.state.files
    spared = {path: known for path, known in old.items() if is_broken(path, broken)} if broken else {}
    files: dict[str, Known] = {}
    moving = []
    for entry in entries:
        known = old.get(entry.source)
        if known and known.id == entry.id and known.entry == entry.digest != "":
            files[entry.source] = known
        elif known and known.id == entry.id and known.link == link_hash(entry.link):
            files[entry.source] = Known(entry.id, known.link, entry.digest)
        else:
            moving.append(entry)
    if not moving:
        return Kept(tuple(entries), spared | files)
    found, problems, renamed = _decide(moving, old, files)
    kept = tuple(each for entry in entries if (each := found.get(entry.source, entry)))
    new = (entry for entry in kept if entry.source not in files)
    files |= {entry.source: Known(entry.id, link_hash(entry.link), entry.digest) for entry in new}
    return Kept(kept, spared | files, tuple(problems), tuple(renamed))


def _decide(
    entries: Sequence[Head], old: Mapping[str, Known], files: Mapping[str, Known]
) -> tuple[dict[str, Head | None], list[Problem], list[Renamed]]:
    """Return by their files the entries that get another id, or none; what to write down; and which ids changed.

    Args:
        entries: Those whose files are not what is remembered of them.
        old: What is remembered.
        files: The others.
    """
    owners = {known.id: source for source, known in files.items()}
    claims = _claims(entries, {path: known for path, known in old.items() if known.id not in owners})
    owners |= {claim: source for source, claim in claims.items()}
    problems, renamed = [], []
    found: dict[str, Head | None] = {}
    for entry in entries:
        given = claims.get(entry.source, entry.id)
        if given == entry.id:
            if (owner := owners.get(entry.id, entry.source)) != entry.source:
                message = f"its id is that of {owner}, which was here before: write an id of its own into it"
                problems.append(Problem(entry.source, 0, "id", message))
                found[entry.source] = None
        elif entry.has_own_id or given.endswith(f":{_place(entry)}"):
            renamed.append(Renamed(entry.source, given, entry.id))
            message = f"its id was {given}: readers will announce it again"
            problems.append(Problem(entry.source, 0, "id", message, "warning"))
        else:
            message = f"the file was renamed: write 'id: {given}' into it, so that it keeps its id for good"
            problems.append(Problem(entry.source, 0, "id", message, "warning"))
            found[entry.source] = replace(entry, id=given)
    return found, problems, renamed


def _claims(entries: Sequence[Head], files: Mapping[str, Known]) -> dict[str, str]:
    """Return for each file the remembered id that is its entry's, no id twice."""
    claims: dict[str, str] = {}
    if not files:
        return claims
    free = {known.id: (path, known.link) for path, known in files.items()}

    def claim(entry: Head, known: Known) -> None:
        claims[entry.source] = known.id
        free.pop(known.id, None)

    links = {entry.source: link_hash(entry.link) for entry in entries}
    for entry in entries:
        here = files.get(entry.source)
        if here and here.link == links[entry.source] and here.id in free:
            claim(entry, here)
    by_link: dict[str, list[tuple[str, str]]] = {}
    for identity, (path, link) in sorted(free.items()):
        by_link.setdefault(link, []).append((path, identity))
    for entry in entries:
        if entry.source in claims:
            continue
        # Of several with one link it is the one whose name stayed: a folder was renamed.
        same = [pair for pair in by_link.get(links[entry.source], []) if pair[1] in free]
        named = [pair for pair in same if _name(pair[0]) == _name(entry.source)] or same
        if len(named) == 1:
            claim(entry, Known(named[0][1], ""))
    for entry in entries:
        here = files.get(entry.source)
        if entry.source not in claims and here and here.id in free:
            claim(entry, here)
    return claims


def _name(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _place(entry: Head) -> str:
    """Return the end of an id that was made from where the file is (RFC 4151's `specific`)."""
    return entry.id.split(":", 2)[-1]


def too_many(renamed: Sequence[Renamed], before: Edition, bound: Bound) -> bool:
    """Tell whether so many ids changed that readers would be flooded: over the bound, all of a feed, or all."""
    old = {each.old for each in renamed}
    return bound.is_passed(len(old), len(before.state.files)) or any(
        len(feed.entries) > 2 and old.issuperset(feed.entries) for feed in before.state.feeds
    )


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


def follow(before: Edition, aliases: Mapping[str, str]) -> Edition:
    """Return the edition before with what it remembers of a renamed feed under its new path."""
    if not aliases:
        return before
    state = before.state
    stays = {aliases.get(path, path): stays for path, stays in state.stays.items()}
    removals = {
        entry: replace(each, feeds=tuple(aliases.get(path, path) for path in each.feeds))
        for entry, each in state.removals.items()
    }
    feeds = tuple(replace(feed, path=aliases.get(feed.path, feed.path)) for feed in state.feeds)
    return replace(before, state=replace(state, stays=stays, removals=removals, feeds=feeds))


def archived(before: Edition) -> frozenset[str]:
    """Return the paths of the archives there are: once archived, a month stays so."""
    return frozenset(path.removesuffix(".xml") for path in before.documents if path.count("/") > 1)


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


def missed(before: Edition, paths: set[str], broken: frozenset[str]) -> tuple[Listing, ...]:
    """Return the feeds of topics and providers that are not there only because a file cannot be read now.

    Args:
        before: Which feeds there were, and what they had.
        paths: The feeds that there are.
        broken: The files.
    """
    spared = {known.id for path, known in before.state.files.items() if is_broken(path, broken)} if broken else set()
    taken = {text.fold(path) for path in paths} if spared else set()
    return tuple(
        each
        for each in before.state.feeds
        if each.kind in ("topic", "provider")
        and not spared.isdisjoint(each.entries)
        and text.fold(each.path) not in taken
    )


def next_forgotten(removals: Iterable[Removal], keep: timedelta) -> datetime | None:
    """Return when the first of the removals is forgotten."""
    return min((each.when + keep for each in removals), default=None)


def moved(before: Edition, paths: set[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Return where each document of a feed with an alias is now.

    Args:
        before: Its documents and moves say which there were.
        paths: The documents that there are now.
        aliases: Old paths of feeds and their new ones, without suffix.
    """
    known = set(before.documents) | set(before.state.moved) | before.state.gone
    taken = {text.fold(path) for path in paths} if aliases else set()
    made = {}
    for old, new in aliases.items():
        candidates = {f"{old}{suffix}" for suffix in SUFFIXES}
        candidates |= {path for path in known if path.startswith(f"{old}/")}
        for path in candidates - paths:
            target = new + path.removeprefix(old)
            if target in paths and text.fold(path) not in taken:
                made[path] = target
    return made


def gone(before: Edition, paths: set[str], moves: Mapping[str, str]) -> frozenset[str]:
    """Return the documents of feeds that were there once and are neither there nor moved."""
    known = (
        {path for path in before.documents if path.startswith("feeds/")} | before.state.gone | set(before.state.moved)
    )
    return frozenset(known - paths - set(moves))
