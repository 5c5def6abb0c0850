"""From a feed to bytes, one module a format.

Each module of a format has the same shape: `SUFFIX`, `TYPE`, `render_entry`, which
makes an entry's part once however many feeds hold it from the entry and what it reads
like in HTML, and `render_feed`, which puts the parts together.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from feeds.formats import atom, jsonfeed, pages, rss
from feeds.formats.entry_html import content
from feeds.model import Entry, Feed, Site


class Format(NamedTuple):
    """How a feed is written in one format."""

    suffix: str
    type: str
    render_entry: Callable[[Entry, Site, str], bytes]
    render_feed: Callable[[Feed, Iterable[bytes]], bytes]


FORMATS = tuple(
    Format(each.SUFFIX, each.TYPE, each.render_entry, each.render_feed) for each in (rss, atom, jsonfeed, pages)
)
"""Every format a feed can be published in."""


def render_parts(entry: Entry, site: Site) -> dict[str, bytes]:
    """Return what an entry is in each format of the site, by the suffix."""
    body = content(entry)
    return {each.suffix: each.render_entry(entry, site, body) for each in formats_of(site)}


def formats_of(site: Site) -> tuple[Format, ...]:
    """Return the formats that a site publishes."""
    return FORMATS if site.pages else tuple(each for each in FORMATS if each.suffix != pages.SUFFIX)
