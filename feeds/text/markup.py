"""Tell HTML bodies from Markdown bodies, and repair references that were escaped twice."""

import re

# Copied HTML is often escaped once too much: "&amp;#8217;" was meant to be an apostrophe.
_ESCAPED_TWICE = re.compile(r"&(?:amp;)+(?=(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-z]{2,6});)")
_CODE = re.compile(r"<(?:code|pre|kbd|samp)\b", re.IGNORECASE)


def mend(markup: str) -> str:
    """Return copied HTML without what its copying did to it: references escaped twice.

    Where it shows code nothing is changed, because there they may be meant.
    """
    return markup if _CODE.search(markup) else _ESCAPED_TWICE.sub("&", markup)


_BLOCK = "article|blockquote|body|center|dd|div|dl|figure|h[1-6]|head|header|hr|html|main|ol|p|pre|section|table|ul"
# Atomic: a comment ends at its first "-->", whatever comes after it.
_HTML_START = re.compile(rf"(?>(?>(?:<!--.*?--|<!doctype[^>]*)>\s*)*)<(?:{_BLOCK})[\s>/]", re.IGNORECASE | re.DOTALL)
_MARKDOWN_BLOCK = re.compile(r"\n[ \t]*\n {0,3}[^<\s]")


def is_html(body: str) -> bool:
    """Tell whether a body that may be Markdown is HTML from its first tag to its last."""
    return bool(_HTML_START.match(body)) and body.endswith(">") and not _MARKDOWN_BLOCK.search(body)
