"""An edition: every document that is published right now, and what it remembers.

A document carries its bytes and its HTTP validators (RFC 9110, section 8.8). Nothing
here touches a file or knows what a feed looks like; `manifest` writes an edition
down without the bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from feeds.edition.diff import Changes


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When an edition that nobody ever made changed."""


DocumentKind = Literal["feed", "archive", "page", "site", "asset", "redirect"]
"""What a document is: one that readers subscribe to, an archive of it (RFC 5005), an HTML page of
either, a document of the whole site, a file of the tree's `assets` folder, or what a static host
shows where a feed was.
"""


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
        kind: What it is.
        feed: The path of the feed that it belongs to, without suffix; None for other kinds than
            feed, archive and page.
    """

    path: str
    type: str
    etag: str
    size: int
    modified: datetime
    body: bytes | None = field(default=None, repr=False, compare=False)
    kind: DocumentKind = field(default="site", kw_only=True)
    feed: str | None = field(default=None, kw_only=True)

    @property
    def is_subscribed(self) -> bool:
        """Whether programs read it: a feed, or an archive of one."""
        return self.kind in ("feed", "archive")

    @property
    def in_archive(self) -> bool:
        """Whether it holds a month of a feed's archive; a page may too."""
        return self.feed is not None and self.path.rpartition(".")[0] != self.feed


@dataclass(frozen=True, slots=True)
class FeedSummary:
    """What the edition says of a feed without opening it.

    Attributes:
        entries: The ids of all entries in its documents, newest first.
        entry_count: How many of them are in the document that is subscribed to.
        updated: When the newest of these changed.
        input_hash: A hash of all that its documents are made from.
        oldest_published: How far back the document that is subscribed to reaches, where there is more.
        max_entries: How many entries it may have.
        shortened: By their ids the entries that were too large: their size in bytes, and what it is now.
    """

    path: str
    title: str
    kind: str
    entries: tuple[str, ...]
    entry_count: int
    updated: datetime
    input_hash: str = ""
    oldest_published: datetime | None = None
    max_entries: int = 0
    shortened: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class FileRecord(NamedTuple):
    """Which id a content file had, a hash of the link by which it is found again, and one of the entry."""

    id: str
    link_hash: str
    content_hash: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """When an entry was found to be removed, and which feeds had it."""

    when: datetime
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """Since when an entry is in a feed that remembers, and whether it still is."""

    since: datetime
    active: bool = True


Memberships = Mapping[str, Mapping[str, Membership]]
"""By the path of the feed and the id of the entry."""


@dataclass(frozen=True, slots=True)
class EditionState:
    """What an edition says and remembers besides its documents.

    Attributes:
        url: Where the documents are, with a slash at the end.
        max_age: Seconds for which they stay fresh.
        hubs: WebSub hubs of all feeds.
        files: By content file what is published of it.
        removals: By id what was removed lately.
        memberships: Since when entries are in the feeds that depend on it.
        moved: Paths of documents that are at another path now.
        gone: Paths of documents that were there once and are no more.
        modified: When a document last came, went or got other bytes; of two editions, one
            made after the other, the later one's is later unless all are the same.
    """

    url: str = ""
    max_age: int = 1800
    hubs: tuple[str, ...] = ()
    feeds: tuple[FeedSummary, ...] = ()
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    removals: Mapping[str, Removal] = field(default_factory=dict)
    memberships: Memberships = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    modified: datetime = LONG_AGO

    @property
    def cache_control(self) -> str:
        """For how long a document is fresh, and may be shown stale (RFC 9111, RFC 5861)."""
        return f"max-age={self.max_age}, stale-while-revalidate=600, stale-if-error=86400"


@dataclass(frozen=True, slots=True)
class Edition:
    """Every document by its path, and the state."""

    documents: Mapping[str, Document] = field(default_factory=dict)
    state: EditionState = EditionState()

    def apply(self, changes: "Changes") -> "Edition":
        """Return the edition that `changes` lead to; `compare` of the two is `changes` again."""
        documents = {path: document for path, document in self.documents.items() if path not in changes.removed}
        documents |= {document.path: document for document in changes.added + changes.changed}
        return Edition(documents, changes.state)


def strong_etag(body: bytes) -> str:
    """Return the entity tag of these bytes: the same on every machine, for ever."""
    return sha256(body).hexdigest()[:32]
