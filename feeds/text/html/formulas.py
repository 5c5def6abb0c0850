"""Formulas: MathML elements and attributes, without any HTML inside them.

An HTML5 parser reads HTML inside `mi`, `mtext` and `annotation-xml` (13.2.6.2, "integration point"). Attacks on
sanitisers start there, so the output has text only in the first ones and never the last one.
"""

from feeds.text.html import attributes as values
from feeds.text.html.attribute_filter import AttributeFilter
from feeds.text.html.elements import (
    BREAKOUT,
    ELEMENTS,
    MATH_ATTRIBUTES,
    MATH_DROPPED,
    MATH_ELEMENTS,
    MATH_ROWS,
    MATH_TEXT,
    TABLE,
    UNKNOWN,
    Element,
)
from feeds.text.html.insertion import HtmlWriter
from feeds.text.html.report import Report
from feeds.text.html.serialisation import start_tag
from feeds.text.html.tokenizer import Attributes


class Formulas:
    """The formulas of one body.

    Attributes:
        has_formula: Whether a formula was written.
    """

    def __init__(self, writer: HtmlWriter, filtered: AttributeFilter, report: Report) -> None:
        self.has_formula = False
        self._writer = writer
        self._filter = filtered
        self._report = report

    def start(self, name: str, element: Element, attributes: Attributes) -> None:
        """Insert a `math` element."""
        self._writer.insert(name, element, start_tag(name, self._values(attributes)))
        self._writer.formula = len(self._writer.stack) - 1
        self.has_formula = True

    def insert(self, name: str, attributes: Attributes, closes_itself: bool) -> None:
        """Insert an element into the open formula; HTML in formulas is reduced to its text."""
        writer = self._writer
        name = "mrow" if name in MATH_ROWS else name
        if name in MATH_DROPPED or name == "math":
            if name not in ("annotation", "annotation-xml"):
                self._report.lost[name] += 1
            if not closes_itself:
                writer.skip(name)
        elif name in MATH_ELEMENTS and writer.stack[-1].name not in MATH_TEXT:
            tag = start_tag(name, self._values(attributes))
            if closes_itself:
                writer.output.append(f"{tag}</{name}>")
            else:
                writer.push(name, tag)
        elif ELEMENTS.get(name, UNKNOWN).layout not in ("inline", "format"):
            writer.needs_space = True

    def leave_at_start(self, name: str) -> bool:
        """Close the formula at the start tag of an element that cannot be in it (13.2.6.5). Return whether it did."""
        if name not in BREAKOUT or self._writer.stack[-1].name in MATH_TEXT:
            return False
        self._writer.close(self._writer.formula)
        return True

    def close(self, name: str) -> bool:
        """Close an element of the open formula at an end tag.

        Returns:
            Whether this is the end tag of an HTML element, which ends the formula too.
        """
        writer = self._writer
        name = "mrow" if name in MATH_ROWS else name
        for index in range(len(writer.stack) - 1, max(writer.formula, writer.skipped) - 1, -1):
            if writer.stack[index].name == name:
                writer.close(index)
                return False
        if writer.skipped >= 0 or name in MATH_ELEMENTS:
            return False
        if name not in ("br", "p") and writer.find({name}, TABLE) < 0:
            return False
        writer.close(writer.formula)
        return True

    def _values(self, attributes: Attributes) -> dict[str, str | None]:
        return {
            key: values.math_value(key, value)
            for key, value in self._filter.values(attributes).items()
            if key in MATH_ATTRIBUTES
        }
