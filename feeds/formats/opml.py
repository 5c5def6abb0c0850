"""OPML 2.0: all feeds of the site, for readers to import."""

from collections.abc import Iterable
from email.utils import format_datetime
from itertools import groupby

from lxml import etree

from feeds.model import Feed, Site

PATH = "feeds.opml"
TYPE = "text/x-opml; charset=utf-8"
GROUPS = {"all": "Everything", "custom": "Selections", "topic": "Topics", "provider": "Providers"}
"""What the kinds of feeds are called for people, in the order in which they come."""


def render_site(site: Site, feeds: Iterable[Feed]) -> bytes:
    """Return the outline of all feeds, grouped by their kind."""
    listed = sorted(feeds, key=lambda feed: list(GROUPS).index(feed.spec.kind))
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = site.title
    newest = max((feed.updated for feed in listed), default=site.since)
    etree.SubElement(head, "dateModified").text = format_datetime(newest, usegmt=True)
    body = etree.SubElement(root, "body")
    for kind, members in groupby(listed, key=lambda feed: feed.spec.kind):
        group = etree.SubElement(body, "outline", text=GROUPS[kind], title=GROUPS[kind])
        for feed in members:
            etree.SubElement(
                group,
                "outline",
                type="rss",
                text=feed.title,
                title=feed.title,
                xmlUrl=feed.url(".xml"),
                htmlUrl=feed.url(".html"),
            )
    document: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return document
