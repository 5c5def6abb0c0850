"""A tokenizer for HTML: text and tags, as in the HTML standard (13.2.5).

It reads each character a bounded number of times, so the time is linear for every input. It does not
know the meaning of elements. Section numbers are those of the HTML standard.
"""

import re
from abc import ABC, abstractmethod
from collections import Counter
from functools import lru_cache
from html import unescape
from html.entities import html5

from feeds.text import plain

# Matches the attributes too when they have the usual form.
_TAG = re.compile(
    r"(/?)([A-Za-z][^\t\n\r />]*+)"
    r"(?:((?:[\t\n\r ]+[^A-Z\t\n\r \"'>/=]++(?:=\"[^\"]*+\")?+)*+)[\t\n\r ]*+(/?)>)?+"
)
_USUAL_ATTRIBUTE = re.compile(r"([^\t\n\r \"=/>]+)(?:=\"([^\"]*)\")?")
_ATTRIBUTE = re.compile(r"[\t\n\r /]*([^\t\n\r />][^\t\n\r />=]*)([\t\n\r ]*=[\t\n\r ]*)?")
_UNQUOTED = re.compile(r"[^\t\n\r >]*")
_TAG_END = re.compile(r"[\t\n\r /]*")
_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?|([A-Za-z][A-Za-z0-9]{0,40};?))")
Attributes = str | list[tuple[str, str]]
"""Attributes as source text or already parsed; `parse_attributes` parses the source text."""


def parse_attributes(attributes: Attributes) -> list[tuple[str, str]]:
    """Return names in lower case and values with undecoded character references."""
    return _USUAL_ATTRIBUTE.findall(attributes) if isinstance(attributes, str) else attributes


class Tokenizer(ABC):
    """Split HTML into tokens and call one of four `take_` methods for each token, in order.

    Attributes:
        lost: Counts of dropped markup, by name.
        has_controls: Whether a character reference named a character that XML does not allow.
    """

    def __init__(self, markup: str) -> None:
        self._markup = markup.replace("\r\n", "\n").replace("\r", "\n") if "\r" in markup else markup
        self._unclosed: set[str] = set()
        self.lost: Counter[str] = Counter()
        self.has_controls = False

    @abstractmethod
    def take_text(self, value: str) -> None:
        """Take text with its references decoded."""

    @abstractmethod
    def take_start(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        """Take a start tag and return whether raw text follows, up to the end tag."""

    @abstractmethod
    def take_end(self, name: str) -> None:
        """Take an end tag."""

    @abstractmethod
    def take_raw(self, name: str, value: str) -> None:
        """Take the raw text of an element that holds no markup."""

    def run(self) -> None:
        markup, find, match_tag = self._markup, self._markup.find, _TAG.match
        take_text, take_start, take_end = self.take_text, self.take_start, self.take_end
        position = 0
        while True:
            start = find("<", position)
            if start != position:
                value = markup[position:start] if start >= 0 else markup[position:]
                if value:
                    take_text(self.decode(value) if "&" in value else value)
            if start < 0:
                return
            tag = match_tag(markup, start + 1)
            if tag is None:
                position = self._skip_or_take_literal(start)
                continue
            slash, name, attributes, closes_itself = tag.groups()
            position = tag.end()
            if attributes is None:
                attributes, position, closes_itself = self._attributes(position)
                if position < 0:
                    # 13.2.5: a tag that is not closed before the end of the input is not a tag.
                    self.lost["unclosed tag"] += 1
                    return
            name = name.lower()
            if slash:
                take_end(name)
            elif take_start(name, attributes, bool(closes_itself)):
                position = self._raw_content(name, position)

    def _skip_or_take_literal(self, start: int) -> int:
        """Skip a comment or a declaration, or take `<` as text. Return the next position."""
        markup = self._markup
        if markup.startswith("<!--", start):
            for empty in ("<!-->", "<!--->"):
                if markup.startswith(empty, start):
                    return start + len(empty)
            ends = [(end, len(mark)) for mark in ("-->", "--!>") if (end := self._find(mark, start + 4)) >= 0]
            end, length = min(ends, default=(-1, 0))
            if end < 0:
                self.lost["unclosed comment"] += 1
                return len(markup)
            return end + length
        if markup.startswith(("<!", "<?", "</"), start):
            if start + 2 == len(markup) and markup[-1] == "/":
                self.take_text("</")
                return start + 2
            end = self._find(">", start + 2)
            return len(markup) if end < 0 else end + 1
        self.take_text("<")
        return start + 1

    def _find(self, mark: str, start: int) -> int:
        """Return the position of the next `mark`, or -1. A mark that was not found is not searched again."""
        if mark in self._unclosed:
            return -1
        index = self._markup.find(mark, start)
        if index < 0:
            self._unclosed.add(mark)
        return index

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
        ending = None if name in self._unclosed else _end_tag(name).search(self._markup, position)
        if ending is None:
            # Without an end tag, only the start tag is dropped: the text after it is probably meant to be read.
            self._unclosed.add(name)
            return position
        self.take_raw(name, self._markup[position : ending.start()])
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

    def _decode_number(self, hexadecimal: str | None, decimal: str | None) -> str:
        digits = (hexadecimal or decimal or "").lstrip("0")
        # No code point has more than seven digits.
        code = 0x110000 if len(digits) > 7 else int(digits or "0", 16 if hexadecimal else 10)
        character = plain.character_from_code(code)
        if character in ("", "\ufffd") and code != 0xFFFD:
            self.has_controls = True
        return "\n" if character == "\r" else character


@lru_cache(maxsize=64)
def _end_tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{re.escape(name)}(?=[\t\n\r />])", re.IGNORECASE)
