"""The hub's storage: records, queue, leadership and rate limits, in SQLite or in Redis."""

import os
import sqlite3
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.errors import HubError
from feeds.websub.migration import migrate_redis, migrate_sqlite
from feeds.websub.sqlite_store import (
    Database,
    FileLeaderLock,
    SqliteRateLimiter,
    SqliteSubscriptionStore,
    create_tables,
)
from feeds.websub.subscription_store import LeaderLock, RateLimiter, SubscriptionStore

if TYPE_CHECKING:
    from feeds.websub.task_queue import TaskQueue


@dataclass(frozen=True, slots=True)
class HubStorage:
    """The parts of a hub's storage.

    Attributes:
        errors: Exceptions of a storage that does not respond.
    """

    subscriptions: SubscriptionStore
    queue: "TaskQueue"
    leader: LeaderLock
    rates: RateLimiter
    errors: tuple[type[Exception], ...]

    def close(self) -> None:
        """Close the storage and give up the leadership."""
        self.leader.close()
        self.rates.close()
        self.queue.close()
        self.subscriptions.close()


def open_storage(state: Path, site: str, url: str | None = None) -> HubStorage:
    """Open the storage, and move the records of an earlier version.

    Args:
        state: The folder of the database, if there is no `url`.
        site: The site's URL, because many sites may share one Redis.
        url: URL of a Redis.

    Raises:
        HubError: The storage cannot be opened.
    """
    if find_spec("huey") is None:
        raise HubError("huey", "program.not_installed", package="huey")
    digest = sha256(site.encode()).hexdigest()[:16]
    return _open_redis(url, digest) if url else _open_sqlite(state, digest)


def _open_sqlite(state: Path, digest: str) -> HubStorage:
    from huey.storage import SqliteStorage

    from feeds.websub.task_queue import TaskQueue

    path = state / "hub.sqlite"
    try:
        state.mkdir(parents=True, exist_ok=True)
        # Only its owner may read the database, because it has the subscribers' secrets.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        queue = TaskQueue(f"hub{digest}", SqliteStorage, {"filename": str(path)})
        create_tables(path)
        database = Database(path)
        try:
            migrate_sqlite(database, os.path.relpath(path))
        finally:
            database.close()
        return HubStorage(
            SqliteSubscriptionStore(path),
            queue,
            FileLeaderLock(state / "hub.lock"),
            SqliteRateLimiter(path),
            (sqlite3.Error, OSError),
        )
    except (sqlite3.Error, OSError) as error:
        raise HubError(os.path.relpath(state), "system.error", reason=str(error)) from None


def _open_redis(url: str, digest: str) -> HubStorage:
    from huey.storage import PriorityRedisStorage

    from feeds.websub.task_queue import TaskQueue

    try:
        from redis import ConnectionPool, Redis, RedisError

        from feeds.websub.redis_store import RedisLeaderLock, RedisRateLimiter, RedisSubscriptionStore
    except ImportError:
        raise HubError("redis", "program.not_installed", package="redis") from None
    prefix = f"feeds:{digest}:"
    try:
        # Requests must not wait for an unreachable machine.
        pool = ConnectionPool.from_url(url, socket_connect_timeout=1, socket_timeout=3)
        connection = Redis(connection_pool=pool)
        queue = TaskQueue(f"hub{digest}", PriorityRedisStorage, {"connection_pool": pool})
        store = RedisSubscriptionStore(connection, prefix)
        migrate_redis(connection, f"feeds{digest}", store, prefix)
        return HubStorage(
            store,
            queue,
            RedisLeaderLock(connection, prefix),
            RedisRateLimiter(connection, prefix),
            (RedisError, OSError),
        )
    except (RedisError, OSError, ValueError) as error:
        raise HubError("redis", "system.error", reason=str(error)) from None
