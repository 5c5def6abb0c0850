"""The settings of a publication: the site, its windows, policies and safety limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from feeds.model.entry import Image, Person

ICON_PATH = "icon.png"
"""Path of the default icon."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Limit on the part of the published entries that one build may change: a count and a share, and never all.

    Attributes:
        count: This number may always change.
        share: This percentage may change.
    """

    count: int
    share: int

    def is_passed(self, changed: int, total: int) -> bool:
        return changed > 0 and (changed >= total or (changed > self.count and changed * 100 > self.share * total))


@dataclass(frozen=True, slots=True)
class Protection:
    """Limits that stop a build before it publishes.

    Attributes:
        removals: Removed entries, or feeds.
        new_ids: Entries with a new id, which readers would announce again.
    """

    removals: Bound = Bound(5, 25)
    new_ids: Bound = Bound(5, 0)


@dataclass(frozen=True, slots=True)
class Policy:
    """Terms for showing the entries of a provider, in every feed.

    Attributes:
        excerpt: Most characters of the summary, and no body; None for no limit.
        link: The URL that an entry links to: `web`, `original` or `amp`.
        credit: Text instead of the provider's name.
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
        entries: Number of the newest entries.
        recent_period: Entries this recent, counted from the newest one, are added.
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
        url: Base URL of the documents, with a slash at the end.
        content_base_url: Base of site-relative URLs in the content, with a slash at the end.
        tag: The tagging entity of all ids (RFC 4151): `example.org,2026`.
        max_age: Seconds for which a document stays fresh; the feeds' ttl has the same value.
        hubs: WebSub hubs.
        accent: A colour as six hexadecimal digits.
        policies: Display policies of providers, by domain.
        aliases: Former paths of feeds, with the current paths.
        alias_sources: The config file and the line of each alias, for messages.
        tombstones: How long the edition has the tombstone of a removed entry.
        pages: Whether the site has HTML pages in addition to the feeds.
        templates: The site's own templates: name and text, such as `feed.html`.
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
        """The path of `url`, for links between pages that work on any host."""
        return urlsplit(self.url).path

    @property
    def tag_date(self) -> datetime:
        """The date of the tagging entity, which is the `updated` of a feed without entries."""
        year, month, day = (self.tag.rpartition(",")[2] + "-01-01").split("-")[:3]
        return datetime(int(year), int(month), int(day), tzinfo=UTC)
