"""RSS 2.0, by feedgen.

RSS 2.0 specification and the RSS Advisory Board's profile; Dublin Core, Media RSS
and content:encoded for what RSS has no words for.
"""

import re
from collections.abc import Iterable
from html import escape

from feeds.formats import feedgen_adapter, xml_stylesheet
from feeds.model import Entry, Feed, Site

SUFFIX = ".xml"
TYPE = "application/rss+xml; charset=utf-8"
_PLAIN = re.compile(rb"<(?:title|category|copyright|source|dc:\w+|media:(?:title|credit))(?: [^<>]*)?>[^<]*")
_CHANNEL_DESCRIPTION = re.compile(rb"<description>[^<]*")


def render_entry(entry: Entry, site: Site, body: str) -> bytes:
    """Return the item of an entry."""
    made = feedgen_adapter.element(entry, site)
    made.guid(entry.id, permalink=False)
    made.link(href=entry.link)
    if entry.summary:
        # An item's description is HTML, so plain text is escaped once more.
        # Without one the content stands there, as the profile asks.
        made.summary(escape(entry.summary, quote=False))
    made.content(body, type="html")
    made.category([{"term": each.label} for each in entry.categories] + [{"term": tag} for tag in entry.tags])
    if entry.provider and (url := feedgen_adapter.provider_url(entry, site, SUFFIX)):
        made.source(url=url, title=entry.provider.name)
    for enclosure in entry.enclosures[:1]:  # the profile: no more than one
        made.enclosure(enclosure.url, str(enclosure.length), enclosure.type)
    return _hex(_PLAIN, feedgen_adapter.to_bytes(made.rss_entry(), feedgen_adapter.RSS_NAMESPACES))


def render_feed(feed: Feed, items: Iterable[bytes]) -> bytes:
    """Return the document of a feed with these items."""
    made = feedgen_adapter.frame(feed, SUFFIX, "application/rss+xml")
    document = _hex(_CHANNEL_DESCRIPTION, _hex(_PLAIN, made.rss_str(pretty=True)))
    return feedgen_adapter.join(xml_stylesheet.instruct(document, feed.site), b"</channel>", items)


def _hex(plain: re.Pattern[bytes], document: bytes) -> bytes:
    # The profile's advice for plain text: readers that unescape a title twice
    # still show "<title>" when its bracket is a character reference.
    def references(match: re.Match[bytes]) -> bytes:
        return match[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;").replace(b"&gt;", b"&#x3E;")

    return plain.sub(references, document)
