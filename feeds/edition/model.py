"""The values of an edition: all published documents, and the state that builds share.

A document has its bytes and its HTTP validators (RFC 9110, section 8.8). This module accesses no
file and knows no feed format; `manifest` serialises an edition without the bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from feeds.edition.diff import Changes


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""The modification time of an empty edition."""


DocumentKind = Literal["feed", "archive", "page", "site", "asset", "redirect"]
"""The kind of a document.

`feed` and its `archive` (RFC 5005) are for feed readers, and a `page` shows one of them in HTML.
`site` is a document of the whole site, and `asset` a file of the `assets` folder. A `redirect`
is at the path of a former feed, for static hosts.
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A published file.

    Attributes:
        path: The path in its URL and in the output folder: `feeds/ai.xml`.
        type: The Content-Type, with charset if the media type has one.
        etag: A hash of the bytes, without the quotes of the header.
        size: Bytes.
        modified: Time at which these bytes first appeared, in whole seconds.
        body: The bytes; None if only the manifest was read.
        kind: The kind of document.
        feed: Path of the feed that the document belongs to, without suffix; None unless it is a
            feed, an archive or a page.
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
        """True for a feed or an archive."""
        return self.kind in ("feed", "archive")

    @property
    def in_archive(self) -> bool:
        """True for a month of an archive, as a feed document or as a page."""
        return self.feed is not None and self.path.rpartition(".")[0] != self.feed


@dataclass(frozen=True, slots=True)
class FeedSummary:
    """Summary of a feed in the manifest.

    Attributes:
        entries: The ids of all entries in the feed's documents, newest first.
        entry_count: Number of entries in the main document, without archives.
        updated: Time of the last change of these entries.
        input_hash: Hash of all inputs of the main document, before it was trimmed to the size limit.
        oldest_published: Date of the oldest entry in the main document, if the feed has more entries.
        max_entries: Most entries of the main document.
        shortened: Entries that were too large, by id: the size in bytes before and after.
        archive_hashes: Hash of all inputs of each archive document, by month.
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
    archive_hashes: Mapping[str, str] = field(default_factory=dict)


class FileRecord(NamedTuple):
    """The id of a published entry, and by what the entry is recognised in a renamed file.

    Attributes:
        link_hash: A hash of its link.
        content_hash: A hash of its content.
        title_hash: A hash of its title; empty in a record of a manifest before version 3.
        published: Its date, in seconds since 1970.
        sketch: A sketch of its text.
    """

    id: str
    link_hash: str
    content_hash: str = ""
    title_hash: str = ""
    published: int = 0
    sketch: str = ""


class FormerEntry(NamedTuple):
    """An entry that was published, which keeps its id in case it returns: its last file, and its record."""

    path: str
    record: FileRecord


@dataclass(frozen=True, slots=True)
class Removal:
    """The time when an entry was found to be removed, and the feeds that had it."""

    when: datetime
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """The time since when an entry is in a stateful feed, and whether it still is."""

    since: datetime
    active: bool = True


Memberships = Mapping[str, Mapping[str, Membership]]
"""Memberships by feed path and entry id."""


@dataclass(frozen=True, slots=True)
class EditionState:
    """The state of an edition besides its documents.

    Attributes:
        url: The base URL of the documents, with a slash at the end.
        max_age: Seconds for which a document stays fresh.
        hubs: WebSub hubs of all feeds.
        files: The published entry of each content file.
        former: Entries that were published before, by id.
        removals: Recently removed entries, by id.
        memberships: Memberships of entries in stateful feeds.
        moved: Old paths of moved documents, with the new paths.
        gone: Paths of former documents.
        modified: Time of the last change of any document. A later edition has a later time, unless
            all documents are the same.
    """

    url: str = ""
    max_age: int = 1800
    hubs: tuple[str, ...] = ()
    feeds: tuple[FeedSummary, ...] = ()
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    former: Mapping[str, FormerEntry] = field(default_factory=dict)
    removals: Mapping[str, Removal] = field(default_factory=dict)
    memberships: Memberships = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    modified: datetime = LONG_AGO

    @property
    def cache_control(self) -> str:
        """The Cache-Control header: how long a document is fresh and may be used stale (RFC 9111, RFC 5861)."""
        return f"max-age={self.max_age}, stale-while-revalidate=600, stale-if-error=86400"


@dataclass(frozen=True, slots=True)
class Edition:
    """All documents by path, and the state."""

    documents: Mapping[str, Document] = field(default_factory=dict)
    state: EditionState = EditionState()

    def apply(self, changes: "Changes") -> "Edition":
        """Return the edition after `changes`; `compare` of the two editions returns `changes` again."""
        documents = {path: document for path, document in self.documents.items() if path not in changes.removed}
        documents |= {document.path: document for document in changes.added + changes.changed}
        return Edition(documents, changes.state)


def strong_etag(body: bytes) -> str:
    """Return the strong ETag of these bytes, which is the same on every machine and in every version."""
    return sha256(body).hexdigest()[:32]
