"""Insertion of text and elements into the output (HTML standard, 13.2.6.1 and 13.2.6.4).

Each method first closes or opens the elements that an HTML5 parser would close or open there.
"""

from feeds.text.html.elements import (
    CELLS,
    ELEMENTS,
    GROUPS,
    HEADINGS,
    IMPLIED_ENDS,
    ITEM_BORDERS,
    ITEMS,
    LISTS,
    PARAGRAPH_PARENTS,
    PARENTS,
    RUBY_PARTS,
    SPECIAL,
    TABLE,
    UNKNOWN,
    Element,
)
from feeds.text.html.limits import OutputBudget
from feeds.text.html.open_elements import OpenElement, OpenElements
from feeds.text.html.serialisation import escape

_BLANK = " \t\n\r"
_NO_BORDERS: frozenset[str] = frozenset()


class HtmlWriter(OpenElements):
    """Writer of text and elements in the places where an HTML5 parser puts them.

    Attributes:
        needs_space: Whether the next text needs a space between itself and the text before it.
    """

    def __init__(self, output: list[str], budget: OutputBudget) -> None:
        super().__init__(output, budget)
        self.needs_space = False
        # Number of written pieces when a `pre` was opened, because its first line break is special.
        self._pre_start = -1

    # Text

    def write_text(self, value: str) -> None:
        """Write text into the current element, or into a cell if the current element may not hold text."""
        if self.needs_space and value:
            self.needs_space = False
            if value[0] not in _BLANK and self.is_after_text():
                value = " " + value
        if (self._pending_formats or self._is_between_cells) and value.strip(_BLANK):
            self._insert_missing_cell()
            self._reconstruct_formats()
        if len(self.output) == self._pre_start:
            # 13.2.6.4.7: a parser drops the first line break after `pre`.
            value = value.removeprefix("\n")
            if value.startswith("\n"):
                value = "\n" + value
        if value:
            self.output.append(escape(value))

    def write_spaced_text(self, value: str) -> None:
        """Write text with a space before and after it."""
        self.needs_space = True
        self.write_text(value)
        self.needs_space = True

    def write_space(self) -> None:
        """Write a space if text here would touch the text before it."""
        if self.is_after_text():
            self.output.append(" ")

    def is_after_text(self) -> bool:
        """Return whether text here would touch the text before it."""
        last = self.output[-1] if self.output else " "
        if last[0] == "<":
            name = last.lstrip("</").partition(">")[0].partition(" ")[0]
            return ELEMENTS.get(name, UNKNOWN).layout in ("inline", "format")
        return last[-1] not in _BLANK

    # Insertion

    def insert(self, name: str, element: Element, tag: str) -> None:
        """Insert a table part into the innermost table, and another element into the current cell or element."""
        layout = element.layout
        if layout == "part":
            self._insert_table_part(name, tag)
            return
        if self._is_between_cells:
            if layout == "table":
                # 13.2.6.4.9: a table directly in a table ends the outer one.
                self.close_table_part("table")
            else:
                self._insert_missing_cell()
        self.insert_here(name, element, tag)

    def insert_here(self, name: str, element: Element, tag: str) -> None:
        """Insert an element at the current place, after the ends of the elements that it closes."""
        layout = element.layout
        if layout in ("inline", "format", "void"):
            if name == "a":
                self._close_link()
            if self._pending_formats:
                self._reconstruct_formats()
            if name in RUBY_PARTS and self.find({"ruby"}) >= 0:
                while self.stack and self.stack[-1].name in IMPLIED_ENDS:
                    self.close(len(self.stack) - 1)
        else:
            self.needs_space = False
            if layout == "item" and (index := self.find(ITEMS[name], ITEM_BORDERS)) >= 0:
                self.close(index)
            self._close_paragraph()
            if layout == "heading" and self.stack and self.stack[-1].name in HEADINGS:
                self.close(len(self.stack) - 1)
        if layout in ("void", "rule"):
            self.output.append(tag)
            return
        self._check_depth()
        self.output.append(tag)
        if layout == "table":
            self._table_parts.append(len(self.stack))
            self._is_between_cells = True
        elif name == "p":
            self._open_paragraphs += 1
        elif name == "pre":
            self._pre_start = len(self.output)
        self.stack.append(OpenElement(name, tag))

    def insert_link(self, tag: str, label: str) -> None:
        """Insert a link with its text, as a paragraph if one is allowed here."""
        self._insert_missing_cell()
        is_paragraph = not self.stack or self.stack[-1].name in PARAGRAPH_PARENTS
        if is_paragraph:
            self.insert_here("p", ELEMENTS["p"], "<p>")
        else:
            self.write_space()
        self.insert_here("a", ELEMENTS["a"], tag)
        self.needs_space = False
        self.write_text(label)
        self.close_format("a")
        if is_paragraph:
            self._close_paragraph()
        self.needs_space = not is_paragraph

    def _close_link(self) -> None:
        """Close the open link, because links cannot be nested."""
        self._pending_formats = [pending for pending in self._pending_formats if pending.name != "a"]
        if (index := self.find({"a"})) >= 0:
            self._ended_formats.add(index)
            self.close(index)

    # Tables

    def _insert_missing_cell(self) -> None:
        """Insert a cell for content between cells; a parser would move the content out of the table (13.2.6.1)."""
        if self._is_between_cells:
            self._insert_table_part("td", "<td>")

    def _insert_table_part(self, name: str, tag: str) -> None:
        """Insert a part of the innermost table, and the parent parts that it needs."""
        if not self._table_parts:
            return
        parents = PARENTS.get(name, TABLE)
        while (inner := self.stack[self._table_parts[-1]].name) not in parents:
            if inner == "table":
                self.close(self._table_parts[-1] + 1)
                self.push("tbody", "<tbody>")
            elif inner in GROUPS and name in CELLS and name != "caption":
                self.close(self._table_parts[-1] + 1)
                self.push("tr", "<tr>")
            else:
                self.close(self._table_parts[-1])
        if len(self.stack) > self._table_parts[-1] + 1:
            self.close(self._table_parts[-1] + 1)
        self.push(name, tag)

    # End tags

    def close_name(self, name: str, element: Element) -> None:
        """Close the innermost element that an end tag names, and the elements inside it.

        Args:
            element: The row of `ELEMENTS` for the name.
        """
        layout = element.layout
        if layout in ("table", "part"):
            self.close_table_part(name)
        elif layout == "format" and element.treatment == "keep":
            self.close_format(name)
        elif name == "br" or (name == "p" and not self._open_paragraphs):
            # 13.2.6.4.7: these two end tags create elements.
            if self.skipped < 0 and not self._is_between_cells:
                self.insert_here(name, element, f"<{name}>")
                if name == "p":
                    self.close(len(self.stack) - 1)
        else:
            borders = LISTS if name == "li" else SPECIAL if layout == "inline" else _NO_BORDERS
            index = self.find(HEADINGS if layout == "heading" else {name}, borders)
            if index >= 0:
                self.close(index)

    def _close_paragraph(self) -> None:
        if self._open_paragraphs and (index := self.find({"p"})) >= 0:
            self.close(index)
