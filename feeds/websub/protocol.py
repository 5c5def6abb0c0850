"""Parser and validator of hub requests (WebSub, sections 5 and 7).

`parse_request` returns the request. This module knows no HTTP server, store or clock. The endpoint
decides what follows from a request, and the callback confirms the subscription.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qs, quote

from feeds.edition import paths
from feeds.edition.model import Edition
from feeds.http.public_addresses import Network
from feeds.websub.callback_urls import normalize_url, reason_against

FORM = "application/x-www-form-urlencoded"
MAX_BODY = 10_240
MAX_SECRET = 199  # bytes
LEASE = 10 * 86400
LEASES = (3600, 30 * 86400)  # shortest and longest lease in seconds
PATH = "hub"
NO_TOPIC = "hub.topic is not a feed of this site. This hub serves only this site's feeds."


class RequestRejected(Exception):  # noqa: N818 - a response, not an error of this program
    """A request is rejected.

    Attributes:
        status: Status code of the response.
        reason: A sentence for the client.
        wait: Seconds until a retry is useful; 0 if it is not.
    """

    def __init__(self, status: int, reason: str, wait: int = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.wait = wait


class Topic(NamedTuple):
    """The current version of a feed document: self URL, path in the folder, Content-Type, ETag and hub."""

    url: str
    path: str
    type: str
    etag: str
    hub: str


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """A valid request to subscribe or unsubscribe.

    Attributes:
        mode: `subscribe` or `unsubscribe`.
        topic: As the subscriber wrote it.
        callback: As the subscriber wrote it.
        secret: The key of signatures; empty for none.
        lease: Lease in seconds.
        etag: The topic's ETag at the time of the request; later changes are delivered.
    """

    mode: str
    topic: str
    callback: str
    secret: str = field(default="", repr=False)
    lease: int = LEASE
    etag: str = ""


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """A request to check topics for changes."""

    topics: tuple[str, ...]


def topics(edition: Edition) -> dict[str, Topic]:
    """Return the topics by URL: the feed documents of this site."""
    hub = f"{edition.state.url}{PATH}"
    return {
        normalize_url(url): Topic(url, document.path, document.type, document.etag, hub)
        for url, document in paths.topics(edition).items()
    }


def ended_topics(edition: Edition) -> frozenset[str]:
    """Return the URLs of former topics, which were removed or moved."""
    state = edition.state
    return frozenset(normalize_url(f"{state.url}{quote(path)}") for path in state.gone | state.moved.keys())


def key_of(topic: str, callback: str) -> str:
    """Return the key of a subscription (section 5.1)."""
    return sha256(f"{normalize_url(topic)}\n{normalize_url(callback)}".encode()).hexdigest()


def parse_request(
    body: bytes, content_type: str, site_topics: Mapping[str, Topic], networks: Iterable[Network] = ()
) -> SubscriptionRequest | PublishRequest:
    """Parse the body of a POST request.

    Raises:
        RequestRejected: The request is invalid or belongs to another hub.
    """
    form = _form(body, content_type)
    mode = _one(form, "hub.mode")
    if mode == "publish":
        urls = [*form.get("hub.topic", ()), *form.get("hub.url", ())]
        if not urls:
            raise RequestRejected(400, "hub.topic is missing.")
        return PublishRequest(tuple(_topic(url, site_topics).url for url in urls))
    if mode not in ("subscribe", "unsubscribe"):
        raise RequestRejected(400, "hub.mode is not one of subscribe, unsubscribe and publish.")
    callback, url = _one(form, "hub.callback"), _one(form, "hub.topic")
    if reason := reason_against(callback, networks):
        raise RequestRejected(400, f"hub.callback: {reason}.")
    if mode == "unsubscribe":
        # The endpoint knows the subscriptions, so it decides whether this was a topic of this site.
        return SubscriptionRequest(mode, url, callback)
    secret = _one(form, "hub.secret", needed=False)
    if len(secret.encode()) > MAX_SECRET:
        raise RequestRejected(400, f"hub.secret has more than {MAX_SECRET} bytes.")
    return SubscriptionRequest(mode, url, callback, secret, _lease(form), _topic(url, site_topics).etag)


def _form(body: bytes, content_type: str) -> dict[str, list[str]]:
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise RequestRejected(415, f"Send the request as {FORM}.")
    if len(body) > MAX_BODY:
        raise RequestRejected(413, f"The body has more than {MAX_BODY} bytes.")
    try:
        return parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise RequestRejected(400, "The body is not a form in UTF-8.") from None


def _one(form: Mapping[str, list[str]], name: str, needed: bool = True) -> str:
    values = form.get(name, [])
    if len(values) > 1:
        raise RequestRejected(400, f"{name} occurs {len(values)} times.")
    if needed and not (values and values[0]):
        raise RequestRejected(400, f"{name} is missing.")
    return values[0] if values else ""


def _topic(url: str, site_topics: Mapping[str, Topic]) -> Topic:
    topic = site_topics.get(normalize_url(url))
    if topic is None:
        raise RequestRejected(404, NO_TOPIC)
    return topic


def _lease(form: Mapping[str, list[str]]) -> int:
    value = _one(form, "hub.lease_seconds", needed=False)
    if not value:
        return LEASE
    if not (value.isascii() and value.isdigit()):
        raise RequestRejected(400, "hub.lease_seconds is not a number of seconds.")
    return min(max(int(value[:12]), LEASES[0]), LEASES[1])
