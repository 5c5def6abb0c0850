"""A feed: its definition with a rule, and its documents."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from feeds.model.entry import EntryMeta, Image
from feeds.model.site import Site


@dataclass(frozen=True, slots=True)
class Condition:
    """Conditions on an entry.

    Topics are given by name or slug, providers by domain. `title` and `text` are words or phrases, and case is
    ignored; the patterns are regular expressions. The text of an entry is its title, its summary and its body.
    """

    topics: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    title: frozenset[str] = frozenset()
    text: frozenset[str] = frozenset()
    title_pattern: frozenset[str] = frozenset()
    text_pattern: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """Rule that selects the entries of a feed.

    An entry matches if it meets every condition:

    - at least one property in `any`, unless `any` is empty; all in `all`; none in `none`;
    - published at `after` or later, and earlier than `before`;
    - at least `quality` and `heat`. An entry without the number does not match.

    An entry that is in the feed stays while it has at least `keep_quality` and `keep_heat`.
    """

    any: Condition = Condition()
    all: Condition = Condition()
    none: Condition = Condition()
    quality: float | None = None
    heat: float | None = None
    after: datetime | None = None
    before: datetime | None = None
    keep_quality: float | None = None
    keep_heat: float | None = None


@dataclass(frozen=True, slots=True)
class FeedDefinition:
    """Definition of a feed, without its entries.

    Attributes:
        path: Path of its documents, without suffix: `feeds/ai`.
        name: Name in lists of feeds: `AI`.
        title: Title in feed readers: `AI – Everyday AI`.
        kind: `all`, `topic`, `provider` or `custom`.
        limit: Most entries in the main document; None for the site's window.
        max_per_provider: Most entries of one provider.
        collapse: One entry stands for a story and lists the others.
        unique_links: Of several entries with one link, only the first is in the feed.
        content: The shown part of an entry: `full`, `excerpt` or `none`.
        order_by_first_match: Ordered by the time of the first match, not by the date of publication.
        archive: The complete history is kept in archive documents (RFC 5005).
        image: The provider's or topic's own picture.
        parent: Path of the feed of the parent topic.
        source: The file that defines it, for messages; `line` is the 1-based line.
        rule_references: Names in its rule that some entry should have: kind, name and line.
    """

    path: str
    name: str
    title: str
    kind: str
    rule: Rule = Rule()
    description: str | None = None
    limit: int | None = None
    max_per_provider: int | None = None
    collapse: bool = False
    unique_links: bool = False
    content: str = "full"
    order_by_first_match: bool = False
    archive: bool = False
    image: Image | None = None
    parent: str | None = None
    source: str = ""
    line: int = 0
    rule_references: tuple[tuple[str, str, int], ...] = ()

    @property
    def is_stateful(self) -> bool:
        """True if the feed depends on which entries were in it before."""
        return (
            self.order_by_first_match
            or self.collapse
            or self.rule.keep_quality is not None
            or self.rule.keep_heat is not None
        )


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An entry that was removed (RFC 6721): its id, and when that was noticed."""

    ref: str
    when: datetime


@dataclass(frozen=True, slots=True)
class ArchivePosition:
    """Position of a document in the archive chain of its feed (RFC 5005); paths have no suffix.

    Attributes:
        complete: The document holds every entry of the feed.
        archive: It is an archive document and not the one to subscribe to.
        previous: The path of the next older archive.
        next: The path of the next newer archive.
    """

    complete: bool = False
    archive: bool = False
    previous: str | None = None
    next: str | None = None


class ArchiveMonth(NamedTuple):
    """A month in the archive of a feed, such as `2023-06`, and the number of its entries."""

    name: str
    entry_count: int


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """One document of a feed, in no format yet: the main document or an archive.

    Attributes:
        path: Path of the document without suffix; the path of an archive is not that of its feed.
        entries: The entries, newest first.
        updated: Date of the newest change of an entry, or of the newest removal.
        position: Position in the archive chain.
        tombstones: Recently removed entries; only the main document has them.
        months: The archives of the feed, newest first; only the main document has them.
    """

    spec: FeedDefinition
    path: str
    entries: tuple[EntryMeta, ...] = field(repr=False)
    updated: datetime
    position: ArchivePosition = ArchivePosition()
    tombstones: tuple[Tombstone, ...] = ()
    months: tuple[ArchiveMonth, ...] = field(default=(), repr=False)

    @property
    def title(self) -> str:
        return self.spec.title

    @property
    def description(self) -> str:
        return self.spec.description or self.spec.title

    @property
    def count(self) -> int:
        """Number of entries in this document and in the archives that it names."""
        return len(self.entries) + sum(month.entry_count for month in self.months)

    def id(self, site: Site) -> str:
        """Return the IRI of the feed, the same in every format, on every host and in its archives."""
        return f"tag:{site.tag}:/{quote(self.spec.path)}"

    def url(self, site: Site, suffix: str, path: str | None = None) -> str:
        """Return the URL of this document, or of the document at `path`, in the format with this suffix."""
        return f"{site.url}{quote(path or self.path)}{suffix}"

    def page(self, site: Site) -> str:
        """Return the URL of the HTML page of the document, or of the site."""
        return self.url(site, ".html") if site.pages else site.content_base_url

    def hubs(self, site: Site) -> tuple[str, ...]:
        """Return the hubs of this document; an archive has none, because readers do not subscribe to it."""
        return () if self.position.archive else site.hubs

    def __iter__(self) -> Iterator[EntryMeta]:
        return iter(self.entries)


@dataclass(frozen=True, slots=True)
class FeedDocuments:
    """All documents of a feed; no entry is in two of them.

    Attributes:
        main: The document that readers subscribe to.
        archives: The archives, newest first.
        oldest_published: Date of the oldest entry in the main document, if older entries are in no document.
    """

    main: FeedDocument
    archives: tuple[FeedDocument, ...] = ()
    oldest_published: datetime | None = None

    @property
    def spec(self) -> FeedDefinition:
        return self.main.spec

    @property
    def all_entries(self) -> tuple[EntryMeta, ...]:
        """The entries of all documents, newest first."""
        if not self.archives:
            return self.main.entries
        return tuple(entry for document in self for entry in document.entries)

    def __iter__(self) -> Iterator[FeedDocument]:
        yield self.main
        yield from self.archives
