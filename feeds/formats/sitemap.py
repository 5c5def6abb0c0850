"""The sitemap of all pages for search engines (sitemap protocol 0.9).

Feeds are not listed: search engines find them through their pages.
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from lxml import etree

from feeds.model import Site

PATH = "sitemap.xml"
TYPE = "application/xml; charset=utf-8"
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MOST = 50_000


def render_site(site: Site, pages: Mapping[str, datetime]) -> bytes:
    """Render the sitemap of the start page and these pages, with the time of each page's last change."""
    root = etree.Element("urlset", nsmap={None: _NAMESPACE})
    newest = max(pages.values(), default=site.tag_date)
    for path, changed in [("", newest), *pages.items()][:_MOST]:
        url = etree.SubElement(root, "url")
        etree.SubElement(url, "loc").text = f"{site.url}{quote(path)}"
        etree.SubElement(url, "lastmod").text = changed.date().isoformat()
    document: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return document
