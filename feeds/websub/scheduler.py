"""Scheduler of deliveries: finds subscriptions whose subscribers lack the current version.

`DeliveryScheduler.run_once` puts due deliveries into the queue as tasks. Only the leading hub
process does that. It keeps its leases in memory, so dead processes leave nothing to clean up.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from feeds.edition import folder, manifest
from feeds.errors import EditionError
from feeds.websub.callback_urls import normalize_url
from feeds.websub.protocol import Topic, ended_topics, topics
from feeds.websub.subscription_store import STUCK, Delivery, Subscription, Subscriptions, is_told

log = logging.getLogger("feeds.hub")
LOOK_EVERY = 0.2  # seconds between two checks of the manifest
_SCAN_EVERY = 10.0  # seconds between two scans of all subscriptions
_BUSY_EVERY = 0.5  # the same while deliveries are in progress
_FORGET_RATES = 600.0
_AT_ONCE = 2000  # most deliveries in progress, over all processes
_PER_HOST = 50  # most of them on one host
_BATCH = 100  # deliveries in a task
_COUNTED = 100  # hosts with a stored count, largest first: smaller ones are far below any limit
LEASE_SECONDS = 30.0  # seconds until an unfinished delivery is scheduled again


class _Lease(NamedTuple):
    """A scheduled delivery: its ETag, host and earlier attempts, and the monotonic time when the lease ends."""

    etag: str
    host: str
    tries: int
    until: float


Due = tuple[str, Subscription, Delivery, Topic]


def due(
    subscriptions: Mapping[str, Subscription],
    deliveries: Mapping[str, Delivery],
    known: Mapping[str, Topic],
    now: float,
    again: Mapping[str, float],
) -> Iterator[Due]:
    """Yield the due deliveries, those with the fewest failures first.

    Args:
        subscriptions: By key.
        deliveries: By key.
        known: The current topics, by URL.
        now: Seconds since 1970.
        again: Time of a requested retry, by topic URL, or by `""` for all topics.
    """
    due_now = []
    for key, subscription in subscriptions.items():
        url = normalize_url(subscription.topic)
        topic = known.get(url)
        delivery = deliveries.get(key, Delivery())
        if topic is None or subscription.end <= now or is_told(subscription, delivery, topic):
            continue
        # A new version is tried at once, whatever failed before (section 7).
        waits = delivery.tried == topic.etag and delivery.next > now
        if not waits or delivery.tried_at < max(again.get("", 0), again.get(url, 0)):
            due_now.append((key, subscription, delivery, topic))
    due_now.sort(key=lambda entry: entry[2].failures)
    yield from due_now


class DeliveryScheduler:
    """Scheduler of deliveries, ends of subscriptions and clean-up.

    Args:
        store: The subscription store.
        output: The exported folder.
    """

    def __init__(self, store: Subscriptions, output: Path) -> None:
        self._store = store
        self._output = output
        self._seen: folder.Stamp | None = None
        self._topics: dict[str, Topic] = {}
        self._ended: frozenset[str] = frozenset()
        self._claims: dict[str, _Lease] = {}
        self._asked: dict[str, float] = {}
        self._next_scan = 0.0
        self._next_forget = 0.0

    def run_once(self) -> None:
        """Schedule what is due; does nothing if another process leads."""
        if not self._store.leads():
            return
        begun = time.monotonic()
        is_new = self._read_topics()
        retries = self._store.get("again")
        if retries != self._asked:
            self._asked, is_new = retries, True
        if begun >= self._next_forget:
            self._next_forget = begun + _FORGET_RATES
            self._store.forget_rates()
            self._store.forget_confirmed(time.time())
        if (self._topics or self._ended) and (is_new or begun >= self._next_scan):
            is_busy = self._scan(begun)
            self._next_scan = begun + (_BUSY_EVERY if is_busy else _SCAN_EVERY)

    def _read_topics(self) -> bool:
        """Read the edition if it changed; return whether it changed."""
        path = self._output / manifest.PATH
        try:
            stamp = folder.file_stamp(path)
            if stamp == self._seen:
                return False
            self._seen = stamp
            edition = manifest.from_manifest(path.read_bytes(), str(path), memory=False)
        except FileNotFoundError:
            return False
        except (EditionError, OSError) as error:
            log.error("cannot read the edition: %s", error)
            return False
        self._topics, self._ended = topics(edition), ended_topics(edition)
        return True

    def _scan(self, begun: float) -> bool:
        """Schedule due deliveries and end expired subscriptions; return whether more work is pending."""
        now = time.time()
        subscriptions, deliveries = self._store.all()
        has_ended = self._end(subscriptions, now)
        self._store.forget_deliveries(deliveries.keys() - subscriptions.keys())
        waiting = list(due(subscriptions, deliveries, self._topics, now, self._asked))
        # A lease ends when the attempt is stored, or when the topic has a newer version.
        now_due = {key: (topic.etag, delivery.tries) for key, _, delivery, topic in waiting}
        self._claims = {
            key: claim
            for key, claim in self._claims.items()
            if claim.until > begun and now_due.get(key) == (claim.etag, claim.tries)
        }
        self._hand_out(waiting, begun)
        self._count(subscriptions, deliveries, len(waiting))
        return has_ended or bool(self._claims)

    def _end(self, subscriptions: dict[str, Subscription], now: float) -> bool:
        """Remove expired subscriptions and those of removed topics; return whether there were any.

        The subscriber of a removed topic gets a denial.
        """
        over = (
            item for item in subscriptions.items() if item[1].end <= now or normalize_url(item[1].topic) in self._ended
        )
        ended = list(islice(over, _BATCH))
        for key, subscription in ended:
            # The subscription may have been renewed since the scan.
            if self._store.find([key]).get(key, (None,))[0] == subscription and self._store.remove(key):
                del subscriptions[key]
                if subscription.end > now:
                    self._store.deny(
                        subscription.topic, subscription.callback, "The feed no longer exists at this URL."
                    )
        return bool(ended)

    def _hand_out(self, waiting: list[Due], begun: float) -> None:
        hosts = Counter(claim.host for claim in self._claims.values())
        batches: dict[Topic, list[str]] = {}
        for key, subscription, delivery, topic in waiting:
            if len(self._claims) >= _AT_ONCE:
                break
            if key in self._claims or hosts[subscription.host] >= _PER_HOST:
                continue
            hosts[subscription.host] += 1
            self._claims[key] = _Lease(topic.etag, subscription.host, delivery.tries, begun + LEASE_SECONDS)
            batches.setdefault(topic, []).append(key)
        for topic, keys in batches.items():
            for at in range(0, len(keys), _BATCH):
                self._store.deliver(topic, keys[at : at + _BATCH])

    def _count(
        self, subscriptions: Mapping[str, Subscription], deliveries: Mapping[str, Delivery], pending: int
    ) -> None:
        """Store the counts for limits and metrics, so that no other process has to scan all records."""
        self._store.put_all(
            {
                "counts": {
                    "subscriptions": len(subscriptions),
                    "pending": pending,
                    "stuck": sum(1 for delivery in deliveries.values() if delivery.failures >= STUCK),
                    "topics": dict(
                        Counter(normalize_url(subscription.topic) for subscription in subscriptions.values())
                    ),
                    "hosts": dict(
                        Counter(subscription.host for subscription in subscriptions.values()).most_common(_COUNTED)
                    ),
                }
            }
        )
