"""Answer requests to the hub outside the thread that answers readers.

One thread of granian answers all readers, so nothing in it may wait for a body or for the queue. Bodies are
read in threads of their own, with a deadline; what needs the queue runs in a small pool. Both are bounded, and
over a bound the answer is 503.
"""

import time
from collections import Counter
from collections.abc import Callable, MutableMapping
from io import BytesIO
from queue import Full, Queue, SimpleQueue
from threading import Lock, Thread
from typing import Any

from feeds.http.client import client_of
from feeds.websub.protocol import MAX_BODY, PATH, RequestRejected

REFUSAL = "feeds.hub.refusal"
"""In the environ: the `Refusal` with which the request has to be answered, without the queue."""
_HUB = f"/{PATH}"
PATHS = frozenset({_HUB, "/metrics"})
"""Where an answer may have to wait."""
_SECONDS = 5.0  # for a body to come, and for a request to wait for the pool
_BODIES = 256  # that are waited for
_PER_CLIENT = 16  # of them from one client
_WORKERS = 4  # that wait for the queue
_WAITING = 32  # requests that wait for one of them
_RETRY = 10  # seconds
Environ = MutableMapping[str, Any]
Answering = Callable[[Any, Environ], object]
"""How granian calls a WSGI application: with what sends the answer, and the environ."""


class HubGateway:
    """Answers what may have to wait, in threads of its own.

    Args:
        answer: Runs the application and sends its answer.
    """

    def __init__(self, answer: Answering) -> None:
        self._answer = answer
        self._lock = Lock()
        self._clients: Counter[str] = Counter()
        self._deadlines: SimpleQueue[tuple[float, Lock, Any, Environ]] = SimpleQueue()
        self._queue: Queue[tuple[float, Any, Environ]] = Queue(_WAITING)
        self._is_running = False

    def take(self, sender: Any, environ: Environ) -> None:
        """Answer a request, now or later."""
        self._run()
        if environ["PATH_INFO"] != _HUB:
            self._to_pool(sender, environ)
            return
        if _length(environ) > MAX_BODY:
            self._refuse(sender, environ, RequestRejected(413, f"It has more than {MAX_BODY} bytes."))
            return
        client = client_of(environ)
        with self._lock:
            is_too_much = self._clients.total() >= _BODIES or self._clients[client] >= _PER_CLIENT
            if not is_too_much:
                self._clients[client] += 1
        if is_too_much:
            self._refuse(sender, environ, RequestRejected(503, "There is too much to do.", _RETRY))
            return
        # A daemon: a body that does not come must not hold up a stop.
        Thread(target=self._read, args=(sender, environ, client), daemon=True).start()

    def _run(self) -> None:
        # Not before the first request: a server may fork after it made the application.
        if not self._is_running:
            self._is_running = True
            for target in (self._watch, *[self._work] * _WORKERS):
                Thread(target=target, daemon=True).start()

    def _read(self, sender: Any, environ: Environ, client: str) -> None:
        claim = Lock()  # who has it answers
        try:
            self._deadlines.put((time.monotonic() + _SECONDS, claim, sender, dict(environ)))
            body = environ["wsgi.input"].read(MAX_BODY + 1)
            if not claim.acquire(blocking=False):
                return
            environ["wsgi.input"] = BytesIO(body)
            if len(body) < _length(environ):
                self._refuse(sender, environ, RequestRejected(400, "The body is not whole."))
            else:
                self._to_pool(sender, environ)
        finally:
            with self._lock:
                self._clients[client] -= 1
                if not self._clients[client]:
                    del self._clients[client]

    def _watch(self) -> None:
        """Answer in place of bodies that did not come; that ends the connection, and so their threads."""
        while True:
            end, claim, sender, environ = self._deadlines.get()
            time.sleep(max(0, end - time.monotonic()))
            if claim.acquire(blocking=False):
                self._refuse(sender, environ, RequestRejected(408, f"The body did not come within {_SECONDS:g} s."))

    def _to_pool(self, sender: Any, environ: Environ) -> None:
        try:
            self._queue.put_nowait((time.monotonic() + _SECONDS, sender, environ))
        except Full:
            self._refuse(sender, environ, RequestRejected(503, "There is too much to do.", _RETRY))

    def _work(self) -> None:
        while True:
            end, sender, environ = self._queue.get()
            if time.monotonic() > end:
                self._refuse(sender, environ, RequestRejected(503, "There is too much to do.", _RETRY))
            else:
                self._answer(sender, environ)

    def _refuse(self, sender: Any, environ: Environ, refusal: RequestRejected) -> None:
        self._answer(sender, {**environ, REFUSAL: refusal})


def _length(environ: Environ) -> int:
    """Return how long a body is to be, or more than that is admitted; 0 where it is not said."""
    length = environ.get("CONTENT_LENGTH", "").lstrip("0")
    # Python reads no number of thousands of digits.
    return int(length[:20]) if length.isdecimal() else 0


def waits(environ: Environ) -> bool:
    """Tell whether the answer to a request may have to wait for a body or for the queue."""
    return environ["PATH_INFO"] in PATHS and (environ["PATH_INFO"] != _HUB or environ["REQUEST_METHOD"] == "POST")
