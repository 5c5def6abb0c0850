"""Atom 1.0 documents, made with feedgen.

RFC 4287; RFC 5005 for archives, RFC 6721 for tombstones, Media RSS for images and videos.
"""

from collections.abc import Iterable

from feeds.formats import attribution, feedgen_adapter, xml_stylesheet
from feeds.model import Entry, FeedDocument, Site

SUFFIX = ".atom"
TYPE = "application/atom+xml; charset=utf-8"


def render_entry(entry: Entry, site: Site, body: str) -> bytes:
    """Render the entry element."""
    element = feedgen_adapter.element(entry, site)
    for person in attribution.authors(entry):
        element.author(feedgen_adapter.person(person))
    element.content(body, type="html")
    if entry.summary:
        element.summary(entry.summary)
    element.category(
        [{"term": category.term, "label": category.label} for category in entry.categories]
        + [{"term": tag, "label": tag} for tag in entry.tags]
    )
    if entry.credit:
        element.rights(entry.credit)
    return feedgen_adapter.to_bytes(element.atom_entry(), feedgen_adapter.ATOM_NAMESPACES)


def render_feed(feed: FeedDocument, site: Site, entries: Iterable[bytes]) -> bytes:
    """Render the document of a feed with these entries."""
    generator = feedgen_adapter.frame(feed, site, SUFFIX, "application/atom+xml")
    document = xml_stylesheet.instruct(generator.atom_str(pretty=True), site)
    return feedgen_adapter.join(document, b"</feed>", entries)
