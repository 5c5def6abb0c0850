"""Split HTML into text and tags, as the tokenizer of the HTML standard does (13.2.5).

Each character is looked at a few times at most, whatever the input. It does not know what the
elements mean; section numbers are those of the standard.
"""

import re
from collections import Counter
from functools import lru_cache
from html import unescape
from html.entities import html5

from feeds.text import plain

# With the attributes, where they are written as they nearly always are.
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
"""Attributes as they are written, or already apart; `parse_attributes` is for those that are wanted."""


def parse_attributes(attributes: Attributes) -> list[tuple[str, str]]:
    """Return names in lower case and values whose references are not decoded yet."""
    return _USUAL_ATTRIBUTE.findall(attributes) if isinstance(attributes, str) else attributes


class Tokenizer:
    """Calls one of its four `take_` methods for each token, in order.

    Attributes:
        lost: How often what it is called was left out.
        has_controls: Whether a reference was to a character that no document may hold.
    """

    def __init__(self, markup: str) -> None:
        self._markup = markup.replace("\r\n", "\n").replace("\r", "\n") if "\r" in markup else markup
        self._unclosed: set[str] = set()
        self.lost: Counter[str] = Counter()
        self.has_controls = False

    def take_text(self, value: str) -> None:
        raise NotImplementedError

    def take_start(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        """Take a start tag, and tell whether its content is text up to its end tag."""
        raise NotImplementedError

    def take_end(self, name: str) -> None:
        raise NotImplementedError

    def take_raw(self, name: str, value: str) -> None:
        """Take the content of an element that holds no markup."""
        raise NotImplementedError

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
                position = self._other(start)
                continue
            slash, name, attributes, closes_itself = tag.groups()
            position = tag.end()
            if attributes is None:
                attributes, position, closes_itself = self._attributes(position)
                if position < 0:
                    # 13.2.5: a tag that the text ends in is none.
                    self.lost["unclosed tag"] += 1
                    return
            name = name.lower()
            if slash:
                take_end(name)
            elif take_start(name, attributes, bool(closes_itself)):
                position = self._raw_content(name, position)

    def _other(self, start: int) -> int:
        """Skip a comment or a declaration, or take the `<` as text; return where to go on."""
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
        """Return where a mark is next; one that was not found is not searched again."""
        if mark in self._unclosed:
            return -1
        found = self._markup.find(mark, start)
        if found < 0:
            self._unclosed.add(mark)
        return found

    def _attributes(self, position: int) -> tuple[list[tuple[str, str]], int, bool]:
        """Return the attributes as they are written, where the tag ends (-1: nowhere), and whether with a slash."""
        markup = self._markup
        found: list[tuple[str, str]] = []
        while attribute := _ATTRIBUTE.match(markup, position):
            name, equals = attribute.groups()
            position = attribute.end()
            value = ""
            if equals:
                quote = markup[position : position + 1]
                if quote in ("'", '"'):
                    end = markup.find(quote, position + 1)
                    if end < 0:
                        return found, -1, False
                    value = markup[position + 1 : end]
                    position = end + 1
                elif unquoted := _UNQUOTED.match(markup, position):
                    value = unquoted[0]
                    position = unquoted.end()
            found.append((name.lower(), value))
        gap = _TAG_END.match(markup, position)
        end = gap.end() if gap else position
        if markup[end : end + 1] != ">":
            return found, -1, False
        return found, end + 1, end > position and markup[end - 1] == "/"

    def _raw_content(self, name: str, position: int) -> int:
        """Take the content of an element up to its end tag, and return where that ends."""
        ending = None if name in self._unclosed else _end_tag(name).search(self._markup, position)
        if ending is None:
            # What follows is more than the writer meant to hide: the tag alone is left out.
            self._unclosed.add(name)
            return position
        self.take_raw(name, self._markup[position : ending.start()])
        end = self._markup.find(">", ending.end())
        return len(self._markup) if end < 0 else end + 1

    def decode(self, value: str, in_attribute: bool = False) -> str:
        """Return text with its character references decoded once, and no character that XML has not."""

        def replace(match: re.Match[str]) -> str:
            hexadecimal, decimal, name = match.groups()
            if name is None:
                return self._numbered(hexadecimal, decimal)
            if name in html5:
                # 13.2.5.73: in an attribute "&copy=2" is a parameter.
                if in_attribute and name[-1] != ";" and value[match.end() : match.end() + 1] == "=":
                    return match[0]
                return html5[name]
            return match[0] if in_attribute else unescape(match[0])

        return _REFERENCE.sub(replace, value)

    def _numbered(self, hexadecimal: str | None, decimal: str | None) -> str:
        digits = (hexadecimal or decimal or "").lstrip("0")
        # More digits than any character has.
        code = 0x110000 if len(digits) > 7 else int(digits or "0", 16 if hexadecimal else 10)
        character = plain.numbered(code)
        if character in ("", "\ufffd") and code != 0xFFFD:
            self.has_controls = True
        return "\n" if character == "\r" else character


@lru_cache(maxsize=64)
def _end_tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{re.escape(name)}(?=[\t\n\r />])", re.IGNORECASE)
