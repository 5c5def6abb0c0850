"""What an edition remembers of the one before: ids, removals, and documents that are gone.

Pure, like all that `compose` calls. Removals are the tombstones of RFC 6721.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from feeds.edition import Edition, Known, Listing, Removal
from feeds.errors import Problem
from feeds.model import Entry


@dataclass(frozen=True, slots=True)
class Renamed:
    """An entry whose id is another one now, so that readers would announce it again."""

    source: str
    old: str
    new: str


def link_hash(link: str) -> str:
    """Return what is remembered of an entry's link."""
    return sha256(link.encode()).hexdigest()[:16]


def keep_ids(
    entries: Sequence[Entry], files: Mapping[str, Known]
) -> tuple[tuple[Entry, ...], tuple[Problem, ...], tuple[Renamed, ...]]:
    """Return the entries with the ids they had, what to write down, and the ids that changed.

    An entry whose file was renamed is found again by its link and keeps its id, unless
    the file gives one itself. It keeps it from then on, but only as long as there is a
    manifest.
    """
    sources = {entry.source for entry in entries}
    lost = Counter(known.link for path, known in files.items() if path not in sources)
    by_link = {known.link: known.id for path, known in files.items() if path not in sources and lost[known.link] == 1}
    taken = {entry.id for entry in entries}
    kept, problems, renamed = [], [], []
    for entry in entries:
        old = files[entry.source].id if entry.source in files else by_link.get(link_hash(entry.link))
        if old is None or old == entry.id:
            kept.append(entry)
        elif entry.has_own_id or old in taken or old.endswith(f":{_place(entry)}"):
            renamed.append(Renamed(entry.source, old, entry.id))
            kept.append(entry)
        else:
            taken.add(old)
            message = f"the file was renamed: write 'id: {old}' into it, so that it keeps its id for good"
            problems.append(Problem(entry.source, 0, "id", message, "warning"))
            kept.append(replace(entry, id=old))
    return tuple(kept), tuple(problems), tuple(renamed)


def _place(entry: Entry) -> str:
    """Return the end of an id that was made from where the file is (RFC 4151's `specific`)."""
    return entry.id.split(":", 2)[-1]


def too_many(renamed: Sequence[Renamed], feeds: Iterable[Listing], most: int = 5) -> bool:
    """Tell whether so many ids changed that readers would be flooded: many, or all of a feed."""
    old = {each.old for each in renamed}
    return len(renamed) > most or any(len(feed.entries) > 2 and old.issuperset(feed.entries) for feed in feeds)


def removals(
    before: Edition, ids: set[str], broken: frozenset[str], now: datetime, keep: timedelta
) -> dict[str, Removal]:
    """Return what was removed, with the feeds that had it, and forget what was removed long ago.

    A file that cannot be read now is a mistake, and no decision to remove it.
    """
    state = before.state
    spared = {known.id for path, known in state.files.items() if path in broken}
    made = {entry: each for entry, each in state.removals.items() if entry not in ids and each.when > now - keep}
    held: dict[str, list[str]] = {}
    for feed in state.feeds if keep else ():
        for entry in feed.entries:
            if entry not in ids and entry not in spared and entry not in made:
                held.setdefault(entry, []).append(feed.path)
    return made | {entry: Removal(now, tuple(feeds)) for entry, feeds in held.items()}


def files(entries: Iterable[Entry], before: Edition, broken: frozenset[str]) -> dict[str, Known]:
    """Return which id each file has, or had before it could no longer be read."""
    spared = {path: known for path, known in before.state.files.items() if path in broken}
    return spared | {entry.source: Known(entry.id, link_hash(entry.link)) for entry in entries}


def moved(before: Edition, paths: set[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Return where each document of a feed with an alias is now.

    Args:
        before: Its documents and moves say which there were.
        paths: The documents that there are now.
        aliases: Old paths of feeds and their new ones, without suffix.
    """
    known = set(before.documents) | set(before.state.moved) | before.state.gone
    made = {}
    for old, new in aliases.items():
        candidates = {f"{old}{suffix}" for suffix in (".xml", ".atom", ".json", ".html")}
        candidates |= {path for path in known if path.startswith(f"{old}/")}
        for path in candidates - paths:
            target = new + path.removeprefix(old)
            if target in paths:
                made[path] = target
    return made


def gone(before: Edition, paths: set[str], moves: Mapping[str, str]) -> frozenset[str]:
    """Return the documents of feeds that were there once and are neither there nor moved."""
    known = (
        {path for path in before.documents if path.startswith("feeds/")} | before.state.gone | set(before.state.moved)
    )
    return frozenset(known - paths - set(moves))
