"""SQLite index of parsed files, so that unchanged files are not parsed again.

It is a cache and safe to delete: without it, or if it is damaged, a build is slower and gives the
same result. It does not know the meaning of files.

A build needs only the metadata of most entries. Metadata is stored in a few rows, each with the
metadata of many files; each full entry has its own row.
"""

import hashlib
import marshal
import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from feeds.errors import Problem
    from feeds.store.serialize import ParsedFile


# Resolution of file dates on coarse file systems. A file that changed this shortly before it was read may
# change again with the same size and date.
GRAIN_NS = 2_000_000_000
_PATIENCE = 5.0  # seconds to wait for a lock
_BUCKETS = 64
# Most files that are held in memory before they are written.
_AT_ONCE = 1000
_SCHEMA = """
create table if not exists meta (key text primary key, value blob not null);
create table if not exists heads (bucket integer primary key, rows blob not null);
create table if not exists entries (path text primary key, packed blob not null);
"""
AssetRow = tuple[int, int, str]
"""Size and date of an asset, in bytes and nanoseconds, and the ETag of its bytes."""


class FileRow(NamedTuple):
    """Size and date of a file, in bytes and nanoseconds, and its parsed entry.

    Attributes:
        looked: Time of the read, or shortly before.
        head: The entry's metadata as plain values.
        problems: Problems of the file; a file with problems is not stored.
    """

    path: str
    size: int
    mtime: int
    looked: int
    hash: bytes
    status: Any
    unknown: tuple[tuple[str, int], ...]
    head: tuple[Any, ...] | None
    problems: "tuple[Problem, ...]" = ()


class ContentIndex:
    """The index in a folder, for one build at a time.

    An index error is reported and only costs time.

    Args:
        folder: The folder, which is created if needed; None for an index in memory.
        key: A key; if it differs from the stored one, all parsed entries are discarded.
        warn: Receives warnings about recoverable index errors.
        keep: Whether changes are stored.
    """

    def __init__(
        self, folder: Path | None, key: str = "", warn: Callable[[str], None] = lambda _: None, keep: bool = True
    ) -> None:
        self._path = folder / "index.sqlite" if folder else None
        self._key = key
        self._warn = warn
        self._keep = keep and folder is not None
        self._usable = True
        # Taken before any file is read, because a file might change in between.
        self._began = time.time_ns()
        # Removed rows, rows whose size and date changed, and new rows.
        self._stale: set[str] = set()
        self._dated: dict[str, tuple[int, int]] = {}
        self._pending: dict[str, FileRow] = {}
        self._not_cached: set[str] = set()
        # The connections for reading and writing; they are the same if changes are stored.
        self._old = self._new = _in_memory()

    def __enter__(self) -> Self:
        if self._path and (self._keep or self._path.exists()):
            try:
                self._open(self._path)
            except (sqlite3.Error, OSError) as error:
                self._give_up(error, "everything is read")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._keep:
                self._save()
        except (sqlite3.Error, OSError) as problem:
            self._give_up(problem, "the next build reads everything again")
        finally:
            self._close()

    def _open(self, path: Path) -> None:
        if not self._keep:
            self._old = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=_PATIENCE, uri=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._close()
            self._old = self._new = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
            self._new.executescript(f"pragma synchronous = off; pragma cache_size = -4000; {_SCHEMA}")
            self._new.execute("begin immediate")
        self._usable = self._noted("key") == self._key.encode()
        if not self._usable:
            # Assets do not depend on the parser.
            for table in ("meta where key <> 'assets'", "heads", "entries") if self._keep else ():
                self._new.execute(f"delete from {table}")  # noqa: S608 - one of three

    def _give_up(self, error: Exception, effect: str) -> None:
        """Report an error, and continue with an index in memory."""
        path = self._path or Path()
        self._warn(f"{os.path.relpath(path)}: {error}; {effect}")
        self._close()
        if self._keep and not isinstance(error, sqlite3.OperationalError | OSError):  # damaged, not locked
            with suppress(OSError, sqlite3.Error):
                path.unlink()
                self._stale, self._dated, self._pending = set(), {}, {}
                self._old = self._new = _in_memory()
                self._open(path)
                return
        self._usable = self._keep = False
        self._old = self._new = _in_memory()

    def _close(self) -> None:
        self._old.close()
        self._new.close()

    def _save(self) -> None:
        self.flush()
        self._forget(self._not_cached)  # these rows could be requested until now
        self.set_meta("key", self._key.encode())
        self._new.execute("commit")

    def flush(self) -> None:
        """Write the pending rows, and release their memory."""
        if self._keep:
            try:
                self._write_pending()
            except (sqlite3.Error, ValueError) as error:
                self._give_up(error, "the next build reads everything again")

    def _write_pending(self) -> None:
        removed = self._stale - self._pending.keys()
        new_rows: dict[int, list[FileRow]] = {bucket_of(path): [] for path in (*removed, *self._dated)}
        for path, row in self._pending.items():
            new_rows.setdefault(bucket_of(path), []).append(row)
        for bucket, rows in new_rows.items():
            unchanged = [self._with_new_mtime(row) for row in self._read_bucket(bucket) if row[0] not in self._stale]
            data = marshal.dumps([*unchanged, *map(tuple, rows)])
            self._new.execute("insert or replace into heads values (?, ?)", (bucket, _sealed(str(bucket), data)))
        self._forget(removed - self._not_cached)
        self._stale, self._dated, self._pending = set(), {}, {}

    def _with_new_mtime(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return a row with the current size and date of its file."""
        path, _, _, _, *rest = row
        return (path, *self._dated[path], self._began, *rest) if path in self._dated else row

    def _forget(self, paths: Iterable[str]) -> None:
        self._new.executemany("delete from entries where path = ?", [(path,) for path in paths])

    def set_meta(self, key: str, value: bytes) -> None:
        """Store a named value."""
        try:
            self._new.execute("insert or replace into meta values (?, ?)", (key, value))
        except sqlite3.Error as error:
            self._give_up(error, "the next build reads everything again")

    def get_meta(self, key: str) -> bytes | None:
        """Return a named value, or None."""
        try:
            return self._noted(key)
        except sqlite3.Error as error:
            self._give_up(error, "everything is read")
            return None

    def _noted(self, key: str) -> bytes | None:
        row = self._old.execute("select value from meta where key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else None

    def etags(self, files: Mapping[str, tuple[int, int]]) -> dict[str, AssetRow]:
        """Return the stored rows of assets whose size and date did not change.

        Args:
            files: Size and date of all assets, by path.
        """
        try:
            data = self.get_meta("assets")
            rows: dict[str, AssetRow] = marshal.loads(_opened("assets", data)) if data else {}  # noqa: S302 - our own
            return {path: row for path, row in rows.items() if files.get(path) == row[:2]}
        except (ValueError, TypeError, EOFError) as error:
            self._give_up(error, "everything is read")
            return {}

    def note_etags(self, rows: Mapping[str, AssetRow]) -> None:
        """Store these asset rows, and no others."""
        certain = {path: row for path, row in rows.items() if row[1] <= self._began - GRAIN_NS}
        data = _sealed("assets", marshal.dumps(certain, 2))
        if data != self.get_meta("assets"):
            self.set_meta("assets", data)

    def iter_unchanged(
        self, files: Mapping[str, tuple[int, int]], read: Callable[[str], bytes | None]
    ) -> Iterator[FileRow]:
        """Yield the rows of files whose size and date, or whose bytes, did not change.

        Args:
            files: Size and date of all files, by path.
            read: Returns the bytes of a file, or None if it cannot be read.
        """
        for bucket in range(_BUCKETS) if self._usable else ():
            try:
                rows = self._read_bucket(bucket)
            except (sqlite3.Error, ValueError, TypeError, EOFError) as error:
                # The rows that were yielded before are valid; the next build stores them again.
                self._give_up(error, "everything is read")
                return
            for values in rows:
                path, size, mtime, looked, known_hash = values[:5]  # access by name would take a tenth of the time
                current = files.get(path)
                if current == (size, mtime) and mtime <= looked - GRAIN_NS:
                    yield FileRow._make(values)
                elif current and current[0] == size and (data := read(path)) is not None and _hash(data) == known_hash:
                    self._dated[path] = current
                    yield FileRow._make(values)
                else:
                    self._stale.add(path)

    def _read_bucket(self, bucket: int) -> list[tuple[Any, ...]]:
        row = self._old.execute("select rows from heads where rowid = ?", (bucket,)).fetchone()
        rows: list[tuple[Any, ...]] = marshal.loads(_opened(str(bucket), row[0])) if row else []  # noqa: S302 - our own
        return rows

    def store(self, path: str, size: int, mtime: int, data: bytes, packed: "ParsedFile") -> FileRow:
        """Store a parsed file, unless it has problems, which every build must report."""
        if packed.head is not None:
            try:
                self._new.execute("insert or replace into entries values (?, ?)", (path, _sealed(path, packed.entry)))
            except sqlite3.Error as error:
                self._give_up(error, "the next build reads everything again")
        status, problems, unknown, head, _ = packed
        row = FileRow(path, size, mtime, self._began, _hash(data), status, unknown, head, problems)
        if problems:
            self._not_cached.add(path)
        elif self._keep:
            self._pending[path] = row
            if len(self._pending) == _AT_ONCE:
                self.flush()
        return row

    def entry(self, path: str) -> bytes | None:
        """Return the serialised full entry of a file, or None if it is not stored."""
        try:
            for database in dict.fromkeys((self._new, self._old)):
                row = database.execute("select packed from entries where path = ?", (path,)).fetchone()
                if row:
                    return _opened(path, row[0])
        except (sqlite3.Error, ValueError) as error:
            self._give_up(error, "everything is read")
        return None


def _in_memory() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.executescript(_SCHEMA)
    return database


def _sealed(name: str, data: bytes) -> bytes:
    """Return a value with its checksum, because SQLite does not detect changed bits."""
    return zlib.crc32(data, zlib.crc32(name.encode())).to_bytes(4, "big") + data


def _opened(name: str, sealed: bytes) -> bytes:
    data = sealed[4:]
    if _sealed(name, data) != sealed:
        raise ValueError("the stored value is damaged")
    return data


def bucket_of(path: str) -> int:
    """Return the bucket of a file; files in path order fill one bucket after another."""
    return zlib.crc32(path.encode()) % _BUCKETS


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
