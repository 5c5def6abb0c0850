"""Store of subscriptions and deliveries: two records per subscription, in huey's storage.

These records are the truth; tasks in the queue are not, because a task that was taken from the
queue is lost when its process dies. Verification writes a `Subscription` and delivery writes a
`Delivery`, so neither overwrites the other. The storage is SQLite in the state folder, or Redis.
"""

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from feeds.errors import HubError
from feeds.websub.callback_urls import host_of
from feeds.websub.protocol import SubscriptionRequest, Topic, key_of

_SUBSCRIPTION, _DELIVERY, _CONFIRMED = "s:", "d:", "c:"
_REMEMBERED = 3600.0  # seconds for which the number of the last confirmed request is stored
_FIRST, _LONGEST = 30, 6 * 3600  # shortest and longest seconds between two attempts
STUCK = 3  # consecutive failures that make a delivery stuck


@dataclass(frozen=True, slots=True)
class Subscription:
    """An active subscription.

    Attributes:
        end: End of the lease, in seconds since 1970.
        etag: The topic's ETag at the time of the request.
    """

    topic: str
    callback: str
    end: float
    etag: str
    secret: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        return host_of(self.callback)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Results of the attempts to deliver; times are seconds since 1970.

    Attributes:
        etag: ETag of the last delivered version; empty if none was delivered.
        at: Time of that delivery.
        tries: Number of attempts.
        tried: ETag of the last attempt.
        tried_at: Time of the last attempt.
        failures: Number of consecutive failures.
        since: Time of the first of them.
        next: Time of the next attempt.
        error: Reason of the last failure.
    """

    etag: str = ""
    at: float = 0
    tries: int = 0
    tried: str = ""
    tried_at: float = 0
    failures: int = 0
    since: float = 0
    next: float = 0
    error: str = ""

    def succeeded(self, etag: str, now: float) -> "Delivery":
        return Delivery(etag, now, self.tries + 1, etag, now)

    def failed(self, etag: str, now: float, error: str, jitter: float) -> "Delivery":
        """Return the record after a failure; `jitter` from 0.5 to 1.5 spreads the retries."""
        wait = min(_FIRST * 2 ** min(self.failures, 20), _LONGEST) * jitter
        return replace(
            self,
            tries=self.tries + 1,
            tried=etag,
            tried_at=now,
            failures=self.failures + 1,
            since=self.since or now,
            next=now + wait,
            error=error,
        )


def is_told(subscription: Subscription, delivery: Delivery, topic: Topic) -> bool:
    """Return whether a subscriber has the current version of a topic."""
    return (delivery.etag or subscription.etag) == topic.etag


class Work(Protocol):
    """Executor of the hub's tasks."""

    def verify(self, asked: SubscriptionRequest, number: int = 0) -> None: ...
    def deny(self, topic: str, callback: str, reason: str) -> None: ...
    def deliver(self, topic: Topic, keys: list[str]) -> None: ...


class Subscriptions:
    """The records and the queue.

    Args:
        state: The folder of the database, if there is no `url`.
        site: The site's URL, because many sites may share one Redis.
        url: URL of a Redis.

    Attributes:
        work: Executor of the tasks, in the process that runs them.
        errors: Exceptions of a storage that does not respond.

    Raises:
        HubError: The storage cannot be opened.
    """

    def __init__(self, state: Path, site: str, url: str | None = None) -> None:
        try:
            from huey import Huey
            from huey.storage import PriorityRedisStorage, SqliteStorage
        except ImportError:
            raise HubError("huey", "program.not_installed", package="huey") from None
        name = f"feeds{sha256(site.encode()).hexdigest()[:16]}"
        options: dict[str, Any] = {"filename": str(state / "hub.sqlite")}
        kind = PriorityRedisStorage if url else SqliteStorage
        self.errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError)
        self._lock: Any = None
        self._lock_path = state / "hub.lock"
        self._is_redis = bool(url)
        try:
            if url:
                from redis import ConnectionPool, RedisError

                self.errors = (RedisError, OSError)
                # Requests must not wait for an unreachable machine.
                pool = ConnectionPool.from_url(url, socket_connect_timeout=1, socket_timeout=3)
                options = {"connection_pool": pool}
            else:
                _make_private(state)
            self.huey = Huey(name, results=False, storage_class=kind, **options)
            self._storage = self.huey.storage
            # Rate counters are cleared regularly, so they have their own storage.
            self._rates = kind(f"{name}rates", **options)
            self._storage.queue_size()
        except ImportError:
            raise HubError("redis", "program.not_installed", package="redis") from None
        except (*self.errors, ValueError) as error:
            raise HubError("redis" if url else os.path.relpath(state), "system.error", reason=str(error)) from None
        self.work: Work | None = None
        # Deliveries have priority: their tasks return at once, and those of verifications may have to wait.
        self.verify = self._task("verify", 1)
        self.deny = self._task("deny", 1)
        self.deliver = self._task("deliver", 2)

    def _task(self, name: str, priority: int) -> Callable[..., None]:
        """Return a function that puts a task into the queue; it calls the executor's method of this name."""

        def do(*given: object) -> None:
            if self.work:
                getattr(self.work, name)(*given)

        task: Callable[..., None] = self.huey.task(name=name, priority=priority)(do)
        return task

    def close(self) -> None:
        """Close the storage and give up the leadership."""
        if not self._is_redis:
            self._storage.close()
            self._rates.close()
            if self._lock is not None:
                os.close(self._lock)
        elif self._lock and self._lock.local.token:
            with suppress(*self.errors):
                self._lock.release()

    def leads(self) -> bool:
        """Return whether this process leads, and so schedules; the lock is released when the process dies."""
        if self._is_redis:
            from redis.exceptions import LockError

            self._lock = self._lock or self._storage.conn.lock(f"{self._storage.name}.leader", timeout=5)
            try:
                return bool(self._lock.reacquire())
            except LockError:
                return bool(self._lock.acquire(blocking=False))
        if self._lock is None:
            descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._lock = descriptor
            except BlockingIOError:
                os.close(descriptor)
        return self._lock is not None

    def all(self) -> tuple[dict[str, Subscription], dict[str, Delivery]]:
        """Return all records, by key."""
        subscriptions, deliveries = {}, {}
        for key, value in self._storage.result_items().items():
            if key.startswith(_SUBSCRIPTION):
                subscriptions[key[2:]] = Subscription(**json.loads(value))
            elif key.startswith(_DELIVERY):
                deliveries[key[2:]] = Delivery(**json.loads(value))
        return subscriptions, deliveries

    def find(self, keys: Iterable[str]) -> dict[str, tuple[Subscription, Delivery]]:
        """Return the records of those keys that have a subscription."""
        wanted_keys = list(keys)
        if not wanted_keys:
            return {}
        records = self._storage.peek_many(
            [f"{kind}{key}" for key in wanted_keys for kind in (_SUBSCRIPTION, _DELIVERY)]
        )
        return {
            key: (Subscription(**json.loads(value)), Delivery(**json.loads(records.get(f"{_DELIVERY}{key}", "{}"))))
            for key in wanted_keys
            if (value := records.get(f"{_SUBSCRIPTION}{key}"))
        }

    def add(self, subscription: Subscription) -> None:
        key = key_of(subscription.topic, subscription.callback)
        self.put_all({f"{_SUBSCRIPTION}{key}": asdict(subscription)})

    def remove(self, key: str) -> bool:
        """Remove a subscription; return whether it existed."""
        was = self._storage.delete_data(f"{_SUBSCRIPTION}{key}")
        self._storage.delete_data(f"{_DELIVERY}{key}")
        return bool(was)

    def confirm(self, key: str, number: int) -> bool:
        """Store a confirmed request's number; return whether it is the latest one so far.

        A callback may respond slowly, so a later request can be confirmed first.
        """
        if self.get(f"{_CONFIRMED}{key}").get("number", 0) > number:
            return False
        self.put_all({f"{_CONFIRMED}{key}": {"number": number, "at": time.time()}})
        return True

    def forget_confirmed(self, now: float) -> None:
        """Remove the numbers of confirmed requests that are older than any pending request."""
        for key, value in self._storage.result_items().items():
            if key.startswith(_CONFIRMED) and json.loads(value)["at"] < now - _REMEMBERED:
                self._storage.delete_data(key)

    def forget_deliveries(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._storage.delete_data(f"{_DELIVERY}{key}")

    def put_deliveries(self, deliveries: Mapping[str, Delivery]) -> None:
        self.put_all({f"{_DELIVERY}{key}": asdict(delivery) for key, delivery in deliveries.items()})

    def get(self, key: str) -> dict[str, Any]:
        """Return another record; empty if it does not exist."""
        record = self._storage.peek_many([key]).get(key)
        return json.loads(record) if record else {}

    def put_all(self, records: Mapping[str, dict[str, Any]]) -> None:
        """Write records in one transaction: huey's own `put_data` would sync the disk for each record."""
        values = {key: json.dumps(value).encode() for key, value in records.items()}
        if not values:
            return
        if self._is_redis:
            self._storage.conn.hset(self._storage.result_key, mapping=values)
            return
        with self._storage.db(commit=True) as cursor:
            rows = [(self._storage.name, key, value) for key, value in values.items()]
            cursor.executemany("insert or replace into kv (queue, key, value) values (?, ?, ?)", rows)

    def waiting(self) -> int:
        """Return the number of tasks in the queue."""
        return int(self._storage.queue_size())

    def count(self, key: str, amount: int = 1) -> int:
        """Add to a persistent counter that all processes share, and return it."""
        return int(self._storage.incr(key, amount))

    def rate(self, key: str) -> int:
        """Increment a short-lived counter that all processes share, and return it."""
        if not self._is_redis:
            # Rate counters are not worth a disk sync; each thread has its own connection.
            self._rates.conn.execute("pragma synchronous=normal")
        return int(self._rates.incr(key))

    def forget_rates(self) -> None:
        self._rates.flush_counters()


def _make_private(state: Path) -> None:
    """Make the database, which has the subscribers' secrets, readable only for its owner."""
    state.mkdir(parents=True, exist_ok=True)
    os.close(os.open(state / "hub.sqlite", os.O_RDWR | os.O_CREAT, 0o600))
