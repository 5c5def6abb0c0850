"""Sketches of texts: short values by which a text is recognised after an edit.

A sketch has the smallest hashes of all pairs of neighbouring words (Broder's bottom-k MinHash). The share of
equal hashes of two sketches estimates the share of equal pairs of two texts. A sketch has a fixed maximum
size, and the text cannot be read from it.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from zlib import crc32

_HASHES = 12
_BYTES = 3  # of each hash: enough to tell the smallest hashes of a long text apart
_WORDLESS = 24  # bytes of a usual word; longer ones are probably of a script without spaces
# Markup separates words and is no part of them. Case is ignored, for ASCII letters only.
_SEPARATED = bytes.maketrans(b"<>/\"'=,.;:!?()[]", b" " * 16)


def sketch(texts: Iterable[str | None]) -> str:
    """Return the sketch of some texts as one, which is empty if they have no words."""
    text = " ".join(filter(None, texts))
    data = text.encode("utf-8", "replace").translate(_SEPARATED).lower()
    words = data.split()
    if not words:
        return ""
    if len(data) > _WORDLESS * len(words):
        characters = [each.encode("utf-8", "replace") for each in text if not each.isspace()]
        words = list(map(bytes.__add__, characters, characters[1:])) or characters
    pairs = map(crc32, words[1:], map(crc32, words)) if len(words) > 1 else map(crc32, words)
    smallest = sorted({value >> 8 * (4 - _BYTES) for value in pairs})[:_HASHES]
    return b64encode(b"".join([value.to_bytes(_BYTES, "big") for value in smallest])).decode("ascii")


def resemblance(one: str, other: str) -> float:
    """Return the estimated share of equal pairs of words of two texts, from 0 to 1; 0 if one is empty."""
    if one == other:
        return 1.0 if one else 0.0
    first, second = _hashes(one), _hashes(other)
    smallest = sorted(first | second)[:_HASHES]
    return len(first & second & set(smallest)) / len(smallest) if smallest else 0.0


def _hashes(value: str) -> set[bytes]:
    # A sketch may come from a damaged manifest.
    data = b64decode(value, validate=False) if len(value) % 4 == 0 and value.isascii() else b""
    return {data[start : start + _BYTES] for start in range(0, len(data) - _BYTES + 1, _BYTES)}
