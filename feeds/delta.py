"""What is new in a feed for a reader that has an older one: `A-IM: feed` (RFC 3229).

Works on our own documents, whose entries stand one after the other as they were
rendered. Pure.
"""

import re
from hashlib import blake2b

_ENTRIES = {
    ".xml": re.compile(rb"[ \t]*<item>.*?</item>\n", re.DOTALL),
    ".atom": re.compile(rb"[ \t]*<entry[ >].*?</entry>\n", re.DOTALL),
}
_ITEMS = b',"items":[\n'
_NEXT = b",\n"


def parts(body: bytes, suffix: str) -> frozenset[bytes]:
    """Return a hash of each entry of a document."""
    return frozenset(map(_hash, _entries(body, suffix)))


def only_new(body: bytes, suffix: str, known: frozenset[bytes]) -> bytes:
    """Return the document without the entries that are known."""
    if suffix == ".json":
        head, items, _ = body.partition(_ITEMS)
        return (
            head + items + _NEXT.join(each for each in _entries(body, suffix) if _hash(each) not in known) + b"\n]}\n"
        )
    return _ENTRIES[suffix].sub(lambda match: b"" if _hash(match[0]) in known else match[0], body)


def _entries(body: bytes, suffix: str) -> list[bytes]:
    if suffix == ".json":
        inner = body.partition(_ITEMS)[2].removesuffix(b"\n]}\n")
        return inner.split(_NEXT) if inner else []
    return _ENTRIES[suffix].findall(body)


def _hash(entry: bytes) -> bytes:
    return blake2b(entry, digest_size=12).digest()
