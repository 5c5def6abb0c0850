"""A feed: its definition with a rule, and its documents."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from feeds.model.entry import EntryMeta, Image
from feeds.model.site import Site


@dataclass(frozen=True, slots=True)
class Condition:
    """Conditions on an entry.

    Topics are given by name or slug, providers by domain. `title` and `text` are
    words or phrases, in whatever case; the patterns are regular expressions. The
    text of an entry is its title, its summary and its body.
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
class FeedSpec:
    """Definition of a feed, without its entries.

    Attributes:
        path: Path of its documents, without suffix: `feeds/ai`.
        name: Name in lists of feeds: `AI`.
        title: Title in feed readers: `AI – Everyday AI`.
        kind: `all`, `topic`, `provider` or `custom`.
        limit: Most entries in the main document; None for the site's window.
        max_per_provider: Most entries of one provider.
        collapse: One entry stands for a story and lists the others.
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


@dataclass(frozen=True, slots=True)
class Feed:
    """A document's worth of a feed: its entries, newest first, and where it stands.

    Attributes:
        updated: When the newest of its entries changed, or the last one was removed.
        path: Where this document is, without suffix; an archive's is not its feed's.
        archives: Months such as `2023-06` and their entries, newest month first.
        oldest_published: How far back this document reaches, where there is more and no archive for it.
        weeks: How many entries it took in each of the last weeks of the site, the newest last.
    """

    spec: FeedSpec
    site: Site
    updated: datetime
    entries: tuple[EntryMeta, ...] = field(default=(), repr=False)
    path: str = ""
    history: ArchivePosition = ArchivePosition()
    tombstones: tuple[Tombstone, ...] = ()
    archives: tuple[tuple[str, tuple[EntryMeta, ...]], ...] = field(default=(), repr=False)
    oldest_published: datetime | None = None
    weeks: tuple[int, ...] = ()

    @property
    def id(self) -> str:
        """The feed's IRI, the same in every format, on every host and in its archives."""
        return f"tag:{self.site.tag}:/{quote(self.spec.path)}"

    def url(self, suffix: str, path: str | None = None) -> str:
        """Return where the document with this suffix is: this one, or that at `path`."""
        return f"{self.site.url}{quote(path or self.path or self.spec.path)}{suffix}"

    @property
    def hubs(self) -> tuple[str, ...]:
        """The hubs that tell of this document: archives are not subscribed to."""
        return () if self.history.archive else self.site.hubs

    @property
    def page(self) -> str:
        """URL of the HTML page of the feed, or of the site."""
        return self.url(".html") if self.site.pages else self.site.content_base_url

    @property
    def all_entries(self) -> tuple[EntryMeta, ...]:
        """The entries of this document and of the archives after it."""
        return (*self.entries, *(entry for _, entries in self.archives for entry in entries))

    @property
    def count(self) -> int:
        """The number of these entries."""
        return len(self.all_entries)

    @property
    def title(self) -> str:
        return self.spec.title

    @property
    def description(self) -> str:
        return self.spec.description or self.spec.title

    def __iter__(self) -> Iterator[EntryMeta]:
        return iter(self.entries)
