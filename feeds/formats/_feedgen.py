"""How feedgen is used: the one place that knows what has to be worked around.

A document is made in two parts, so that an entry that many feeds hold is made
once: the frame, by a `FeedGenerator` without entries, and the elements of the
entries, each by a `FeedEntry`. Behind each line that looks odd stands something
that feedgen 1.0.0 does.
"""

import re
from collections.abc import Iterable
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem
from lxml import etree

from feeds.model import Entry, Feed, Link, Person

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
NAMESPACES = {"atom": ATOM, "content": "http://purl.org/rss/1.0/modules/content/", "dc": DC, "media": MEDIA}
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DECLARATION = re.compile(rb' xmlns:\w+="[^"]*"')


def frame(feed: Feed, suffix: str, media_type: str) -> FeedGenerator:
    """Return a generator with all that a feed says of itself, for the document with this suffix."""
    site, spec = feed.site, feed.spec
    page = feed.url(".html")
    generator = FeedGenerator()
    generator.register_extension("frame", FrameExtension)
    generator.frame.links = [Link(hub, "hub") for hub in site.hubs]
    generator.id(feed.id)
    generator.title(feed.title)
    generator.description(feed.description)
    generator.language(site.language)
    generator.generator(site.generator)
    # Both default to the clock.
    generator.updated(feed.updated)
    generator.lastBuildDate(feed.updated)
    generator.ttl(max(1, site.max_age // 60))
    author = site.author or Person(site.title)
    generator.author(person(author))
    if site.copyright:
        generator.rights(site.copyright)
    if site.icon:
        generator.icon(site.icon)
    image = spec.image or site.image
    if image:
        generator.logo(image.url)
        generator.image(image.url, feed.title, page, *_small(image.width, image.height))
    generator.link(href=feed.url(suffix), rel="self", type=media_type)
    # RSS takes the link that was given last for the channel's page.
    generator.link(href=page, rel="alternate", type="text/html")
    return generator


def element(entry: Entry) -> FeedEntry:
    """Return an element with what RSS and Atom say of an entry in the same words."""
    made = FeedEntry()
    made.register_extension("parts", EntryExtension)
    made.parts.entry = entry
    made.id(entry.id)
    made.title(entry.title)
    made.published(entry.published)
    # `published` does not set it, and it defaults to the clock.
    made.updated(entry.updated)
    return made


def authors(entry: Entry) -> tuple[Person, ...]:
    """Return whom an entry is by: its authors, or else its provider."""
    return entry.authors or ((Person(entry.provider.name),) if entry.provider else ())


def join(document: bytes, closing: bytes, elements: Iterable[bytes]) -> bytes:
    """Return the frame with the elements before its `closing` tag."""
    head, tag, tail = document.rpartition(closing)
    return b"".join([head.rstrip(b" "), *elements, tag, tail])


def to_bytes(element: Any) -> bytes:
    """Return the element as it stands in a frame, which declares the namespaces."""
    root = etree.Element("root", nsmap=NAMESPACES)
    root.append(element)
    data: bytes = etree.tostring(element, encoding="UTF-8", xml_declaration=False, pretty_print=True)
    start, bracket, rest = data.partition(b">")
    return _DECLARATION.sub(b"", start) + bracket + rest


def person(of: Person) -> dict[str, str]:
    fields = {"name": of.name, "uri": of.uri, "email": of.email}
    return {key: value for key, value in fields.items() if value}


def _small(width: int | None, height: int | None) -> tuple[str, ...]:
    # RSS Advisory Board profile: at most 144 by 400, and 88 by 31 if it says nothing.
    if not width or not height:
        return ()
    scale = min(1.0, 144 / width, 400 / height)
    return str(max(1, round(width * scale))), str(max(1, round(height * scale)))


class FrameExtension(BaseExtension):  # type: ignore[misc]
    """Declare the namespaces of the entries, and give RSS the links that feedgen leaves out."""

    def __init__(self) -> None:
        self.links: list[Link] = []

    def extend_ns(self) -> dict[str, str]:
        return NAMESPACES

    def extend_rss(self, root: Any) -> Any:
        for link in self.links:
            xml_elem(f"{{{ATOM}}}link", root[0], href=link.href, rel=link.rel)
        return root

    def extend_atom(self, feed: Any) -> Any:
        # Before the first child that is no link would be nicer to read; the order
        # of a feed's metadata has no meaning (RFC 4287, section 4.1.1).
        for link in self.links:
            xml_elem("link", feed, href=link.href, rel=link.rel)
        return feed


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Write what feedgen loses or has no words for: authors in RSS, links in Atom, media in both."""

    def __init__(self) -> None:
        self.entry: Entry

    def extend_rss(self, item: Any) -> Any:
        # RSS's own author is an e-mail address, and one without is dropped.
        for person in authors(self.entry):
            xml_elem(f"{{{DC}}}creator", item).text = person.name
        if self.entry.updated != self.entry.published:
            xml_elem(f"{{{ATOM}}}updated", item).text = self.entry.updated.isoformat()
        if self.entry.via:
            xml_elem(f"{{{ATOM}}}link", item, href=self.entry.via, rel="via")
        self._media(item)
        return item

    def extend_atom(self, element: Any) -> Any:
        # An entry's links lose rel, type, length and title on the way: a loop
        # variable is overwritten. So feedgen gets none, and they are written here.
        before = element.find("updated")
        links = [Link(self.entry.link, "alternate", "text/html")]
        if self.entry.via:
            links.append(Link(self.entry.via, "via"))
        links += [Link(item.link, "related", title=item.title) for item in self.entry.related]
        for link in reversed(links):
            attributes = {"href": link.href, "rel": link.rel, "type": link.type, "title": link.title}
            made = etree.Element("link", {key: value for key, value in attributes.items() if value})
            before.addnext(made)
        if self.entry.language:
            element.set(_XML_LANG, self.entry.language)
        self._media(element)
        return element

    def _media(self, parent: Any) -> None:
        for image in self.entry.images:
            attributes = {"url": image.url, "medium": "image"}
            if image.width and image.height:
                attributes |= {"width": str(image.width), "height": str(image.height)}
            made = xml_elem(f"{{{MEDIA}}}content", parent, **attributes)
            if image.title:
                xml_elem(f"{{{MEDIA}}}title", made, type="plain").text = image.title
            if image.credit:
                xml_elem(f"{{{MEDIA}}}credit", made).text = image.credit
        if self.entry.images:
            xml_elem(f"{{{MEDIA}}}thumbnail", parent, url=self.entry.images[0].url)
