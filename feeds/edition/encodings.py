"""Content codings of precompressed document variants."""

from feeds.edition.model import Document

ENCODING_SUFFIXES = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""The content codings of precompressed variants, and the suffixes of their files."""
LONGEST_NAME = 255
"""Most bytes of a file name on common file systems."""
_LONGEST_SUFFIX = max(map(len, ENCODING_SUFFIXES.values()))
# A smaller response fits into one network packet without compression.
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
    """Return the codings in which a document has a precompressed variant."""
    if document.size < _LEAST or not document.type.startswith(_TEXTS):
        return ()
    path = document.path
    # Few paths are long, so the test of the last part is rarely needed.
    if len(path) * 4 + _LONGEST_SUFFIX > LONGEST_NAME:
        name = path.rpartition("/")[2]
        if len(name.encode("utf-8", "surrogateescape")) + _LONGEST_SUFFIX > LONGEST_NAME:
            return ()
    return tuple(ENCODING_SUFFIXES)
