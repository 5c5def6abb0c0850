"""Sketches of texts: short values by which a text is recognised after an edit.

A sketch has the smallest hashes of the pairs of neighbouring words (Broder's bottom-k MinHash). The share of
equal hashes of two sketches estimates the share of equal pairs in the beginnings of two texts. A sketch has a
fixed maximum size, and the text cannot be read from it.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from zlib import crc32

_LONGEST = 800  # characters: the beginning of a text is enough to recognise it, and bounds the time
_HASHES = 12
_BYTES = 3  # of each hash: enough to tell the smallest hashes of a text apart
_WORDLESS = 24  # bytes of a usual word; longer ones are probably of a script without spaces
# Markup separates words and is no part of them. Case is ignored, for ASCII letters only.
_UPPER = bytes(range(ord("A"), ord("Z") + 1))
_MARKUP = b"<>/\"'=,.;:!?()[]"
_WORDS = bytes.maketrans(_MARKUP + _UPPER, b" " * len(_MARKUP) + _UPPER.lower())


def sketch(texts: Iterable[str | None]) -> str:
    """Return the sketch of some texts as one, which is empty if they have no words."""
    text = " ".join(filter(None, texts))[:_LONGEST]
    data = text.encode("utf-8", "replace").translate(_WORDS)
    words = data.split()
    if not words:
        return ""
    if len(data) > _WORDLESS * len(words):
        words = [character.encode("utf-8", "replace") for character in text if not character.isspace()]
    pairs = set(map(crc32, map(bytes.__add__, words, words[1:]) if len(words) > 1 else words))
    smallest = sorted(pairs)[:_HASHES]
    return b64encode(b"".join([value.to_bytes(4, "big")[:_BYTES] for value in smallest])).decode("ascii")


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
