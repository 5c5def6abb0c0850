"""Stable ids: an entry keeps the id that it was first published with.

Pure functions. Published entries have priority for their ids, and the order of files has no effect: a copy, a
link or a new entry never takes the id of a published entry. Removals follow the tombstones of RFC 6721.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from feeds.edition.model import Edition, FileRecord, FormerEntry
from feeds.errors import NO_SUGGESTION, Problem, Suggestion, problem
from feeds.model import Bound, EntryMeta
from feeds.selection.recognition import KnownEntry, link_hash, make_record, recognise
from feeds.selection.removals import is_broken


@dataclass(frozen=True, slots=True)
class IdChange:
    """A changed id of an entry, because of which readers would announce the entry again."""

    source: str
    old: str
    new: str


class Withdrawal(NamedTuple):
    """A published entry that is not published any more: its last file, and its id."""

    path: str
    id: str


class StableIds(NamedTuple):
    """Entries with their stable ids.

    Attributes:
        files: The id of each file, including files that cannot be read now.
        problems: Entries that are left out for lack of an id, and warnings about ids.
        id_changes: The ids that changed.
        former: The entries that were published before, by id.
        withdrawn: The entries that were published until now.
    """

    entries: tuple[EntryMeta, ...]
    files: dict[str, FileRecord]
    problems: tuple[Problem, ...] = ()
    id_changes: tuple[IdChange, ...] = ()
    former: Mapping[str, FormerEntry] = {}
    withdrawn: tuple[Withdrawal, ...] = ()


def assign_stable_ids(
    entries: Sequence[EntryMeta], before: Edition, broken: frozenset[str], held_back: frozenset[str] = frozenset()
) -> StableIds:
    """Return the entries with their stable ids, without those whose id belongs to another entry.

    Ids are stable only as long as the manifest exists.

    Args:
        entries: The entries that are due.
        broken: Files and folders that cannot be read now, which do not count as removed.
        held_back: Files whose entries are not published now; a copy of one is another entry.
    """
    old = before.state.files
    spared = {path: record for path, record in old.items() if is_broken(path, broken)} if broken else {}
    files: dict[str, FileRecord] = {}
    moving = []
    for entry in entries:
        record = old.get(entry.source)
        if record and record.id == entry.id and record.content_hash == entry.digest != "":
            # A record of an older manifest lacks the title.
            files[entry.source] = record if record.title_hash else make_record(entry)
        else:
            moving.append(entry)
    if not moving and len(files) + len(spared) == len(old):
        return StableIds(tuple(entries), spared | files, former=before.state.former)
    arrangement = _Arrangement(before, spared, files, held_back)
    arrangement.arrange(moving)
    changed = arrangement.changed
    kept = tuple(current for entry in entries if (current := changed.get(entry.source, entry)))
    moved = {entry.source for entry in moving}
    files |= {entry.source: make_record(entry) for entry in kept if entry.source in moved}
    former = arrangement.former()
    return StableIds(
        kept,
        spared | files,
        tuple(arrangement.problems),
        tuple(arrangement.id_changes),
        former,
        tuple(arrangement.withdrawn()),
    )


@dataclass
class _Arrangement:
    """The assignment of ids to the entries that differ from the record of their file.

    Attributes:
        before: The previous edition.
        spared: The records of files that cannot be read now; they keep their ids.
        files: The records of the unchanged files.
        held_back: Files whose entries are not published now.
        owners: The file that has each id.
        changed: The entries by file whose id changes; None for an entry that is left out.
    """

    before: Edition
    spared: Mapping[str, FileRecord]
    files: Mapping[str, FileRecord]
    held_back: frozenset[str]
    owners: dict[str, str] = field(default_factory=dict)
    changed: dict[str, EntryMeta | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    id_changes: list[IdChange] = field(default_factory=list)
    _known: dict[str, KnownEntry] = field(default_factory=dict)

    def arrange(self, moving: Sequence[EntryMeta]) -> None:
        """Assign the ids: first to published entries, and then to new ones."""
        for records in (self.spared, self.files):
            self.owners |= {record.id: path for path, record in records.items()}
        known = {entry_id: KnownEntry(*former, is_former=True) for entry_id, former in self.before.state.former.items()}
        known |= {record.id: KnownEntry(path, record) for path, record in self.before.state.files.items()}
        self._known = {entry_id: entry for entry_id, entry in known.items() if entry_id not in self.owners}
        claims, superseded = recognise(moving, self._known.values(), self.held_back)
        by_path = sorted(moving, key=lambda entry: entry.source)
        # An entry that keeps its id comes before one that gets another id.
        for entry in by_path:
            if entry.source in claims and not self._changes_id(entry, claims[entry.source]):
                self._keep(entry, claims[entry.source].record.id)
        for entry in by_path:
            if entry.source in claims and self._changes_id(entry, claims[entry.source]):
                self._change(entry, claims[entry.source])
        for source, known_entry in sorted(superseded.items()):
            self._announce_again(source, known_entry, claims[source].record.id)
        for entry in by_path:
            if entry.source not in claims:
                self._admit(entry)
        self._warn_of_lookalikes([entry for entry in by_path if entry.source not in claims])

    def _changes_id(self, entry: EntryMeta, known: KnownEntry) -> bool:
        """Return whether the id changes on purpose: it was written into the file, or `site.tag` changed."""
        return entry.id != known.record.id and (
            entry.has_own_id or (known.record.id.endswith(f":{_place(entry)}") and entry.id not in self._known)
        )

    def _keep(self, entry: EntryMeta, known_id: str) -> None:
        self.owners[known_id] = entry.source
        if known_id != entry.id:
            record = self.before.state.files.get(entry.source)
            suggestion = Suggestion("insert", f"id: {known_id}")
            # The id of the same file was made from its permalink, which has changed; the published id stays.
            if record is None or record.id != known_id:
                renamed = problem(
                    entry.source, 0, "id", "id.renamed_file", level="warning", suggestion=suggestion, id=known_id
                )
                self.problems.append(renamed)
            self.changed[entry.source] = replace(entry, id=known_id)

    def _change(self, entry: EntryMeta, known: KnownEntry) -> None:
        if self._admit(entry) and not known.is_former:
            self._announce_again(entry.source, known, entry.id)

    def _announce_again(self, source: str, known: KnownEntry, new: str) -> None:
        self.id_changes.append(IdChange(source, known.record.id, new))
        self.problems.append(problem(source, 0, "id", "id.changed", level="warning", old=known.record.id))

    def _admit(self, entry: EntryMeta) -> bool:
        """Give a new entry its id, or leave it out if the id belongs to another entry."""
        owner = self.owners.get(entry.id)
        known = self._known.get(entry.id)
        if owner is None and known is None:
            self.owners[entry.id] = entry.source
            return True
        suggestion = NO_SUGGESTION
        if not entry.has_own_id:
            suggestion = Suggestion("insert", f"id: {self._free_id(entry)}")
        if owner is None and known is not None:
            self.problems.append(
                problem(entry.source, 0, "id", "id.reserved", suggestion=suggestion, id=entry.id, other=known.path)
            )
        elif known is None and owner is not None and owner not in self.before.state.files:
            self.problems.append(
                problem(entry.source, 0, "id", "id.duplicate", suggestion=suggestion, other=owner, id=entry.id)
            )
        else:
            self.problems.append(problem(entry.source, 0, "id", "id.taken", suggestion=suggestion, other=owner or ""))
        self.changed[entry.source] = None
        return False

    def _free_id(self, entry: EntryMeta) -> str:
        """Return an id for an entry whose id from the path belongs to another one."""
        number = 2
        while (free := f"{entry.id}-{number}") in self.owners or free in self._known:
            number += 1
        return free

    def _warn_of_lookalikes(self, entries: Iterable[EntryMeta]) -> None:
        """Warn of new entries that have the link or the file of an entry that is not published any more."""
        gone = [known for known in self._known.values() if known.record.id not in self.owners and not known.is_former]
        changed = {change.old for change in self.id_changes}
        gone = [known for known in gone if known.record.id not in changed]
        by_link = {known.record.link_hash: known for known in gone}
        by_path = {known.path: known for known in gone}
        for entry in entries if gone else ():
            known = by_path.get(entry.source) or by_link.get(link_hash(entry.link))
            if known and self.changed.get(entry.source, entry) is not None:
                self.problems.append(
                    problem(
                        entry.source,
                        0,
                        "id",
                        "id.not_recognised",
                        level="warning",
                        other=known.path,
                        old=known.record.id,
                    )
                )

    def former(self) -> dict[str, FormerEntry]:
        """Return the entries that were published before and are not now."""
        return {
            entry_id: FormerEntry(known.path, known.record)
            for entry_id, known in self._known.items()
            if entry_id not in self.owners
        }

    def withdrawn(self) -> Iterator[Withdrawal]:
        """Yield the entries that were published until now, ordered by file."""
        changed = {change.old for change in self.id_changes}
        for known in sorted(self._known.values()):
            entry_id = known.record.id
            if not known.is_former and entry_id not in self.owners and entry_id not in changed:
                yield Withdrawal(known.path, entry_id)


def _place(entry: EntryMeta) -> str:
    """Return the part of a generated id that comes from the file's path (RFC 4151's `specific`)."""
    return entry.id.split(":", 2)[-1]


def exceeds_id_change_limit(renamed: Sequence[IdChange], before: Edition, bound: Bound) -> bool:
    """Return whether too many ids changed: more than the limit, all ids of a feed, or all ids."""
    old = {change.old for change in renamed}
    return bound.is_passed(len(old), len(before.state.files)) or any(
        len(feed.entries) > 2 and old.issuperset(feed.entries) for feed in before.state.feeds
    )
