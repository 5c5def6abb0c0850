"""The values everything else is made of, in the words of Atom (RFC 4287).

All are frozen. Absent text is `None`, "no items" is an empty tuple, every
datetime is aware and in UTC, every URL is absolute http(s), every string is free
of characters that XML 1.0 does not allow. Nothing here reads, parses or renders.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Person:
    """Who made something (RFC 4287, section 3.2)."""

    name: str
    uri: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """A topic or a tag (RFC 4287, section 4.2.2): `term` for machines, `label` for people."""

    term: str
    label: str


@dataclass(frozen=True, slots=True)
class Link:
    """A reference to a resource (RFC 4287, section 4.2.7)."""

    href: str
    rel: str = "alternate"
    type: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture; width and height in pixels, `credit` is who to thank for it."""

    url: str
    width: int | None = None
    height: int | None = None
    title: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry; `length` in bytes."""

    url: str
    type: str
    length: int


@dataclass(frozen=True, slots=True)
class Provider:
    """Who published the original; `domain` is lower case and names the provider's feed."""

    name: str
    domain: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Related:
    """Coverage of the same story somewhere else."""

    title: str
    link: str
    provider: str | None = None
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One article, video or other piece.

    Attributes:
        id: An absolute IRI that never changes (RFC 4287, section 4.2.6).
        summary: Plain text, lines separated by a newline.
        content: Sanitised HTML of the body, without the parts that every format adds.
        categories: The topics, which have feeds; `tags` have none.
        via: The original, where it is not the link.
        player: The URL of an embeddable player, where the entry is a video.
        video: The page that shows this video.
        facts: Short plain texts about the piece, such as its length, price and level.
        duration: Seconds.
        source: The content file, relative to the content folder.
    """

    id: str
    title: str
    link: str
    published: datetime
    updated: datetime
    source: str
    collection: str
    summary: str | None = None
    content: str | None = None
    type: str | None = None
    language: str | None = None
    provider: Provider | None = None
    authors: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    via: str | None = None
    player: str | None = None
    video: str | None = None
    related: tuple[Related, ...] = ()
    actions: tuple[Link, ...] = ()
    facts: tuple[str, ...] = ()
    duration: int | None = None
    quality: float | None = None
    heat: float | None = None

    def __post_init__(self) -> None:
        # RFC 4287, section 4.1.2: exactly one id, title and updated.
        if not (self.id and self.title and self.link):
            raise ValueError("an entry needs an id, a title and a link")
        if self.published.utcoffset() != timedelta(0) or self.updated.utcoffset() != timedelta(0):
            raise ValueError("an entry's dates are aware and in UTC")
        if self.updated < self.published:
            raise ValueError("an entry is not updated before it is published")


@dataclass(frozen=True, slots=True)
class Topic:
    """What `_data/topics` says of a topic; `parent` is the name of another one."""

    slug: str
    name: str
    parent: str | None = None
    description: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Organization:
    """What `_data/organizations` says of a provider."""

    domain: str
    name: str
    description: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the tree's `assets` folder, published as it is under the same path."""

    path: str
    type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Condition:
    """Properties of entries; topics by name or slug, providers by domain."""

    topics: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """Which entries a feed takes.

    An entry is in if at least one thing in `any` is true of it (or `any` is
    empty), everything in `all` is, nothing in `none` is, and its quality and heat
    are at least what is asked for. An entry without the number has not enough of it.
    """

    any: Condition = Condition()
    all: Condition = Condition()
    none: Condition = Condition()
    quality: float | None = None
    heat: float | None = None


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """What a feed is, before it has entries.

    Attributes:
        path: Where its documents are, without suffix: `feeds/ai`.
        name: What it is called among the feeds: `AI`.
        title: What a reader shows: `AI – Everyday AI`.
        kind: `all`, `topic`, `provider` or `custom`.
        limit: Most entries in the feed; None for the site's window.
        image: The provider's or topic's own picture.
        source: The file that defines it, for messages.
    """

    path: str
    name: str
    title: str
    kind: str
    rule: Rule = Rule()
    description: str | None = None
    limit: int | None = None
    image: Image | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """How much of what a feed could hold it does hold.

    Attributes:
        entries: The newest so many.
        within: And all others that were published so shortly before the newest.
        warn_bytes: A larger document is reported.
        max_bytes: A larger document loses its oldest entries.
    """

    entries: int = 50
    within: timedelta = timedelta(hours=48)
    warn_bytes: int = 512 * 1024
    max_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Site:
    """The publication as a whole.

    Attributes:
        url: Where the documents are, with a slash at the end.
        base: What site-relative URLs in the content are relative to; slash at the end.
        tag: The tagging entity of all ids (RFC 4151): `example.org,2026`.
        max_age: Seconds for which a document stays fresh; the feeds' ttl says the same.
        hubs: WebSub hubs.
    """

    title: str
    url: str
    tag: str
    base: str
    description: str | None = None
    language: str = "en"
    author: Person | None = None
    copyright: str | None = None
    icon: str | None = None
    image: Image | None = None
    hubs: tuple[str, ...] = ()
    max_age: int = 1800
    window: Window = Window()
    generator: str = "Everyday Feeds"

    @property
    def since(self) -> datetime:
        """The date of the tagging entity: when a feed without entries was last updated."""
        year, month, day = (self.tag.rpartition(",")[2] + "-01-01").split("-")[:3]
        return datetime(int(year), int(month), int(day), tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed with its entries, newest first; `updated` is when the newest of them changed."""

    spec: FeedSpec
    site: Site
    updated: datetime
    entries: tuple[Entry, ...] = field(default=(), repr=False)

    @property
    def id(self) -> str:
        """The feed's IRI, the same in every format and on every host."""
        return f"tag:{self.site.tag}:/{quote(self.spec.path)}"

    def url(self, suffix: str) -> str:
        """Return where the document with this suffix is."""
        return f"{self.site.url}{quote(self.spec.path)}{suffix}"

    @property
    def title(self) -> str:
        return self.spec.title

    @property
    def description(self) -> str:
        return self.spec.description or self.spec.title

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)
