"""Plain pages for people: one for each feed, and the list of all feeds.

The templates are beside this module; they escape everything that is not already
sanitised HTML.
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

from feeds.formats.opml import grouped
from feeds.model import Entry, Feed, Site

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

SUFFIX = ".html"
TYPE = "text/html; charset=utf-8"
PATH = "index.html"
MISSING_PATH = "404.html"
ICON_TYPE = "image/png"
STYLE_PATH = "style.css"
STYLE_TYPE = "text/css; charset=utf-8"


@cache
def _templates() -> "Environment":
    # Not before it is needed: a site without pages has no use for it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("feeds.formats"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def _safe(html: str) -> "Markup":
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - sanitised or escaped where it was made


def render_entry(entry: Entry, site: Site, body: str) -> bytes:
    """Return the article of an entry."""
    return _templates().get_template("entry.html").render(entry=entry, site=site, content=_safe(body)).encode()


def render_feed(feed: Feed, articles: Iterable[bytes]) -> bytes:
    """Return the page of a feed with these articles."""
    inner = _safe(b"".join(articles).decode())
    return _templates().get_template("feed.html").render(feed=feed, site=feed.site, articles=inner).encode()


def render_site(site: Site, feeds: Iterable[Feed]) -> bytes:
    """Return the page that lists all feeds."""
    return _templates().get_template("index.html").render(site=site, groups=grouped(feeds)).encode()


def render_moved(site: Site, path: str) -> bytes:
    """Return the page that leads to the document at `path` from where it was."""
    return _templates().get_template("moved.html").render(site=site, url=f"{site.url}{quote(path)}").encode()


def render_gone(site: Site) -> bytes:
    """Return the page that stands where a feed was."""
    return _templates().get_template("gone.html").render(site=site).encode()


def render_missing(site: Site) -> bytes:
    """Return the page that static hosts show where there is no document."""
    return _templates().get_template("missing.html").render(site=site).encode()


def render_style() -> bytes:
    """Return the style sheet of all pages."""
    return (files("feeds.formats") / "templates" / "style.css").read_bytes()


def render_icon() -> bytes:
    """Return the icon of a site that has none of its own, 512 by 512 pixels."""
    return (files("feeds.formats") / "templates" / "icon.png").read_bytes()
