"""The hub's records in Redis, for a site that several machines serve.

All keys begin with the prefix of the site. Records are JSON in hashes: `subscription`, `delivery`
and `etag` by subscription key. Sorted sets by time or number and sets of keys are the indexes. A
change of several of them is a script, which Redis runs as one step.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from typing import Any

from redis import RedisError
from redis.exceptions import LockError

from feeds.websub.queries import read_query
from feeds.websub.subscription_store import REMEMBERED, STUCK, Delivery, Record, Subscription

_PAGE = 1000  # records in a request
_TOPICS = 50  # topics in a request


class RedisSubscriptionStore:
    """The records in hashes, sets and sorted sets.

    Args:
        connection: The client, which decodes no values.
        prefix: The beginning of the site's keys.
    """

    def __init__(self, connection: Any, prefix: str) -> None:
        self._connection = connection
        self._prefix = prefix
        self._scripts = {
            name: connection.register_script(read_query(f"{name}.lua"))
            for name in ("add", "remove", "record", "settle", "mark")
        }

    def close(self) -> None:
        self._connection.close()

    def add(self, subscription: Subscription) -> None:
        fields = asdict(subscription) | {"topic_url": subscription.topic_url, "host": subscription.host}
        del fields["etag"]
        self._run(
            "add",
            subscription.key,
            json.dumps(fields),
            repr(subscription.lease_end),
            subscription.topic_url,
            subscription.host,
            subscription.etag,
        )

    def remove(self, key: str, lease_end: float | None = None) -> bool:
        return bool(self._run("remove", key, "" if lease_end is None else repr(lease_end)))

    def find(self, keys: Iterable[str]) -> dict[str, Record]:
        wanted_keys = list(keys)
        if not wanted_keys:
            return {}
        hashes = [self._connection.hmget(self._key(name), wanted_keys) for name in ("subscription", "etag", "delivery")]
        return {
            key: _record(subscription, etag, delivery)
            for key, subscription, etag, delivery in zip(wanted_keys, *hashes, strict=True)
            if subscription
        }

    def records(self) -> Iterator[Record]:
        keys = (key.decode() for key, _ in self._connection.hscan_iter(self._key("subscription"), count=_PAGE))
        while page := list(islice(keys, _PAGE)):
            yield from self.find(page).values()

    def due(self, now: float, limit: int, busy_hosts: Collection[str] = ()) -> dict[str, Record]:
        due: dict[str, Record] = {}
        offset = 0
        while len(due) < limit:
            keys = self._connection.zrangebyscore(self._key("next_attempt"), "-inf", now, offset, _PAGE)
            records = self.find(_decoded(keys))
            due |= {key: record for key, record in records.items() if record.subscription.host not in busy_hosts}
            if len(keys) < _PAGE:
                break
            offset += _PAGE
        return dict(islice(due.items(), limit))

    def expired(self, now: float, limit: int) -> dict[str, Record]:
        return self.find(_decoded(self._connection.zrangebyscore(self._key("lease_end"), "-inf", now, 0, limit)))

    def subscribers(self, topic_url: str, limit: int) -> dict[str, Record]:
        return self.find(_decoded(self._connection.srandmember(self._key(f"topic:{topic_url}"), limit)))

    def record_deliveries(self, deliveries: Mapping[str, Delivery]) -> None:
        for page in _pages(deliveries.items()):
            values = (
                (
                    key,
                    json.dumps(asdict(result)),
                    result.attempted_etag,
                    _score(result.next_attempt),
                    str(result.failures),
                )
                for key, result in page
            )
            self._run("record", *(value for row in values for value in row))

    def settle(self, etags: Mapping[str, str]) -> None:
        for page in _pages(etags.items()):
            self._run("settle", *(value for row in page for value in row))

    def retry(self, topic_url: str | None = None) -> int:
        failed = self._connection.zrange(self._key("failures"), 0, -1, withscores=True)
        if topic_url is not None:
            subscribers = self._connection.smembers(self._key(f"topic:{topic_url}"))
            failed = [(key, failures) for key, failures in failed if key in subscribers]
        if failed:
            # Only those that wait: a success since has removed the others.
            self._connection.zadd(self._key("next_attempt"), dict(failed), xx=True)
        return len(failed)

    def topic_etags(self) -> dict[str, str]:
        stored = self._connection.hgetall(self._key("topics"))
        return {url.decode(): etag.decode() for url, etag in stored.items()}

    def update_topics(self, changed: Mapping[str, str], removed: Collection[str]) -> None:
        # Redis answers no other request during a script, and a topic may have many subscribers.
        for page in _pages(changed.items(), _TOPICS):
            self._run("mark", *(value for item in page for value in item))
        if removed:
            self._connection.hdel(self._key("topics"), *removed)

    def confirm(self, key: str, number: int, now: float) -> bool:
        name = self._key(f"confirmation:{key}")
        if int(self._connection.get(name) or 0) > number:
            return False
        self._connection.set(name, number, ex=int(REMEMBERED))
        return True

    def clean(self, now: float) -> None:
        """Do nothing: Redis removes the numbers itself."""

    def count(self) -> int:
        return int(self._connection.hlen(self._key("subscription")))

    def count_topic(self, topic_url: str) -> int:
        return int(self._connection.scard(self._key(f"topic:{topic_url}")))

    def count_host(self, host: str) -> int:
        return int(self._connection.scard(self._key(f"host:{host}")))

    def count_due(self, now: float) -> int:
        return int(self._connection.zcount(self._key("next_attempt"), "-inf", now))

    def count_stuck(self) -> int:
        return int(self._connection.zcount(self._key("failures"), STUCK, "+inf"))

    def increment(self, counter: str, amount: int = 1) -> int:
        return int(self._connection.hincrby(self._key("counters"), counter, amount))

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def _run(self, script: str, *values: str) -> Any:
        return self._scripts[script](keys=[self._prefix], args=values)


class RedisLeaderLock:
    """Leadership as a lock that expires unless its holder renews it."""

    def __init__(self, connection: Any, prefix: str) -> None:
        self._lock = connection.lock(f"{prefix}leader", timeout=5)

    def acquire(self) -> bool:
        try:
            return bool(self._lock.reacquire())
        except LockError:
            return bool(self._lock.acquire(blocking=False))

    def close(self) -> None:
        if self._lock.local.token:
            with suppress(RedisError, OSError):
                self._lock.release()


class RedisRateLimiter:
    """Counters that Redis removes after their lifetime."""

    def __init__(self, connection: Any, prefix: str) -> None:
        self._connection = connection
        self._prefix = prefix

    def increment(self, key: str, lifetime: float) -> int:
        name = f"{self._prefix}rate:{key}"
        requests, _ = self._connection.pipeline().incr(name).expire(name, int(lifetime)).execute()
        return int(requests)

    def clean(self, now: float) -> None:
        """Do nothing: Redis removes the counters itself."""

    def close(self) -> None:
        """Do nothing: the store closes the connection."""


def _record(subscription: bytes, etag: bytes | None, delivery: bytes | None) -> Record:
    fields = json.loads(subscription)
    del fields["topic_url"], fields["host"]
    return Record(Subscription(**fields, etag=(etag or b"").decode()), Delivery(**json.loads(delivery or b"{}")))


def _decoded(keys: Iterable[bytes]) -> list[str]:
    return [key.decode() for key in keys]


def _score(moment: float) -> str:
    return repr(moment) if moment else "0"


def _pages(items: Iterable[Any], size: int = _PAGE) -> Iterator[list[Any]]:
    """Yield items in pages, because a script has a limited number of arguments."""
    remaining = iter(items)
    while page := list(islice(remaining, size)):
        yield page
