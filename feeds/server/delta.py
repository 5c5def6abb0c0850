"""What is new in a feed for a reader that has an older one: `A-IM: feed` (RFC 3229).

Works on our own documents, whose entries stand one after the other as they were
rendered. Touches no file.
"""

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from threading import Lock

from feeds.formats.splitting import ENTRY_PATTERNS, JSON_ITEMS, JSON_SEPARATOR, split_entries

SIZE = 12
_OVERHEAD = 400  # bytes that a version takes besides its hashes, about


def parts(body: bytes, suffix: str) -> bytes:
    """Return a hash of each entry of a document, of `SIZE` bytes each, one after the other."""
    return b"".join(map(_hash, split_entries(body, suffix)))


def only_new(body: bytes, suffix: str, known: bytes) -> bytes:
    """Return the document without the entries that are known, by their hashes."""
    old = {known[start : start + SIZE] for start in range(0, len(known), SIZE)}
    if suffix == ".json":
        head, items, _ = body.partition(JSON_ITEMS)
        fresh = (each for each in split_entries(body, suffix) if _hash(each) not in old)
        return head + items + JSON_SEPARATOR.join(fresh) + b"\n]}\n"
    return ENTRY_PATTERNS[suffix].sub(lambda match: b"" if _hash(match[0]) in old else match[0], body)


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


def _hash(entry: bytes) -> bytes:
    return blake2b(entry, digest_size=SIZE).digest()
