"""The hub's records in SQLite, for a site on one machine: `hub.sqlite` in the state folder.

Each frequent condition has an index. huey has its own tables in the same file.
"""

import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from feeds.errors import HubError
from feeds.system.locks import try_lock, unlock
from feeds.websub.queries import read_query
from feeds.websub.subscription_store import REMEMBERED, STUCK, Delivery, Record, Subscription

SCHEMA_VERSION = 1
"""Value of `user_version`; 0 is an empty database or one of the earlier form."""
_SCHEMA = read_query("schema.sql")
_COLUMNS = """topic, callback, lease_end, etag, secret, delivered_etag, delivered_at, attempts, attempted_etag,
    attempted_at, failures, failing_since, coalesce(next_attempt, 0), error"""
_SPLIT = 5  # the columns of a subscription, before those of its delivery
_ADD = read_query("add.sql")
_RECORD = read_query("record.sql")
_MARK = read_query("mark.sql")
# The number is part of the text, because the index holds only these records.
_COUNT_STUCK = f"select count(*) from subscription where failures >= {STUCK}"  # noqa: S608
_TIMEOUT = 5.0  # seconds to wait for another process's transaction


class Database:
    """A connection that several threads of a process use in turn.

    Args:
        path: The file.
        is_durable: Whether each transaction is on the disk before it ends.
    """

    def __init__(self, path: Path, *, is_durable: bool = True) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(path, timeout=_TIMEOUT, check_same_thread=False, isolation_level=None)
        self._connection.execute(f"pragma synchronous = {'full' if is_durable else 'normal'}")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def rows(self, query: str, values: Iterable[Any] = ()) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, tuple(values)).fetchall()

    def value(self, query: str, values: Iterable[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        rows = self.rows(query, values)
        return rows[0][0] if rows else None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield self._connection
                self._connection.commit()
            except BaseException:
                # Also after a commit that failed, or else no further transaction could start.
                self._connection.rollback()
                raise


def create_tables(path: Path) -> None:
    """Create the tables if they do not exist.

    Raises:
        HubError: The database belongs to a newer version of this program.
        sqlite3.Error: The database cannot be used.
    """
    database = Database(path)
    try:
        if database.value("pragma user_version") == SCHEMA_VERSION:
            return
        with database.transaction() as connection:
            # Another process may have created them since.
            [version] = connection.execute("pragma user_version").fetchone()
            if version > SCHEMA_VERSION:
                raise HubError(os.path.relpath(path), "hub.newer_database")
            if version < SCHEMA_VERSION:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"pragma user_version = {SCHEMA_VERSION}")
    finally:
        database.close()


def add_subscription(connection: sqlite3.Connection, subscription: Subscription) -> None:
    """Add or renew a subscription within a transaction."""
    values = {"key": subscription.key, "topic_url": subscription.topic_url, "host": subscription.host}
    connection.execute(_ADD, asdict(subscription) | values)


def record_deliveries(connection: sqlite3.Connection, deliveries: Mapping[str, Delivery]) -> None:
    """Store results of attempts within a transaction."""
    connection.executemany(_RECORD, (asdict(delivery) | {"key": key} for key, delivery in deliveries.items()))


class SqliteSubscriptionStore:
    """The records in the tables of a database."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)

    def close(self) -> None:
        self._database.close()

    def add(self, subscription: Subscription) -> None:
        self.add_all([subscription])

    def add_all(self, subscriptions: Iterable[Subscription]) -> None:
        """Add or renew subscriptions in one transaction."""
        with self._database.transaction() as connection:
            for subscription in subscriptions:
                add_subscription(connection, subscription)

    def remove(self, key: str, lease_end: float | None = None) -> bool:
        with self._database.transaction() as connection:
            query = "delete from subscription where key = ? and coalesce(?, lease_end) = lease_end"
            return connection.execute(query, (key, lease_end)).rowcount > 0

    def find(self, keys: Iterable[str]) -> dict[str, Record]:
        if not (wanted_keys := list(keys)):
            return {}
        return self._select("key in (select value from json_each(?))", json.dumps(wanted_keys))

    def records(self) -> Iterator[Record]:
        yield from self._select("true").values()

    def due(self, now: float, limit: int, busy_hosts: Collection[str] = ()) -> dict[str, Record]:
        return self._select(
            "next_attempt <= ? and host not in (select value from json_each(?)) order by next_attempt limit ?",
            now,
            json.dumps(list(busy_hosts)),
            limit,
        )

    def expired(self, now: float, limit: int) -> dict[str, Record]:
        return self._select("lease_end <= ? limit ?", now, limit)

    def subscribers(self, topic_url: str, limit: int) -> dict[str, Record]:
        return self._select("topic_url = ? limit ?", topic_url, limit)

    def record_deliveries(self, deliveries: Mapping[str, Delivery]) -> None:
        with self._database.transaction() as connection:
            record_deliveries(connection, deliveries)

    def settle(self, etags: Mapping[str, str]) -> None:
        query = """update subscription set next_attempt = null
            where key = ? and coalesce(nullif(delivered_etag, ''), etag) = ?"""
        with self._database.transaction() as connection:
            connection.executemany(query, etags.items())

    def retry(self, topic_url: str | None = None) -> int:
        query = """update subscription set next_attempt = failures
            where next_attempt is not null and failures > 0 and coalesce(?, topic_url) = topic_url"""
        with self._database.transaction() as connection:
            return connection.execute(query, (topic_url,)).rowcount

    def topic_etags(self) -> dict[str, str]:
        return dict(self._database.rows("select url, etag from topic"))

    def update_topics(self, changed: Mapping[str, str], removed: Collection[str]) -> None:
        with self._database.transaction() as connection:
            connection.executemany("insert or replace into topic (url, etag) values (?, ?)", changed.items())
            connection.executemany(_MARK, changed.items())
            connection.executemany("delete from topic where url = ?", ((url,) for url in removed))

    def confirm(self, key: str, number: int, now: float) -> bool:
        with self._database.transaction() as connection:
            row = connection.execute("select number from confirmation where key = ?", (key,)).fetchone()
            if row and row[0] > number:
                return False
            connection.execute("insert or replace into confirmation values (?, ?, ?)", (key, number, now))
            return True

    def clean(self, now: float) -> None:
        with self._database.transaction() as connection:
            connection.execute("delete from confirmation where confirmed_at < ?", (now - REMEMBERED,))

    def count(self) -> int:
        return int(self._database.value("select count(*) from subscription"))

    def count_topic(self, topic_url: str) -> int:
        return int(self._database.value("select count(*) from subscription where topic_url = ?", [topic_url]))

    def count_host(self, host: str) -> int:
        return int(self._database.value("select count(*) from subscription where host = ?", [host]))

    def count_due(self, now: float) -> int:
        return int(self._database.value("select count(*) from subscription where next_attempt <= ?", [now]))

    def count_stuck(self) -> int:
        return int(self._database.value(_COUNT_STUCK))

    def increment(self, counter: str, amount: int = 1) -> int:
        select = "select value from hub_counter where name = ?"
        if not amount:
            return int(self._database.value(select, [counter]) or 0)
        with self._database.transaction() as connection:
            connection.execute("insert or ignore into hub_counter values (?, 0)", (counter,))
            connection.execute("update hub_counter set value = value + ? where name = ?", (amount, counter))
            return int(connection.execute(select, (counter,)).fetchone()[0])

    def _select(self, condition: str, *values: Any) -> dict[str, Record]:
        # The condition is one of this module's texts.
        query = f"select key, {_COLUMNS} from subscription where {condition}"  # noqa: S608
        return {
            key: Record(Subscription(*columns[:_SPLIT]), Delivery(*columns[_SPLIT:]))
            for key, *columns in self._database.rows(query, values)
        }


class FileLeaderLock:
    """Leadership as a lock on a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        if self._descriptor is None:
            self._descriptor = try_lock(self._path, 0o600)
        return self._descriptor is not None

    def close(self) -> None:
        if self._descriptor is not None:
            unlock(self._descriptor)
            self._descriptor = None


class SqliteRateLimiter:
    """Counters in a table; they are not worth a write to the disk for each request."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, is_durable=False)

    def increment(self, key: str, lifetime: float) -> int:
        with self._database.transaction() as connection:
            row = connection.execute("select requests from request_rate where key = ?", (key,)).fetchone()
            requests = int(row[0]) + 1 if row else 1
            values = (key, requests, time.time() + lifetime)
            connection.execute("insert or replace into request_rate values (?, ?, ?)", values)
            return requests

    def clean(self, now: float) -> None:
        with self._database.transaction() as connection:
            connection.execute("delete from request_rate where expires < ?", (now,))

    def close(self) -> None:
        self._database.close()
