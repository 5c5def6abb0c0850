"""Paging of feeds: the main document has the newest entries, and archives have the rest if the feed has archives.

RFC 5005: a complete feed, or a feed with monthly archives. `select` decides which entries belong to
a feed. `paginate` is the only function that makes its documents.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from feeds.edition.model import FeedSummary
from feeds.model import (
    ArchiveMonth,
    ArchivePosition,
    EntryMeta,
    FeedDefinition,
    FeedDocument,
    FeedDocuments,
    Site,
    Tombstone,
)


@dataclass(frozen=True, slots=True)
class FeedSelection:
    """The entries of a feed, before paging.

    Attributes:
        spec: The definition of the feed.
        entries: All its entries, in order.
        is_complete: No entry was left out because of its provider's share of the feed.
        tombstones: Recently removed entries, newest removal first.
        archived: Paths of existing archives: an archived month stays archived.
        previous: The feed's summary in the previous edition.
    """

    spec: FeedDefinition
    entries: tuple[EntryMeta, ...] = field(repr=False)
    is_complete: bool = True
    tombstones: tuple[Tombstone, ...] = ()
    archived: frozenset[str] = field(default=frozenset(), repr=False)
    previous: FeedSummary | None = field(default=None, repr=False)


def paginate(selection: FeedSelection, site: Site, document_limit: int | None = None) -> FeedDocuments:
    """Return the documents of a feed.

    Args:
        selection: The entries of the feed.
        site: Its windows, and the date of a document without entries.
        document_limit: Most entries of the main document, to make a large document smaller.
    """
    if selection.spec.archive:
        return _with_archives(selection, site, document_limit)
    return _without_archives(selection, site, document_limit)


def window_size(entries: Sequence[EntryMeta], spec: FeedDefinition, site: Site) -> int:
    """Return the number of entries in the main document."""
    if spec.limit is not None or spec.order_by_first_match or not entries:
        return max_entries(spec, site)
    # On a busy day, more than the newest N entries may be new since a reader's last poll.
    oldest = entries[0].published - site.window.recent_period
    # The entries are in order, so the recent ones come first.
    recent = next((index for index, entry in enumerate(entries) if entry.published < oldest), len(entries))
    return max(site.window.entries, recent)


def max_entries(spec: FeedDefinition, site: Site) -> int:
    """Return the usual number of entries of a feed."""
    return spec.limit or site.window.entries


def _without_archives(selection: FeedSelection, site: Site, document_limit: int | None) -> FeedDocuments:
    """Return a feed with the first of its entries.

    It never reaches further back than before: after a removal, the next older entry would come in, and
    readers that never saw it would announce it.
    """
    spec, entries = selection.spec, selection.entries
    window = min(window_size(entries, spec, site), len(entries))
    count = window if document_limit is None else min(window, document_limit)
    shown, oldest = entries[:count], None
    previous = None if spec.order_by_first_match else selection.previous
    # A window of another length has nothing in common with the previous one.
    if previous and previous.oldest_published and previous.max_entries == max_entries(spec, site):
        oldest, previous_ids = previous.oldest_published, frozenset(previous.entries)
        older = (
            index for index, entry in enumerate(shown) if entry.published <= oldest and entry.id not in previous_ids
        )
        shown = shown[: next(older, count)]
    if len(shown) == len(entries):
        oldest = None
    elif spec.order_by_first_match:
        oldest = shown[-1].published if count < window else None
    elif len(shown) == count or oldest is None:
        oldest = shown[-1].published
    position = ArchivePosition(complete=selection.is_complete and len(shown) == len(entries))
    return FeedDocuments(_main_document(selection, shown, site, position), oldest_published=oldest)


def _with_archives(selection: FeedSelection, site: Site, document_limit: int | None) -> FeedDocuments:
    """Return a feed with the first of its entries, and the older ones in an archive for each month.

    The main document ends with a complete month, so that an archive changes only when an entry of its
    month does. But a newest month with more entries than `document_limit` gets an archive with the rest
    of its entries.
    """
    spec, entries = selection.spec, selection.entries
    window = window_size(entries, spec, site)
    limit = len(entries) if document_limit is None else document_limit
    months = [(month, tuple(group)) for month, group in groupby(entries, key=_month)]
    shown: list[EntryMeta] = []
    while months and len(shown) < window and len(shown) + len(months[0][1]) <= limit:
        if shown and _archive_path(spec, months[0][0]) in selection.archived:
            break
        shown += months.pop(0)[1]
    if months and not shown:
        month, busy = months[0]
        shown, months[0] = list(busy[:limit]), (month, busy[limit:])
    paths = [_archive_path(spec, month) for month, _ in months]
    archives = []
    for index, (path, (_, month_entries)) in enumerate(zip(paths, months, strict=True)):
        newer = paths[index - 1] if index else None
        older = paths[index + 1] if index + 1 < len(paths) else None
        archived = ArchivePosition(archive=True, previous=older, next=newer)
        archives.append(FeedDocument(spec, path, month_entries, _last_change(month_entries, site), archived))
    position = ArchivePosition(complete=selection.is_complete and not months, previous=paths[0] if paths else None)
    names = tuple(ArchiveMonth(month, len(month_entries)) for month, month_entries in months)
    return FeedDocuments(_main_document(selection, tuple(shown), site, position, names), tuple(archives))


def _main_document(
    selection: FeedSelection,
    entries: tuple[EntryMeta, ...],
    site: Site,
    position: ArchivePosition,
    months: tuple[ArchiveMonth, ...] = (),
) -> FeedDocument:
    # RFC 6721, section 3: `updated` must cover tombstones, because some readers check it first.
    updated = max([_last_change(entries, site), *(tombstone.when for tombstone in selection.tombstones)])
    spec = selection.spec
    return FeedDocument(spec, spec.path, entries, updated, position, selection.tombstones, months)


def _last_change(entries: Sequence[EntryMeta], site: Site) -> datetime:
    """Return the date of the newest change; a document without entries has a fixed date."""
    return max(map(attrgetter("updated"), entries), default=site.tag_date)


def _archive_path(spec: FeedDefinition, month: str) -> str:
    return f"{spec.path}/{month}"


def _month(entry: EntryMeta) -> str:
    return f"{entry.published:%Y-%m}"
