"""The stack of open elements (13.2.4.2), and the list of active formatting elements (13.2.4.3).

The stack writes an end tag for each start tag. Formats (`b`, `a`) that a parser would reopen are reopened in the
output. `insertion` decides what to open and to close. Section numbers are those of the WHATWG HTML standard.
"""

from collections.abc import Collection
from typing import NamedTuple

from feeds.text import markdown
from feeds.text.html.elements import CELLS, FORMATS, SPECIAL, STRUCTURE
from feeds.text.html.limits import MAX_DEPTH, OutputBudget

_NO_BORDERS: frozenset[str] = frozenset()


class OpenElement(NamedTuple):
    """An element on the stack.

    Attributes:
        tag: The start tag in the output; empty for an element that is not written.
        outer_formats: For a cell: the pending formats outside the cell.
    """

    name: str
    tag: str
    outer_formats: "list[OpenElement] | None" = None


class OpenElements:
    """The stack of open elements, which writes their tags.

    Attributes:
        output: The written pieces of HTML. A piece that starts with `<` is a tag.
        stack: The open elements, the outermost first.
        skipped: Stack position of the element that is dropped with its content, or -1.
        formula: Stack position of the open `math`, or -1.
    """

    def __init__(self, output: list[str], budget: OutputBudget) -> None:
        self.output = output
        self.stack: list[OpenElement] = []
        self.skipped = -1
        self.formula = -1
        self._budget = budget
        # Formats that the end of a block closed; the next text reopens them.
        self._pending_formats: list[OpenElement] = []
        # Stack positions of formats with an end tag inside a block: they are closed together with the block.
        self._ended_formats: set[int] = set()
        # Stack positions of the tables, table parts and cells.
        self._table_parts: list[int] = []
        # True if the innermost of these is not a cell, so that content is not allowed here.
        self._is_between_cells = False
        self._open_paragraphs = 0

    def push(self, name: str, tag: str) -> None:
        """Put an element on the stack and write its tag, if it has one. Nothing is closed."""
        self._push(OpenElement(name, tag))

    def skip(self, name: str) -> None:
        """Put an element on the stack that is dropped with its content."""
        self.skipped = len(self.stack)
        self._push(OpenElement(name, ""))

    def _push(self, element: OpenElement) -> None:
        self._check_depth()
        if element.tag:
            self.output.append(element.tag)
            if element.name in STRUCTURE:
                self._table_parts.append(len(self.stack))
                self._is_between_cells = element.name not in CELLS
                if not self._is_between_cells:
                    element = OpenElement(element.name, element.tag, self._pending_formats)
                    self._pending_formats = []
            elif element.name == "p":
                self._open_paragraphs += 1
        self.stack.append(element)

    def _check_depth(self) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise markdown.ExcessError

    def _reconstruct_formats(self) -> None:
        """Reopen the formats that the end of a block closed (13.2.4.3)."""
        pending, self._pending_formats = self._pending_formats, []
        for element in pending:
            self._budget.spend(len(element.tag))
            self._push(element)

    def close(self, index: int) -> None:
        """Close the elements from the top of the stack down to `index`."""
        closed_formats: list[OpenElement] = []
        while len(self.stack) > index or len(self.stack) - 1 in self._ended_formats:
            element = self.stack.pop()
            position = len(self.stack)
            if position == self.skipped:
                self.skipped = -1
            if position == self.formula:
                self.formula = -1
            if not element.tag:
                continue
            self.output.append(f"</{element.name}>")
            if element.name == "p":
                self._open_paragraphs -= 1
            if self._table_parts and self._table_parts[-1] == position:
                self._pop_table_part(element)
            if position in self._ended_formats:
                self._ended_formats.remove(position)
            elif element.name in FORMATS:
                closed_formats.append(element)
            if element.outer_formats is not None:
                closed_formats = []
        for element in closed_formats:
            # 13.2.4.3, the "Noah's Ark clause".
            if sum(pending.tag == element.tag for pending in self._pending_formats) < 3:
                self._pending_formats.insert(0, element)

    def close_current(self, name: str) -> bool:
        """Close the current element if it has this name and no end tag is pending. Return whether it was closed.

        This is the usual case, and quicker than `close`.
        """
        if not self.stack or self.stack[-1].name != name or self._ended_formats or self.skipped >= 0:
            return False
        element = self.stack.pop()
        self.output.append(f"</{name}>")
        if name == "p":
            self._open_paragraphs -= 1
        elif name in STRUCTURE:
            self._pop_table_part(element)
        elif name == "math":
            self.formula = -1
        return True

    def close_table_part(self, name: str) -> None:
        """Close a part of the innermost table, or the table itself."""
        for index in reversed(self._table_parts):
            open_name = self.stack[index].name
            if open_name == name:
                self.close(index)
            if open_name in (name, "table"):
                return

    def close_format(self, name: str) -> None:
        """End a format at its end tag, as the adoption agency algorithm does (13.2.6.4.7).

        A format that was opened outside a block ends together with the block, so that the elements nest.
        """
        for index in range(len(self.stack) - 1, self._scope_start(), -1):
            if self.stack[index].name == name and index not in self._ended_formats:
                self._ended_formats.add(index)
                if not any(inner.tag and inner.name in SPECIAL for inner in self.stack[index + 1 :]):
                    self.close(index)
                return
        for number in range(len(self._pending_formats) - 1, -1, -1):
            if self._pending_formats[number].name == name:
                del self._pending_formats[number]
                return

    def find(self, names: Collection[str], borders: frozenset[str] = _NO_BORDERS) -> int:
        """Return the stack position of an open element, or -1. The search stops at a border, and at a cell or table."""
        for index in range(len(self.stack) - 1, self._scope_start(), -1):
            name = self.stack[index].name
            if name in names:
                return index
            if name in borders:
                break
        return -1

    def _scope_start(self) -> int:
        """Return the stack position of the innermost cell or table: elements outside cannot be closed from inside."""
        return self._table_parts[-1] if self._table_parts else -1

    def _pop_table_part(self, part: OpenElement) -> None:
        """Restore the state around a table, table part or cell that was just closed."""
        self._table_parts.pop()
        self._is_between_cells = bool(self._table_parts) and self.stack[self._table_parts[-1]].name not in CELLS
        if part.outer_formats is not None:
            # A format inside a cell ends with the cell.
            self._pending_formats = part.outer_formats
