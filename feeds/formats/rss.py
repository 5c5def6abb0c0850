"""RSS 2.0 documents, made with feedgen.

RSS 2.0 specification and the RSS Advisory Board's profile; Dublin Core, Media RSS and
content:encoded for values without an RSS element.
"""

import re
from collections.abc import Iterable
from html import escape

from feeds.formats import feedgen_adapter, xml_stylesheet
from feeds.model import Entry, FeedDocument, Site

SUFFIX = ".xml"
TYPE = "application/rss+xml; charset=utf-8"
_PLAIN = re.compile(rb"<(?:title|category|copyright|source|dc:\w+|media:(?:title|credit))(?: [^<>]*)?>[^<]*")
_CHANNEL_DESCRIPTION = re.compile(rb"<description>[^<]*")


def render_entry(entry: Entry, site: Site, body: str) -> bytes:
    """Render the item of an entry."""
    item = feedgen_adapter.element(entry, site)
    item.guid(entry.id, permalink=False)
    item.link(href=entry.link)
    if entry.summary:
        # An item's description is HTML, so plain text is escaped once more.
        # Without a summary the description holds the content, as the profile recommends.
        item.summary(escape(entry.summary, quote=False))
    item.content(body, type="html")
    item.category([{"term": category.label} for category in entry.categories] + [{"term": tag} for tag in entry.tags])
    if entry.provider and (url := feedgen_adapter.provider_url(entry, site, SUFFIX)):
        item.source(url=url, title=entry.provider.name)
    if enclosure := entry.main_enclosure:  # the profile allows only one, with the length 0 if it is not known
        item.enclosure(enclosure.url, str(enclosure.length or 0), enclosure.type)
    return _hex(_PLAIN, feedgen_adapter.to_bytes(item.rss_entry(), feedgen_adapter.RSS_NAMESPACES))


def render_feed(feed: FeedDocument, site: Site, items: Iterable[bytes]) -> bytes:
    """Render the document of a feed with these items."""
    generator = feedgen_adapter.frame(feed, site, SUFFIX, "application/rss+xml")
    document = _hex(_CHANNEL_DESCRIPTION, _hex(_PLAIN, generator.rss_str(pretty=True)))
    return feedgen_adapter.join(xml_stylesheet.instruct(document, site), b"</channel>", items)


def _hex(plain: re.Pattern[bytes], document: bytes) -> bytes:
    # The profile's advice for plain text: a reader that unescapes a title twice still shows
    # "<title>" if its bracket is a hexadecimal character reference.
    def references(match: re.Match[bytes]) -> bytes:
        return match[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;").replace(b"&gt;", b"&#x3E;")

    return plain.sub(references, document)
