"""Plain text from untrusted input: decoded once, without markup rules.

Nothing here escapes text: the formats do that when they write. `sanitiser` makes HTML safe.
XML 1.0 section 2.2 defines which characters exist.
"""

import html
import re

# XML 1.0 section 2.2, without the C1 controls, which no reader shows.
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Only references that end in a semicolon: "AT&T &copy that" is not a copyright sign.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});")
_NUMBER = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));")


def drop_controls(value: str) -> str:
    """Remove characters that no document may hold: control characters, lone surrogates, noncharacters."""
    # `isprintable` is a fast test that most text passes.
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
    """Return plain text with its line breaks, without blank lines and trailing white space."""
    return "\n".join(filter(None, (" ".join(row.split()) for row in _decode(value).splitlines())))


def _decode(value: str) -> str:
    if "&" in value:
        value = _REFERENCE.sub(lambda match: html.unescape(match[0]), value)
    return drop_controls(value)


def character_from_code(code: int) -> str:
    """Return the character for a numeric character reference (HTML 13.2.5.80).

    Returns U+FFFD for a number that is not a character, and the empty string for a character that
    documents may not hold.
    """
    return drop_controls(html.unescape(f"&#{code};"))


def has_bad_reference(value: str) -> bool:
    """Return whether a numeric reference names a character that documents may not hold."""
    for hexadecimal, decimal in _NUMBER.findall(value) if "&#" in value else ():
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        if code != 0xFFFD and character_from_code(code) in ("", "\ufffd"):
            return True
    return False


def shorten(value: str, length: int) -> str:
    """Cut `value` at a word boundary to at most `length` characters, including the ellipsis."""
    if len(value) <= length:
        return value
    cut = value[: length - 1]
    word_end = cut.rfind(" ")
    return (cut[:word_end] if word_end > length // 2 else cut).rstrip() + "…"


def duration(seconds: float) -> str:
    """Format seconds for people, in the largest unit with a value of at least two: `90 s`, `3 h`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
