"""An entry and its parts, in the words of Atom (RFC 4287)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple


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
    """A picture, with width and height in pixels; `credit` names its author."""

    url: str
    width: int | None = None
    height: int | None = None
    title: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry; `length` in bytes, None if it is not known."""

    url: str
    type: str
    length: int | None = None


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
    """Metadata of an entry: the part that selection and order depend on.

    Attributes:
        id: An absolute IRI that never changes (RFC 4287, section 4.2.6).
        source: The content file, relative to the content folder.
        provider: Without its pictures.
        categories: The topics, which have feeds; `tags` have none.
        original: URL of the first publication.
        amp: URL of its AMP page.
        coverage: The links of its related coverage.
        has_own_id: The front matter has the id; otherwise the id is made from the path.
        expires: The date on which the entry leaves all feeds.
        digest: A hash of the content, without the id and the path.
        sketch: A sketch of the excerpt and the body; only metadata has it.
        merged: Entries of the same story that it represents in a feed.
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
    expires: datetime | None = None
    digest: str = ""
    sketch: str = ""
    merged: tuple[Related, ...] = ()

    @property
    def links(self) -> tuple[str, ...]:
        """All URLs of the piece."""
        return tuple(link for link in (self.link, self.original, self.amp) if link)

    @property
    def via(self) -> str | None:
        """The original, if it differs from the link."""
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
    """One article, video or other piece, with all that feeds show.

    Attributes:
        summary: Plain text, lines separated by a newline.
        content: Sanitised HTML of the body, without the parts that every format adds.
        player: The URL of an embeddable player, where the entry is a video.
        video: The page that shows this video.
        credit: Text instead of the provider's name.
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

    @property
    def main_enclosure(self) -> Enclosure | None:
        """The enclosure for formats with one: the first sound or film, or else the first file."""
        media = (enclosure for enclosure in self.enclosures if enclosure.type.startswith(("audio/", "video/")))
        return next(media, self.enclosures[0] if self.enclosures else None)

    def duration_of(self, enclosure: Enclosure) -> int | None:
        """Return the seconds of a sound or film, if the duration of the entry is that of this file."""
        is_media = enclosure.type.startswith(("audio/", "video/"))
        return self.duration if is_media and enclosure == self.main_enclosure and not self.player else None
