"""The OPML 2.0 list of all feeds, for import into a reader."""

from collections.abc import Iterable
from email.utils import format_datetime

from lxml import etree

from feeds.formats.grouping import grouped
from feeds.model import FeedDocument, Site

PATH = "feeds.opml"
TYPE = "text/x-opml; charset=utf-8"


def render_site(site: Site, feeds: Iterable[FeedDocument]) -> bytes:
    """Render the outline of all feeds, grouped by kind."""
    groups = grouped(feeds)
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = site.title
    newest = max((feed.updated for _, members in groups for feed in members), default=site.tag_date)
    etree.SubElement(head, "dateModified").text = format_datetime(newest, usegmt=True)
    body = etree.SubElement(root, "body")
    for title, members in groups:
        group = etree.SubElement(body, "outline", text=title)
        for feed in members:
            etree.SubElement(
                group,
                "outline",
                type="rss",
                text=feed.title,
                title=feed.title,
                xmlUrl=feed.url(site, ".xml"),
                htmlUrl=feed.page(site),
            )
    document: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return document
