"""Subscriptions and their deliveries, and the interfaces of the hub's storage.

The records are the truth; tasks in the queue are not, because a task that was taken from the queue
is lost when its process dies. `sqlite_store` and `redis_store` implement the interfaces.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from feeds.websub.callback_urls import host_of, normalize_url
from feeds.websub.protocol import key_of

_FIRST_WAIT, _LONGEST_WAIT = 30, 6 * 3600  # shortest and longest seconds between two attempts
STUCK = 3  # consecutive failures that make a delivery stuck
REMEMBERED = 3600.0  # seconds for which the number of the last confirmed request is stored


@dataclass(frozen=True, slots=True)
class Subscription:
    """An active subscription.

    Attributes:
        topic: As the subscriber wrote it.
        callback: As the subscriber wrote it.
        lease_end: End of the lease, in seconds since 1970.
        etag: The topic's ETag at the time of the first request.
        secret: The key of signatures; empty for none.
    """

    topic: str
    callback: str
    lease_end: float
    etag: str
    secret: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        return key_of(self.topic, self.callback)

    @property
    def topic_url(self) -> str:
        """The topic's URL in its normal form."""
        return normalize_url(self.topic)

    @property
    def host(self) -> str:
        return host_of(self.callback)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Results of the attempts to deliver; times are seconds since 1970.

    Attributes:
        etag: ETag of the last delivered version; empty if none was delivered.
        delivered_at: Time of that delivery.
        attempts: Number of attempts.
        attempted_etag: ETag of the last attempt.
        attempted_at: Time of the last attempt.
        failures: Number of consecutive failures.
        failing_since: Time of the first of them.
        next_attempt: Time from which the next attempt is due; 0 if none is.
        error: Reason of the last failure.
    """

    etag: str = ""
    delivered_at: float = 0
    attempts: int = 0
    attempted_etag: str = ""
    attempted_at: float = 0
    failures: int = 0
    failing_since: float = 0
    next_attempt: float = 0
    error: str = ""

    def succeeded(self, etag: str, now: float) -> "Delivery":
        return Delivery(etag, now, self.attempts + 1, etag, now)

    def failed(self, etag: str, now: float, error: str, jitter: float) -> "Delivery":
        """Return the record after a failure; `jitter` from 0.5 to 1.5 spreads the retries."""
        wait = min(_FIRST_WAIT * 2 ** min(self.failures, 20), _LONGEST_WAIT) * jitter
        return replace(
            self,
            attempts=self.attempts + 1,
            attempted_etag=etag,
            attempted_at=now,
            failures=self.failures + 1,
            failing_since=self.failing_since or now,
            next_attempt=now + wait,
            error=error,
        )


class Record(NamedTuple):
    """A subscription with the results of its deliveries."""

    subscription: Subscription
    delivery: Delivery

    @property
    def etag(self) -> str:
        """ETag of the version that the subscriber has."""
        return self.delivery.etag or self.subscription.etag


class SubscriptionStore(Protocol):
    """The records of all subscriptions, shared by all processes of the hub.

    The store knows the current ETag of each topic. A record is due when its topic has a newer version, when a failed
    attempt is repeated, and when it was added with an older version. Records whose subscribers failed before become
    due behind the others.
    """

    def add(self, subscription: Subscription) -> None:
        """Add or renew a subscription; a renewal keeps its first ETag and its deliveries."""

    def remove(self, key: str, lease_end: float | None = None) -> bool:
        """Remove a subscription, with `lease_end` only if its lease is still this one; return whether it was there."""

    def find(self, keys: Iterable[str]) -> dict[str, Record]:
        """Return the records of those keys that have a subscription."""

    def records(self) -> Iterator[Record]:
        """Yield all records; only for commands."""

    def due(self, now: float, limit: int, busy_hosts: Collection[str] = ()) -> dict[str, Record]:
        """Return the first due records by key, those with the fewest failures first, without those of busy hosts."""

    def expired(self, now: float, limit: int) -> dict[str, Record]:
        """Return records whose lease is over, by key."""

    def subscribers(self, topic_url: str, limit: int) -> dict[str, Record]:
        """Return records of a topic, by key."""

    def record_deliveries(self, deliveries: Mapping[str, Delivery]) -> None:
        """Store results of attempts by key; a record whose topic has changed since is due at once."""

    def settle(self, etags: Mapping[str, str]) -> None:
        """Make records that need no delivery no longer due; each key has the ETag that was read from its record."""

    def retry(self, topic_url: str | None = None) -> int:
        """Make the failed deliveries of a topic or of all due now, and return their number."""

    def topic_etags(self) -> dict[str, str]:
        """Return the stored ETag of each topic."""

    def update_topics(self, changed: Mapping[str, str], removed: Collection[str]) -> None:
        """Store new ETags of topics by URL, make their subscribers due, and remove former topics."""

    def confirm(self, key: str, number: int, now: float) -> bool:
        """Store a confirmed request's number; return whether it is the latest one so far.

        A callback may respond slowly, so a later request can be confirmed first.
        """

    def clean(self, now: float) -> None:
        """Remove the numbers of confirmed requests that are older than any pending request."""

    def count(self) -> int:
        """Return the number of subscriptions."""

    def count_topic(self, topic_url: str) -> int: ...
    def count_host(self, host: str) -> int: ...
    def count_due(self, now: float) -> int: ...
    def count_stuck(self) -> int: ...

    def increment(self, counter: str, amount: int = 1) -> int:
        """Add to a persistent counter, and return it."""

    def close(self) -> None: ...


class LeaderLock(Protocol):
    """Lock of the one hub process that schedules deliveries; it is released when its process dies."""

    def acquire(self) -> bool:
        """Return whether this process leads, now or already before."""

    def close(self) -> None: ...


class RateLimiter(Protocol):
    """Short-lived counters that all processes share."""

    def increment(self, key: str, lifetime: float) -> int:
        """Add one to a counter and return it; it is removed some time after its lifetime in seconds."""

    def clean(self, now: float) -> None:
        """Remove counters after their lifetime."""

    def close(self) -> None: ...
