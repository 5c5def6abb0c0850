"""Content encodings of documents that have precompressed copies."""

from feeds.edition.model import Document

ENCODING_SUFFIXES = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""The content codings in which documents lie beside themselves, and under which suffix."""
LONGEST_NAME = 255
"""Bytes that a file name may have on the file systems there are."""
_LONGEST_SUFFIX = max(map(len, ENCODING_SUFFIXES.values()))
# Smaller ones are one packet anyway.
_LEAST = 512
_TEXTS = (
    "text/",
    "application/xml",
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "image/svg+xml",
)


def precompressed_encodings(document: Document) -> tuple[str, ...]:
    """Return the codings in which a document lies beside itself."""
    if document.size < _LEAST or not document.type.startswith(_TEXTS):
        return ()
    path = document.path
    # Few paths are so long that their last part need be looked at.
    if len(path) * 4 + _LONGEST_SUFFIX > LONGEST_NAME:
        name = path.rpartition("/")[2]
        if len(name.encode("utf-8", "surrogateescape")) + _LONGEST_SUFFIX > LONGEST_NAME:
            return ()
    return tuple(ENCODING_SUFFIXES)
