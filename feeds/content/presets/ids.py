"""Ids as the feeds of the generators have them, so that a move keeps them."""

from posixpath import splitext
from urllib.parse import quote, unquote, urlsplit

from feeds.content.presets.permalinks import Page
from feeds.text import urls


def make_id(formula: str, link: str, page: Page, base: str) -> str | None:
    """Return the id of an entry by a formula, or None for the id of Everyday Feeds.

    Args:
        formula: A name in `model.tree.IDS`, or a template.
        link: The link of the entry.
        base: The base of the site.
    """
    if formula == "own":
        return None
    if formula == "permalink":
        return link
    if formula == "jekyll-feed":
        return _jekyll_feed(link, page, base)
    parts = urlsplit(link)
    date = f"{page.date:%Y-%m-%d}" if page.date else ""
    if formula == "pelican":
        fragment = f"/{parts.fragment}" if parts.fragment else ""
        return f"tag:{parts.hostname},{date}:{parts.path}{fragment}"
    stem = splitext(page.path)[0]
    values = {
        "file": quote(stem),
        "stem": quote(stem.rpartition("/")[2]),
        "path": parts.path,
        "slug": quote(page.slug or page.name),
        "date": date,
        "url": link,
        "host": parts.hostname or "",
    }
    for name, value in values.items():
        formula = formula.replace(f"{{{name}}}", value)
    return formula


def _jekyll_feed(link: str, page: Page, base: str) -> str | None:
    """Return the id of jekyll-feed: the folder of the link, and the slug as the file name has it."""
    path = unquote(link.removeprefix(base)).rstrip("/")
    folder = path.rpartition("/")[0]
    slug = page.slug or page.name
    return urls.url(f"{base}{folder}/{slug}" if folder else f"{base}{slug}")
