"""Detection of HTML and Markdown bodies, and of tags in plain text."""

import re

_BLOCK = "article|blockquote|body|center|dd|div|dl|figure|h[1-6]|head|header|hr|html|main|ol|p|pre|section|table|ul"
# The group is atomic: a comment ends at its first "-->".
_HTML_START = re.compile(rf"(?>(?>(?:<!--.*?--|<!doctype[^>]*)>\s*)*)<(?:{_BLOCK})[\s>/]", re.IGNORECASE | re.DOTALL)
_MARKDOWN_BLOCK = re.compile(r"\n[ \t]*\n {0,3}[^<\s]")


def is_html(body: str) -> bool:
    """Return whether a body that may be Markdown is HTML from its first tag to its last."""
    return bool(_HTML_START.match(body)) and body.endswith(">") and not _MARKDOWN_BLOCK.search(body)


_TEXT_BREAKS = frozenset("blockquote br div h1 h2 h3 h4 h5 h6 hr li ol p ul".split())
_TEXT_VOID = frozenset(("br", "hr", "img", "wbr"))
# Elements that people and editors put into a title or an excerpt. Others, as in "the <title> element" and
# "List<String>", are meant as text.
_TEXT_TAG = re.compile(
    r"<!--[^<]*?-->|<(/?)(a|abbr|b|bdi|bdo|big|blockquote|br|cite|code|del|dfn|div|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark"
    r"|ol|p|q|s|samp|small|span|strike|strong|sub|sup|tt|u|ul|var|wbr)(\s[^<>]*|/)?>",
    re.IGNORECASE,
)


def strip_tags(value: str, line_break: str = " ") -> str:
    """Return plain text without HTML tags and comments; text that only mentions a tag is unchanged.

    A tag counts as markup if it is one of a pair, has attributes, or is complete without an end tag.

    Args:
        line_break: Written for a tag that begins or ends a line.
    """
    if "<" not in value or ">" not in value:
        return value
    tags = list(_TEXT_TAG.finditer(value)) if value.count("<") <= _MAX_TAGS else []
    markup = set()
    opened: dict[str, list[int]] = {}
    for index, match in enumerate(tags):
        name = (match[2] or "").lower()
        if not name or (name in _TEXT_VOID and not _is_mention(value, match)):
            markup.add(index)
        elif "=" in (match[3] or "") or (name in ("div", "p") and not match[1] and not _is_mention(value, match)):
            # Of text that was cut from a page, the end tag may be missing.
            markup.add(index)
            opened.setdefault(name, []).append(index)
        elif match[1] and opened.get(name):
            markup |= {opened[name].pop(), index}
        elif not match[1]:
            opened.setdefault(name, []).append(index)
    kept = []
    position = 0
    for index in sorted(markup):
        match = tags[index]
        kept += [value[position : match.start()], line_break if (match[2] or "").lower() in _TEXT_BREAKS else ""]
        position = match.end()
    return "".join((*kept, value[position:]))


_MAX_TAGS = 1000


def _is_mention(value: str, match: re.Match[str]) -> bool:
    """Return whether a tag without an end tag is a word of the text, as in "the <br> element"."""
    start, end = match.span()
    is_alone = not start or value[start - 1].isspace()
    return not match[3] and is_alone and value[end : end + 1].isspace()
