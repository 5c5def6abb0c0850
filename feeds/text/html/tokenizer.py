"""A tokenizer for HTML: text and tags, as in the HTML standard (13.2.5).

It reads each character a bounded number of times, so the time is linear for every input. It does not
know the meaning of elements. Section numbers are those of the HTML standard.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import lru_cache
from html import unescape
from html.entities import html5

from feeds.text import plain
from feeds.text.html.report import Report

# Matches the attributes too when they have the usual form.
_TAG = re.compile(
    r"(/?)([A-Za-z][^\t\n\r />]*+)"
    r"(?:((?:[\t\n\r ]+[^A-Z\t\n\r \"'>/=]++(?:=\"[^\"]*+\")?+)*+)[\t\n\r ]*+(/?)>)?+"
)
_USUAL_ATTRIBUTE = re.compile(r"([^\t\n\r \"=/>]+)(?:=\"([^\"]*)\")?")
_ATTRIBUTE = re.compile(r"[\t\n\r /]*([^\t\n\r />][^\t\n\r />=]*)([\t\n\r ]*=[\t\n\r ]*)?")
_UNQUOTED = re.compile(r"[^\t\n\r >]*")
_TAG_END = re.compile(r"[\t\n\r /]*")
_END_TAG = re.compile(r"</([A-Za-z][^\t\n\r />]*+)(?=[\t\n\r />])")
# A tag that the end of a shortened text has cut off.
_CUT_TAG = re.compile(r"</[A-Za-z]|<[A-Za-z][^\t\n\r />]*+[\t\n\r ]++[^\t\n\r \"'<>/=]++=")
# Prose about a `script` element has none of these characters right after the tag.
_CODE = re.compile(r"[{}=]|\w\(")
_MOST_CUT_TAGS = 20
_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?|([A-Za-z][A-Za-z0-9]{0,40};?))")
Attributes = str | list[tuple[str, str]]
"""Attributes as source text or already parsed; `parse_attributes` parses the source text."""


def parse_attributes(attributes: Attributes) -> list[tuple[str, str]]:
    """Return names in lower case and values with undecoded character references."""
    return _USUAL_ATTRIBUTE.findall(attributes) if isinstance(attributes, str) else attributes


class Tokenizer(ABC):
    """Split HTML into tokens and call one of four `handle_` methods for each token, in order.

    Attributes:
        report: Counts of dropped markup; `has_controls` if a character reference names a character that XML does
            not allow.
    """

    def __init__(self, markup: str) -> None:
        self._markup = markup.replace("\r\n", "\n").replace("\r", "\n") if "\r" in markup else markup
        self._unclosed: set[str] = set()
        # Position of the last end tag of each name.
        self._last_ends: dict[str, int] | None = None
        # The place of the current tag.
        self._start = self._end = 0
        self.report = Report()

    @abstractmethod
    def handle_text(self, value: str) -> None:
        """Handle text with its references decoded."""

    @abstractmethod
    def handle_start_tag(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        """Handle a start tag and return whether raw text follows, up to the end tag.

        If there is no end tag, the raw text ends where `has_code` stops to look.
        """

    @abstractmethod
    def handle_end_tag(self, name: str) -> None:
        """Handle an end tag."""

    @abstractmethod
    def handle_raw_text(self, name: str, value: str) -> None:
        """Handle the raw text of an element that holds no markup."""

    def run(self) -> None:
        """Tokenize the markup."""
        markup, find, match_tag = self._markup, self._markup.find, _TAG.match
        handle_text, handle_start_tag, handle_end_tag = self.handle_text, self.handle_start_tag, self.handle_end_tag
        position = 0
        last_end = markup.rfind(">")
        cut_tags = 0
        # Characters that may be read again.
        reread = 8 * len(markup)
        while True:
            start = find("<", position)
            if start != position:
                value = markup[position:start] if start >= 0 else markup[position:]
                if value:
                    handle_text(self.decode(value) if "&" in value else value)
            if start < 0:
                return
            if start > last_end or cut_tags >= _MOST_CUT_TAGS:
                # 13.2.5: a tag that is not closed before the end of the input is not a tag.
                if find("<", start + 1) < 0 and _CUT_TAG.match(markup, start):
                    self.report.lost["unclosed tag"] += 1
                    return
                handle_text("<")
                position = start + 1
                continue
            tag = match_tag(markup, start + 1)
            if tag is None:
                position = self._skip_or_write_literal(start)
                continue
            slash, name, attributes, closes_itself = tag.groups()
            position = tag.end()
            if attributes is None:
                attributes, position, closes_itself = self._attributes(position)
                if position < 0:
                    # After many such tags, all others are text too, because each costs a search.
                    cut_tags += 1
                    handle_text("<")
                    position = start + 1
                    continue
            name = name.lower()
            if reread > 0 and _has_tag_inside(attributes, start, position, find):
                # `a <b and <i>c</i>`: the first `<` begins no tag.
                reread -= position - start
                handle_text("<")
                position = start + 1
                continue
            self._start, self._end = start, position
            if slash:
                handle_end_tag(name)
            elif handle_start_tag(name, attributes, bool(closes_itself)):
                position = self._raw_content(name, position)

    def _skip_or_write_literal(self, start: int) -> int:
        """Skip a comment or a declaration, or handle `<` as text. Return the next position."""
        markup = self._markup
        if markup.startswith("<!--", start):
            for empty in ("<!-->", "<!--->"):
                if markup.startswith(empty, start):
                    return start + len(empty)
            ends = [(end, len(mark)) for mark in ("-->", "--!>") if (end := self._find(mark, start + 4)) >= 0]
            end, length = min(ends, default=(-1, 0))
            if end >= 0:
                return end + length
        elif markup.startswith(("<!", "<?", "</"), start):
            end = self._find(">", start + 2)
            # A heart (`</3`) is not a tag, though HTML5 reads it as a comment up to the next tag's end.
            if end >= 0 and (markup[start + 1] != "/" or markup.find("<", start + 2, end) < 0):
                return end + 1
        self.handle_text("<")
        return start + 1

    def _find(self, mark: str, start: int) -> int:
        """Return the position of the next `mark`, or -1. A mark that was not found is not searched again."""
        if mark in self._unclosed:
            return -1
        index = self._markup.find(mark, start)
        if index < 0:
            self._unclosed.add(mark)
        return index

    def tag_source(self) -> str:
        """Return the current tag as text."""
        value = self._markup[self._start : self._end]
        return self.decode(value) if "&" in value else value

    def following(self, length: int) -> str:
        """Return the markup after the current tag, up to a number of characters."""
        return self._markup[self._end : self._end + length]

    def has_end(self, name: str) -> bool:
        """Return whether an end tag of this name comes after the current tag."""
        if self._last_ends is None:
            self._last_ends = {match[1].lower(): match.start() for match in _END_TAG.finditer(self._markup)}
        return self._last_ends.get(name, -1) >= self._end

    def has_code(self) -> bool:
        """Return whether the text after the current tag looks like the content of a script or a style sheet."""
        return bool(_CODE.search(self._markup, self._end, self._code_end(self._end)))

    def _code_end(self, position: int) -> int:
        """Return the end of the text at `position`: the next tag or blank line."""
        end = self._markup.find("<", position)
        end = len(self._markup) if end < 0 else end
        blank = self._markup.find("\n\n", position, end)
        return end if blank < 0 else blank

    def _attributes(self, position: int) -> tuple[list[tuple[str, str]], int, bool]:
        """Return the attributes, the end of the tag (-1 if it has no end), and whether it ends with a slash."""
        markup = self._markup
        attributes: list[tuple[str, str]] = []
        while attribute := _ATTRIBUTE.match(markup, position):
            name, equals = attribute.groups()
            position = attribute.end()
            value = ""
            if equals:
                quote = markup[position : position + 1]
                if quote in ("'", '"'):
                    end = markup.find(quote, position + 1)
                    if end < 0:
                        return attributes, -1, False
                    value = markup[position + 1 : end]
                    position = end + 1
                elif unquoted := _UNQUOTED.match(markup, position):
                    value = unquoted[0]
                    position = unquoted.end()
            attributes.append((name.lower(), value))
        gap = _TAG_END.match(markup, position)
        end = gap.end() if gap else position
        if markup[end : end + 1] != ">":
            return attributes, -1, False
        return attributes, end + 1, end > position and markup[end - 1] == "/"

    def _raw_content(self, name: str, position: int) -> int:
        """Take the raw text of an element up to its end tag. Return the position after the end tag."""
        ending = _end_tag(name).search(self._markup, position) if self.has_end(name) else None
        if ending is None:
            end = self._code_end(position)
            self.handle_raw_text(name, self._markup[position:end])
            return end
        self.handle_raw_text(name, self._markup[position : ending.start()])
        end = self._markup.find(">", ending.end())
        return len(self._markup) if end < 0 else end + 1

    def decode(self, value: str, in_attribute: bool = False) -> str:
        """Decode character references once, and drop characters that XML does not allow."""

        def replace(match: re.Match[str]) -> str:
            hexadecimal, decimal, name = match.groups()
            if name is None:
                return self._decode_number(hexadecimal, decimal)
            if name in html5:
                # 13.2.5.73: in an attribute "&copy=2" is a parameter.
                if in_attribute and name[-1] != ";" and value[match.end() : match.end() + 1] == "=":
                    return match[0]
                return html5[name]
            return match[0] if in_attribute else unescape(match[0])

        return _REFERENCE.sub(replace, value)

    def decode_attribute(self, value: str) -> str:
        """Decode the character references in the value of an attribute."""
        return self.decode(value, in_attribute=True)

    def _decode_number(self, hexadecimal: str | None, decimal: str | None) -> str:
        digits = (hexadecimal or decimal or "").lstrip("0")
        # No code point has more than seven digits.
        code = 0x110000 if len(digits) > 7 else int(digits or "0", 16 if hexadecimal else 10)
        character = plain.character_from_code(code)
        if character in ("", "\ufffd") and code != 0xFFFD:
            self.report.has_controls = True
        return "\n" if character == "\r" else character


def _has_tag_inside(attributes: Attributes, start: int, end: int, find: Callable[[str, int, int], int]) -> bool:
    """Return whether the name of an attribute contains the start of another tag, or is an operator of a program."""
    if not attributes or (find("<", start + 1, end) < 0 and find("&&", start, end) < 0):
        return False
    return any("<" in name or name == "&&" for name, _ in parse_attributes(attributes))


@lru_cache(maxsize=64)
def _end_tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{re.escape(name)}(?=[\t\n\r />])", re.IGNORECASE)
