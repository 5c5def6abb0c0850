"""How a feed looks where a browser shows its XML, which it does if it comes as application/xml.

Not for readers, and no page: those who have pages are led to them. Associating Style
Sheets with XML documents (W3C), without XSLT, which browsers give up.
"""

from html import escape
from importlib.resources import files

from feeds.formats.contrast import readable
from feeds.model import Site

PATH = "feed.css"
TYPE = "text/css; charset=utf-8"
_DECLARED = b"?>\n"
_ACCENTS = (("#0b57d0", "#ffffff"), ("#a8c7fa", "#15171c"))


def instruct(document: bytes, site: Site) -> bytes:
    """Return an XML document with the instruction that names its style sheet."""
    href = escape(f"{site.base_path}{PATH}")
    instruction = f'<?xml-stylesheet type="text/css" href="{href}"?>\n'.encode()
    return document.replace(_DECLARED, _DECLARED + instruction, 1)


def render_site(site: Site) -> bytes:
    """Return the style sheet of all feeds."""
    given = dict(site.templates).get(PATH)
    if given is not None:
        return given.encode()
    style = (files("feeds.formats") / "templates" / PATH).read_text("utf-8")
    for ours, background in _ACCENTS if site.accent else ():
        style = style.replace(ours, readable(f"#{site.accent}", background))
    return style.encode()
