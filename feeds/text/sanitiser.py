"""Sanitiser of untrusted HTML: rewrites the markup with an allow-list of elements.

A tokenizer drives a writer that has a stack of open elements. No tree is built, so time and
output stay linear in the input. The writer creates all output itself: escaped text, allowed
elements with allowed attributes, and an end tag for each start tag. An HTML5 parser reads the
output as exactly this tree. This module does not know Markdown.

Over 350 lines: the writer is one state machine.
"""

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import NamedTuple

from feeds.text import markdown, urls
from feeds.text.html_elements import (
    BREAKOUT,
    CELLS,
    ELEMENTS,
    FOREIGN,
    FORMATS,
    GROUPS,
    HEADINGS,
    INTEGRATION,
    ITEM_BORDERS,
    ITEMS,
    LISTS,
    PARENTS,
    SPECIAL,
    STRUCTURE,
    TABLE,
    UNKNOWN,
    Element,
)
from feeds.text.html_tokenizer import Attributes, Tokenizer, parse_attributes
from feeds.text.plain import drop_controls

MAX_DEPTH = 200
"""Most elements that may be open at once; the parsers of many readers stop at 256."""
MAX_GROWTH = 10
"""Most output characters per input character; `_FREE_GROWTH` characters come on top."""
_FREE_GROWTH = 20_000
Resolve = Callable[[str], str | None]
"""Makes a URL absolute, or returns None to reject it."""
_NO_BORDERS: frozenset[str] = frozenset()
_BLANK = " \t\n\r"
_TAG = re.compile(r"<[^<>]*>")
_IMAGE = re.compile(r"<img\b[^<>]*>")
_PARAGRAPH = re.compile(r"\n\s*\n")


class Sanitised(NamedTuple):
    """Sanitised HTML, and what was dropped from it.

    Attributes:
        lost: Counts of elements that were dropped with their content, by name.
        is_plain: Whether only the plain text remains.
        has_controls: Whether a character that no feed may hold was dropped.
    """

    html: str
    lost: Mapping[str, int]
    is_plain: bool = False
    has_controls: bool = False


def sanitise(markup: str, resolve: Resolve, size: int | None = None) -> Sanitised:
    """Return HTML without scripts, frames, styles, comments and event handlers.

    Args:
        markup: Untrusted HTML.
        resolve: Makes each URL absolute; an attribute is dropped when it rejects the URL.
        size: Number of characters of the source of the markup; by default the size of the markup.

    Raises:
        ExcessError: The markup nests deeper than `MAX_DEPTH` or grows more than `MAX_GROWTH` times.
    """
    clean = drop_controls(markup)
    writer = _Writer(clean, resolve, len(markup) if size is None else size)
    html = writer.write()
    return Sanitised(html, writer.lost, has_controls=len(clean) != len(markup) or writer.has_controls)


def to_paragraphs(source: str) -> Sanitised:
    """Return the plain text of untrusted HTML or Markdown as HTML paragraphs."""
    clean = drop_controls(source)
    writer = _TextWriter(clean)
    plain = writer.write()
    paragraphs = (" ".join(paragraph.split()) for paragraph in _PARAGRAPH.split(plain))
    html = "\n".join(f"<p>{_escape(paragraph)}</p>" for paragraph in paragraphs if paragraph)
    return Sanitised(html, writer.lost, is_plain=True, has_controls=len(clean) != len(source) or writer.has_controls)


def to_plain_text(html: str) -> str:
    """Return the text of sanitised HTML, with a space for each tag."""
    return unescape(_TAG.sub(" ", html))


def drop_images(html: str) -> str:
    """Return sanitised HTML without its images."""
    return _IMAGE.sub("", html)


class _Open(NamedTuple):
    """An open element.

    Attributes:
        tag: The start tag in the output; empty for an element that is not written.
        formats: For a cell: the open formats outside the cell.
    """

    name: str
    tag: str
    formats: "list[_Open] | None" = None


class _Writer(Tokenizer):
    """Writer of allowed elements, which closes every element in the right order.

    Attributes:
        lost: Counts of elements that were dropped with their content, by name.
    """

    def __init__(self, markup: str, resolve: Resolve, size: int) -> None:
        super().__init__(markup)
        self._resolve = resolve
        self._written: list[str] = []
        self._most = MAX_GROWTH * size + _FREE_GROWTH
        # Remaining characters for output without a counterpart in the markup: resolved URLs, reopened formats.
        self._room = self._most
        self._stack: list[_Open] = []
        # Formats that a block closed; the next text reopens them.
        self._formats: list[_Open] = []
        # Formats with an end tag inside a block: they are closed together with the block.
        self._ended: set[int] = set()
        # Stack positions of the tables, rows and cells.
        self._tables: list[int] = []
        # True if the innermost of these is not a cell, so that content is not allowed here.
        self._is_between_cells = False
        # Number of elements that were open before the dropped element; -1 if no element is being dropped.
        self._dropped = -1
        self._paragraphs = 0
        # Number of written pieces when a `pre` was opened, because its first line break is special.
        self._after_pre = -1

    def write(self) -> str:
        """Return the sanitised HTML."""
        self.run()
        self._close(0)
        html = "".join(self._written).strip()
        if len(html) > self._most:
            raise markdown.ExcessError
        return html

    # Text

    def take_text(self, value: str) -> None:
        if self._dropped >= 0:
            return
        if (self._formats or self._is_between_cells) and value.strip(_BLANK):
            self._make_cell()
            self._open_formats()
        if len(self._written) == self._after_pre:
            # 13.2.6.4.7: a parser drops the first line break after `pre`.
            value = value.removeprefix("\n")
            if value.startswith("\n"):
                value = "\n" + value
        if value:
            self._written.append(_escape(value))

    def take_raw(self, name: str, value: str) -> None:
        element = ELEMENTS[name]
        if element.treatment == "drop":
            self.lost[name] += 1
        else:
            self.take_text(value)

    # Tags

    def take_start(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        element = ELEMENTS.get(name, UNKNOWN)
        if self._dropped >= 0 and not self._break_out(name):
            foreign = self._stack[self._dropped].name in FOREIGN
            if element.is_raw and not foreign:
                return True
            if element.layout != "void" and not (foreign and closes_itself):
                self._push(_Open(name, ""))
            return False
        if name == "image":  # 13.2.6.4.7: "Don't ask."
            name, element = "img", ELEMENTS["img"]
        if element.is_raw:
            return True
        if element.treatment == "drop":
            self.lost[name] += 1
            if element.layout != "void" and not (closes_itself and name in FOREIGN):
                self._dropped = len(self._stack)
                self._push(_Open(name, ""))
        elif element.treatment == "unwrap":
            if element.layout == "block":
                self._close_paragraph()
                self._push(_Open(name, ""))
        elif element.layout == "part":
            self._open_part(name, self._tag(name, element, attributes))
        else:
            if self._is_between_cells:
                if element.layout == "table":
                    self.take_end("table")
                else:
                    self._make_cell()
            self._open(name, element, attributes)
        return False

    def _break_out(self, name: str) -> bool:
        """Return whether a start tag ends the SVG or MathML element around it."""
        inside = {open_element.name for open_element in self._stack[self._dropped + 1 :]}
        if name not in BREAKOUT or self._stack[self._dropped].name not in FOREIGN or inside & INTEGRATION:
            return False
        self._close(self._dropped)
        return True

    def _open(self, name: str, element: Element, attributes: Attributes) -> None:
        """Write a start tag, and first close the elements that it closes."""
        layout = element.layout
        if layout in ("inline", "format", "void"):
            if name == "a":
                # Links cannot be nested.
                self._formats = [waiting for waiting in self._formats if waiting.name != "a"]
                if (index := self._find_open("a")) >= 0:
                    self._ended.add(index)
                    self._close(index)
            if self._formats:
                self._open_formats()
        else:
            if layout == "item" and (index := self._find_open(ITEMS[name], ITEM_BORDERS)) >= 0:
                self._close(index)
            if self._paragraphs:
                self._close_paragraph()
            if layout == "heading" and (index := self._top()) >= 0 and self._stack[index].name in HEADINGS:
                self._close(index)
        tag = self._tag(name, element, attributes)
        if layout in ("void", "rule"):
            self._written.append(tag)
        else:
            if len(self._stack) >= MAX_DEPTH:
                raise markdown.ExcessError
            self._written.append(tag)
            if layout == "table":
                self._tables.append(len(self._stack))
                self._is_between_cells = True
            elif name == "p":
                self._paragraphs += 1
            elif name == "pre":
                self._after_pre = len(self._written)
            self._stack.append(_Open(name, tag))

    def take_end(self, name: str) -> None:
        stack = self._stack
        if stack and stack[-1].name == name and not self._ended and self._dropped < 0:
            # The usual case: the end tag of the element that was opened last.
            opened = stack.pop()
            if opened.tag:
                self._written.append(f"</{name}>")
                if name == "p":
                    self._paragraphs -= 1
                elif name in STRUCTURE:
                    self._leave_part(opened)
            return
        if self._dropped >= 0:
            for index in range(len(self._stack) - 1, self._dropped - 1, -1):
                if self._stack[index].name == name:
                    self._close(index)
                    return
        element = ELEMENTS.get(name, UNKNOWN)
        if element.layout in ("table", "part"):
            for index in reversed(self._tables):
                if self._stack[index].name == name:
                    self._close(index)
                if self._stack[index:] == [] or self._stack[index].name in (name, "table"):
                    return
        elif element.layout == "format" and element.treatment == "keep":
            self._end_format(name)
        elif name == "br" or (name == "p" and not self._paragraphs):
            # 13.2.6.4.7: these two end tags create elements.
            if self._dropped < 0 and not self._is_between_cells:
                self._open(name, element, "")
                if name == "p":
                    self._close(len(self._stack) - 1)
        else:
            names: frozenset[str] | str = HEADINGS if element.layout == "heading" else name
            borders = _NO_BORDERS if element.layout != "inline" else SPECIAL
            index = self._find_open(names, LISTS if name == "li" else borders)
            if index >= 0:
                self._close(index)

    def _end_format(self, name: str) -> None:
        for index in range(len(self._stack) - 1, self._floor(), -1):
            if self._stack[index].name == name and index not in self._ended:
                self._ended.add(index)
                if not any(inner.tag and inner.name in SPECIAL for inner in self._stack[index + 1 :]):
                    self._close(index)
                return
        for number in range(len(self._formats) - 1, -1, -1):
            if self._formats[number].name == name:
                del self._formats[number]
                return

    # The stack

    def _push(self, opened: _Open) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise markdown.ExcessError
        if opened.tag:
            self._written.append(opened.tag)
            layout = ELEMENTS[opened.name].layout
            if layout in ("table", "part"):
                self._tables.append(len(self._stack))
                self._is_between_cells = opened.name not in CELLS
                if not self._is_between_cells:
                    opened = _Open(opened.name, opened.tag, self._formats)
                    self._formats = []
            elif opened.name == "p":
                self._paragraphs += 1
        self._stack.append(opened)

    def _close(self, index: int) -> None:
        """Close the elements from the top of the stack down to `index`."""
        waiting: list[_Open] = []
        while len(self._stack) > index or len(self._stack) - 1 in self._ended:
            opened = self._stack.pop()
            size = len(self._stack)
            if size == self._dropped:
                self._dropped = -1
            if not opened.tag:
                continue
            self._written.append(f"</{opened.name}>")
            if opened.name == "p":
                self._paragraphs -= 1
            if self._tables and self._tables[-1] == size:
                self._leave_part(opened)
            if size in self._ended:
                self._ended.remove(size)
            elif opened.name in FORMATS:
                waiting.append(opened)
            if opened.formats is not None:
                waiting = []
        for opened in waiting:
            # 13.2.4.3, the "Noah's Ark clause".
            if sum(opened_format.tag == opened.tag for opened_format in self._formats) < 3:
                self._formats.insert(0, opened)

    def _leave_part(self, opened: _Open) -> None:
        """Restore the state outside a table, row or cell that was just closed."""
        self._tables.pop()
        self._is_between_cells = bool(self._tables) and self._stack[self._tables[-1]].name not in CELLS
        if opened.formats is not None:
            # A format inside a cell ends with the cell.
            self._formats = opened.formats

    def _open_formats(self) -> None:
        waiting, self._formats = self._formats, []
        for opened in waiting:
            self._use_room(len(opened.tag))
            self._push(opened)

    def _use_room(self, length: int) -> None:
        """Count output characters that have no counterpart in the input."""
        self._room -= length
        if self._room < 0:
            raise markdown.ExcessError

    def _floor(self) -> int:
        """Return the stack position of the innermost cell or table: elements outside cannot be closed from inside."""
        return self._tables[-1] if self._tables else -1

    def _top(self) -> int:
        """Return the stack position of the innermost written element."""
        for index in range(len(self._stack) - 1, self._floor(), -1):
            if self._stack[index].tag:
                return index
        return -1

    def _find_open(self, names: "frozenset[str] | str", borders: frozenset[str] = _NO_BORDERS) -> int:
        """Return the stack position of an open element, or -1. The search stops at a border."""
        targets = {names} if isinstance(names, str) else names
        for index in range(len(self._stack) - 1, self._floor(), -1):
            name = self._stack[index].name
            if name in targets:
                return index
            if name in borders:
                break
        return -1

    def _close_paragraph(self) -> None:
        if self._paragraphs and (index := self._find_open("p")) >= 0:
            self._close(index)

    # Tables

    def _make_cell(self) -> None:
        """Open a cell for content between cells; a parser would move the content out of the table."""
        if self._is_between_cells:
            self._open_part("td", "<td>")

    def _open_part(self, name: str, tag: str) -> None:
        """Open a part of the innermost table, and the parent parts that it needs."""
        if not self._tables:
            return
        parents = PARENTS.get(name, TABLE)
        while (inner := self._stack[self._tables[-1]].name) not in parents:
            if inner == "table":
                self._close(self._tables[-1] + 1)
                self._push(_Open("tbody", "<tbody>"))
            elif inner in GROUPS and name in CELLS and name != "caption":
                self._close(self._tables[-1] + 1)
                self._push(_Open("tr", "<tr>"))
            else:
                self._close(self._tables[-1])
        if len(self._stack) > self._tables[-1] + 1:
            self._close(self._tables[-1] + 1)
        self._push(_Open(name, tag))

    # Attributes

    def _tag(self, name: str, element: Element, attributes: Attributes) -> str:
        allowed = element.attributes
        # Most attributes are for style sheets; this test skips them quickly.
        if not attributes or (isinstance(attributes, str) and not any(key in attributes for key in allowed)):
            return f"<{name}>"
        values: dict[str, str | None] = {}
        for key, raw in parse_attributes(attributes):
            if key in allowed and key not in values:
                value: str | None = self.decode(raw, in_attribute=True) if "&" in raw else raw
                if value is not None and allowed[key] == "url":
                    value = self._url(key, value)
                    self._use_room(len(value or ""))
                values[key] = value
        if not values:
            return f"<{name}>"
        pairs = [f' {key}="{_escape(value, is_quoted=True)}"' for key, value in values.items() if value is not None]
        return f"<{name}{''.join(pairs)}>"

    def _url(self, key: str, value: str) -> str | None:
        if key == "href" and value.strip().lower().startswith("mailto:"):
            return urls.url(value, schemes=("mailto",))
        return self._resolve(value)


class _TextWriter(Tokenizer):
    """Writer of the plain text, for any nesting depth."""

    def __init__(self, markup: str) -> None:
        super().__init__(markup)
        self._written: list[str] = []

    def write(self) -> str:
        """Return the plain text, with a blank line between blocks."""
        self.run()
        return "".join(self._written)

    def take_text(self, value: str) -> None:
        self._written.append(value)

    def take_start(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        element = ELEMENTS.get(name, UNKNOWN)
        if element.layout not in ("inline", "format"):
            self._written.append(" " if element.layout in ("void", "part") else "\n\n")
        return element.is_raw

    def take_end(self, name: str) -> None:
        self.take_start(name, "", closes_itself=False)

    def take_raw(self, name: str, value: str) -> None:
        if ELEMENTS[name].treatment == "drop":
            self.lost[name] += 1
        else:
            self._written.append(value)


def _escape(value: str, is_quoted: bool = False) -> str:
    """Escape text as HTML. Attribute values have no `<` either, so that tags are easy to find."""
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    if "\xa0" in value:
        value = value.replace("\xa0", "&nbsp;")
    return value.replace('"', "&quot;") if is_quoted else value
