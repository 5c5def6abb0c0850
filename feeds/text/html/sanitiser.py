"""Sanitiser of untrusted HTML: rewrites the markup with an allow-list of elements.

Tokens drive a writer that has a stack of open elements. No tree is built, so time and output stay linear in the
input. The writer creates all output itself: escaped text, allowed elements with allowed attributes, and an end tag
for each start tag. An HTML5 parser reads the output as exactly this tree. `html_sanitiser.py` handles the tokens.
"""

import re
from collections.abc import Mapping
from html import unescape
from typing import NamedTuple

from feeds.text.html.attributes import Resolve
from feeds.text.html.html_sanitiser import HtmlSanitiser
from feeds.text.html.plain_text import PlainTextWriter
from feeds.text.html.serialisation import escape
from feeds.text.plain import drop_controls

# Patterns for sanitised HTML, where each `<` and each `>` belongs to a tag.
_TAG = re.compile(r"<[^<>]*>")
_IMAGE = re.compile(r"<img\b[^<>]*>")
_VIDEO = re.compile(r"<video\b[^<>]*>")
_POSTER = re.compile(r' poster="[^"]*"')
_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")


class Sanitised(NamedTuple):
    """Sanitised HTML, and what was dropped from it.

    Attributes:
        lost: Counts of elements that were dropped with their content, by name.
        links: Counts of elements that a link replaces.
        texts: Counts of elements that their text replaces.
        is_plain: Whether only the plain text remains.
        has_controls: Whether a character that no feed may hold was dropped.
    """

    html: str
    lost: Mapping[str, int]
    links: Mapping[str, int] = {}
    texts: Mapping[str, int] = {}
    is_plain: bool = False
    has_controls: bool = False


def sanitise(markup: str, resolve: Resolve, size: int | None = None, prefix: str = "") -> Sanitised:
    """Return HTML without scripts, frames, styles, comments and event handlers.

    Args:
        markup: Untrusted HTML.
        resolve: Makes each URL absolute; an attribute is dropped when it rejects the URL.
        size: Number of characters of the source of the markup; by default the size of the markup.
        prefix: Start of each id, so that the ids of two bodies on one page differ.

    Raises:
        ExcessError: The markup nests deeper than `limits.MAX_DEPTH` or grows more than `limits.MAX_GROWTH` times.
    """
    clean = drop_controls(markup)
    sanitiser = HtmlSanitiser(clean, resolve, len(markup) if size is None else size, prefix)
    html = sanitiser.write()
    report = sanitiser.report
    has_controls = len(clean) != len(markup) or report.has_controls
    return Sanitised(html, +report.lost, +report.links, +report.texts, has_controls=has_controls)


def to_paragraphs(source: str) -> Sanitised:
    """Return the plain text of untrusted HTML or Markdown as HTML paragraphs."""
    clean = drop_controls(source)
    writer = PlainTextWriter(clean)
    text = writer.write()
    paragraphs = (" ".join(paragraph.split()) for paragraph in _PARAGRAPH_BREAK.split(text))
    html = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs if paragraph)
    has_controls = len(clean) != len(source) or writer.report.has_controls
    return Sanitised(html, writer.report.lost, is_plain=True, has_controls=has_controls)


def to_plain_text(html: str) -> str:
    """Return the text of sanitised HTML, with a space for each tag."""
    return unescape(_TAG.sub(" ", html))


def drop_images(html: str) -> str:
    """Return sanitised HTML without its images."""
    return _VIDEO.sub(lambda match: _POSTER.sub("", match[0]), _IMAGE.sub("", html))
