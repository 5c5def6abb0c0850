"""The list of feed formats.

Each format module has the same shape: `SUFFIX`, `TYPE`, `render_entry` and `render_feed`.
`render_entry` renders the part of one entry, once for all feeds that hold it. `render_feed`
joins the parts to a document.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from feeds.formats import atom, jsonfeed, pages, rss
from feeds.formats.entry_html import content
from feeds.model import Entry, FeedDocument, Site


class Format(NamedTuple):
    """A feed format."""

    suffix: str
    type: str
    render_entry: Callable[[Entry, Site, str], bytes]
    render_feed: Callable[[FeedDocument, Site, Iterable[bytes]], bytes]


FORMATS = tuple(
    Format(module.SUFFIX, module.TYPE, module.render_entry, module.render_feed)
    for module in (rss, atom, jsonfeed, pages)
)
"""All feed formats."""


def render_parts(entry: Entry, site: Site) -> dict[str, bytes]:
    """Render an entry in each format of the site; return the parts by suffix."""
    body = content(entry)
    return {feed_format.suffix: feed_format.render_entry(entry, site, body) for feed_format in formats_of(site)}


def formats_of(site: Site) -> tuple[Format, ...]:
    """Return the formats that a site publishes."""
    return FORMATS if site.pages else tuple(candidate for candidate in FORMATS if candidate.suffix != pages.SUFFIX)
