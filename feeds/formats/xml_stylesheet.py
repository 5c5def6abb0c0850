"""The style sheet of feed documents, for browsers that show XML.

It is not for readers. Sites with pages link to their pages instead. Associating Style Sheets
with XML documents (W3C), without XSLT, which browsers are removing.
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
    """Add the processing instruction for the style sheet to an XML document."""
    href = escape(f"{site.base_path}{PATH}")
    instruction = f'<?xml-stylesheet type="text/css" href="{href}"?>\n'.encode()
    return document.replace(_DECLARED, _DECLARED + instruction, 1)


def render_site(site: Site) -> bytes:
    """Render the style sheet of all feed documents."""
    own_style = dict(site.templates).get(PATH)
    if own_style is not None:
        return own_style.encode()
    style = (files("feeds.formats") / "templates" / PATH).read_text("utf-8")
    for default_accent, background in _ACCENTS if site.accent else ():
        style = style.replace(default_accent, readable(f"#{site.accent}", background))
    return style.encode()
