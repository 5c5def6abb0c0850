"""The hub reaches no private network, relays nothing, and shows no secrets."""

import asyncio
import stat
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp.abc import AbstractResolver
from hypothesis import given
from hypothesis import strategies as st

from feeds.config.model import Hub
from feeds.edition.model import Edition
from feeds.http import public_addresses
from feeds.http.public_addresses import is_allowed
from feeds.websub import endpoint
from feeds.websub.callback_urls import normalize_url, reason_against, with_query
from feeds.websub.delivery import DeliveryWorker
from feeds.websub.endpoint import HubEndpoint
from feeds.websub.protocol import RequestRejected, SubscriptionRequest, Topic, key_of, parse_request
from feeds.websub.storage import open_storage
from feeds.websub.subscription_store import Subscription
from tests.support.websub_subscriber import AI, FORM, HubSite, Subscriber, subscriber

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> Iterator[Subscriber]:
    """Yield a server on 127.0.0.1, at a port that callbacks may have."""
    with subscriber("127.0.0.1") as running:
        monkeypatch.setattr(public_addresses, "PORTS", frozenset({running.port, 80}))
        yield running


class Names(AbstractResolver):
    """Resolves one name, with a different address for each query."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> Any:
        addresses = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [
            {"hostname": host, "host": each, "port": port, "family": 2, "proto": 0, "flags": 0} for each in addresses
        ]

    async def close(self) -> None: ...


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Any]:
    """Return a function that requests a URL like the hub, and returns the status; 0 without a response."""
    storage = open_storage(tmp_path, "https://feeds.example/")
    running: list[DeliveryWorker] = []

    def get(url: str, *networks: str, names: Names | None = None) -> int:
        if not running or names or networks:
            extra = {"resolver": lambda: names} if names else {}
            running.append(
                DeliveryWorker(
                    storage.subscriptions, storage.errors, tmp_path, tuple(map(ip_network, networks)), **extra
                )
            )
            running[-1].start()
        caller = running[-1]
        status, _ = asyncio.run_coroutine_threadsafe(caller._get(url, 10), caller._loop).result(10)
        return status

    yield get
    for each in running:
        each.stop()
    storage.close()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "0177.0.0.01",
        "127.0.0.1.",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "ip6-localhost",
    ],
)
def test_no_address_of_this_machine_can_be_called(trap: Subscriber, call: Any, host: str) -> None:
    url = f"http://{host}:{trap.port}/"
    # Addresses that the URL does not show are checked at the connection; that check alone would be enough.
    assert call(url) == 0
    assert not trap.got
    assert call(trap.url(), "127.0.0.0/8") == 200


@pytest.mark.parametrize(
    "address",
    """0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255
    240.0.0.1 255.255.255.255 :: ::1 ::ffff:8.8.8.8 ::ffff:10.0.0.1 ::8.8.8.8 64:ff9b::808:808 64:ff9b:1::1 100::1
    2001::1 2001:10::1 2001:db8::1 2002:808:808::1 3fff::1 5f00::1 fc00::1 fd00::1 fe80::1 fe80::1%eth0 fec0::1
    ff02::1 4000::1 nonsense""".split(),
)
def test_an_address_that_is_not_public_is_not_allowed(address: str) -> None:
    assert not is_allowed(address, 80)
    assert not is_allowed(address, 443, (ip_network("192.168.77.0/24"), ip_network("fd77::/16")))


@given(st.ip_addresses(v=4))
def test_no_unusual_spelling_of_an_address_is_allowed(address: IPv4Address) -> None:
    low = int(address)
    assert not is_allowed(str(address), 80) or (address.is_global and not address.is_multicast)
    for prefix, shift in (
        ("::ffff:0:0", 0),
        ("::", 0),
        ("64:ff9b::", 0),
        ("64:ff9b:1::", 0),
        ("2002::", 80),
        ("2001::", 0),
        ("fe80::5efe:0:0", 0),
    ):
        assert not is_allowed(str(IPv6Address(int(IPv6Address(prefix)) | low << shift)), 80)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450::1"])
def test_public_addresses_are_allowed_at_the_usual_ports(address: str) -> None:
    assert all(is_allowed(address, port) for port in (80, 443, 8080, 8443))
    assert not any(is_allowed(address, port) for port in (0, 22, 25, 6379, 11211, 65535))


def test_a_configured_network_allows_no_other_address() -> None:
    mine = (ip_network("10.1.0.0/16"),)
    assert is_allowed("10.1.2.3", 9999, mine)
    assert not is_allowed("10.2.0.1", 80, mine)
    assert not is_allowed("::ffff:10.1.2.3", 80, mine)
    assert not is_allowed("8.8.8.8", 9999, mine)


def test_a_name_is_refused_if_any_of_its_addresses_is_not_public(trap: Subscriber, call: Any) -> None:
    names = Names(("127.0.0.2", "127.0.0.1"))
    assert call(f"http://two.example:{trap.port}/", "127.0.0.1/32", names=names) == 0
    assert not trap.got


def test_a_name_is_resolved_once_and_the_checked_address_is_called(trap: Subscriber, call: Any) -> None:
    names = Names(("127.0.0.1",), ("127.0.0.2",))
    url = f"http://changing.example:{trap.port}/"
    assert call(url, "127.0.0.1/32", names=names) == 200
    assert names.asked == 1
    assert len(trap.got) == 1


def test_a_redirect_is_not_followed(trap: Subscriber, call: Any) -> None:
    with subscriber() as outside:
        outside.reply = lambda _: (302, {"Location": trap.url()}, b"")
        assert call(outside.url(), "127.9.0.0/16") == 302
    assert not trap.got


def test_proxies_of_the_environment_are_not_used(trap: Subscriber, call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, trap.url())
    with subscriber() as outside:
        assert call(outside.url(), "127.9.0.0/16") == 200
        assert len(outside.got) == 1
    assert not trap.got


@pytest.mark.parametrize(
    "url",
    [
        "http://user@example.org/",
        "http://user:password@example.org/",
        "http://example.org:22/",
        "http://example.org:99999/",
        "http://example.org:-1/",
        "http://example.org/\r\nX: y",
        "http://example.org/\x00",
        "http://example.org/a b",
        "http://example.org\\@127.0.0.1/",
        "http://exämple.org/",
        "http:///callback",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://example.org/#fragment",
        "gopher://example.org/",
        "javascript:alert(1)",
        "",
        "http://example.org/" + "x" * 2000,
    ],
)
def test_an_invalid_callback_is_rejected(url: str) -> None:
    assert reason_against(url)


def test_a_valid_callback_is_accepted() -> None:
    for url in ("https://example.org/cb?x=%0d%0a&y", "HTTP://EXAMPLE.org:8080", "http://[2606:4700:4700::1111]/"):
        assert reason_against(url) is None
    assert with_query("http://a.example/?", {"hub.mode": "x"}) == "http://a.example/?hub.mode=x"
    assert with_query("http://a.example/?a=1", {"hub.topic": "u v"}) == "http://a.example/?a=1&hub.topic=u+v"


_VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["subscribe", "unsubscribe", "publish", AI, "http://example.org/", "http://[::1", "http://a:b/", "9"]
    ),
)
_NAMES = st.sampled_from(["hub.mode", "hub.topic", "hub.callback", "hub.secret", "hub.lease_seconds", "hub.url"])


@given(st.one_of(st.binary(max_size=200), st.dictionaries(_NAMES, _VALUES).map(lambda form: urlencode(form).encode())))
def test_every_request_body_is_accepted_or_rejected(body: bytes) -> None:
    topic = Topic(AI, "feeds/ai.xml", "application/rss+xml", "etag", "https://feeds.example/hub")
    asked = None
    with suppress(RequestRejected):
        asked = parse_request(body, FORM, {AI: topic})
    if isinstance(asked, SubscriptionRequest):
        assert reason_against(asked.callback) is None
        assert asked.mode == "unsubscribe" or normalize_url(asked.topic) == AI
        assert asked.callback in with_query(asked.callback, {"hub.mode": asked.mode})
        assert normalize_url(normalize_url(asked.callback)) == normalize_url(asked.callback)
    elif asked:
        assert set(asked.topics) == {AI}


# Limits and secrets


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    asked = SubscriptionRequest("subscribe", AI, "http://example.org/?token=t", "hush")
    assert "hush" not in repr(asked)
    assert "hush" not in repr(Subscription(AI, "http://example.org/", 0, "", "hush"))
    assert "pass" not in repr(Hub(queue="redis://:pass@127.0.0.1/0"))
    open_storage(tmp_path, "https://feeds.example/").close()
    for path in tmp_path.glob("hub.sqlite*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.fixture
def desk(tmp_path: Path) -> HubEndpoint:
    from feeds.config.reader import read_config

    site = HubSite(tmp_path)
    config = read_config(tmp_path / "config.yaml")
    assert config.hub
    return HubEndpoint(config.site.url, config.state, config.hub, lambda: site.edition)


def body_of(number: int = 0) -> bytes:
    return f"hub.mode=subscribe&hub.topic={AI}&hub.callback=http://127.0.0.{number}:9/c".encode()


def refusal(desk: HubEndpoint, body: bytes = b"", client: str = "192.0.2.1") -> RequestRejected:
    with pytest.raises(RequestRejected) as caught:
        desk.take(body or body_of(1), FORM, client)
    return caught.value


def test_requests_are_rejected_when_the_queue_is_full(desk: HubEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_WAITING", 3)
    for number in range(3):
        desk.take(body_of(number), FORM, "192.0.2.1")
    refused = refusal(desk)
    assert refused.status == 503
    assert refused.wait > 0


@pytest.mark.parametrize("limit", ["_PER_TOPIC", "_ON_HOST"])
def test_subscriptions_are_limited_by_feed_and_by_host(
    desk: HubEndpoint, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(endpoint, limit, 2)
    store = desk._storage().subscriptions
    other_topic = AI if limit == "_PER_TOPIC" else AI.replace("ai", "all")
    store.add(Subscription(AI, "http://127.0.0.1:9/c", 1e12, ""))
    store.add(Subscription(other_topic, "http://127.0.0.1:9/d", 1e12, ""))
    body = body_of(1).replace(b"9/c", b"9/new")
    assert refusal(desk, body).status == 403
    # An existing subscription can be renewed and ended, and the count is current.
    desk.take(body_of(1), FORM, "192.0.2.1")
    desk.take(body_of(1).replace(b"subscribe", b"unsubscribe"), FORM, "192.0.2.1")
    store.remove(key_of(other_topic, "http://127.0.0.1:9/d"))
    desk.take(body, FORM, "192.0.2.1")


def test_requests_are_limited_by_client_and_by_callback_host(
    desk: HubEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_MINUTE", 10**9)
    monkeypatch.setattr(endpoint, "_PER_CLIENT", 2)
    monkeypatch.setattr(endpoint, "_PER_HOST", 3)
    desk.take(body_of(1), FORM, "192.0.2.1")
    desk.take(body_of(1), FORM, "192.0.2.1")
    assert refusal(desk, client="192.0.2.1").status == 429
    desk.take(body_of(1), FORM, "192.0.2.2")
    assert refusal(desk, client="192.0.2.3").status == 429
    desk.take(body_of(2), FORM, "192.0.2.4")


def test_requests_are_rejected_if_the_state_folder_cannot_be_used(desk: HubEndpoint, tmp_path: Path) -> None:
    (tmp_path / ".feeds").write_text("a file")
    refused = refusal(desk)
    assert refused.status == 503
    assert refused.wait > 0
    assert desk.metrics() == []


def test_without_an_edition_there_is_no_topic(tmp_path: Path) -> None:
    from feeds.config.reader import read_config

    HubSite(tmp_path)
    config = read_config(tmp_path / "config.yaml")
    assert config.hub
    for edition in (None, Edition()):
        hub = HubEndpoint(config.site.url, config.state, config.hub, lambda edition=edition: edition)  # type: ignore[misc]
        assert refusal(hub).status == 404
