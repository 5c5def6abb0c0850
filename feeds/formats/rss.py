"""RSS 2.0, by feedgen.

RSS 2.0 specification and the RSS Advisory Board's profile; Dublin Core, Media RSS
and content:encoded for what RSS has no words for.
"""

import re
from collections.abc import Iterable
from html import escape

from feeds.formats import _feedgen
from feeds.formats._content import content
from feeds.model import Entry, Feed

SUFFIX = ".xml"
TYPE = "application/rss+xml; charset=utf-8"

_TITLE = re.compile(rb"<title>[^<]*")


def render_entry(entry: Entry) -> bytes:
    """Return the item of an entry."""
    made = _feedgen.element(entry)
    made.guid(entry.id, permalink=False)
    made.link(href=entry.link)
    if entry.summary:
        # An item's description is HTML, so plain text is escaped once more.
        # Without one the content stands there, as the profile asks.
        made.summary(escape(entry.summary, quote=False))
    made.content(content(entry), type="html")
    made.category([{"term": each.label} for each in entry.categories] + [{"term": tag} for tag in entry.tags])
    return _hex(_feedgen.to_bytes(made.rss_entry()))


def render_feed(feed: Feed, items: Iterable[bytes]) -> bytes:
    """Return the document of a feed with these items."""
    made = _feedgen.frame(feed, SUFFIX, "application/rss+xml")
    return _feedgen.join(_hex(made.rss_str(pretty=True)), b"</channel>", items)


def _hex(document: bytes) -> bytes:
    # The profile's advice for plain text: readers that unescape a title twice
    # still show "<title>" when its bracket is a character reference.
    def references(match: re.Match[bytes]) -> bytes:
        return match[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;").replace(b"&gt;", b"&#x3E;")

    return _TITLE.sub(references, document)
