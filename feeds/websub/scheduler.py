"""Scheduler of deliveries: puts due deliveries into the queue as tasks, and ends subscriptions.

Only the leading hub process does that. A query to the store returns the due records, so the cost of a run depends
on the due records and not on the number of subscriptions. The process keeps its leases in memory, so dead
processes leave nothing to clean up.
"""

import logging
import time
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from feeds.edition import folder, manifest
from feeds.errors import EditionError
from feeds.websub.protocol import Topic, ended_topics, topics
from feeds.websub.storage import HubStorage
from feeds.websub.subscription_store import Record

log = logging.getLogger("feeds.hub")
RUN_EVERY = 0.2  # seconds between two runs
_SCAN_EVERY = 0.5  # seconds between two queries for due deliveries
_CLEAN_EVERY = 600.0
_AT_ONCE = 2000  # most deliveries in progress, over all processes
_PER_HOST = 50  # most of them on one host
_BATCH = 100  # deliveries in a task, and ends of subscriptions in a scan
_PAGE = 500  # records in a query, beyond those in progress; and removed topics in a scan
LEASE_SECONDS = 30.0  # seconds until an unfinished delivery is scheduled again


class _Lease(NamedTuple):
    """A scheduled delivery: its ETag, host and earlier attempts, and the monotonic time when the lease ends."""

    etag: str
    host: str
    attempts: int
    until: float


class DeliveryScheduler:
    """Scheduler of deliveries, ends of subscriptions and clean-up.

    Args:
        storage: The hub's storage.
        output: The exported folder.
    """

    def __init__(self, storage: HubStorage, output: Path) -> None:
        self._storage = storage
        self._store = storage.subscriptions
        self._output = output
        self._stamp: folder.Stamp | None = None
        self._topics: dict[str, Topic] | None = None
        self._ended: frozenset[str] = frozenset()
        # Ended topics that may still have subscribers.
        self._ending: set[str] = set()
        self._is_stored = False
        self._leases: dict[str, _Lease] = {}
        self._next_scan = 0.0
        self._next_clean = 0.0

    def run_once(self) -> None:
        """Schedule due deliveries; does nothing if another process leads."""
        if not self._storage.leader.acquire():
            # The next leader may store other topics.
            self._is_stored = False
            return
        started = time.monotonic()
        is_new = self._read_topics() or not self._is_stored
        if started >= self._next_clean:
            self._next_clean = started + _CLEAN_EVERY
            self._storage.rates.clean(time.time())
            self._store.clean(time.time())
        if self._topics is None or not (is_new or started >= self._next_scan):
            return
        if not self._is_stored:
            self._store_topics(self._topics)
        self._next_scan = started + _SCAN_EVERY
        now = time.time()
        self._end_expired(now)
        self._end_topics()
        self._schedule(self._topics, now, started)

    def _read_topics(self) -> bool:
        """Read the edition if it changed; return whether it changed."""
        path = self._output / manifest.PATH
        try:
            stamp = folder.file_stamp(path)
            if stamp == self._stamp:
                return False
            self._stamp = stamp
            edition = manifest.from_manifest(path.read_bytes(), str(path), memory=False)
        except FileNotFoundError:
            return False
        except (EditionError, OSError) as error:
            log.error("cannot read the edition: %s", error)
            return False
        self._topics, self._ended = topics(edition), ended_topics(edition)
        self._is_stored = False
        return True

    def _store_topics(self, current: Mapping[str, Topic]) -> None:
        """Store the current ETags, which makes the subscribers of changed topics due."""
        stored = self._store.topic_etags()
        changed = {url: topic.etag for url, topic in current.items() if stored.get(url) != topic.etag}
        removed = stored.keys() - current.keys()
        if changed or removed:
            self._store.update_topics(changed, removed)
        self._ending = set(self._ended)
        self._is_stored = True

    def _end_expired(self, now: float) -> None:
        for key, record in self._store.expired(now, _BATCH).items():
            # The subscription may have been renewed since the query.
            self._store.remove(key, record.subscription.lease_end)

    def _end_topics(self) -> None:
        """End subscriptions of removed topics; their subscribers get a denial."""
        room = _BATCH
        for url in sorted(self._ending)[:_PAGE]:
            records = self._store.subscribers(url, room)
            for key, (subscription, _) in records.items():
                if self._store.remove(key, subscription.lease_end):
                    reason = "The feed no longer exists at this URL."
                    self._storage.queue.deny(subscription.topic, subscription.callback, reason)
            room -= len(records)
            if room <= 0:
                return
            self._ending.discard(url)

    def _schedule(self, current: Mapping[str, Topic], now: float, started: float) -> None:
        """Put due deliveries into the queue, as many as may be in progress at once."""
        self._release_leases(current, started)
        hosts = Counter(lease.host for lease in self._leases.values())
        batches: dict[Topic, list[str]] = {}
        while (room := _AT_ONCE - len(self._leases)) > 0:
            busy_hosts = {host for host, count in hosts.items() if count >= _PER_HOST}
            # The records of leases are due until their results are stored.
            limit = len(self._leases) + _PAGE
            page = self._store.due(now, limit, busy_hosts)
            due = self._needed(page, current, now)
            for key, (subscription, delivery) in islice(due.items(), room):
                if hosts[subscription.host] < _PER_HOST:
                    topic = current[subscription.topic_url]
                    hosts[subscription.host] += 1
                    self._leases[key] = _Lease(
                        topic.etag, subscription.host, delivery.attempts, started + LEASE_SECONDS
                    )
                    batches.setdefault(topic, []).append(key)
            # Each full page settles records, or adds leases or busy hosts, so the loop ends.
            if len(page) < limit:
                break
        for topic, keys in batches.items():
            for start in range(0, len(keys), _BATCH):
                self._storage.queue.deliver(topic, keys[start : start + _BATCH])

    def _needed(self, page: Mapping[str, Record], current: Mapping[str, Topic], now: float) -> dict[str, Record]:
        """Return those records of a page that need a delivery and have no lease; settle the others."""
        needed: dict[str, Record] = {}
        settled: dict[str, str] = {}
        for key, record in page.items():
            topic = current.get(record.subscription.topic_url)
            if topic is None or topic.etag == record.etag or record.subscription.lease_end <= now:
                settled[key] = record.etag
                if record.subscription.topic_url in self._ended:
                    self._ending.add(record.subscription.topic_url)
            elif key not in self._leases:
                needed[key] = record
        if settled:
            self._store.settle(settled)
        return needed

    def _release_leases(self, current: Mapping[str, Topic], started: float) -> None:
        """Drop the leases that are over: their results are stored, or the topic has a newer version."""
        records = self._store.find(self._leases)

        def is_held(key: str, lease: _Lease) -> bool:
            record = records.get(key)
            if record is None or lease.until <= started or record.delivery.attempts != lease.attempts:
                return False
            topic = current.get(record.subscription.topic_url)
            return topic is not None and topic.etag == lease.etag

        self._leases = {key: lease for key, lease in self._leases.items() if is_held(key, lease)}
