"""The documents of the whole site: OPML, start page, sitemap, styles and icon."""

from collections.abc import Iterator

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
from feeds.model import ICON_PATH
from feeds.pipeline.composition import Composition
from feeds.selection.statistics import weekly_counts


def site_documents(composition: Composition) -> Iterator[Document]:
    """Yield the documents of the whole site."""
    site, document, newest = composition.site, composition.builder.document, composition.last_change
    feeds = [feed.main for feed in composition.feed_documents]
    yield document(opml.PATH, opml.TYPE, opml.render_site(site, feeds), newest)
    if site.pages:
        yield document(PATH, TYPE, render_site(site, feeds, _weekly_counts(composition)), newest)
        yield document(MISSING_PATH, TYPE, render_missing(site), site.tag_date)
        yield document(STYLE_PATH, xml_stylesheet.TYPE, render_style(site), site.tag_date)
        yield document(SCRIPT_PATH, SCRIPT_TYPE, render_script(site), site.tag_date)
        pages = {path: page.modified for path, page in composition.documents.items() if page.kind == "page"}
        yield document(sitemap.PATH, sitemap.TYPE, sitemap.render_site(site, pages), newest)
    yield document(xml_stylesheet.PATH, xml_stylesheet.TYPE, xml_stylesheet.render_site(site), site.tag_date)
    if site.icon == f"{site.url}{ICON_PATH}":
        yield document(ICON_PATH, ICON_TYPE, render_icon(), site.tag_date)


def _weekly_counts(composition: Composition) -> dict[str, tuple[int, ...]]:
    """Return the number of entries of each feed in the last weeks, by feed path."""
    newest_entries = composition.candidates.stable_ids.entries[:1]
    counts = {}
    for selection in composition.selection.feeds:
        path = selection.spec.path
        # An entry with its last good rendering may be newer than all others.
        entries = (*newest_entries, *composition.builder.stale_heads.get(path, ()))
        if entries:
            counts[path] = weekly_counts(selection, max(entry.published for entry in entries))
    return counts
