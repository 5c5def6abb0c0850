"""Cached responses: a representation of a document with its headers (RFC 9110)."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime

from feeds.edition.model import Document
from feeds.http.encodings import DECODE
from feeds.server.negotiation import IDENTITY


class CachedResponse:
    """A representation of a document, made once for all its requests.

    Attributes:
        etag: Without quotes; `quoted` has them.
        headers: Headers of a 200 response; `headers_304` has those of a 304.
        size: Bytes of the document without a content coding.
        referenced: Whether it was sent since the last eviction scan of the cache.
    """

    __slots__ = (
        "body",
        "coding",
        "date",
        "document",
        "etag",
        "etag_forms",
        "headers",
        "headers_304",
        "modified",
        "quoted",
        "referenced",
        "size",
    )

    def __init__(
        self,
        document: Document,
        coding: str,
        body: bytes,
        headers: Iterable[tuple[str, str]],
        modified: datetime | None,
    ) -> None:
        self.document = document
        self.coding = coding
        self.body = body
        self.size = document.size
        self.modified = modified
        self.etag = document.etag if coding == IDENTITY else f"{document.etag}-{coding}"
        self.quoted = f'"{self.etag}"'
        self.etag_forms = (self.quoted, f"W/{self.quoted}")
        self.date = format_datetime(modified, usegmt=True) if modified else ""
        # RFC 9110, section 15.4.5: a 304 has the headers that caches need, without those of the content.
        self.headers_304 = [("ETag", self.quoted), *headers]
        self.headers = [*self.headers_304, ("Content-Type", document.type), ("Content-Length", str(len(body)))]
        if self.date:
            self.headers.append(("Last-Modified", self.date))
        if coding != IDENTITY:
            self.headers.append(("Content-Encoding", coding))
        self.referenced = True

    @property
    def plain(self) -> bytes:
        """The body without its content coding."""
        return self.body if self.coding == IDENTITY else DECODE[self.coding](self.body)
