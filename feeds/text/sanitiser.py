"""Sanitiser of untrusted HTML: rewrites the markup with an allow-list of elements.

A tokenizer drives a writer that has a stack of open elements. No tree is built, so time and
output stay linear in the input. The writer creates all output itself: escaped text, allowed
elements with allowed attributes, and an end tag for each start tag. An HTML5 parser reads the
output as exactly this tree. This module does not know Markdown.

Over 350 lines: the writer is one state machine.
"""

import re
from collections import Counter
from collections.abc import Mapping
from html import unescape
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from feeds.text import html_attributes, html_players, markdown
from feeds.text.html_attributes import NO_PICTURE, Resolve
from feeds.text.html_elements import (
    BREAKOUT,
    CELLS,
    ELEMENTS,
    EXTENSION_NAME,
    FOREIGN,
    FORMATS,
    GROUPS,
    HEADINGS,
    IMPLIED_ENDS,
    INTEGRATION,
    ITEM_BORDERS,
    ITEMS,
    LISTS,
    MATH_ATTRIBUTES,
    MATH_DROPPED,
    MATH_ELEMENTS,
    MATH_ROWS,
    MATH_TEXT,
    MEDIA,
    NEEDS_ATTRIBUTES,
    NEEDS_END,
    PARAGRAPH_PARENTS,
    PARENTS,
    REDUCED,
    RENAMED,
    RUBY_PARTS,
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
_NO_BORDERS: frozenset[str] = frozenset()
_BLANK = " \t\n\r"
_TAG = re.compile(r"<[^<>]*>")
_IMAGE = re.compile(r"<img\b[^<>]*>")
_VIDEO = re.compile(r"<video\b[^<>]*>")
_POSTER = re.compile(r' poster="[^"]*"')
_HREF = re.compile(r"""\bhref\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)
_WITH_ID = re.compile(r'(<[a-z][^<>]*?) id="([^"]*+)"')
_INTERNAL = re.compile(r'(<a\b[^<>]*? href=")(#[^"]*+)')
_ID = re.compile(r"""\b(?:id|name)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)
_SOURCE = re.compile(r"""<source\s[^<>]*?\bsrc\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)
_MEDIA_END = re.compile(r"</(?:audio|video)", re.IGNORECASE)
_AHEAD = 4000  # characters in which the sources of a video or a sound are searched
_MOST_ID = 200  # characters
_MOST_SOURCES = 8
_FRAGMENT_SAFE = "/:@!$'()*,;-._~?"
# Elements that are text if nothing ends them.
_ENDED = NEEDS_END | {"iframe", "plaintext", "textarea", "xmp"}
_PARAGRAPH = re.compile(r"\n\s*\n")


class Sanitised(NamedTuple):
    """Sanitised HTML, and what was dropped from it.

    Attributes:
        lost: Counts of elements that were dropped with their content, by name.
        links: Counts of elements that a link replaces.
        texts: Counts of elements that their text replaces.
        is_plain: Whether only the plain text remains.
        has_controls: Whether a character that no feed may hold was dropped.
    """

    html: str
    lost: Mapping[str, int]
    links: Mapping[str, int] = {}
    texts: Mapping[str, int] = {}
    is_plain: bool = False
    has_controls: bool = False


def sanitise(markup: str, resolve: Resolve, size: int | None = None, prefix: str = "") -> Sanitised:
    """Return HTML without scripts, frames, styles, comments and event handlers.

    Args:
        markup: Untrusted HTML.
        resolve: Makes each URL absolute; an attribute is dropped when it rejects the URL.
        size: Number of characters of the source of the markup; by default the size of the markup.
        prefix: Start of each id, so that the ids of two bodies on one page differ.

    Raises:
        ExcessError: The markup nests deeper than `MAX_DEPTH` or grows more than `MAX_GROWTH` times.
    """
    clean = drop_controls(markup)
    writer = _Writer(clean, resolve, len(markup) if size is None else size, prefix)
    html = writer.write()
    has_controls = len(clean) != len(markup) or writer.has_controls
    return Sanitised(html, +writer.lost, +writer.links, +writer.texts, has_controls=has_controls)


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
    return _VIDEO.sub(lambda match: _POSTER.sub("", match[0]), _IMAGE.sub("", html))


class _Open(NamedTuple):
    """An open element.

    Attributes:
        tag: The start tag in the output; empty for an element that is not written.
        formats: For a cell: the open formats outside the cell.
    """

    name: str
    tag: str
    formats: "list[_Open] | None" = None


class _Reader(Tokenizer):
    """Reader that tells a tag from text that looks like one."""

    def __init__(self, markup: str) -> None:
        super().__init__(markup)
        self._written: list[str] = []
        # Names whose start tag was text, so that their end tag is text too.
        self._text_names: set[str] = set()
        self._is_in_head = False

    def _is_text(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        """Return whether a start tag is text that its writer forgot to escape."""
        if name not in ELEMENTS and name not in RENAMED:
            is_text = not EXTENSION_NAME.fullmatch(name) or not (attributes or closes_itself or self.has_end(name))
        elif name == "title":
            # Without a `head` element, only the very first title is that of the document.
            is_text = not self.has_end(name) or not (self._is_in_head or not "".join(self._written).strip())
        elif attributes and name != "plaintext":
            return False
        elif name == "a":
            is_text = not self.has_end(name)
        elif name in ("script", "style"):
            is_text = not self.has_end(name) and not self.has_code()
        else:
            is_text = RENAMED.get(name, name) in NEEDS_ATTRIBUTES or (name in _ENDED and not self.has_end(name))
        if is_text:
            self._text_names.add(name)
        return is_text

    def _is_end_text(self, name: str) -> bool:
        """Return whether an end tag is text."""
        if name in self._text_names:
            return True
        return name not in ELEMENTS and name not in RENAMED and not EXTENSION_NAME.fullmatch(name)


class _Writer(_Reader):
    """Writer of allowed elements, which closes every element in the right order.

    Attributes:
        lost: Counts of elements that were dropped with their content, by name.
        links: Counts of elements that a link replaces.
        texts: Counts of elements that their text replaces.
    """

    def __init__(self, markup: str, resolve: Resolve, size: int, prefix: str) -> None:
        super().__init__(markup)
        self._resolve = resolve
        self.links: Counter[str] = Counter()
        self.texts: Counter[str] = Counter()
        self._prefix = prefix
        # The ids of the body that a link of the body leads to.
        self._targets = _link_targets(markup)
        self._ids: set[str] = set()
        # The links to these ids, and their absolute URLs.
        self._internal_links: dict[str, str] = {}
        # URLs of the written pictures and replacements: a body often has a picture for each kind of reader.
        self._pictures: set[str] = set()
        self._pages: set[str] = set()
        # Number of written pieces after the last picture that a script loads.
        self._lazy_end = -2
        # The best `source` of the `picture` element.
        self._source = NO_PICTURE
        self._is_in_picture = False
        self._is_in_noscript = False
        self._is_object_open = False
        # Whether the next text is set off from the text before it.
        self._has_gap = False
        # Position of the open `math`, or -1.
        self._math = -1
        self._has_formula = False
        # The title of a dropped drawing.
        self._drawing: list[str] = []
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
        if self._internal_links:
            html = _INTERNAL.sub(self._resolve_internal, html)
        if self._ids:
            # An id that no link needs goes, and so does one that a reopened format repeats.
            needed = {unquote(link[1:]) for link in self._internal_links}
            html = _WITH_ID.sub(lambda match: match[0 if _take(needed, unescape(match[2])) else 1], html)
        if len(html) > self._most:
            raise markdown.ExcessError
        return html

    # Text

    def take_text(self, value: str) -> None:
        if self._dropped >= 0:
            if self._stack[self._dropped].name == "svg" and self._stack[-1].name == "title":
                self._drawing.append(value)
            return
        if self._has_gap and value:
            self._has_gap = False
            if value[0] not in _BLANK and self._is_after_text():
                value = " " + value
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
        if self._dropped >= 0 or name == "iframe":
            return
        if name == "textarea":
            self.texts[name] += 1
            self._set_off(self.decode(value))
        elif name == "xmp":
            self._open("pre", ELEMENTS["pre"], "<pre>")
            self.take_text(value)
            self.take_end("pre")
        else:
            self.lost[name] += 1

    def _is_after_text(self) -> bool:
        """Return whether text here would touch the text before it."""
        last = self._written[-1] if self._written else " "
        if last[0] == "<":
            name = last.lstrip("</").partition(">")[0].partition(" ")[0]
            return ELEMENTS.get(name, UNKNOWN).layout in ("inline", "format")
        return last[-1] not in _BLANK

    def _set_off(self, value: str) -> None:
        """Write text with a space before and after it."""
        self._has_gap = True
        self.take_text(value)
        self._has_gap = True

    # Tags

    def take_start(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        if self._dropped >= 0 and not self._break_out(name):
            element = ELEMENTS.get(name, UNKNOWN)
            foreign = self._math >= 0 or self._stack[self._dropped].name in FOREIGN
            if element.is_raw and not foreign and self.has_end(name):
                return True
            if element.layout != "void" and not (foreign and closes_itself):
                self._push(_Open(name, ""))
            return False
        if self._math >= 0 and not self._leave_math(name):
            self._take_math(name, attributes, closes_itself)
            return False
        element = ELEMENTS.get(name, UNKNOWN)
        if element.treatment != "keep" or (name == "a" and not attributes):
            if self._is_text(name, attributes, closes_itself):
                self.take_text(self.source())
                return False
            if name in REDUCED:
                self.texts[name] += 1
            if element is UNKNOWN and attributes and (closes_itself or self._is_empty(name)):
                self.lost[name] += name not in RENAMED
            if name in RENAMED:
                name = RENAMED[name]
                element = ELEMENTS[name]
            if element.treatment == "replace":
                return self._replace(name, element, attributes, closes_itself)
        if element.treatment == "unwrap":
            self._has_gap = self._has_gap or element.has_gap
            self._is_in_head = name == "head" or (self._is_in_head and name != "body")
        elif name == "span" and self._has_formula and "katex-html" in str(attributes) and self.has_end(name):
            # The same formula again, for browsers without MathML.
            self._drop(name)
        elif element.layout == "part":
            self._open_part(name, self._tag(name, element, attributes))
        else:
            self._take_kept(name, element, self._tag(name, element, attributes))
        return False

    def _is_empty(self, name: str) -> bool:
        """Return whether the end tag follows the start tag."""
        return self._markup.startswith(f"</{name}", self._end)

    def _take_kept(self, name: str, element: Element, tag: str) -> None:
        """Write the start tag of an element that is not part of a table."""
        if self._is_between_cells:
            if element.layout == "table":
                self.take_end("table")
            else:
                self._make_cell()
        self._open(name, element, tag)

    def _break_out(self, name: str) -> bool:
        """Return whether a start tag ends the SVG or MathML element around it."""
        inside = {open_element.name for open_element in self._stack[self._dropped + 1 :]}
        if name not in BREAKOUT or self._stack[self._dropped].name not in FOREIGN or inside & INTEGRATION:
            return False
        self._close(self._dropped)
        return True

    def _open(self, name: str, element: Element, tag: str) -> None:
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
            if name in RUBY_PARTS and self._find_open("ruby") >= 0:
                while self._stack and self._stack[-1].name in IMPLIED_ENDS:
                    self._close(len(self._stack) - 1)
        else:
            self._has_gap = False
            if layout == "item" and (index := self._find_open(ITEMS[name], ITEM_BORDERS)) >= 0:
                self._close(index)
            if self._paragraphs:
                self._close_paragraph()
            if layout == "heading" and (index := self._top()) >= 0 and self._stack[index].name in HEADINGS:
                self._close(index)
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
        if name not in ELEMENTS or name in self._text_names:
            if self._dropped < 0 and self._math < 0 and self._is_end_text(name):
                self.take_text(self.source())
                return
            name = RENAMED.get(name, name)
        if stack and stack[-1].name == name and not self._ended and self._dropped < 0:
            # The usual case: the end tag of the element that was opened last.
            opened = stack.pop()
            if opened.tag:
                self._written.append(f"</{name}>")
                if name == "p":
                    self._paragraphs -= 1
                elif name in STRUCTURE:
                    self._leave_part(opened)
                elif name == "math":
                    self._math = -1
            return
        if self._dropped >= 0:
            for index in range(len(self._stack) - 1, self._dropped - 1, -1):
                if self._stack[index].name == name:
                    self._close(index)
                    if self._dropped < 0 and self._drawing:
                        self._set_off(" ".join("".join(self._drawing).split()))
                        self._drawing = []
                    return
        if self._math >= 0:
            name = "mrow" if name in MATH_ROWS else name
            for index in range(len(stack) - 1, max(self._math, self._dropped) - 1, -1):
                if stack[index].name == name:
                    self._close(index)
                    return
            if self._dropped >= 0 or name in MATH_ELEMENTS or not self._leave_math(name, is_end=True):
                return
        element = ELEMENTS.get(name, UNKNOWN)
        if element.treatment != "keep":
            self._has_gap = self._has_gap or element.has_gap
            self._is_in_picture = self._is_in_picture and name != "picture"
            self._is_in_noscript = self._is_in_noscript and name != "noscript"
            self._is_in_head = self._is_in_head and name != "head"
            self._is_object_open = self._is_object_open and name != "object"
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
                self._open(name, element, f"<{name}>")
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
            if opened.name in STRUCTURE:
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
            if size == self._math:
                self._math = -1
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
        if not attributes or (
            isinstance(attributes, str) and not self._targets and not any(key in attributes for key in allowed)
        ):
            return f"<{name}>"
        values: dict[str, str | None] = {}
        for key, raw in parse_attributes(attributes):
            if key in values:
                continue
            if key in allowed:
                value = self.decode(raw, in_attribute=True) if "&" in raw else raw
                kind = allowed[key]
                if kind == "text":
                    values[key] = value
                elif kind == "url":
                    values[key] = self._url(key, value)
                elif kind == "alignment":
                    if alignment := html_attributes.text_alignment(value):
                        values["align"] = alignment
                else:
                    values[key] = html_attributes.convert(value, kind)
            elif self._targets and (key == "id" or (key == "name" and name == "a")) and "id" not in values:
                values["id"] = self._id(self.decode(raw, in_attribute=True))
        return _start_tag(name, values)

    def _url(self, key: str, value: str) -> str | None:
        if key != "href":
            url = self._resolve(value)
        else:
            url = self._internal(value) if "#" in value and self._targets else None
            url = url or html_attributes.link_url(value, self._resolve)
            if url is None and value.strip():
                self.texts["a"] += 1
        self._use_room(len(url or ""))
        return url

    def _internal(self, value: str) -> str | None:
        """Return the link to a place in the body itself."""
        fragment = value.strip().partition("#")[2]
        target = unquote(fragment)
        absolute = self._resolve(value) if target in self._targets else None
        if absolute is None or absolute != self._resolve(f"#{fragment}"):
            return None
        internal = f"#{quote(self._with_prefix(target), safe=_FRAGMENT_SAFE)}"
        self._internal_links[internal] = absolute
        self._use_room(len(absolute))
        return internal

    def _resolve_internal(self, match: re.Match[str]) -> str:
        """Return a link to an id, as an absolute URL if the element with the id was not written."""
        link = unescape(match[2])
        if link not in self._internal_links or unquote(link[1:]) in self._ids:
            return match[0]
        return match[1] + _escape(self._internal_links[link], is_quoted=True)

    def _id(self, value: str) -> str | None:
        name = self._with_prefix(value)
        if value not in self._targets or name in self._ids:
            return None
        self._ids.add(name)
        self._use_room(len(self._prefix))
        return name

    def _with_prefix(self, name: str) -> str:
        return name if name.startswith(self._prefix) else self._prefix + name

    def _values(self, attributes: Attributes) -> dict[str, str]:
        """Return the decoded attributes; the first of each name counts."""
        values: dict[str, str] = {}
        for key, raw in parse_attributes(attributes):
            if key not in values:
                values[key] = self.decode(raw, in_attribute=True) if "&" in raw else raw
        return values

    # Replacements

    def _replace(self, name: str, element: Element, attributes: Attributes, closes_itself: bool) -> bool:
        """Replace an element. Return whether raw text follows."""
        if name == "img":
            self._take_image(attributes)
        elif element.is_raw and name != "iframe":
            if self.has_end(name) or not attributes:
                return True
            # The text after a tag that nothing ends is meant to be read.
            self.lost[name] += 1
        elif name in MEDIA:
            self._take_media(name, element, attributes)
        elif name in ("source", "track"):
            self._take_source(name, element, attributes)
        elif name == "math":
            self._take_kept(name, element, _start_tag(name, self._math_values(attributes)))
            self._math = len(self._stack) - 1
            self._has_formula = True
        elif name in ("svg", "template"):
            self.lost[name] += 1
            if not closes_itself and self.has_end(name):
                self._drop(name)
        elif name in ("area", "embed", "frame", "iframe", "object"):
            return self._take_frame(name, self._values(attributes))
        elif name == "param":
            self._take_parameter(self._values(attributes))
        elif name == "input":
            self._take_input(self._values(attributes))
        elif name == "picture":
            self._is_in_picture, self._source = True, NO_PICTURE
        elif name == "noscript":
            self._is_in_noscript = True
        elif name in ("applet", "canvas"):
            self.texts[name] += 1
            self._has_gap = True
        return False

    def _drop(self, name: str) -> None:
        self._drawing = []
        self._dropped = len(self._stack)
        self._push(_Open(name, ""))

    def _take_image(self, attributes: Attributes) -> None:
        """Write the best of the pictures that an `img` names."""
        element = ELEMENTS["img"]
        is_usual = isinstance(attributes, str) and "srcset" not in attributes and "data-" not in attributes
        if is_usual and not self._is_in_picture and not self._is_in_noscript:
            tag = self._tag("img", element, attributes)
            if ' src="' in tag:
                self._take_kept("img", element, tag)
                self._pictures.add(tag.partition(' src="')[2].partition('"')[0])
                return
        values = self._values(attributes)
        url, is_lazy = html_attributes.best_picture(values, self._resolve, self._source)
        self._source = NO_PICTURE
        shown = _escape(url, is_quoted=True) if url else ""
        is_after_lazy = self._is_in_noscript and len(self._written) - self._lazy_end <= 1 and self._is_at_picture()
        if url and (is_after_lazy or (shown in self._pictures and (is_lazy or self._is_in_noscript))):
            return
        is_pixel = self._is_in_noscript and {values.get("width"), values.get("height")} <= {"0", "1"}
        if url is None or is_pixel:
            if values.keys() & {"src", "srcset", *html_attributes.LAZY_SOURCES, *html_attributes.LAZY_SETS}:
                self.lost["img"] += 1
            if alt := values.get("alt", "").strip():
                self._set_off(alt)
            return
        self._use_room(len(url))
        self._pictures.add(shown)
        if "src" not in values:
            values = {"src": url, **values}
        written = {key: url if key == "src" else values[key] for key in values if key in element.attributes}
        if "dir" in written:
            written["dir"] = html_attributes.convert(written["dir"], element.attributes["dir"]) or "auto"
        self._take_kept("img", element, _start_tag("img", written))
        self._lazy_end = len(self._written) if is_lazy else self._lazy_end

    def _is_at_picture(self) -> bool:
        """Return whether only blanks were written after the last picture that a script loads."""
        return not "".join(self._written[self._lazy_end :]).strip()

    def _take_source(self, name: str, element: Element, attributes: Attributes) -> None:
        """Write a source of the video around it, or note the picture."""
        if (index := self._top()) >= 0 and self._stack[index].name in MEDIA and index == len(self._stack) - 1:
            given = parse_attributes(attributes)
            lazy = next((raw for key, raw in given if key == "data-src"), None)
            if lazy is not None:
                given = [("src", lazy), *given]
            tag = self._tag(name, element, given)
            if ' src="' in tag:
                self._written.append(tag)
        elif self._is_in_picture and name == "source":
            values = self._values(attributes)
            for key in (*html_attributes.LAZY_SETS, "srcset"):
                found = html_attributes.best_candidate(values.get(key, ""), self._resolve, values.get("type", ""))
                self._source = max(found or NO_PICTURE, self._source)

    def _take_media(self, name: str, element: Element, attributes: Attributes) -> None:
        """Write the start tag of a video or a sound that has a usable source."""
        values = self._values(attributes)
        keys = ("src", *html_attributes.LAZY_SOURCES)
        source = next((url for key in keys if (url := self._file_url(values.get(key)))), None)
        if source or self._has_source():
            kept: dict[str, str | None] = {"src": source}
            for key, kind in element.attributes.items():
                if key in values and key != "src":
                    value = values[key]
                    kept[key] = self._file_url(value) if kind == "url" else html_attributes.convert(value, kind)
                    self._use_room(len(kept[key] or ""))
            self._use_room(len(source or ""))
            self._take_kept(name, element, _start_tag(name, kept | {"controls": ""}))
            return
        self.lost[name] += 1
        if poster := self._file_url(values.get("poster")):
            self._use_room(len(poster))
            self._take_kept("img", ELEMENTS["img"], _start_tag("img", {"src": poster, "alt": values.get("title", "")}))
        self._has_gap = True

    def _has_source(self) -> bool:
        """Return whether the video or sound that starts here has a usable source."""
        ahead = self._markup[self._end : self._end + _AHEAD]
        if end := _MEDIA_END.search(ahead):
            ahead = ahead[: end.start()]
        sources = ("".join(found) for found in _SOURCE.findall(ahead)[:_MOST_SOURCES])
        return any(self._file_url(self.decode(source, in_attribute=True)) for source in sources)

    def _file_url(self, value: str | None) -> str | None:
        """Return the absolute URL of a file. An empty value names no file, and not the page itself."""
        return self._resolve(value) if value and value.strip() else None

    def _take_frame(self, name: str, values: dict[str, str]) -> bool:
        """Replace a frame or an embedded file by a link. Return whether raw text follows."""
        keys = {"area": ("href",), "object": ("data",)}.get(name, ("src", *html_attributes.LAZY_SOURCES))
        kind, label = values.get("type", "").lower(), values.get("title", "") or values.get("alt", "")
        url = next((url for key in keys if (url := self._file_url(values.get(key)))), None)
        is_hidden = {values.get("width"), values.get("height")} <= {"0", "1"}
        if is_hidden:
            self.lost[name] += 1
        elif url and kind.startswith("image/") and name in ("embed", "object"):
            self._use_room(len(url))
            self._take_kept("img", ELEMENTS["img"], _start_tag("img", {"src": url, "alt": label}))
        elif url:
            self._write_link(name, url, label)
        elif name == "object":
            self.texts[name] += 1
            self._is_object_open = True
            self._has_gap = True
            return False
        elif name != "area" or values.get("href"):
            self.lost[name] += 1
            if label.strip():
                self._set_off(label)
        if name == "object" and self.has_end(name):
            self._drop(name)
        return name == "iframe" and self.has_end(name)

    def _take_parameter(self, values: dict[str, str]) -> None:
        """Replace an old `object` by a link to its file, which a parameter names."""
        if self._is_object_open and values.get("name", "").lower() in ("movie", "src", "url", "filename"):
            url = self._file_url(values.get("value"))
            if url:
                self._is_object_open = False
                self.texts["object"] -= 1
                self._write_link("object", url, "")

    def _take_input(self, values: dict[str, str]) -> None:
        """Replace a control by the text that it shows."""
        kind = values.get("type", "text").strip().lower()
        if kind in ("checkbox", "radio"):
            self.texts["input"] += 1
            self._set_off("☑" if "checked" in values else "☐")
        elif kind in ("button", "submit", "reset") and values.get("value", "").strip():
            self.texts["input"] += 1
            self._set_off(values["value"])
        elif kind != "hidden":
            self.lost["input"] += 1
            self._has_gap = True

    def _write_link(self, name: str, url: str, label: str) -> None:
        """Write a link to an embedded page, as a paragraph if one is allowed here."""
        page = html_players.page_of(url)
        parts = urlsplit(page or url)
        file_name = unquote(parts.path.rpartition("/")[2]) if name in ("embed", "object") and not page else ""
        label = " ".join(label.split()) or (file_name if "." in file_name else parts.netloc.removeprefix("www."))
        page, label = page or url, f"▶ {label}" if page else label
        self.links[name] += 1
        if page in self._pages:
            return
        self._pages.add(page)
        self._use_room(len(page) + len(label))
        if self._is_between_cells:
            self._make_cell()
        index = self._top() if len(self._stack) - 1 > self._floor() else self._floor()
        is_paragraph = index < 0 or self._stack[index].name in PARAGRAPH_PARENTS
        if is_paragraph:
            self._open("p", ELEMENTS["p"], "<p>")
        elif self._is_after_text():
            self._written.append(" ")
        self._open("a", ELEMENTS["a"], _start_tag("a", {"href": page}))
        self._has_gap = False
        self.take_text(label)
        self.take_end("a")
        if is_paragraph:
            self.take_end("p")
        self._has_gap = not is_paragraph

    # MathML

    def _take_math(self, name: str, attributes: Attributes, closes_itself: bool) -> None:
        """Write a MathML element; HTML in formulas is reduced to its text."""
        name = "mrow" if name in MATH_ROWS else name
        if name in MATH_DROPPED or (name == "math" and self._math >= 0):
            if name not in ("annotation", "annotation-xml"):
                self.lost[name] += 1
            if not closes_itself:
                self._dropped = len(self._stack)
                self._push(_Open(name, ""))
        elif name in MATH_ELEMENTS and self._stack[-1].name not in MATH_TEXT:
            tag = _start_tag(name, self._math_values(attributes))
            if closes_itself:
                self._written.append(f"{tag}</{name}>")
            else:
                self._push(_Open(name, tag))
        elif ELEMENTS.get(name, UNKNOWN).layout not in ("inline", "format"):
            self._has_gap = True

    def _math_values(self, attributes: Attributes) -> dict[str, str | None]:
        return {
            key: html_attributes.math_value(key, value)
            for key, value in self._values(attributes).items()
            if key in MATH_ATTRIBUTES
        }

    def _leave_math(self, name: str, is_end: bool = False) -> bool:
        """Close the formula at a tag that cannot be inside of it. Return whether it did."""
        if not is_end and (name not in BREAKOUT or self._stack[-1].name in MATH_TEXT):
            return False
        if is_end and name not in ("br", "p") and self._find_open(name, TABLE) < 0:
            return False
        self._close(self._math)
        return True


class _TextWriter(_Reader):
    """Writer of the plain text, for any nesting depth."""

    def write(self) -> str:
        """Return the plain text, with a blank line between blocks."""
        self.run()
        return "".join(self._written)

    def take_text(self, value: str) -> None:
        self._written.append(value)

    def take_start(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        if ELEMENTS.get(name, UNKNOWN).treatment != "keep" and self._is_text(name, attributes, closes_itself):
            self._written.append(self.source())
            return False
        element = self._break(name)
        if element.is_raw and attributes and not self.has_end(name):
            self.lost[name] += 1
            return False
        return element.is_raw

    def take_end(self, name: str) -> None:
        if self._is_end_text(name):
            self._written.append(self.source())
        else:
            self._break(name)

    def _break(self, name: str) -> Element:
        """Write the break that an element makes, and return the element."""
        element = ELEMENTS.get(RENAMED.get(name, name), UNKNOWN)
        self._is_in_head = name == "head" or (self._is_in_head and name != "body")
        if element.has_gap or element.layout not in ("inline", "format"):
            self._written.append(" " if element.has_gap or element.layout in ("void", "part") else "\n\n")
        return element

    def take_raw(self, name: str, value: str) -> None:
        if name in ("textarea", "xmp"):
            self._written.append(self.decode(value) if name == "textarea" else value)
        else:
            self.lost[name] += 1


def _take(names: set[str], name: str) -> bool:
    """Remove a name from a set. Return whether it was there."""
    is_there = name in names
    names.discard(name)
    return is_there


def _link_targets(markup: str) -> frozenset[str]:
    """Return the ids in a body that links in the same body may lead to."""
    if "#" not in markup:
        return frozenset()
    linked = {unquote(unescape("".join(found).strip().partition("#")[2])) for found in _HREF.findall(markup)} - {""}
    if not linked:
        return frozenset()
    ids = {unescape("".join(found)) for found in _ID.findall(markup)}
    return frozenset(name for name in linked & ids if name and len(name) <= _MOST_ID and name.split() == [name])


def _start_tag(name: str, values: Mapping[str, str | None]) -> str:
    pairs = [f' {key}="{_escape(value, is_quoted=True)}"' for key, value in values.items() if value is not None]
    return f"<{name}{''.join(pairs)}>"


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
