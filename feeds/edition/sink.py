"""Sinks for the bytes of documents while an edition is composed."""

from collections.abc import Callable
from dataclasses import replace

from feeds.edition.model import Document


class DocumentSink:
    """Receiver of rendered documents; this one discards the bytes.

    Attributes:
        intact_paths: Paths of the previous edition's documents that exist unchanged.
        same_generator: Whether the same version of this program made them, so that they can be reused.
        read: Returns the bytes of a document of the previous edition, or None.
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
        """Take the bytes, and return the document in the form that the edition stores."""
        return replace(document, body=None)

    def copy(self, path: str, document: Document) -> Document:
        """Store the bytes of a document that was put, or is intact, under another path."""
        return replace(document, path=path)

    def clear(self) -> None:
        """Discard all documents that were put, because composition starts again."""


class MemorySink(DocumentSink):
    """Sink that keeps the bytes in the documents."""

    def put(self, document: Document) -> Document:
        return document
