"""Recognition of published entries in files that were renamed, moved or edited.

Pure functions. An entry is recognised by its content as a whole, or by its link or its file together with the
title, the date or most of the text. A link alone is never enough: a page may have several notes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from typing import NamedTuple

from feeds.edition.model import FileRecord
from feeds.model import EntryMeta
from feeds.text import unicode, urls
from feeds.text.sketch import resemblance

_MOST = 0.6
"""From this share of its text, an entry has most of the text."""
_NEARLY_ALL = 0.9
_LINK, _TITLE, _DATE, _TEXT, _IDENTICAL = 3, 4, 2, 4, 1
"""Points for what an entry has in common with a record."""
_CLEAR = _LINK + _TITLE
_SAME_FILE_CLEARLY, _SAME_FILE, _SAME_ID, _SAME_NAME, _FORMER = 6, 3, 2, 1, -4
_MOST_CANDIDATES = 50
"""Records that are compared with an entry because of one property. It bounds the time."""


class KnownEntry(NamedTuple):
    """A published entry with its file, or one that was published before."""

    path: str
    record: FileRecord
    is_former: bool = False


class Pair(NamedTuple):
    """An entry of a file, and a known entry that it may be."""

    points: float
    entry: EntryMeta
    known: KnownEntry

    @property
    def order(self) -> tuple[float, str, str, str]:
        """Best first, and the same on every machine."""
        return -self.points, self.entry.source, self.known.path, self.known.record.id


def link_hash(link: str) -> str:
    """Return a hash of an entry's link, which is the same for variants of the link."""
    return _hash(urls.comparable(link))


def title_hash(title: str) -> str:
    """Return a hash of an entry's title, which ignores case and spaces."""
    return _hash(" ".join(unicode.fold_case(title).split()))[:12]


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def make_record(entry: EntryMeta) -> FileRecord:
    """Return the record by which an entry is recognised in later builds."""
    return FileRecord(
        entry.id,
        link_hash(entry.link),
        entry.digest,
        title_hash(entry.title),
        int(entry.published.timestamp()),
        entry.sketch,
    )


class Recognised(NamedTuple):
    """The known entries that are recognised in files; each is used once.

    Attributes:
        claims: The known entry that the entry of a file is, by file.
        superseded: The entry that the file publishes until now, by file, if the claimed entry was withdrawn earlier.
    """

    claims: dict[str, KnownEntry]
    superseded: dict[str, KnownEntry]


def recognise(
    entries: Sequence[EntryMeta], known: Iterable[KnownEntry], held_back: frozenset[str] = frozenset()
) -> Recognised:
    """Match the entries of files with known entries.

    Args:
        entries: The entries that differ from the record of their file.
        known: The known entries that no unchanged file has.
        held_back: Files whose entries are not published now: another file with a similar entry is a copy.
    """
    index = _Index.of(known)
    if not index.by_id:
        return Recognised({}, {})
    pairs = sorted(
        chain.from_iterable(_pairs(entry, index, held_back) for entry in entries), key=lambda pair: pair.order
    )
    claims: dict[str, KnownEntry] = {}
    superseded: dict[str, KnownEntry] = {}
    used: set[str] = set()
    # An entry with another id in its file is changed on purpose. It does not take the place of a renamed one.
    for pair in sorted(pairs, key=_has_another_id):
        source, known_id = pair.entry.source, pair.known.record.id
        if known_id in used:
            continue
        if not _has_another_id(pair) or pair.entry.id not in index.by_id:
            if source not in claims:
                claims[source] = pair.known
                used.add(known_id)
        elif source in claims and claims[source].is_former and not pair.known.is_former and source not in superseded:
            superseded[source] = pair.known
            used.add(known_id)
    return Recognised(claims, superseded)


def _has_another_id(pair: Pair) -> bool:
    return pair.entry.has_own_id and pair.entry.id != pair.known.record.id


@dataclass
class _Index:
    """The known entries by id and by what entries are recognised by."""

    by_id: dict[str, KnownEntry] = field(default_factory=dict)
    by_property: dict[tuple[object, ...], list[KnownEntry]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, known: Iterable[KnownEntry]) -> "_Index":
        index = cls()
        for entry in known:
            record = entry.record
            index.by_id[record.id] = entry
            for key in _properties(entry.path, record):
                index.by_property[key].append(entry)
        return index

    def candidates(self, path: str, record: FileRecord, link: str) -> list[KnownEntry]:
        """Return the known entries that an entry may be, without too many of one kind."""
        keys = [*_properties(path, record), ("link", _hash(link))]
        by_id = {
            entry.record.id: entry
            for key in keys
            for entry in _some(self.by_property.get(key, ()), path)
            if key[0] != "link" or len(self.by_property[key]) <= _MOST_CANDIDATES
        }
        if record.id in self.by_id:
            by_id[record.id] = self.by_id[record.id]
        return list(by_id.values())


def _properties(path: str, record: FileRecord) -> Iterator[tuple[object, ...]]:
    yield "path", path
    yield "content", record.content_hash
    yield "link", record.link_hash
    if record.title_hash:
        yield "link and title", record.link_hash, record.title_hash
        yield "link and date", record.link_hash, record.published
        yield "title and date", record.title_hash, record.published


def _some(known: Sequence[KnownEntry], path: str) -> Sequence[KnownEntry]:
    """Return these known entries, or of too many the ones with the same file name, and some others."""
    if len(known) <= _MOST_CANDIDATES:
        return known
    named = [entry for entry in known if _name(entry.path) == _name(path)]
    return (*named[:_MOST_CANDIDATES], *known[:_MOST_CANDIDATES])


def _pairs(entry: EntryMeta, index: _Index, held_back: frozenset[str]) -> Iterator[Pair]:
    """Yield the known entries that an entry may be, with points."""
    record = make_record(entry)
    compared = [_Comparison.of(entry, record, known) for known in index.candidates(entry.source, record, entry.link)]
    most = max((pair.points for pair in compared), default=0)
    for pair in compared:
        is_copy = pair.known.path in held_back and not pair.same_file and not pair.has_same_content
        if is_copy or not pair.is_same:
            continue
        points = pair.points
        # A file keeps its entry, unless its content is that of another one: two names were swapped.
        if pair.same_file and pair.points >= most:
            points += _SAME_FILE_CLEARLY if pair.points >= _CLEAR else _SAME_FILE
        points += _SAME_ID * pair.same_id + _SAME_NAME * (_name(pair.known.path) == _name(entry.source))
        yield Pair(points + _FORMER * pair.known.is_former, entry, pair.known)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The properties that an entry and a known entry share."""

    known: KnownEntry
    same_file: bool
    same_id: bool
    has_same_content: bool
    same_link: bool
    same_title: bool
    same_date: bool
    text: float
    has_both_texts: bool

    @classmethod
    def of(cls, entry: EntryMeta, now: FileRecord, known: KnownEntry) -> "_Comparison":
        record = known.record
        is_old = not record.title_hash  # made before version 3 of the manifest, which compared whole links
        return cls(
            known,
            same_file=known.path == entry.source,
            same_id=record.id == entry.id,
            has_same_content=record.content_hash == now.content_hash != "",
            same_link=record.link_hash == (_hash(entry.link) if is_old else now.link_hash),
            same_title=record.title_hash == now.title_hash,
            same_date=record.published == now.published and not is_old,
            text=resemblance(record.sketch, now.sketch),
            has_both_texts=bool(record.sketch and now.sketch),
        )

    @property
    def points(self) -> float:
        if self.has_same_content:
            return _LINK + _TITLE + _DATE + _TEXT + _IDENTICAL
        return _LINK * self.same_link + _TITLE * self.same_title + _DATE * self.same_date + _TEXT * self.text

    @property
    def is_same(self) -> bool:
        """True if the two are one entry."""
        if self.has_same_content:
            return True
        has_text = self.text >= _MOST
        if self.same_file:
            return self._is_edit(has_text)
        if self.same_link:
            return self.same_title or self.same_date or has_text
        # The link may be made from the name of the file.
        return self.same_title and self.same_date and self.text >= _NEARLY_ALL

    def _is_edit(self, has_text: bool) -> bool:
        """Return whether a file still has its entry; a file with nothing of it has another entry."""
        if not self.known.record.title_hash or self.same_title or has_text:
            return True
        if self.same_link and self.same_date:
            return True
        return not self.has_both_texts and (self.same_link or self.same_date)


def _name(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]
