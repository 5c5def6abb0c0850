"""Requests to subscribers: deliveries, verifications and denials (WebSub, sections 5.2, 5.3, 7).

One thread with its own event loop sends many requests at once. `public_client` checks the addresses;
redirects are not followed.
"""

import asyncio
import hmac
import logging
import os
import random
import secrets
import time
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore, Lock, Thread
from typing import Any

import aiohttp
from yarl import URL

from feeds.edition.model import strong_etag
from feeds.http.public_addresses import Network
from feeds.http.public_client import Resolver, error_text, open_session
from feeds.websub.callback_urls import host_of, with_query
from feeds.websub.log_throttle import log as queue_log
from feeds.websub.protocol import SubscriptionRequest, Topic, key_of
from feeds.websub.subscription_store import Delivery, Record, Subscription, SubscriptionStore

log = logging.getLogger("feeds.hub")
SOCKETS = 1000
_VERIFYING = 100  # most verifications at once
_LOOKUPS = 128  # most DNS lookups at once
_AGENT = "Everyday-Feeds-hub (WebSub)"
_SECONDS = 5.0  # timeout of a connection and of a response
_WRITE_EVERY = 0.2  # seconds between two writes of results
_LATER = 0.5  # seconds until a document that differs from its ETag is read again
_PIECE = 65_536  # bytes of a chunk
_BODIES = 8  # documents in the cache


class DeliveryWorker:
    """Executor of hub tasks in its own event loop; a task ends when its requests have started.

    Args:
        store: The subscription store.
        storage_errors: Exceptions of a storage that does not respond.
        output: The exported folder.
        networks: Networks that callbacks may use in addition to public addresses.
        sockets: Most open sockets.
        resolver: The DNS resolver; by default the system's.
    """

    def __init__(
        self,
        store: SubscriptionStore,
        storage_errors: tuple[type[Exception], ...],
        output: Path,
        networks: tuple[Network, ...] = (),
        sockets: int = SOCKETS,
        resolver: Resolver = aiohttp.ThreadedResolver,
    ) -> None:
        self._store = store
        self._storage_errors = storage_errors
        self._output = output
        self._networks = networks
        self._resolver = resolver
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(_LOOKUPS))
        self._writer = ThreadPoolExecutor(1)
        self._thread = Thread(target=self._loop.run_forever, name="calling", daemon=True)
        self._slots = asyncio.Semaphore(sockets)
        self._verifying = BoundedSemaphore(_VERIFYING)
        self._lock = Lock()
        self._busy: set[str] = set()
        self._done: dict[str, Delivery] = {}
        self._under_way: set[Future[Any]] = set()
        self._is_ending = False

    def start(self) -> None:
        self._thread.start()
        self._wait(self._open())
        self._writing = asyncio.run_coroutine_threadsafe(self._write_now_and_then(), self._loop)

    def stop(self) -> None:
        """Wait for running requests, which have short timeouts, and store their results."""
        self._is_ending = True
        wait(list(self._under_way), _SECONDS * 2)
        self._writing.cancel()
        self._wait(self._write())
        self._wait(self._session.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._writer.shutdown()

    def verify(self, request: SubscriptionRequest, number: int = 0) -> None:
        self._begin_bounded(self._verify(request, number))

    def deny(self, topic: str, callback: str, reason: str) -> None:
        values = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": reason}
        self._begin_bounded(self._get(with_query(callback, values), 0))

    def deliver(self, topic: Topic, keys: list[str], patience: int = 20) -> None:
        """Start the deliveries of a topic to the subscribers that do not have its current version."""
        try:
            body = _read(self._output / os.fsdecode(topic.path.encode()), topic.etag)
        except OSError as error:
            # An export is in progress, or this machine's folder is older than that of the scheduler.
            if patience:
                self._begin(self._deliver_later(topic, keys, patience - 1))
            else:
                log.error("%s: delivery postponed: %s", topic.path, error.strerror or error)
            return
        with self._lock:
            mine = {key for key in keys if key not in self._busy}
            self._busy |= mine
        try:
            for key, record in self._store.find(mine).items():
                if record.subscription.lease_end > time.time() and record.etag != topic.etag:
                    self._begin(self._deliver(key, record, topic, body))
                    mine.discard(key)
        finally:
            self._busy -= mine

    def _wait(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    def _begin(self, coroutine: Coroutine[Any, Any, Any]) -> "Future[Any]":
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        self._under_way.add(future)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, future: "Future[Any]") -> None:
        self._under_way.discard(future)
        if not future.cancelled() and (error := future.exception()):
            logger = queue_log if isinstance(error, self._storage_errors) else log
            logger.error("a request to a subscriber failed: %s", type(error).__name__)

    def _begin_bounded(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._verifying.acquire()
        self._begin(coroutine).add_done_callback(lambda _: self._verifying.release())

    async def _open(self) -> None:
        self._session = open_session(_SECONDS, _AGENT, self._networks, self._resolver)

    async def _deliver_later(self, topic: Topic, keys: list[str], patience: int) -> None:
        await asyncio.sleep(_LATER)
        if not self._is_ending:
            await self._loop.run_in_executor(self._writer, self.deliver, topic, keys, patience)

    async def _deliver(self, key: str, record: Record, topic: Topic, body: bytes) -> None:
        delivery = record.delivery
        try:
            async with self._slots:
                status, error = await self._post(record.subscription, topic, body)
            if status == 410:
                await self._loop.run_in_executor(self._writer, self._store.remove, key)
                self._busy.discard(key)
                return
            now = time.time()
            jitter = random.uniform(0.5, 1.5)  # noqa: S311 - not used for security
            self._done[key] = (
                delivery.failed(topic.etag, now, error, jitter) if error else delivery.succeeded(topic.etag, now)
            )
        except BaseException:
            self._busy.discard(key)
            raise

    async def _post(self, subscription: Subscription, topic: Topic, body: bytes) -> tuple[int, str]:
        """Return the status, and the reason if the delivery failed (section 7)."""
        headers = {"Content-Type": topic.type, "Content-Length": str(len(body))}
        headers["Link"] = f'<{topic.hub}>; rel="hub", <{topic.url}>; rel="self"'
        if subscription.secret:
            signature = hmac.new(subscription.secret.encode(), body, sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={signature}"
        try:
            async with self._session.post(
                URL(subscription.callback, encoded=True), data=_pieces(body), headers=headers, allow_redirects=False
            ) as response:
                return response.status, "" if 200 <= response.status < 300 else f"answered {response.status}"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return 0, error_text(error, _SECONDS)

    async def _verify(self, request: SubscriptionRequest, number: int) -> None:
        challenge = secrets.token_urlsafe(32)
        values = {"hub.mode": request.mode, "hub.topic": request.topic, "hub.challenge": challenge}
        if request.mode == "subscribe":
            values["hub.lease_seconds"] = str(request.lease)
        status, body = await self._get(with_query(request.callback, values), len(challenge) + 1)
        if not 200 <= status < 300 or not hmac.compare_digest(body, challenge.encode()):
            log.info("%s of %s: not confirmed by the callback", request.mode, host_of(request.callback))
            return
        await self._loop.run_in_executor(self._writer, self._verified, request, number)

    def _verified(self, request: SubscriptionRequest, number: int) -> None:
        key, now = key_of(request.topic, request.callback), time.time()
        if not self._store.confirm(key, number, now):
            log.info("%s of %s: a later request was confirmed first", request.mode, host_of(request.callback))
            return
        before = self._store.find([key]).get(key)
        if request.mode == "unsubscribe" or (before and before.subscription.lease_end <= now):
            self._store.remove(key)
        if request.mode == "subscribe":
            # A renewal keeps the ETag of the last delivery, so that a pending change is still delivered.
            lease_end = now + request.lease
            self._store.add(Subscription(request.topic, request.callback, lease_end, request.etag, request.secret))

    async def _get(self, url: str, limit: int) -> tuple[int, bytes]:
        """Return the status and the first bytes of the body; status 0 if there is no response."""
        try:
            async with self._session.get(URL(url, encoded=True), allow_redirects=False) as response:
                body = b""
                while len(body) < limit and (more := await response.content.read(limit - len(body))):
                    body += more
                return response.status, body
        except (aiohttp.ClientError, OSError, ValueError):
            return 0, b""

    async def _write_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_WRITE_EVERY)
            await self._write()

    async def _write(self) -> None:
        """Store the results of deliveries in batches, so that the disk keeps up."""
        done = dict(self._done)
        if not done:
            return
        try:
            await self._loop.run_in_executor(self._writer, self._record, done)
        except self._storage_errors as error:
            queue_log.error("cannot store the results of deliveries yet: %s", error)

    def _record(self, done: dict[str, Delivery]) -> None:
        # The scheduler may react to stored results at once, so the busy state must end first.
        with self._lock:
            self._store.record_deliveries(done)
            for key in done:
                self._done.pop(key, None)
                self._busy.discard(key)
        failed = sum(1 for delivery in done.values() if delivery.failures)
        self._store.increment("deliveries_failed", failed)
        self._store.increment("deliveries_ok", len(done) - failed)


async def _pieces(body: bytes) -> AsyncIterator[memoryview]:
    """Yield a document in chunks, so that a slow subscriber costs little memory."""
    whole = memoryview(body)
    for at in range(0, len(body), _PIECE):
        yield whole[at : at + _PIECE]


@lru_cache(_BODIES)
def _read(path: Path, etag: str) -> bytes:
    """Return the bytes of a document.

    Raises:
        OSError: The file cannot be read, or its bytes do not have this ETag.
    """
    body = path.read_bytes()
    if strong_etag(body) != etag:
        raise OSError("the file differs from the manifest")
    return body
