"""What a request asks of the hub, and what is refused (WebSub, sections 5 and 7).

`read` returns what is asked. It knows no HTTP server, store or clock: what follows from a
request is decided somewhere else, and so is whether a callback wants what was asked in its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qs, quote

from feeds.edition import paths
from feeds.edition.model import Edition
from feeds.websub.callback_urls import Network, normalize_url, reason_against

FORM = "application/x-www-form-urlencoded"
MAX_BODY = 10_240
MAX_SECRET = 199  # bytes
LEASE = 10 * 86400
LEASES = (3600, 30 * 86400)  # seconds, the shortest and the longest
PATH = "hub"
NO_TOPIC = "hub.topic is no feed of this site: this hub has no others."


class RequestRejected(Exception):  # noqa: N818 - an answer, and nobody's mistake but who asked
    """A request is refused.

    Attributes:
        status: Of the answer.
        reason: A sentence for who asked.
        wait: Seconds after which to ask again, where that helps.
    """

    def __init__(self, status: int, reason: str, wait: int = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.wait = wait


class Topic(NamedTuple):
    """A feed document as it is now: its self URL, its place in the folder, its Content-Type, its ETag, its hub."""

    url: str
    path: str
    type: str
    etag: str
    hub: str


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """A request to subscribe or unsubscribe that is in order.

    Attributes:
        mode: `subscribe` or `unsubscribe`.
        topic: As the subscriber wrote it.
        callback: As the subscriber wrote it.
        secret: For signatures; empty for none.
        lease: Seconds.
        etag: Of the topic when it was asked for: what changes from then on is delivered.
    """

    mode: str
    topic: str
    callback: str
    secret: str = field(default="", repr=False)
    lease: int = LEASE
    etag: str = ""


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """A request to look at topics again: those."""

    topics: tuple[str, ...]


def topics(edition: Edition) -> dict[str, Topic]:
    """Return what can be subscribed to, by its URL: the feed documents of this site, and nothing else."""
    hub = f"{edition.state.url}{PATH}"
    return {
        normalize_url(url): Topic(url, each.path, each.type, each.etag, hub)
        for url, each in paths.topics(edition).items()
    }


def ended_topics(edition: Edition) -> frozenset[str]:
    """Return the URLs of what could be subscribed to once, and is no more or somewhere else."""
    state = edition.state
    return frozenset(normalize_url(f"{state.url}{quote(path)}") for path in state.gone | state.moved.keys())


def key_of(topic: str, callback: str) -> str:
    """Return what identifies a subscription (section 5.1)."""
    return sha256(f"{normalize_url(topic)}\n{normalize_url(callback)}".encode()).hexdigest()


def parse_request(
    body: bytes, content_type: str, known: Mapping[str, Topic], networks: Iterable[Network] = ()
) -> SubscriptionRequest | PublishRequest:
    """Return what the body of a POST asks for.

    Raises:
        Refusal: It is no such request, or not for this hub.
    """
    form = _form(body, content_type)
    mode = _one(form, "hub.mode")
    if mode == "publish":
        urls = [*form.get("hub.topic", ()), *form.get("hub.url", ())]
        if not urls:
            raise RequestRejected(400, "hub.topic is missing.")
        return PublishRequest(tuple(_topic(url, known).url for url in urls))
    if mode not in ("subscribe", "unsubscribe"):
        raise RequestRejected(400, "hub.mode is none of subscribe, unsubscribe and publish.")
    callback, url = _one(form, "hub.callback"), _one(form, "hub.topic")
    if reason := reason_against(callback, networks):
        raise RequestRejected(400, f"hub.callback: {reason}.")
    if mode == "unsubscribe":
        # Whether it was one of this site's is for who knows the subscriptions.
        return SubscriptionRequest(mode, url, callback)
    secret = _one(form, "hub.secret", needed=False)
    if len(secret.encode()) > MAX_SECRET:
        raise RequestRejected(400, f"hub.secret has more than {MAX_SECRET} bytes.")
    return SubscriptionRequest(mode, url, callback, secret, _lease(form), _topic(url, known).etag)


def _form(body: bytes, content_type: str) -> dict[str, list[str]]:
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise RequestRejected(415, f"Send it as {FORM}.")
    if len(body) > MAX_BODY:
        raise RequestRejected(413, f"It has more than {MAX_BODY} bytes.")
    try:
        return parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise RequestRejected(400, "Not a form in UTF-8.") from None


def _one(form: Mapping[str, list[str]], name: str, needed: bool = True) -> str:
    values = form.get(name, [])
    if len(values) > 1:
        raise RequestRejected(400, f"{name} is there {len(values)} times.")
    if needed and not (values and values[0]):
        raise RequestRejected(400, f"{name} is missing.")
    return values[0] if values else ""


def _topic(url: str, known: Mapping[str, Topic]) -> Topic:
    topic = known.get(normalize_url(url))
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
