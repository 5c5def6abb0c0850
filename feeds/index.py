"""What each content file was and came to, so that an unchanged one is not read again.

Derived from the files and safe to delete: without it, or with one that is broken, a
build is slower and comes to the same. It does not know what a file means. SQLite.
"""

import hashlib
import os
import pickle
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from feeds import entry, fields, frontmatter, model, text, yamltext
from feeds.frontmatter import Parsed
from feeds.model import Site

# A file system's clock may be as coarse as this, so a file that was changed so shortly
# before it was read may have been changed again since, with the same size and date.
_GRAIN_NS = 2_000_000_000
_PATIENCE = 5.0  # seconds, for a lock that somebody else holds
_SCHEMA = """
create table if not exists meta (key text primary key, value text not null);
create table if not exists files (
    path text primary key, size integer not null, mtime integer not null,
    looked integer not null, hash blob not null, parsed blob not null
);
"""


def key_of(site: Site) -> str:
    """Return what a parsed file depends on besides its bytes: how we parse, and two settings."""
    code = hashlib.blake2b(digest_size=16)
    for module in (entry, fields, frontmatter, model, text, yamltext):
        code.update(Path(str(module.__file__)).read_bytes())
    return f"{code.hexdigest()} {yamltext.ryaml is not None} {site.tag} {site.base}"


class Index:
    """The index in a folder, for one build at a time.

    What goes wrong with it is told and costs time only.

    Args:
        folder: Where it is; it is made if it is not there.
        key: Another key than the last time discards what was parsed.
        tell: Called with what went wrong.
    """

    def __init__(self, folder: Path, key: str, tell: Callable[[str], None]) -> None:
        self._path = folder / "index.sqlite"
        self._key = key
        self._tell = tell
        self._rows: dict[str, tuple[int, int, int, bytes, bytes]] = {}
        self._new: dict[str, tuple[int, int, int, bytes, bytes]] = {}
        self._kept: set[str] = set()

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._connect()) as database, database:
                if database.execute("select value from meta where key = 'key'").fetchone() == (self._key,):
                    rows = database.execute("select path, size, mtime, looked, hash, parsed from files")
                    self._rows = {path: tuple(row) for path, *row in rows}
        except (sqlite3.Error, OSError) as error:
            self._rows = {}
            self._tell(f"{os.path.relpath(self._path)}: {error}; everything is read")
            if not isinstance(error, sqlite3.OperationalError):  # it is not locked, but broken
                with suppress(OSError):
                    self._path.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        gone = self._rows.keys() - self._kept
        if kind is not None or not (self._new or gone):
            return
        try:
            with closing(self._connect()) as database, database:
                database.execute("delete from files" if not self._rows else "select 1")
                database.executemany("delete from files where path = ?", [(path,) for path in gone])
                rows = [(path, *row) for path, row in self._new.items()]
                database.executemany("insert or replace into files values (?, ?, ?, ?, ?, ?)", rows)
                database.execute("insert or replace into meta values ('key', ?)", (self._key,))
        except (sqlite3.Error, OSError) as problem:
            self._tell(f"{os.path.relpath(self._path)}: {problem}; the next build reads everything again")

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=_PATIENCE)
        database.executescript(_SCHEMA)
        return database

    def unchanged(self, path: str, status: os.stat_result) -> Parsed | None:
        """Return what a file came to, if its size and date say that it is the same."""
        row = self._rows.get(path)
        if row is None or (row[0], row[1]) != (status.st_size, status.st_mtime_ns):
            return None
        if status.st_mtime_ns > row[2] - _GRAIN_NS:
            return None
        return self._load(path, row)

    def same(self, path: str, status: os.stat_result, data: bytes) -> Parsed | None:
        """Return what a file came to, if these are its bytes still: only its date is new."""
        row = self._rows.get(path)
        if row is None or row[3] != _hash(data):
            return None
        self._new[path] = (status.st_size, status.st_mtime_ns, time.time_ns(), row[3], row[4])
        return self._load(path, row)

    def put(self, path: str, status: os.stat_result, data: bytes, parsed: Parsed) -> None:
        """Remember what a file came to; not if anything was wrong with it, which is to be said each time."""
        if not parsed.problems:
            blob = pickle.dumps(parsed, pickle.HIGHEST_PROTOCOL)
            self._new[path] = (status.st_size, status.st_mtime_ns, time.time_ns(), _hash(data), blob)
            self._kept.add(path)

    def _load(self, path: str, row: tuple[int, int, int, bytes, bytes]) -> Parsed | None:
        try:
            parsed = pickle.loads(row[4])  # noqa: S301 - from our own folder, and only what we put there
        except Exception:  # noqa: BLE001 - a broken pickle raises whatever it likes
            return None
        self._kept.add(path)
        return parsed if isinstance(parsed, Parsed) else None


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
