"""Tags that their author meant as text and forgot to escape, as in "use the <title> element"."""

from feeds.text.html.elements import ELEMENTS, EXTENSION_NAME, NEEDS_ATTRIBUTES, NEEDS_END, RENAMED
from feeds.text.html.tokenizer import Attributes, Tokenizer

# Elements that are text if nothing ends them.
_NEEDS_END_TAG = NEEDS_END | {"iframe", "plaintext", "textarea", "xmp"}


class LiteralTagTokenizer(Tokenizer):
    """Tokenizer that tells a tag from text that looks like one.

    Args:
        output: The pieces of text and tags that the subclass writes. Pieces are only ever added.
    """

    def __init__(self, markup: str, output: list[str]) -> None:
        super().__init__(markup)
        self._output = output
        # Number of pieces at the start of the output that are white space.
        self._blank_pieces = 0
        # Names of start tags that were text; their end tags are text too.
        self._literal_names: set[str] = set()
        self._is_in_head = False

    def is_literal_start(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        """Return whether a start tag is text."""
        if name not in ELEMENTS and name not in RENAMED:
            is_literal = not EXTENSION_NAME.fullmatch(name) or not (attributes or closes_itself or self.has_end(name))
        elif name == "title":
            # Without a `head` element, only the very first title is that of the document.
            is_literal = not self.has_end(name) or not (self._is_in_head or not self._has_text())
        elif attributes and name != "plaintext":
            return False
        elif name == "a":
            is_literal = not self.has_end(name)
        elif name in ("script", "style"):
            is_literal = not self.has_end(name) and not self.has_code()
        else:
            is_literal = RENAMED.get(name, name) in NEEDS_ATTRIBUTES or (
                name in _NEEDS_END_TAG and not self.has_end(name)
            )
        if is_literal:
            self._literal_names.add(name)
        return is_literal

    def is_literal_end(self, name: str) -> bool:
        """Return whether an end tag is text."""
        if name in self._literal_names:
            return True
        return name not in ELEMENTS and name not in RENAMED and not EXTENSION_NAME.fullmatch(name)

    def _has_text(self) -> bool:
        """Return whether anything but white space was written. It reads each piece of the output only once."""
        while self._blank_pieces < len(self._output):
            if self._output[self._blank_pieces].strip():
                return True
            self._blank_pieces += 1
        return False

    def track_head(self, name: str) -> None:
        """Note a start tag that may begin or end the head of a document."""
        self._is_in_head = name == "head" or (self._is_in_head and name != "body")
