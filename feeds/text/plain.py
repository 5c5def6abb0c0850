"""Plain text from untrusted input: decoded once, without markup rules.

Nothing here escapes text: the formats do that when they write. `html.sanitiser` makes HTML safe.
XML 1.0 section 2.2 defines which characters exist.
"""

import html
import re

from feeds.text import unicode

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


_NO_BREAK = "\xa0\u202f"
"""Spaces that stay: the no-break space and the narrow one, which French puts before punctuation."""
_SPACES = re.compile(r"[^\S\xa0\u202f]+")
_SPACES_AT_NO_BREAK = re.compile(r" (?=[\xa0\u202f])|(?<=[\xa0\u202f]) ")


def collapse_spaces(value: str) -> str:
    """Return text with each run of white space as one space, and none at the ends; no-break spaces stay."""
    if value.isascii() or not ("\xa0" in value or "\u202f" in value):
        return " ".join(value.split())
    return _SPACES_AT_NO_BREAK.sub("", _SPACES.sub(" ", value)).strip(f" {_NO_BREAK}")


def flatten(value: str) -> str:
    """Return text on one line: white space collapsed, and no control of the text direction left open."""
    value = collapse_spaces(value)
    return value if value.isascii() else close_directions(value)


def line(value: str) -> str:
    """Return plain text on one line: entities decoded once, white space collapsed.

    Text that shows nothing gives the empty string.
    """
    if "&" in value or not value.isprintable():
        value = _decode(value)
    value = flatten(value)
    return "" if is_invisible(value) else value


def lines(value: str) -> str:
    """Return plain text with its line breaks, without trailing white space and lines that show nothing."""
    return "\n".join(filter(None, (line(row) for row in _decode(value).splitlines())))


def is_invisible(value: str) -> bool:
    """Return whether text shows nothing: it is empty, or has spaces and characters without a shape only."""
    # The last one is a pattern of Braille without dots.
    return not value or (not value.isascii() and not unicode.drop_ignorable(value).strip(f"{_WHITE}\u2800"))


_WHITE = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029)))
_WHITE += "\u202f\u205f\u3000"
# Unicode Standard Annex 9: embeddings and overrides end with one character, isolates with another.
_EMBED, _END_EMBED = "\u202a\u202b\u202d\u202e", "\u202c"
_ISOLATE, _END_ISOLATE = "\u2066\u2067\u2068", "\u2069"
_DIRECTIONS = re.compile(f"[{_EMBED}{_END_EMBED}{_ISOLATE}{_END_ISOLATE}]")


def close_directions(value: str) -> str:
    """Close the embeddings, overrides and isolates of the text direction that a text leaves open.

    Otherwise they would turn the text around it. A control that closes nothing is removed.
    """
    if value.isascii() or not _DIRECTIONS.search(value):
        return value
    kept: list[str] = []
    opened: list[str] = []
    isolates = 0
    position = 0
    for match in _DIRECTIONS.finditer(value):
        kept.append(value[position : match.start()])
        position = match.end()
        control = match[0]
        if control in _EMBED or control in _ISOLATE:
            opened.append(_END_EMBED if control in _EMBED else _END_ISOLATE)
            isolates += control in _ISOLATE
            kept.append(control)
        elif control == _END_ISOLATE and isolates:
            # The end of an isolate ends the embeddings inside it.
            while (closing := opened.pop()) != _END_ISOLATE:
                kept.append(closing)
            isolates -= 1
            kept.append(control)
        elif control == _END_EMBED and opened and opened[-1] == control:
            kept.append(opened.pop())
    return "".join((*kept, value[position:], *reversed(opened)))


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
    """Cut `value` at a word boundary to at most `length` characters, including the ellipsis.

    No character is cut from its combining marks, and no control of the text direction stays open.
    """
    if len(value) <= length:
        return value
    room = length - 1
    while True:
        cut = unicode.cut(value, room)
        word_end = max(map(cut.rfind, " \xa0\u202f"))
        cut = (cut[:word_end] if word_end > length // 2 else cut).rstrip()
        closed = close_directions(cut)
        if len(closed) < length or not room:
            return closed + "…"
        room -= max(1, len(closed) - length + 1)
        room = max(room, 0)


def duration(seconds: float) -> str:
    """Format seconds for people, in the largest unit with a value of at least two: `90 s`, `3 h`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
