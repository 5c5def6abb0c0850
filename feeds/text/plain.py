"""Make text and URLs from outside safe to publish, and HTML from Markdown.

Plain text comes out decoded once and free of markup rules. Nothing here escapes: that is for
the formats, on the way out. HTML is made safe in `sanitiser`. XML 1.0 section 2.2 says which
characters exist; RFC 3986 how a URL is written.
"""

import html
import re

# XML 1.0 section 2.2, less the C1 controls, which no reader shows.
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Only references that end in a semicolon: "AT&T &copy that" is not a copyright sign.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});")
_NUMBER = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));")


def drop_controls(value: str) -> str:
    """Return `value` without the characters that no document may hold.

    These are control characters, lone surrogates and noncharacters.
    """
    # What is printable is text, and that is quickly known.
    if value.isprintable() or value.replace("\n", "").replace("\t", "").replace("\xa0", "").isprintable():
        return value
    return _NOT_TEXT.sub("", value)


def has_controls(value: str) -> re.Match[str] | None:
    """Return the first character that `drop_controls` would drop."""
    return None if value.replace("\n", "").isprintable() else _NOT_TEXT.search(value)


def line(value: str) -> str:
    """Return plain text on one line: entities decoded once, white space collapsed."""
    if "&" in value or not value.isprintable():
        value = _decode(value)
    return " ".join(value.split())


def lines(value: str) -> str:
    """Return plain text that keeps its line breaks; blank lines and trailing blanks go."""
    return "\n".join(filter(None, (" ".join(row.split()) for row in _decode(value).splitlines())))


def _decode(value: str) -> str:
    if "&" in value:
        value = _REFERENCE.sub(lambda match: html.unescape(match[0]), value)
    return drop_controls(value)


def numbered(code: int) -> str:
    """Return the character that a numeric reference stands for (HTML 13.2.5.80).

    A number that is no character gives U+FFFD, one that no document may hold nothing.
    """
    return drop_controls(html.unescape(f"&#{code};"))


def has_bad_reference(value: str) -> bool:
    """Tell whether a numeric reference in a text is to a character that no document may hold."""
    for hexadecimal, decimal in _NUMBER.findall(value) if "&#" in value else ():
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        if code != 0xFFFD and numbered(code) in ("", "\ufffd"):
            return True
    return False


def shorten(value: str, length: int) -> str:
    """Return `value` cut at a word to `length` characters at most, the ellipsis included."""
    if len(value) <= length:
        return value
    cut = value[: length - 1]
    word_end = cut.rfind(" ")
    return (cut[:word_end] if word_end > length // 2 else cut).rstrip() + "…"


def duration(seconds: float) -> str:
    """Return seconds as people read them, in the largest unit of which there are two: `90 s`, `3 h`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
