"""The documents of the whole site: OPML, start page, sitemap, styles and icon."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from feeds.edition.model import Document
from feeds.formats import opml, sitemap, xml_stylesheet
from feeds.formats.pages import (
    ICON_TYPE,
    MISSING_PATH,
    PATH,
    SCRIPT_PATH,
    SCRIPT_TYPE,
    STYLE_PATH,
    TYPE,
    render_icon,
    render_missing,
    render_script,
    render_site,
    render_style,
)
from feeds.model import ICON_PATH, Feed, Site
from feeds.pipeline.documents import DocumentBuilder


def site_documents(
    feeds: Sequence[Feed],
    documents: Mapping[str, Document],
    site: Site,
    maker: DocumentBuilder,
    newest: datetime,
) -> Iterator[Document]:
    """Yield the documents of the whole site.

    Args:
        feeds: All feeds with their entries.
        documents: The documents of the feeds, by path.
        newest: Time of the last change of the newest entry.
    """
    yield maker.document(opml.PATH, opml.TYPE, opml.render_site(site, feeds), newest)
    if site.pages:
        yield maker.document(PATH, TYPE, render_site(site, feeds), newest)
        yield maker.document(MISSING_PATH, TYPE, render_missing(site), site.tag_date)
        yield maker.document(STYLE_PATH, xml_stylesheet.TYPE, render_style(site), site.tag_date)
        yield maker.document(SCRIPT_PATH, SCRIPT_TYPE, render_script(site), site.tag_date)
        pages = {path: document.modified for path, document in documents.items() if document.kind == "page"}
        yield maker.document(sitemap.PATH, sitemap.TYPE, sitemap.render_site(site, pages), newest)
    yield maker.document(xml_stylesheet.PATH, xml_stylesheet.TYPE, xml_stylesheet.render_site(site), site.tag_date)
    if site.icon == f"{site.url}{ICON_PATH}":
        yield maker.document(ICON_PATH, ICON_TYPE, render_icon(), site.tag_date)
