"""The plain text of untrusted HTML, for bodies that nest too deeply or grow too much as HTML."""

from feeds.text.html.elements import ELEMENTS, RENAMED, UNKNOWN, Element
from feeds.text.html.literal_tags import LiteralTagTokenizer
from feeds.text.html.tokenizer import Attributes


class PlainTextWriter(LiteralTagTokenizer):
    """Writer of the text of HTML, for any nesting depth."""

    def __init__(self, markup: str) -> None:
        super().__init__(markup, [])

    def write(self) -> str:
        """Return the plain text, with a blank line between blocks."""
        self.run()
        return "".join(self._output)

    def handle_text(self, value: str) -> None:
        self._output.append(value)

    def handle_start_tag(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        treatment = ELEMENTS.get(name, UNKNOWN).treatment
        if treatment != "keep" and self.is_literal_start(name, attributes, closes_itself):
            self._output.append(self.tag_source())
            return False
        element = self._write_break(name)
        if element.is_raw and attributes and not self.has_end(name):
            self.report.lost[name] += 1
            return False
        return element.is_raw

    def handle_end_tag(self, name: str) -> None:
        if self.is_literal_end(name):
            self._output.append(self.tag_source())
        else:
            self._write_break(name)

    def handle_raw_text(self, name: str, value: str) -> None:
        if name in ("textarea", "xmp"):
            self._output.append(self.decode(value) if name == "textarea" else value)
        else:
            self.report.lost[name] += 1

    def _write_break(self, name: str) -> Element:
        """Write the space or the blank line that an element makes, and return the element."""
        element = ELEMENTS.get(RENAMED.get(name, name), UNKNOWN)
        self.track_head(name)
        if element.needs_space or element.layout not in ("inline", "format"):
            is_space = element.needs_space or element.layout in ("void", "part")
            self._output.append(" " if is_space else "\n\n")
        return element
