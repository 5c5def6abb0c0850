"""An edition: every document that is published right now, and what it remembers.

A document carries its bytes and its HTTP validators (RFC 9110, section 8.8). Nothing
here touches a file or knows what a feed looks like; `manifest` writes an edition
down without the bytes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When an edition that nobody ever made changed."""
_SAFE_PATH = re.compile(r"(?!\.)[^/\\\x00-\x1f\x7f]+(?:/(?!\.)[^/\\\x00-\x1f\x7f]+)*")


@dataclass(frozen=True, slots=True)
class Document:
    """One published file.

    Attributes:
        path: Its URL and its place in the exported folder: `feeds/ai.xml`.
        type: The Content-Type, with charset where the media type has one.
        etag: A hash of the bytes, without the quotes of the header.
        size: Bytes.
        modified: When these bytes first appeared, in whole seconds.
        body: The bytes; None where only the manifest is known.
    """

    path: str
    type: str
    etag: str
    size: int
    modified: datetime
    body: bytes | None = field(default=None, repr=False, compare=False)


CODED = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""The content codings in which documents lie beside themselves, and under which suffix."""
LONGEST_NAME = 255
"""Bytes that a file name may have on the file systems there are."""
_LONGEST_SUFFIX = max(map(len, CODED.values()))
# Smaller ones are one packet anyway.
_LEAST = 512
_TEXTS = (
    "text/",
    "application/xml",
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "image/svg+xml",
)


def codings(document: Document) -> tuple[str, ...]:
    """Return the codings in which a document lies beside itself."""
    if document.size < _LEAST or not document.type.startswith(_TEXTS):
        return ()
    path = document.path
    # Few paths are so long that their last part need be looked at.
    if len(path) * 4 + _LONGEST_SUFFIX > LONGEST_NAME:
        name = path.rpartition("/")[2]
        if len(name.encode("utf-8", "surrogateescape")) + _LONGEST_SUFFIX > LONGEST_NAME:
            return ()
    return tuple(CODED)


@dataclass(frozen=True, slots=True)
class Listing:
    """What the edition says of a feed without opening it.

    Attributes:
        entries: The ids of all entries in its documents, newest first.
        window: How many of them are in the document that is subscribed to.
        updated: When the newest of these changed.
        fingerprint: A hash of all that its documents are made from.
        reach: How far back the document that is subscribed to reaches, where there is more.
        most: How many entries it may have.
        shortened: By their ids the entries that were too large: their size in bytes, and what it is now.
    """

    path: str
    title: str
    kind: str
    entries: tuple[str, ...]
    window: int
    updated: datetime
    fingerprint: str = ""
    reach: datetime | None = None
    most: int = 0
    shortened: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class Known(NamedTuple):
    """Which id a content file had, a hash of the link by which it is found again, and one of the entry."""

    id: str
    link: str
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """When an entry was found to be removed, and which feeds had it."""

    when: datetime
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stay:
    """Since when an entry is in a feed that remembers, and whether it still is."""

    since: datetime
    inside: bool = True


Stays = Mapping[str, Mapping[str, Stay]]
"""By the path of the feed and the id of the entry."""


@dataclass(frozen=True, slots=True)
class State:
    """What an edition says and remembers besides its documents.

    Attributes:
        url: Where the documents are, with a slash at the end.
        max_age: Seconds for which they stay fresh.
        hubs: WebSub hubs of all feeds.
        files: By content file what is published of it.
        removals: By id what was removed lately.
        stays: Since when entries are in the feeds that depend on it.
        moved: Paths of documents that are at another path now.
        gone: Paths of documents that were there once and are no more.
        changed: When a document last came, went or got other bytes; of two editions, one
            made after the other, the later one's is later unless all are the same.
    """

    url: str = ""
    max_age: int = 1800
    hubs: tuple[str, ...] = ()
    feeds: tuple[Listing, ...] = ()
    files: Mapping[str, Known] = field(default_factory=dict)
    removals: Mapping[str, Removal] = field(default_factory=dict)
    stays: Stays = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    changed: datetime = LONG_AGO

    @property
    def cache_control(self) -> str:
        """For how long a document is fresh, and may be shown stale (RFC 9111, RFC 5861)."""
        return f"max-age={self.max_age}, stale-while-revalidate=600, stale-if-error=86400"


@dataclass(frozen=True, slots=True)
class Edition:
    """Every document by its path, and the state."""

    documents: Mapping[str, Document] = field(default_factory=dict)
    state: State = State()

    def apply(self, changes: "Changes") -> "Edition":
        """Return the edition that `changes` lead to; `compare` of the two is `changes` again."""
        documents = {path: document for path, document in self.documents.items() if path not in changes.removed}
        documents |= {document.path: document for document in changes.added + changes.changed}
        return Edition(documents, changes.state)


class Store:
    """Where the bytes of documents go while an edition is made: this one forgets them.

    Attributes:
        intact: Paths of documents of the edition before that are there, whole, already.
        trusted: The same program made them, so what is made from the same need not be made again.
        read: Returns the bytes of a document of the edition before, or None where it has none.
    """

    def __init__(
        self,
        intact: frozenset[str] = frozenset(),
        trusted: bool = False,
        read: Callable[[Document], bytes | None] = lambda document: document.body,
    ) -> None:
        self.intact = intact
        self.trusted = trusted
        self.read = read

    def put(self, document: Document) -> Document:
        """Take the bytes, and return the document as the edition holds it."""
        return replace(document, body=None)

    def copy(self, path: str, document: Document) -> Document:
        """Take the bytes of a document that was put, or is intact, for another one at `path`."""
        return replace(document, path=path)

    def clear(self) -> None:
        """Forget all documents that were put: the edition is made from the beginning."""


class InMemory(Store):
    """Keeps the bytes in the documents."""

    def put(self, document: Document) -> Document:
        return document


@dataclass(frozen=True, slots=True)
class Changes:
    """How one edition differs from the one before: its documents, and the state that follows."""

    added: tuple[Document, ...] = ()
    changed: tuple[Document, ...] = ()
    removed: tuple[str, ...] = ()
    state: State = State()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class FeedChanges:
    """What became of a feed's entries, by their ids.

    Attributes:
        path: Without suffix.
        entries: How many are in the document that is subscribed to.
        size: Bytes of its largest document.
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
    """Return what became of each feed, in the order of `after`, those that are gone last.

    Args:
        before: The edition that is published now.
        after: The one to follow.
        again: New ids of entries that had another one.
    """
    old = {feed.path: feed for feed in before.state.feeds}
    new = {feed.path: feed for feed in after.state.feeds}
    files, files_now = before.state.files, after.state.files
    # What is remembered of a file that did not change is the very same; but two may have one id, if one cannot be read.
    touched = {known.id for path, known in files.items() if known is not files_now.get(path)}
    touched |= {known.id for path, known in files_now.items() if known is not files.get(path)}
    was, now = (
        {known.id: known.entry for known in each.values() if known.id in touched} for each in (files, files_now)
    )
    edited = {entry for entry in was.keys() & now.keys() if was[entry] != now[entry]}
    sizes: dict[str, int] = {}
    for path, document in after.documents.items():
        feed = path.rpartition(".")[0]
        sizes[feed] = max(sizes.get(feed, 0), document.size)
    made = []
    for path in (*new, *(path for path in old if path not in new)):
        held = old[path].entries if path in old else ()
        holds = new[path].entries if path in new else ()
        had, has = set(held), set(holds)
        fresh = [entry for entry in holds if entry not in had]
        made.append(
            FeedChanges(
                path,
                new[path].window if path in new else 0,
                sizes.get(path, 0),
                tuple(entry for entry in fresh if entry not in again),
                tuple(entry for entry in holds if entry in edited and entry in had),
                tuple(entry for entry in fresh if entry in again),
                tuple(entry for entry in held if entry not in has),
            )
        )
    return tuple(made)


def is_safe_path(path: str) -> bool:
    """Tell whether a document may have this path: inside the folder, and nothing hidden."""
    return bool(_SAFE_PATH.fullmatch(path))


def fingerprint(body: bytes) -> str:
    """Return the entity tag of these bytes: the same on every machine, for ever."""
    return sha256(body).hexdigest()[:32]


def compare(before: Edition, after: Edition) -> Changes:
    """Return what has to be written and removed to make `after` out of `before`."""
    old, new = before.documents, after.documents
    return Changes(
        added=tuple(new[path] for path in sorted(new.keys() - old.keys())),
        changed=tuple(new[path] for path in sorted(new.keys() & old.keys()) if new[path] != old[path]),
        removed=tuple(sorted(old.keys() - new.keys())),
        state=after.state,
    )
