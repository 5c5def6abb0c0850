"""Stable ids: entries keep the ids that they had in the previous edition.

Pure functions. Removals follow the tombstones of RFC 6721.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import NamedTuple

from feeds.edition.model import Edition, FileRecord
from feeds.errors import Problem, Suggestion, problem
from feeds.model import Bound, EntryMeta
from feeds.selection.removals import is_broken


@dataclass(frozen=True, slots=True)
class IdChange:
    """A changed id of an entry, because of which readers would announce the entry again."""

    source: str
    old: str
    new: str


def link_hash(link: str) -> str:
    """Return a hash of an entry's link."""
    return sha256(link.encode()).hexdigest()[:16]


class StableIds(NamedTuple):
    """Entries with their stable ids.

    Attributes:
        files: The id of each file, including files that cannot be read now.
        problems: Warnings about ids that the author should write into files.
        id_changes: The ids that changed.
    """

    entries: tuple[EntryMeta, ...]
    files: dict[str, FileRecord]
    problems: tuple[Problem, ...] = ()
    id_changes: tuple[IdChange, ...] = ()


def assign_stable_ids(entries: Sequence[EntryMeta], before: Edition, broken: frozenset[str]) -> StableIds:
    """Return the entries with their stable ids.

    An id belongs to a story, recognised by its link, and then to a file. So a renamed file keeps its
    id, a file with a corrected URL keeps it, and a file with another story does not. An id that is
    written in a file has priority. Ids are stable only as long as the manifest exists.

    Args:
        broken: Files and folders that cannot be read now, which do not count as removed.
    """
    old = before.state.files
    spared = {path: record for path, record in old.items() if is_broken(path, broken)} if broken else {}
    files: dict[str, FileRecord] = {}
    moving = []
    for entry in entries:
        record = old.get(entry.source)
        if record and record.id == entry.id and record.content_hash == entry.digest != "":
            files[entry.source] = record
        elif record and record.id == entry.id and record.link_hash == link_hash(entry.link):
            files[entry.source] = FileRecord(entry.id, record.link_hash, entry.digest)
        else:
            moving.append(entry)
    if not moving:
        return StableIds(tuple(entries), spared | files)
    changed, problems, renamed = _resolve_changes(moving, old, files)
    kept = tuple(current for entry in entries if (current := changed.get(entry.source, entry)))
    new = (entry for entry in kept if entry.source not in files)
    files |= {entry.source: FileRecord(entry.id, link_hash(entry.link), entry.digest) for entry in new}
    return StableIds(kept, spared | files, tuple(problems), tuple(renamed))


def _resolve_changes(
    entries: Sequence[EntryMeta], old: Mapping[str, FileRecord], files: Mapping[str, FileRecord]
) -> tuple[dict[str, EntryMeta | None], list[Problem], list[IdChange]]:
    """Return the entries by file whose id changes or is dropped, the problems, and the changed ids.

    Args:
        entries: Entries that differ from their records.
        old: The previous records.
        files: The records of the unchanged files.
    """
    owners = {record.id: source for source, record in files.items()}
    claims = _match_previous_ids(entries, {path: record for path, record in old.items() if record.id not in owners})
    owners |= {claim: source for source, claim in claims.items()}
    problems, renamed = [], []
    changed: dict[str, EntryMeta | None] = {}
    for entry in entries:
        previous_id = claims.get(entry.source, entry.id)
        if previous_id == entry.id:
            if (owner := owners.get(entry.id, entry.source)) != entry.source:
                problems.append(problem(entry.source, 0, "id", "id.taken", other=owner))
                changed[entry.source] = None
        elif entry.has_own_id or previous_id.endswith(f":{_place(entry)}"):
            renamed.append(IdChange(entry.source, previous_id, entry.id))
            problems.append(problem(entry.source, 0, "id", "id.changed", level="warning", old=previous_id))
        elif (record := old.get(entry.source)) and record.id == previous_id:
            # The id was made from the permalink, which has changed; the published id stays.
            changed[entry.source] = replace(entry, id=previous_id)
        else:
            suggestion = Suggestion("insert", f"id: {previous_id}")
            renaming = problem(
                entry.source, 0, "id", "id.renamed_file", level="warning", suggestion=suggestion, id=previous_id
            )
            problems.append(renaming)
            changed[entry.source] = replace(entry, id=previous_id)
    return changed, problems, renamed


def _match_previous_ids(entries: Sequence[EntryMeta], files: Mapping[str, FileRecord]) -> dict[str, str]:
    """Return the previous id that belongs to each file's entry; each id is used once."""
    claims: dict[str, str] = {}
    if not files:
        return claims
    free = {record.id: (path, record.link_hash) for path, record in files.items()}

    def claim(entry: EntryMeta, record: FileRecord) -> None:
        claims[entry.source] = record.id
        free.pop(record.id, None)

    links = {entry.source: link_hash(entry.link) for entry in entries}
    for entry in entries:
        here = files.get(entry.source)
        if here and here.link_hash == links[entry.source] and here.id in free:
            claim(entry, here)
    by_link: dict[str, list[tuple[str, str]]] = {}
    for identity, (path, link) in sorted(free.items()):
        by_link.setdefault(link, []).append((path, identity))
    for entry in entries:
        if entry.source in claims:
            continue
        # Of several files with one link, the one with the same name is preferred: a folder was renamed.
        same = [pair for pair in by_link.get(links[entry.source], []) if pair[1] in free]
        named = [pair for pair in same if _name(pair[0]) == _name(entry.source)] or same
        if len(named) == 1:
            claim(entry, FileRecord(named[0][1], ""))
    for entry in entries:
        here = files.get(entry.source)
        if entry.source not in claims and here and here.id in free:
            claim(entry, here)
    return claims


def _name(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _place(entry: EntryMeta) -> str:
    """Return the part of a generated id that comes from the file's path (RFC 4151's `specific`)."""
    return entry.id.split(":", 2)[-1]


def exceeds_id_change_limit(renamed: Sequence[IdChange], before: Edition, bound: Bound) -> bool:
    """Return whether too many ids changed: more than the limit, all ids of a feed, or all ids."""
    old = {change.old for change in renamed}
    return bound.is_passed(len(old), len(before.state.files)) or any(
        len(feed.entries) > 2 and old.issuperset(feed.entries) for feed in before.state.feeds
    )
