"""Differences of two editions: changed documents, and changed entries of each feed."""

from dataclasses import dataclass

from feeds.edition.model import Document, Edition, EditionState


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences of an edition from the previous one: documents, and the new state."""

    added: tuple[Document, ...] = ()
    changed: tuple[Document, ...] = ()
    removed: tuple[str, ...] = ()
    state: EditionState = EditionState()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class FeedChanges:
    """The changes of a feed's entries, by id.

    Attributes:
        path: Without suffix.
        entries: Number of entries in the main document, without archives.
        size: Bytes of the largest document.
        announced: Entries that readers had under another id.
    """

    path: str
    entries: int
    size: int
    added: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    announced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.edited or self.announced or self.removed)


def compare_feeds(before: Edition, after: Edition, again: frozenset[str]) -> tuple[FeedChanges, ...]:
    """Return the changes of each feed, in the order of `after`; removed feeds come last.

    Args:
        before: The published edition.
        after: The next edition.
        again: New ids of entries whose ids changed.
    """
    old = {feed.path: feed for feed in before.state.feeds}
    new = {feed.path: feed for feed in after.state.feeds}
    files, files_now = before.state.files, after.state.files
    # An unchanged file keeps the same record object. Two files can have one id if one cannot be read.
    touched = {record.id for path, record in files.items() if record is not files_now.get(path)}
    touched |= {record.id for path, record in files_now.items() if record is not files.get(path)}
    was, now = (
        {record.id: record.content_hash for record in records.values() if record.id in touched}
        for records in (files, files_now)
    )
    edited = {entry for entry in was.keys() & now.keys() if was[entry] != now[entry]}
    sizes: dict[str, int] = {}
    for path, document in after.documents.items():
        feed = path.rpartition(".")[0]
        sizes[feed] = max(sizes.get(feed, 0), document.size)
    changes = []
    for path in (*new, *(path for path in old if path not in new)):
        previous_ids = old[path].entries if path in old else ()
        current_ids = new[path].entries if path in new else ()
        had, has = set(previous_ids), set(current_ids)
        fresh = [entry for entry in current_ids if entry not in had]
        changes.append(
            FeedChanges(
                path,
                new[path].entry_count if path in new else 0,
                sizes.get(path, 0),
                tuple(entry for entry in fresh if entry not in again),
                tuple(entry for entry in current_ids if entry in edited and entry in had),
                tuple(entry for entry in fresh if entry in again),
                tuple(entry for entry in previous_ids if entry not in has),
            )
        )
    return tuple(changes)


def compare(before: Edition, after: Edition) -> Changes:
    """Return the documents to write and to remove to turn `before` into `after`."""
    old, new = before.documents, after.documents
    return Changes(
        added=tuple(new[path] for path in sorted(new.keys() - old.keys())),
        changed=tuple(new[path] for path in sorted(new.keys() & old.keys()) if new[path] != old[path]),
        removed=tuple(sorted(old.keys() - new.keys())),
        state=after.state,
    )
