"""What is new in a feed for a reader that has an older one: `A-IM: feed` (RFC 3229).

Works on our own documents, whose entries stand one after the other as they were
rendered. Touches no file.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from threading import Lock

SIZE = 12

# Linear: white space is looked at once, and an entry that has no end ends with the document.
_ENTRIES = {
    ".xml": re.compile(rb"(?<![ \t])[ \t]*<item>.*?(?:</item>\n|\Z)", re.DOTALL),
    ".atom": re.compile(rb"(?<![ \t])[ \t]*<entry[ >].*?(?:</entry>\n|\Z)", re.DOTALL),
    ".html": re.compile(rb"<article[ >].*?(?:</article>|\Z)", re.DOTALL),
}
_ITEMS = b',"items":[\n'
_NEXT = b",\n"
_OVERHEAD = 400  # bytes that a version takes besides its hashes, about


def parts(body: bytes, suffix: str) -> bytes:
    """Return a hash of each entry of a document, of `SIZE` bytes each, one after the other."""
    return b"".join(map(_hash, entries(body, suffix)))


def only_new(body: bytes, suffix: str, known: bytes) -> bytes:
    """Return the document without the entries that are known, by their hashes."""
    old = {known[start : start + SIZE] for start in range(0, len(known), SIZE)}
    if suffix == ".json":
        head, items, _ = body.partition(_ITEMS)
        fresh = (each for each in entries(body, suffix) if _hash(each) not in old)
        return head + items + _NEXT.join(fresh) + b"\n]}\n"
    return _ENTRIES[suffix].sub(lambda match: b"" if _hash(match[0]) in old else match[0], body)


class Versions:
    """The entries of feeds as they were sent, as many versions as there is room for.

    Args:
        room: Bytes that they may take together.
    """

    def __init__(self, room: int) -> None:
        self._lock = Lock()
        self._room = room
        self._taken = 0
        self._parts: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def note(self, path: str, etag: str, body: bytes) -> None:
        """Remember a version of a feed, at the cost of those that nobody named for the longest time."""
        key = (path, etag)
        with self._lock:
            if key in self._parts:
                return
            self._parts[key] = made = parts(body, _suffix(path))
            self._taken += len(made) + _OVERHEAD
            while self._taken > self._room:
                self._taken -= len(self._parts.popitem(last=False)[1]) + _OVERHEAD

    def only_new(self, path: str, known: Iterable[str], body: bytes) -> tuple[str, bytes] | None:
        """Return of the tags of a feed the first that is remembered, and what is new since then."""
        for tag in known:
            key = (path, tag.split("-")[0])
            with self._lock:
                found = self._parts.get(key)
                if found is not None:
                    self._parts.move_to_end(key)
            if found is not None:
                return tag, only_new(body, _suffix(path), found)
        return None


def _suffix(path: str) -> str:
    return path[path.rindex(".") :]


def entries(body: bytes, suffix: str) -> list[bytes]:
    """Return the entries of a document as they were rendered."""
    if suffix == ".json":
        inner = body.partition(_ITEMS)[2].removesuffix(b"\n]}\n")
        return inner.split(_NEXT) if inner else []
    return _ENTRIES[suffix].findall(body)


def _hash(entry: bytes) -> bytes:
    return blake2b(entry, digest_size=SIZE).digest()
