"""Where rendered documents go while an edition is composed."""

from collections.abc import Callable
from dataclasses import replace

from feeds.edition.model import Document


class DocumentSink:
    """Where the bytes of documents go while an edition is made: this one forgets them.

    Attributes:
        intact_paths: Paths of documents of the edition before that are there, whole, already.
        same_generator: The same program made them, so what is made from the same need not be made again.
        read: Returns the bytes of a document of the edition before, or None where it has none.
    """

    def __init__(
        self,
        intact: frozenset[str] = frozenset(),
        trusted: bool = False,
        read: Callable[[Document], bytes | None] = lambda document: document.body,
    ) -> None:
        self.intact_paths = intact
        self.same_generator = trusted
        self.read = read

    def put(self, document: Document) -> Document:
        """Take the bytes, and return the document as the edition holds it."""
        return replace(document, body=None)

    def copy(self, path: str, document: Document) -> Document:
        """Take the bytes of a document that was put, or is intact, for another one at `path`."""
        return replace(document, path=path)

    def clear(self) -> None:
        """Forget all documents that were put: the edition is made from the beginning."""


class MemorySink(DocumentSink):
    """Keeps the bytes in the documents."""

    def put(self, document: Document) -> Document:
        return document
