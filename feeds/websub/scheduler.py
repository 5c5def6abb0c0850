"""What is to be delivered: active subscriptions whose subscribers were not told of the topic as it is now.

`Sweep.look` finds it and hands it out as tasks. Of all hub processes one does that; what it has
handed out it knows by heart, so nothing has to be taken back from processes that are dead.
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
LOOK_EVERY = 0.2  # seconds between two looks at the manifest
_SCAN_EVERY = 10.0  # and at all subscriptions
_BUSY_EVERY = 0.5  # and at them while something is under way
_FORGET_RATES = 600.0
_AT_ONCE = 2000  # subscribers that are being told, over all processes
_PER_HOST = 50  # of them on one host
_BATCH = 100  # in a task
_COUNTED = 100  # hosts whose subscriptions are counted, those with most: others are far from any limit
LEASE_SECONDS = 30.0  # seconds after which what was handed out is handed out again


class _Lease(NamedTuple):
    """What was handed out: which bytes, to which host, after how many tries, until when on this machine's clock."""

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
    """Yield what is to be delivered now, those that failed before last.

    Args:
        subscriptions: By key.
        deliveries: By key.
        known: The topics as they are, by URL.
        now: Seconds since 1970.
        again: By topic, and `""` for all, when somebody asked to try at once.
    """
    found = []
    for key, subscription in subscriptions.items():
        url = normalize_url(subscription.topic)
        topic = known.get(url)
        delivery = deliveries.get(key, Delivery())
        if topic is None or subscription.end <= now or is_told(subscription, delivery, topic):
            continue
        # What is new is tried at once, however often what was before failed (section 7).
        waits = delivery.tried == topic.etag and delivery.next > now
        if not waits or delivery.tried_at < max(again.get("", 0), again.get(url, 0)):
            found.append((key, subscription, delivery, topic))
    found.sort(key=lambda each: each[2].failures)
    yield from found


class DeliveryScheduler:
    """Looks for what is to be delivered, ended or forgotten.

    Args:
        store: The records.
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
        """Hand out what there is to do; nothing where another process does that."""
        if not self._store.leads():
            return
        begun = time.monotonic()
        is_new = self._read_topics()
        asked = self._store.get("again")
        if asked != self._asked:
            self._asked, is_new = asked, True
        if begun >= self._next_forget:
            self._next_forget = begun + _FORGET_RATES
            self._store.forget_rates()
            self._store.forget_confirmed(time.time())
        if (self._topics or self._ended) and (is_new or begun >= self._next_scan):
            is_busy = self._scan(begun)
            self._next_scan = begun + (_BUSY_EVERY if is_busy else _SCAN_EVERY)

    def _read_topics(self) -> bool:
        """Read the edition if it is another one, and tell whether it is."""
        path = self._output / manifest.PATH
        try:
            seen = folder.file_stamp(path)
            if seen == self._seen:
                return False
            self._seen = seen
            edition = manifest.from_manifest(path.read_bytes(), str(path), memory=False)
        except FileNotFoundError:
            return False
        except (EditionError, OSError) as error:
            log.error("the edition is not read: %s", error)
            return False
        self._topics, self._ended = topics(edition), ended_topics(edition)
        return True

    def _scan(self, begun: float) -> bool:
        """Hand out what is due, end what is over, and tell whether there is more of it."""
        now = time.time()
        subscriptions, deliveries = self._store.all()
        has_ended = self._end(subscriptions, now)
        self._store.forget_deliveries(deliveries.keys() - subscriptions.keys())
        waiting = list(due(subscriptions, deliveries, self._topics, now, self._asked))
        # Who got an answer is not waited for, nor who is to have other bytes by now.
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
        """Forget some whose lease is over or whose topic is gone, and tell whether there were any.

        Of a topic that is gone the subscriber is told.
        """
        over = (
            item for item in subscriptions.items() if item[1].end <= now or normalize_url(item[1].topic) in self._ended
        )
        ended = list(islice(over, _BATCH))
        for key, each in ended:
            # It may have been renewed by now.
            if self._store.find([key]).get(key, (None,))[0] == each and self._store.remove(key):
                del subscriptions[key]
                if each.end > now:
                    self._store.deny(each.topic, each.callback, "The feed is no more at this address.")
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
        """Write down how many there are, for limits and metrics, so that nobody has to look at all."""
        self._store.put_all(
            {
                "counts": {
                    "subscriptions": len(subscriptions),
                    "pending": pending,
                    "stuck": sum(1 for each in deliveries.values() if each.failures >= STUCK),
                    "topics": dict(Counter(normalize_url(each.topic) for each in subscriptions.values())),
                    "hosts": dict(Counter(each.host for each in subscriptions.values()).most_common(_COUNTED)),
                }
            }
        )
