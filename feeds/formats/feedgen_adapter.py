"""The adapter for feedgen, with all workarounds.

A document is rendered in two parts, so that an entry of many feeds is rendered once: the frame,
by a `FeedGenerator` without entries, and the entry elements, each by a `FeedEntry`. Comments
name the behaviour of feedgen 1.0.0 that a workaround is for.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem
from lxml import etree

from feeds.edition.paths import FEEDS_PREFIX
from feeds.formats.attribution import authors
from feeds.formats.media_rss import MEDIA, add_media
from feeds.model import Entry, FeedDocument, Link, Person, Site

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_HISTORY = "http://purl.org/syndication/history/1.0"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_WEBFEEDS = "http://webfeeds.org/rss/1.0"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DECLARATION = re.compile(rb' xmlns:\w+="[^"]*"')
_SHARED = {"media": MEDIA, "fh": _HISTORY, "webfeeds": _WEBFEEDS}
RSS_NAMESPACES = _SHARED | {"atom": ATOM, "content": _CONTENT, "dc": DC}
ATOM_NAMESPACES = _SHARED | {"at": _TOMBSTONES}


def frame(feed: FeedDocument, site: Site, suffix: str, media_type: str) -> FeedGenerator:
    """Return a generator with the metadata of a feed, for the format with this suffix."""
    page = feed.page(site)
    generator = FeedGenerator()
    generator.register_extension("rss_frame", RssFrame, atom=False)
    generator.register_extension("atom_frame", AtomFrame, rss=False)
    generator.rss_frame.feed = generator.atom_frame.feed = feed
    generator.rss_frame.site = generator.atom_frame.site = site
    generator.rss_frame.suffix = generator.atom_frame.suffix = suffix
    generator.id(feed.id(site))
    generator.title(feed.title)
    generator.description(feed.description)
    generator.language(site.language)
    generator.generator(site.generator)
    # Both default to the current time.
    generator.updated(feed.updated)
    generator.lastBuildDate(feed.updated)
    generator.ttl(max(1, site.max_age // 60))
    generator.author(person(site.author or Person(site.title)))
    if site.copyright:
        generator.rights(site.copyright)
    if site.icon:
        generator.icon(site.icon)
    image = feed.spec.image or site.image
    if image:
        generator.logo(image.url)
        generator.image(image.url, feed.title, page, *_small(image.width, image.height))
    generator.link(href=feed.url(site, suffix), rel="self", type=media_type)
    # For RSS, feedgen takes the last link as the channel's page.
    generator.link(href=page, rel="alternate", type="text/html")
    return generator


def element(entry: Entry, site: Site) -> FeedEntry:
    """Return an element with the values that RSS and Atom share."""
    feed_entry = FeedEntry()
    feed_entry.register_extension("parts", EntryExtension)
    feed_entry.parts.entry = entry
    feed_entry.parts.site = site
    feed_entry.id(entry.id)
    feed_entry.title(entry.title)
    feed_entry.published(entry.published)
    # `published` does not set `updated`, which defaults to the current time.
    feed_entry.updated(entry.updated)
    return feed_entry


def join(document: bytes, closing: bytes, elements: Iterable[bytes]) -> bytes:
    """Insert the elements into the frame, before its `closing` tag."""
    head, tag, tail = document.rpartition(closing)
    return b"".join([head.rstrip(b" "), *elements, tag, tail])


def to_bytes(element: Any, namespaces: dict[str, str]) -> bytes:
    """Serialise an element for a frame that declares the namespaces."""
    root = etree.Element("root", nsmap=namespaces)
    root.append(element)
    data: bytes = etree.tostring(element, encoding="UTF-8", xml_declaration=False, pretty_print=True)
    start, bracket, attributes = data.partition(b">")
    return _DECLARATION.sub(b"", start) + bracket + attributes


def declare_html(parent: Any, *names: str) -> None:
    """Declare Atom texts that contain tags as HTML, and escape them once more.

    RFC 4287, section 3.1.1.1: plain text is shown as it is. But some readers take a text with an
    end tag for undeclared HTML.
    """
    for name in names:
        child = parent.find(name)
        if child is not None and "</" in (child.text or ""):
            child.text = escape(child.text, quote=False)
            child.set("type", "html")


def person(of: Person) -> dict[str, str]:
    """Return a person in feedgen's form."""
    fields = {"name": of.name, "uri": of.uri, "email": of.email}
    return {key: value for key, value in fields.items() if value}


def provider_url(entry: Entry, site: Site, suffix: str) -> str | None:
    """Return the URL of the feed of the entry's provider, or None."""
    domain = entry.provider.domain if entry.provider else None
    return f"{site.url}{FEEDS_PREFIX}providers/{domain}{suffix}" if domain else None


def _small(width: int | None, height: int | None) -> tuple[str, ...]:
    # RSS Advisory Board profile: at most 144 by 400; 88 by 31 if the size is not given.
    if not width or not height:
        return ()
    scale = min(1.0, 144 / width, 400 / height)
    return str(max(1, round(width * scale))), str(max(1, round(height * scale)))


def _links(feed: FeedDocument, site: Site, suffix: str) -> Iterator[Link]:
    """Yield the links that feedgen cannot write: hubs (WebSub) and archives (RFC 5005)."""
    yield from (Link(hub, "hub") for hub in feed.hubs(site))
    position = feed.position
    if position.archive:
        yield Link(feed.url(site, suffix, feed.spec.path), "current")
    if position.previous:
        yield Link(feed.url(site, suffix, position.previous), "prev-archive")
    if position.next:
        yield Link(feed.url(site, suffix, position.next), "next-archive")


class _Frame(BaseExtension):  # type: ignore[misc]
    """Extension for the feed elements that feedgen does not write."""

    def __init__(self) -> None:
        self.feed: FeedDocument
        self.site: Site
        self.suffix: str

    def _extend(self, parent: Any, link: str) -> None:
        for target in _links(self.feed, self.site, self.suffix):
            xml_elem(link, parent, href=target.href, rel=target.rel)
        if self.feed.position.complete:
            xml_elem(f"{{{_HISTORY}}}complete", parent)
        if self.feed.position.archive:
            xml_elem(f"{{{_HISTORY}}}archive", parent)
        site = self.site
        image = self.feed.spec.image or site.image
        # Feedly's extension; other readers ignore it.
        for name, value in (("icon", site.icon), ("logo", image and image.url), ("accentColor", site.accent)):
            if value:
                xml_elem(f"{{{_WEBFEEDS}}}{name}", parent).text = value


class RssFrame(_Frame):
    """Extension for the links that feedgen omits in RSS: it writes only `self`."""

    def extend_ns(self) -> dict[str, str]:
        return RSS_NAMESPACES

    def extend_rss(self, root: Any) -> Any:
        self._extend(root[0], f"{{{ATOM}}}link")
        return root


class AtomFrame(_Frame):
    """Extension for further Atom links and tombstones (RFC 6721)."""

    def extend_ns(self) -> dict[str, str]:
        return ATOM_NAMESPACES

    def extend_atom(self, root: Any) -> Any:
        self._extend(root, "link")
        declare_html(root, "title", "subtitle", "rights")
        for tombstone in self.feed.tombstones:
            xml_elem(f"{{{_TOMBSTONES}}}deleted-entry", root, ref=tombstone.ref, when=tombstone.when.isoformat())
        return root


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Extension for what feedgen loses or cannot write: authors in RSS, links in Atom, media in both."""

    def __init__(self) -> None:
        self.entry: Entry
        self.site: Site

    def extend_rss(self, item: Any) -> Any:
        entry = self.entry
        # RSS's own author element needs an e-mail address; feedgen drops an author without one.
        for author in authors(entry):
            xml_elem(f"{{{DC}}}creator", item).text = author.name
        if entry.credit:
            xml_elem(f"{{{DC}}}rights", item).text = entry.credit
        if entry.updated != entry.published:
            xml_elem(f"{{{ATOM}}}updated", item).text = entry.updated.isoformat()
        for link in self._links():
            xml_elem(f"{{{ATOM}}}link", item, href=link.href, rel=link.rel)
        add_media(entry, item)
        return item

    def extend_atom(self, element: Any) -> Any:
        # feedgen loses rel, type, length and title of an entry's links, because it overwrites a loop
        # variable. So feedgen gets no links, and they are written here.
        entry = self.entry
        links = [Link(entry.link, "alternate", "text/html"), *self._links()]
        links += [Link(item.link, "related", title=item.title) for item in entry.related]
        elements = [self._link(link.href, rel=link.rel, type=link.type, title=link.title) for link in links]
        elements += [
            self._link(file.url, rel="enclosure", type=file.type, length=str(file.length) if file.length else None)
            for file in entry.enclosures
        ]
        before = element.find("updated")
        for link_element in reversed(elements):
            before.addnext(link_element)
        if entry.language:
            element.set(_XML_LANG, entry.language)
        self._source(element)
        declare_html(element, "title", "summary", "rights", "source/title")
        add_media(entry, element)
        return element

    def _links(self) -> Iterator[Link]:
        if self.entry.via:
            yield Link(self.entry.via, "via")
        if self.entry.license:
            yield Link(self.entry.license, "license")  # RFC 4946

    def _link(self, href: str, **attributes: str | None) -> Any:
        return etree.Element("link", {"href": href} | {key: value for key, value in attributes.items() if value})

    def _source(self, element: Any) -> None:
        # feedgen's source has neither id nor updated. The provider's feed changes with each of its
        # entries, but this entry does not, so `updated` is the time when this entry was added.
        entry = self.entry
        url = provider_url(entry, self.site, ".atom")
        if entry.provider and entry.provider.domain and url:
            source = xml_elem("source", element)
            xml_elem("id", source).text = f"tag:{self.site.tag}:/{FEEDS_PREFIX}providers/{entry.provider.domain}"
            xml_elem("title", source).text = entry.provider.name
            xml_elem("updated", source).text = entry.updated.isoformat()
            source.append(self._link(url, rel="self", type="application/atom+xml"))
