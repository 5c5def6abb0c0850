"""Detection of HTML and Markdown bodies, and repair of references that were escaped twice."""

import re

# Copied HTML is often escaped twice: "&amp;#8217;" stands for an apostrophe.
_ESCAPED_TWICE = re.compile(r"&(?:amp;)+(?=(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-z]{2,6});)")
_CODE = re.compile(r"<(?:code|pre|kbd|samp)\b", re.IGNORECASE)


def repair_references(markup: str) -> str:
    """Repair character references that were escaped twice when the HTML was copied.

    HTML with code samples is not changed, because there the double escape can be intended.
    """
    return markup if _CODE.search(markup) else _ESCAPED_TWICE.sub("&", markup)


_BLOCK = "article|blockquote|body|center|dd|div|dl|figure|h[1-6]|head|header|hr|html|main|ol|p|pre|section|table|ul"
# The group is atomic: a comment ends at its first "-->".
_HTML_START = re.compile(rf"(?>(?>(?:<!--.*?--|<!doctype[^>]*)>\s*)*)<(?:{_BLOCK})[\s>/]", re.IGNORECASE | re.DOTALL)
_MARKDOWN_BLOCK = re.compile(r"\n[ \t]*\n {0,3}[^<\s]")


def is_html(body: str) -> bool:
    """Return whether a body that may be Markdown is HTML from its first tag to its last."""
    return bool(_HTML_START.match(body)) and body.endswith(">") and not _MARKDOWN_BLOCK.search(body)
