"""`/hub` of the service: requests are accepted or refused here, and done somewhere else.

The answer does not depend on what becomes of the request (WebSub, section 5.1.2).
"""

import time
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from threading import Lock

from flask import Flask, Response, request

from feeds.config.model import Config, Hub
from feeds.edition.model import Edition
from feeds.errors import HubError
from feeds.http.client import client_address
from feeds.http.headers import COMMON_HEADERS
from feeds.websub.callback_urls import host_of, normalize_url
from feeds.websub.gateway import REFUSAL
from feeds.websub.log_throttle import log, throttle_log
from feeds.websub.protocol import (
    MAX_BODY,
    NO_TOPIC,
    PATH,
    RequestRejected,
    SubscriptionRequest,
    Topic,
    ended_topics,
    key_of,
    parse_request,
    topics,
)
from feeds.websub.subscription_store import Subscriptions

_PER_CLIENT = 120  # requests a minute, about
_PER_HOST = 60  # callbacks called because of them
_MINUTE = 60
_PER_TOPIC = 100_000  # subscriptions
_ON_HOST = 20_000
_WAITING = 1000  # tasks
_PATIENCE = 1.0  # seconds until the queue is taken for gone, where somebody else waits for it already
_PAGE = """This is the WebSub hub of the feeds at {url}, and of no others.
Send hub.mode=subscribe, hub.topic and hub.callback as a form: https://www.w3.org/TR/websub/
"""


def add_hub(app: Flask, config: Config, hub: Hub, edition: Callable[[], Edition | None]) -> "HubEndpoint":
    """Give an application the hub, and return it.

    Args:
        app: The application.
        config: Where things are.
        hub: What it has to say of the hub.
        edition: Returns the one that is served.
    """
    desk = HubEndpoint(config, hub, edition)

    @app.post(desk.path, provide_automatic_options=False)
    def ask() -> Response:
        try:
            if refused := request.environ.get(REFUSAL):
                raise refused
            desk.take(_body(), request.content_type or "", _client())
        except RequestRejected as refused:
            return _text(f"{refused.reason}\n", refused.status, refused.wait)
        return _text("", 202)

    @app.get(desk.path, provide_automatic_options=False)
    def page() -> Response:
        return _text(_PAGE.format(url=config.site.url), 200)

    return desk


class HubEndpoint:
    """Takes requests to the hub."""

    path = f"/{PATH}"
    methods = "GET, HEAD, POST, OPTIONS"

    def __init__(self, config: Config, hub: Hub, edition: Callable[[], Edition | None]) -> None:
        self._config = config
        self._hub = hub
        self._edition = edition
        self._topics: tuple[Edition | None, dict[str, Topic], frozenset[str]] = None, {}, frozenset()
        self._opened: Subscriptions | None = None
        self._opening = Lock()
        self._errors: tuple[type[Exception], ...] = (HubError,)
        throttle_log(self._errors)
        self._spent: set[str] = set()

    def take(self, body: bytes, content_type: str, client: str) -> None:
        """Accept a request: what it asks for is going to be tried.

        Raises:
            Refusal: It is not accepted.
        """
        try:
            store = self._store()
            self._spend(store, "client", client, _PER_CLIENT)
            known, ended = self._known()
            asked = parse_request(body, content_type, known, self._hub.networks)
            # Who publishes has nothing to wait for: the edition is looked at all the time.
            if isinstance(asked, SubscriptionRequest):
                self._spend(store, "host", host_of(asked.callback), _PER_HOST)
                self._see_that_it_is_ours(store, asked, known, ended)
                self._see_that_there_is_room(store, asked)
                # The number says which of two requests came last, whichever is confirmed first.
                store.verify(asked, store.count("asked"))
        except self._errors as error:
            log.error("the hub cannot take requests: %s", error)
            raise RequestRejected(503, "The hub cannot take requests for now.", 60) from None

    def metrics(self) -> list[tuple[str, str, float]]:
        """Return the hub's numbers; none where the queue does not answer."""
        try:
            store = self._store()
            counts = store.get("counts")
            return [
                *(
                    (f"feeds_hub_{name}", "gauge", counts.get(name, 0))
                    for name in ("subscriptions", "pending", "stuck")
                ),
                ("feeds_hub_queue", "gauge", store.waiting()),
                ("feeds_hub_deliveries_ok_total", "counter", store.count("ok", 0)),
                ("feeds_hub_deliveries_failed_total", "counter", store.count("failed", 0)),
            ]
        except self._errors as error:
            log.error("the hub has no numbers: %s", error)
            return []

    def _store(self) -> Subscriptions:
        # Not before the first request: a server may fork after it made the application.
        if self._opened is None:
            # One at a time: a machine that is gone is waited for long enough by one.
            if not self._opening.acquire(timeout=_PATIENCE):
                raise HubError("queue", "it does not answer")
            try:
                if self._opened is None:
                    opened = Subscriptions(self._config.state, self._config.site.url, self._hub.queue)
                    self._errors = (HubError, *opened.errors)
                    self._opened = opened
            finally:
                self._opening.release()
        return self._opened

    def _known(self) -> tuple[dict[str, Topic], frozenset[str]]:
        edition = self._edition()
        if edition is not self._topics[0]:
            self._topics = (edition, topics(edition), ended_topics(edition)) if edition else (None, {}, frozenset())
        return self._topics[1:]

    def _spend(self, store: Subscriptions, kind: str, who: str, most: int) -> None:
        minute = f" {time.time() // _MINUTE:.0f}"
        key = f"{kind} {who}{minute}"
        # Who goes on asking is refused without a look at what the others counted.
        if key in self._spent or store.rate(key) > most:
            self._spent = {each for each in self._spent if each.endswith(minute)} | {key}
            raise RequestRejected(429, "That is too much at once.", _MINUTE)

    def _see_that_it_is_ours(
        self, store: Subscriptions, asked: SubscriptionRequest, known: dict[str, Topic], ended: frozenset[str]
    ) -> None:
        # One may end what is subscribed to, even if it is no more; all else is for another hub.
        topic = normalize_url(asked.topic)
        if topic not in known and topic not in ended and not store.find([key_of(asked.topic, asked.callback)]):
            raise RequestRejected(404, NO_TOPIC)

    def _see_that_there_is_room(self, store: Subscriptions, asked: SubscriptionRequest) -> None:
        if store.waiting() >= _WAITING:
            raise RequestRejected(503, "There is too much to do.", _MINUTE)
        if asked.mode == "unsubscribe" or store.find([key_of(asked.topic, asked.callback)]):
            return
        counts = store.get("counts")
        if counts.get("topics", {}).get(normalize_url(asked.topic), 0) >= _PER_TOPIC:
            raise RequestRejected(403, "This feed has as many subscribers as it can have.")
        if counts.get("hosts", {}).get(host_of(asked.callback), 0) >= _ON_HOST:
            raise RequestRejected(403, "There are as many callbacks on this host as there can be.")


def _text(message: str, status: int, wait: int = 0) -> Response:
    headers = dict(COMMON_HEADERS) | {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return Response(message, status, headers | ({"Retry-After": str(wait)} if wait else {}))


def _body() -> bytes:
    """Return the body, and no more of it than is needed to see that it is too long."""
    return request.stream.read(MAX_BODY + 1)


def _client() -> str:
    """Return who asks, as far as one can count by it: an address, or what a site is given of IPv6."""
    address = client_address(request.environ)
    try:
        found = ip_address(address)
    except ValueError:
        return address[:40]
    return str(ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)
