"""Detection of HTML and Markdown bodies."""

import re

_BLOCK = "article|blockquote|body|center|dd|div|dl|figure|h[1-6]|head|header|hr|html|main|ol|p|pre|section|table|ul"
# The group is atomic: a comment ends at its first "-->".
_HTML_START = re.compile(rf"(?>(?>(?:<!--.*?--|<!doctype[^>]*)>\s*)*)<(?:{_BLOCK})[\s>/]", re.IGNORECASE | re.DOTALL)
_MARKDOWN_BLOCK = re.compile(r"\n[ \t]*\n {0,3}[^<\s]")


def is_html(body: str) -> bool:
    """Return whether a body that may be Markdown is HTML from its first tag to its last."""
    return bool(_HTML_START.match(body)) and body.endswith(">") and not _MARKDOWN_BLOCK.search(body)
