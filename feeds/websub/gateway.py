"""Gateway for hub requests, outside the thread that serves readers.

One thread of granian serves all readers, so it must not wait for a request body or the queue. Each
body is read in its own thread, with a deadline. A small pool handles requests that need the queue.
Both have limits; a request over a limit gets a 503.
"""

import time
from collections import Counter
from collections.abc import Callable, MutableMapping
from io import BytesIO
from queue import Full, Queue, SimpleQueue
from threading import Lock, Thread
from typing import Any

from feeds.http.client import client_address
from feeds.websub.protocol import MAX_BODY, PATH, RequestRejected

REFUSAL = "feeds.hub.refusal"
"""WSGI environ key: the `RequestRejected` to respond with, without using the queue."""
_HUB = f"/{PATH}"
PATHS = frozenset({_HUB, "/metrics"})
"""Paths whose responses may have to wait."""
_SECONDS = 5.0  # timeout of a body, and of a request's wait for the pool
_BODIES = 256  # most bodies that are being read
_PER_CLIENT = 16  # most of these from one client
_WORKERS = 4  # threads in the pool
_WAITING = 32  # most requests that wait for the pool
_RETRY = 10  # seconds in Retry-After
Environ = MutableMapping[str, Any]
Answering = Callable[[Any, Environ], object]
"""A call of a WSGI application by granian, with the response sender and the environ."""


class HubGateway:
    """Handler of requests that may have to wait, in its own threads.

    Args:
        answer: Runs the application and sends the response.
    """

    def __init__(self, answer: Answering) -> None:
        self._answer = answer
        self._lock = Lock()
        self._clients: Counter[str] = Counter()
        self._deadlines: SimpleQueue[tuple[float, Lock, Any, Environ]] = SimpleQueue()
        self._queue: Queue[tuple[float, Any, Environ]] = Queue(_WAITING)
        self._is_running = False

    def take(self, sender: Any, environ: Environ) -> None:
        """Respond to a request, now or later."""
        self._run()
        if environ["PATH_INFO"] != _HUB:
            self._to_pool(sender, environ)
            return
        if _length(environ) > MAX_BODY:
            self._refuse(sender, environ, RequestRejected(413, f"The body has more than {MAX_BODY} bytes."))
            return
        client = client_address(environ)
        with self._lock:
            is_too_much = self._clients.total() >= _BODIES or self._clients[client] >= _PER_CLIENT
            if not is_too_much:
                self._clients[client] += 1
        if is_too_much:
            self._refuse(sender, environ, RequestRejected(503, "The hub is busy.", _RETRY))
            return
        # A daemon thread, so that a missing body does not delay a stop.
        Thread(target=self._read, args=(sender, environ, client), daemon=True).start()

    def _run(self) -> None:
        # Started by the first request, because a server may fork after it created the application.
        if not self._is_running:
            self._is_running = True
            for target in (self._watch, *[self._work] * _WORKERS):
                Thread(target=target, daemon=True).start()

    def _read(self, sender: Any, environ: Environ, client: str) -> None:
        claim = Lock()  # the thread that gets the lock responds
        try:
            self._deadlines.put((time.monotonic() + _SECONDS, claim, sender, dict(environ)))
            body = environ["wsgi.input"].read(MAX_BODY + 1)
            if not claim.acquire(blocking=False):
                return
            environ["wsgi.input"] = BytesIO(body)
            if len(body) < _length(environ):
                self._refuse(sender, environ, RequestRejected(400, "The body is incomplete."))
            else:
                self._to_pool(sender, environ)
        finally:
            with self._lock:
                self._clients[client] -= 1
                if not self._clients[client]:
                    del self._clients[client]

    def _watch(self) -> None:
        """Respond with 408 to requests whose body is late; that closes the connection and ends its thread."""
        while True:
            end, claim, sender, environ = self._deadlines.get()
            time.sleep(max(0, end - time.monotonic()))
            if claim.acquire(blocking=False):
                self._refuse(sender, environ, RequestRejected(408, f"The body did not arrive within {_SECONDS:g} s."))

    def _to_pool(self, sender: Any, environ: Environ) -> None:
        try:
            self._queue.put_nowait((time.monotonic() + _SECONDS, sender, environ))
        except Full:
            self._refuse(sender, environ, RequestRejected(503, "The hub is busy.", _RETRY))

    def _work(self) -> None:
        while True:
            end, sender, environ = self._queue.get()
            if time.monotonic() > end:
                self._refuse(sender, environ, RequestRejected(503, "The hub is busy.", _RETRY))
            else:
                self._answer(sender, environ)

    def _refuse(self, sender: Any, environ: Environ, refusal: RequestRejected) -> None:
        self._answer(sender, {**environ, REFUSAL: refusal, "wsgi.input": BytesIO()})


def _length(environ: Environ) -> int:
    """Return the declared length of a body; 0 without one, and more than the limit if it is invalid."""
    length = environ.get("CONTENT_LENGTH", "").lstrip("0")
    # Python reads no number of thousands of digits.
    return int(length[:20]) if length.isdecimal() else 0


def waits(environ: Environ) -> bool:
    """Return whether the response to a request may have to wait for a body or the queue."""
    return environ["PATH_INFO"] in PATHS and (environ["PATH_INFO"] != _HUB or environ["REQUEST_METHOD"] == "POST")
