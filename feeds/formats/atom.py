"""Atom 1.0, by feedgen.

RFC 4287; RFC 5005 for archives, RFC 6721 for removals, Media RSS for pictures and videos.
"""

from collections.abc import Iterable

from feeds.formats import attribution, feedgen_adapter, xml_stylesheet
from feeds.model import Entry, Feed, Site

SUFFIX = ".atom"
TYPE = "application/atom+xml; charset=utf-8"


def render_entry(entry: Entry, site: Site, body: str) -> bytes:
    """Return the entry element."""
    made = feedgen_adapter.element(entry, site)
    for person in attribution.authors(entry):
        made.author(feedgen_adapter.person(person))
    made.content(body, type="html")
    if entry.summary:
        made.summary(entry.summary)
    made.category(
        [{"term": each.term, "label": each.label} for each in entry.categories]
        + [{"term": tag, "label": tag} for tag in entry.tags]
    )
    if entry.credit:
        made.rights(entry.credit)
    return feedgen_adapter.to_bytes(made.atom_entry(), feedgen_adapter.ATOM_NAMESPACES)


def render_feed(feed: Feed, entries: Iterable[bytes]) -> bytes:
    """Return the document of a feed with these entries."""
    made = feedgen_adapter.frame(feed, SUFFIX, "application/atom+xml")
    document = xml_stylesheet.instruct(made.atom_str(pretty=True), feed.site)
    return feedgen_adapter.join(document, b"</feed>", entries)
