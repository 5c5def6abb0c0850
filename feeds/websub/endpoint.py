"""The hub endpoint `/hub`: accepts or rejects requests and puts tasks into the queue.

The response does not depend on the result of the task (WebSub, section 5.1.2).
"""

import time
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from threading import Lock

from flask import Flask, Response, request

from feeds.config.model import Hub
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
from feeds.websub.storage import HubStorage, open_storage

_PER_CLIENT = 120  # most requests of a client per minute
_PER_HOST = 60  # most requests for callbacks on one host per minute
_MINUTE = 60
_RATE_LIFETIME = 600.0  # seconds for which a counter of requests is stored
_PER_TOPIC = 100_000  # most subscriptions of a topic
_ON_HOST = 20_000
_WAITING = 1000  # most tasks in the queue
_PATIENCE = 1.0  # seconds to wait while another thread connects to the queue
_PAGE = """This is the WebSub hub of the feeds at {url}. It serves only these feeds.
Send hub.mode=subscribe, hub.topic and hub.callback as a form: https://www.w3.org/TR/websub/
"""


def add_hub(app: Flask, hub: "HubEndpoint") -> None:
    """Add the hub's routes to an application."""

    @app.post(hub.path, provide_automatic_options=False)
    def ask() -> Response:
        refusal: RequestRejected | None = request.environ.get(REFUSAL)
        if refusal:
            return _text(f"{refusal.reason}\n", refusal.status, refusal.wait)
        try:
            hub.take(_body(), request.content_type or "", _client())
        except RequestRejected as refused:
            return _text(f"{refused.reason}\n", refused.status, refused.wait)
        return _text("", 202)

    @app.get(hub.path, provide_automatic_options=False)
    def page() -> Response:
        return _text(_PAGE.format(url=hub.site_url), 200)


class HubEndpoint:
    """Handler of requests to the hub.

    Args:
        site_url: The site's URL.
        state: The folder of the database.
        settings: The hub's part of the configuration.
        edition: Returns the edition that is served.
    """

    path = f"/{PATH}"
    methods = "GET, HEAD, POST, OPTIONS"

    def __init__(self, site_url: str, state: Path, settings: Hub, edition: Callable[[], Edition | None]) -> None:
        self.site_url = site_url
        self._state = state
        self._settings = settings
        self._edition = edition
        self._topics: tuple[Edition | None, dict[str, Topic], frozenset[str]] = None, {}, frozenset()
        self._opened: HubStorage | None = None
        self._opening = Lock()
        self._errors: tuple[type[Exception], ...] = (HubError,)
        throttle_log(self._errors)
        self._spent: set[str] = set()

    def take(self, body: bytes, content_type: str, client: str) -> None:
        """Accept a request and put its task into the queue.

        Raises:
            RequestRejected: The request is not accepted.
        """
        try:
            storage = self._storage()
            self._spend(storage, "client", client, _PER_CLIENT)
            site_topics, ended = self._site_topics()
            hub_request = parse_request(body, content_type, site_topics, self._settings.networks)
            # A publish request needs no task, because the scheduler watches the edition anyway.
            if isinstance(hub_request, SubscriptionRequest):
                self._spend(storage, "host", host_of(hub_request.callback), _PER_HOST)
                is_active = bool(storage.subscriptions.find([key_of(hub_request.topic, hub_request.callback)]))
                # An existing subscription may be ended even if its topic is gone. Other topics belong to another hub.
                topic = normalize_url(hub_request.topic)
                if topic not in site_topics and topic not in ended and not is_active:
                    raise RequestRejected(404, NO_TOPIC)
                self._check_limits(storage, hub_request, is_active=is_active)
                # The number shows which of two requests is the later one, in whichever order they are confirmed.
                storage.queue.verify(hub_request, storage.subscriptions.increment("requests"))
        except self._errors as error:
            log.error("the hub cannot accept requests: %s", error)
            raise RequestRejected(503, "The hub cannot accept requests now.", 60) from None

    def metrics(self) -> list[tuple[str, str, float]]:
        """Return the hub's metrics, or none if the queue does not respond."""
        try:
            storage = self._storage()
            store = storage.subscriptions
            return [
                ("feeds_hub_subscriptions", "gauge", store.count()),
                ("feeds_hub_pending", "gauge", store.count_due(time.time())),
                ("feeds_hub_stuck", "gauge", store.count_stuck()),
                ("feeds_hub_queue", "gauge", storage.queue.waiting()),
                ("feeds_hub_deliveries_ok_total", "counter", store.increment("deliveries_ok", 0)),
                ("feeds_hub_deliveries_failed_total", "counter", store.increment("deliveries_failed", 0)),
            ]
        except self._errors as error:
            log.error("cannot read the hub's metrics: %s", error)
            return []

    def _storage(self) -> HubStorage:
        # Opened by the first request, because a server may fork after it created the application.
        if self._opened is None:
            # Only one thread connects, so that an unreachable queue blocks only one thread.
            if not self._opening.acquire(timeout=_PATIENCE):
                raise HubError("queue", "hub.no_answer")
            try:
                if self._opened is None:
                    opened = open_storage(self._state, self.site_url, self._settings.queue)
                    self._errors = (HubError, *opened.errors)
                    self._opened = opened
            finally:
                self._opening.release()
        return self._opened

    def _site_topics(self) -> tuple[dict[str, Topic], frozenset[str]]:
        edition = self._edition()
        if edition is not self._topics[0]:
            self._topics = (edition, topics(edition), ended_topics(edition)) if edition else (None, {}, frozenset())
        return self._topics[1:]

    def _spend(self, storage: HubStorage, kind: str, name: str, limit: int) -> None:
        minute = f" {time.time() // _MINUTE:.0f}"
        key = f"{kind} {name}{minute}"
        # A client over its limit is rejected without a query to the shared counters.
        if key in self._spent or storage.rates.increment(key, _RATE_LIFETIME) > limit:
            self._spent = {spent_key for spent_key in self._spent if spent_key.endswith(minute)} | {key}
            raise RequestRejected(429, "Too many requests.", _MINUTE)

    def _check_limits(self, storage: HubStorage, hub_request: SubscriptionRequest, *, is_active: bool) -> None:
        if storage.queue.waiting() >= _WAITING:
            raise RequestRejected(503, "The hub is busy.", _MINUTE)
        if is_active or hub_request.mode == "unsubscribe":
            return
        if storage.subscriptions.count_topic(normalize_url(hub_request.topic)) >= _PER_TOPIC:
            raise RequestRejected(403, "This feed has reached its limit of subscribers.")
        if storage.subscriptions.count_host(host_of(hub_request.callback)) >= _ON_HOST:
            raise RequestRejected(403, "This host has reached its limit of callbacks.")


def _text(message: str, status: int, wait: int = 0) -> Response:
    headers = dict(COMMON_HEADERS) | {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return Response(message, status, headers | ({"Retry-After": str(wait)} if wait else {}))


def _body() -> bytes:
    """Return the request body, or as much as is needed to see that it is too long."""
    return request.stream.read(MAX_BODY + 1)


def _client() -> str:
    """Return the client's address, or its /64 network for IPv6, as the key of a limit."""
    address = client_address(request.environ)
    try:
        ip = ip_address(address)
    except ValueError:
        return address[:40]
    return str(ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)
