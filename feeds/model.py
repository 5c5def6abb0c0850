"""The values everything else is made of, in the words of Atom (RFC 4287).

All are frozen. Absent text is `None`, "no items" is an empty tuple, every
datetime is aware and in UTC, every URL is absolute http(s), every string is free
of characters that XML 1.0 does not allow. Nothing here reads, parses or renders.

Over 350 lines: declarations only.
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple
from urllib.parse import quote, urlsplit


class SourceFile(NamedTuple):
    """The place of a file: its name for messages, and its path in the content folder."""

    name: str
    path: str
    collection: str

    @property
    def stem(self) -> str:
        return posixpath.splitext(posixpath.basename(self.path))[0]


Status = Literal["published", "unpublished", "undated", "invalid", "plain"]
ICON_PATH = "icon.png"
"""Path of the default icon."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person (RFC 4287, section 3.2)."""

    name: str
    uri: str | None = None
    email: str | None = None


class Category(NamedTuple):
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
    """Publisher of the original; `domain` is lower case and names the provider's feed."""

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
class EntryMeta:
    """Metadata of an entry: the part that decides which feeds have it, and in which order.

    Attributes:
        id: An absolute IRI that never changes (RFC 4287, section 4.2.6).
        source: The content file, relative to the content folder.
        provider: Without its pictures.
        categories: The topics, which have feeds; `tags` have none.
        original: Where the piece first appeared.
        amp: Its accelerated page.
        coverage: The links of its related coverage.
        has_own_id: The file says its id, so that it is not made from the file's place.
        digest: A hash of all that the entry says; its id and its place do not count.
        merged: Entries of the same story that it stands for in a feed.
    """

    id: str
    title: str
    link: str
    published: datetime
    updated: datetime
    source: str
    collection: str
    type: str | None = None
    provider: Provider | None = None
    categories: tuple[Category, ...] = ()
    tags: tuple[str, ...] = ()
    original: str | None = None
    amp: str | None = None
    coverage: tuple[str, ...] = ()
    quality: float | None = None
    heat: float | None = None
    has_own_id: bool = False
    digest: str = ""
    merged: tuple[Related, ...] = ()

    @property
    def links(self) -> tuple[str, ...]:
        """The URLs under which the piece is known."""
        return tuple(link for link in (self.link, self.original, self.amp) if link)

    @property
    def via(self) -> str | None:
        """The original, where it is not the link."""
        return self.original if self.original != self.link else None

    def __post_init__(self) -> None:
        # RFC 4287, section 4.1.2: exactly one id, title and updated.
        if not (self.id and self.title and self.link):
            raise ValueError("an entry needs an id, a title and a link")
        if self.published.tzinfo is not UTC or self.updated.tzinfo is not UTC:
            raise ValueError("an entry's dates are aware and in UTC")
        if self.updated < self.published:
            raise ValueError("an entry is not updated before it is published")


@dataclass(frozen=True, slots=True)
class Entry(EntryMeta):
    """One article, video or other piece, with all that is shown of it.

    Attributes:
        summary: Plain text, lines separated by a newline.
        content: Sanitised HTML of the body, without the parts that every format adds.
        player: The URL of an embeddable player, where the entry is a video.
        video: The page that shows this video.
        credit: What to say of the provider instead of its name.
        license: The URL of the terms under which the piece may be used.
        facts: Short plain texts about the piece, such as its length, price and level.
        duration: Seconds.
    """

    summary: str | None = None
    content: str | None = None
    language: str | None = None
    authors: tuple[Person, ...] = ()
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    player: str | None = None
    video: str | None = None
    related: tuple[Related, ...] = ()
    actions: tuple[Link, ...] = ()
    facts: tuple[str, ...] = ()
    credit: str | None = None
    license: str | None = None
    duration: int | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic in `_data/topics`; `parent` is the name of its parent topic."""

    slug: str
    name: str
    parent: str | None = None
    description: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Organization:
    """A provider in `_data/organizations`."""

    domain: str
    name: str
    description: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the tree's `assets` folder, published as it is under the same path.

    Attributes:
        etag: As its document has it.
        size: Bytes.
    """

    path: str
    type: str
    etag: str
    size: int


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

    An entry is in if at least one thing in `any` is true of it (or `any` is
    empty), everything in `all` is, nothing in `none` is, it was published from
    `after` on and until just before `before`, and its quality and heat are at least
    what is asked for. An entry without the number has not enough of it. Once in, it
    stays while its numbers are at least those of `keep_quality` and `keep_heat`.
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
        path: Where its documents are, without suffix: `feeds/ai`.
        name: What it is called among the feeds: `AI`.
        title: What a reader shows: `AI – Everyday AI`.
        kind: `all`, `topic`, `provider` or `custom`.
        limit: Most entries in the feed; None for the site's window.
        max_per_provider: Most entries of one provider.
        collapse: One entry stands for a story and lists the others.
        content: How much of an entry is shown: `full`, `excerpt` or `none`.
        order_by_first_match: Ordered by when entries first qualified, not by when they were published.
        archive: The complete history is kept in archive documents (RFC 5005).
        image: The provider's or topic's own picture.
        parent: The path of the feed of the topic that this one lies under.
        source: The file that defines it and the 1-based line, for messages.
        rule_references: What its rule names and the content should know: the kind, the name, the line.
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
class Bound:
    """Limit on the part of the published entries that one build may change: a count and a share, and never all.

    Attributes:
        count: So many may always change.
        share: So many per cent may change.
    """

    count: int
    share: int

    def is_passed(self, changed: int, total: int) -> bool:
        return changed > 0 and (changed >= total or (changed > self.count and changed * 100 > self.share * total))


@dataclass(frozen=True, slots=True)
class Protection:
    """Limits that stop a build before it publishes.

    Attributes:
        removals: Entries, or feeds, that would be gone.
        new_ids: Entries that readers would announce again.
    """

    removals: Bound = Bound(5, 25)
    new_ids: Bound = Bound(5, 0)


@dataclass(frozen=True, slots=True)
class Policy:
    """Terms for showing the entries of a provider, in every feed.

    Attributes:
        excerpt: Most characters of the summary, and then no body either; None for all.
        link: Which of its URLs an entry links to: `web`, `original` or `amp`.
        credit: What to say instead of the provider's name.
        license: The URL of the terms.
    """

    excerpt: int | None = None
    images: bool = True
    link: str = "web"
    credit: str | None = None
    license: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Size limits of a feed document.

    Attributes:
        entries: The newest so many.
        recent_period: And all others that were published so shortly before the newest.
        warn_bytes: A larger document is reported.
        max_bytes: A larger document loses its oldest entries.
    """

    entries: int = 50
    recent_period: timedelta = timedelta(hours=48)
    warn_bytes: int = 512 * 1024
    max_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Site:
    """The publication as a whole.

    Attributes:
        url: Where the documents are, with a slash at the end.
        content_base_url: What site-relative URLs in the content are relative to; slash at the end.
        tag: The tagging entity of all ids (RFC 4151): `example.org,2026`.
        max_age: Seconds for which a document stays fresh; the feeds' ttl says the same.
        hubs: WebSub hubs.
        accent: A colour as six hexadecimal digits.
        policies: What is agreed with providers, by their domain.
        aliases: Paths of feeds that have another path now.
        alias_sources: The config file and the line of each alias, for messages.
        tombstones: For how long a removed entry is remembered.
        pages: Whether there are pages for people beside the feeds.
        templates: What stands for templates of ours, by name: `feed.html` and its text.
    """

    title: str
    url: str
    tag: str
    content_base_url: str
    description: str | None = None
    language: str = "en"
    author: Person | None = None
    copyright: str | None = None
    icon: str | None = None
    image: Image | None = None
    hubs: tuple[str, ...] = ()
    max_age: int = 1800
    window: Window = Window()
    accent: str | None = None
    policies: Mapping[str, Policy] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    alias_sources: Mapping[str, tuple[str, int]] = field(default_factory=dict, repr=False)
    tombstones: timedelta = timedelta(days=30)
    pages: bool = True
    templates: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    generator: str = "Everyday Feeds"

    @property
    def base_path(self) -> str:
        """The path of `url`: pages lead to each other by it, on whatever host they are looked at."""
        return urlsplit(self.url).path

    @property
    def tag_date(self) -> datetime:
        """The date of the tagging entity: when a feed without entries was last updated."""
        year, month, day = (self.tag.rpartition(",")[2] + "-01-01").split("-")[:3]
        return datetime(int(year), int(month), int(day), tzinfo=UTC)


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


Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is, and how much there is in all."""


def no_progress(doing: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class ContentFilter:
    """Filter of content files: patterns for names of collections, and the largest size in bytes."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_bytes: int = 1024 * 1024
