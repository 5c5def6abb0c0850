"""Delta responses with only the new entries of a feed: `A-IM: feed` (RFC 3229).

It works on documents of this program, whose entries follow each other as rendered. It reads and
writes no file.
"""

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from threading import Lock

from feeds.formats.splitting import ENTRY_PATTERNS, JSON_ITEMS, JSON_SEPARATOR, split_entries

SIZE = 12
_OVERHEAD = 400  # approximate bytes of a version in addition to its hashes


def parts(body: bytes, suffix: str) -> bytes:
    """Return the hashes of a document's entries, `SIZE` bytes each, joined."""
    return b"".join(map(_hash, split_entries(body, suffix)))


def only_new(body: bytes, suffix: str, hashes: bytes) -> bytes:
    """Return the document without the entries whose hashes are in `hashes`."""
    old = {hashes[start : start + SIZE] for start in range(0, len(hashes), SIZE)}
    if suffix == ".json":
        head, items, _ = body.partition(JSON_ITEMS)
        fresh = (entry for entry in split_entries(body, suffix) if _hash(entry) not in old)
        return head + items + JSON_SEPARATOR.join(fresh) + b"\n]}\n"
    return ENTRY_PATTERNS[suffix].sub(lambda match: b"" if _hash(match[0]) in old else match[0], body)


class Versions:
    """Cache of the entry hashes of feed versions that were sent.

    Args:
        room: Most bytes that the cache may use.
    """

    def __init__(self, room: int) -> None:
        self._lock = Lock()
        self._room = room
        self._taken = 0
        self._parts: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def note(self, path: str, etag: str, body: bytes) -> None:
        """Add a version of a feed; the least recently used versions are dropped if needed."""
        key = (path, etag)
        with self._lock:
            if key in self._parts:
                return
            self._parts[key] = hashes = parts(body, _suffix(path))
            self._taken += len(hashes) + _OVERHEAD
            while self._taken > self._room:
                self._taken -= len(self._parts.popitem(last=False)[1]) + _OVERHEAD

    def only_new(self, path: str, tags: Iterable[str], body: bytes) -> tuple[str, bytes] | None:
        """Return the first ETag that is cached, and the document with only the entries that are new since then."""
        for tag in tags:
            key = (path, tag.split("-")[0])
            with self._lock:
                hashes = self._parts.get(key)
                if hashes is not None:
                    self._parts.move_to_end(key)
            if hashes is not None:
                return tag, only_new(body, _suffix(path), hashes)
        return None


def _suffix(path: str) -> str:
    return path[path.rindex(".") :]


def _hash(entry: bytes) -> bytes:
    return blake2b(entry, digest_size=SIZE).digest()
