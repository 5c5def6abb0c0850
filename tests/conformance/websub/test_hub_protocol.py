"""The site's own hub over real HTTP: WebSub sections 5 to 7, and what websub.rocks tests of hubs (100 to 106)."""

import hashlib
import hmac
import re
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.support.processes import until
from tests.support.raw_http import Server, server
from tests.support.websub_subscriber import (
    AI,
    FORM,
    HUB,
    Got,
    HubSite,
    Reply,
    Subscriber,
    ask,
    deliveries,
    post,
    subscribe,
    subscriber,
)

SECRET = "0123456789abcdefghij"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> HubSite:
    return HubSite(tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="module")
def served(site: HubSite) -> Iterator[Server]:
    with server(site.folder) as running:
        yield running


@pytest.fixture
def sub() -> Iterator[Subscriber]:
    with subscriber() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Subscriber]:
    with subscriber() as running:
        yield running


def told(sub: Subscriber, times: int = 1) -> Got:
    until(lambda: len(sub.told) >= times)
    assert len(sub.told) == times
    return sub.told[-1]


def only(status: int, headers: dict[str, str] | None = None, body: bytes = b"", method: str = "POST"):
    """Return a reply to requests with this method."""

    def reply(got: Got) -> Reply | None:
        return (status, headers or {}, body) if got.method == method else None

    return reply


# Subscriptions and deliveries


def test_a_subscriber_is_verified_and_then_gets_the_exact_document(
    served: Server, site: HubSite, sub: Subscriber
) -> None:
    """websub.rocks 100."""
    answer = ask(served, mode="subscribe", callback=sub.url(), topic=AI)
    assert (answer.status, answer.body) == (202, b"")
    until(lambda: site.subscription(sub.url()) is not None)
    [asked] = sub.asked("subscribe")
    values = dict(asked.query)
    assert asked.method == "GET"
    assert values.keys() == {"hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds"}
    assert values["hub.topic"] == AI
    assert values["hub.lease_seconds"] == str(10 * 86400)
    assert len(values["hub.challenge"]) >= 32
    site.publish("typical")
    got = told(sub)
    served_as = served.ask("/feeds/ai.xml")
    assert got.body == site.bytes_of() == served_as.body
    assert got.all("Content-Type") == [served_as["Content-Type"]]
    assert got.all("Link") == [f'<{HUB}>; rel="hub", <{AI}>; rel="self"']
    assert not got.all("X-Hub-Signature")
    assert not got.all("Transfer-Encoding")


def test_with_a_secret_the_document_is_signed(served: Server, site: HubSite, sub: Subscriber) -> None:
    """websub.rocks 101."""
    subscribe(served, sub, secret=SECRET)
    site.publish("signed")
    got = told(sub)
    digest = hmac.new(SECRET.encode(), got.body, hashlib.sha256).hexdigest()
    assert got.all("X-Hub-Signature") == [f"sha256={digest}"]
    assert SECRET not in served.said


def test_other_parameters_are_ignored(served: Server, site: HubSite, sub: Subscriber) -> None:
    """websub.rocks 102."""
    body = f"hub.mode=subscribe&hub.topic={quote(AI, safe='')}&hub.callback={quote(sub.url(), safe='')}"
    assert post(served, f"{body}&foo=bar&hub.foo=hub.bar&hub.verify=sync".encode()).status == 202
    until(lambda: site.subscription(sub.url()) is not None)
    assert {name for name, _ in sub.asked("subscribe")[0].query} == {
        "hub.mode",
        "hub.topic",
        "hub.challenge",
        "hub.lease_seconds",
    }


def test_a_repeated_subscription_gets_one_delivery(
    served: Server, site: HubSite, sub: Subscriber, other: Subscriber
) -> None:
    """websub.rocks 103."""
    subscribe(served, sub)
    subscribe(served, sub)
    site.publish("twice")
    told(sub)
    subscribe(served, other)
    site.publish("and again")
    told(other)
    told(sub, 2)


def test_an_unsubscribed_callback_gets_no_delivery(
    served: Server, site: HubSite, sub: Subscriber, other: Subscriber
) -> None:
    """websub.rocks 104."""
    subscribe(served, sub)
    subscribe(served, other)
    site.publish("before the end")
    told(sub)
    told(other)
    assert ask(served, mode="unsubscribe", callback=sub.url(), topic=AI, lease_seconds="nonsense").status == 202
    until(lambda: site.subscription(sub.url()) is None)
    [asked] = sub.asked("unsubscribe")
    assert {name for name, _ in asked.query} == {"hub.mode", "hub.topic", "hub.challenge"}
    site.publish("after the end")
    told(other, 2)
    told(sub)


@pytest.mark.parametrize("suffix", ["xml", "atom", "json"])
def test_every_format_is_delivered_with_its_type(served: Server, site: HubSite, sub: Subscriber, suffix: str) -> None:
    """websub.rocks 105 and 106, for the topics that a hub of one site can have."""
    topic = AI.replace("xml", suffix)
    subscribe(served, sub, topic=topic)
    site.publish(f"as {suffix}")
    got = told(sub)
    assert got.all("Content-Type") == [served.ask(f"/feeds/ai.{suffix}")["Content-Type"]]
    assert got.body == site.bytes_of(topic)
    assert f'<{topic}>; rel="self"' in got.all("Link")[0]


@pytest.mark.parametrize(
    "topic",
    [
        "https://websub.rocks/hub/105",
        "https://feeds.example/feeds/none.xml",
        "https://feeds.example/feeds/ai.html",
        "https://feeds.example/manifest.json",
        "https://feeds.example/feeds/../feeds/ai.xml",
        "http://feeds.example/feeds/ai.xml",
        "https://feeds.example/feeds/ai.xml?a=b",
        "http://169.254.169.254/latest/meta-data",
        "feeds/ai.xml",
    ],
)
def test_only_feeds_of_the_site_are_topics(served: Server, sub: Subscriber, topic: str) -> None:
    """websub.rocks 105 and 106: an open hub would take these."""
    for values in ({"mode": "subscribe", "callback": sub.url()}, {"mode": "publish"}):
        answer = ask(served, topic=topic, **values)
        assert answer.status == 404
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert topic.encode() not in answer.body
    assert not sub.got


def test_only_feeds_that_changed_are_delivered(
    served: Server, site: HubSite, sub: Subscriber, other: Subscriber
) -> None:
    robots = AI.replace("ai", "robots")
    site.publish("of robots", topics=("Robots",))
    until(lambda: served.ask("/feeds/robots.xml").status == 200)
    subscribe(served, sub, topic=robots)
    subscribe(served, other)
    site.publish("of no robots")
    told(other)
    site.publish("of robots again", topics=("Robots",))
    assert told(sub).body == site.bytes_of(robots)
    assert len(other.told) == 1


# Verification


@pytest.mark.parametrize(
    "reply",
    [
        only(404, method="GET"),
        only(500, method="GET"),
        only(302, {"Location": "/elsewhere"}, method="GET"),
        only(200, body=b"something else", method="GET"),
        only(200, body=b"", method="GET"),
        lambda got: (200, {}, dict(got.query).get("hub.challenge", "").encode() + b"\n"),
        lambda got: (301, {"Location": "/"}, dict(got.query).get("hub.challenge", "").encode()),
        lambda got: (200, {}, dict(got.query).get("hub.challenge", "").encode() + b"x" * 5_000_000),
    ],
    ids=["404", "500", "302", "another", "empty", "longer", "redirect with challenge", "endless"],
)
def test_an_unconfirmed_request_is_no_subscription(
    served: Server, site: HubSite, sub: Subscriber, other: Subscriber, reply
) -> None:
    sub.reply = reply
    assert ask(served, mode="subscribe", callback=sub.url(), topic=AI).status == 202
    until(lambda: served.said.count("not confirmed by the callback") and len(sub.asked("subscribe")) == 1)
    subscribe(served, other)
    assert site.subscription(sub.url()) is None
    # Exactly one request, so a client cannot make the hub send thousands.
    assert len(sub.got) == 1


def test_a_challenge_is_used_once(served: Server, sub: Subscriber) -> None:
    subscribe(served, sub)
    subscribe(served, sub)
    first, second = (dict(each.query)["hub.challenge"] for each in sub.asked("subscribe"))
    assert first != second


def test_an_unconfirmed_renewal_changes_nothing(served: Server, site: HubSite, sub: Subscriber) -> None:
    subscribe(served, sub, secret=SECRET, lease_seconds="86400")
    before = site.subscription(sub.url())
    sub.reply = only(404, method="GET")
    assert ask(served, mode="subscribe", callback=sub.url(), topic=AI, secret="another").status == 202
    assert ask(served, mode="unsubscribe", callback=sub.url(), topic=AI).status == 202
    until(lambda: len(sub.asked("subscribe")) == 2 and len(sub.asked("unsubscribe")) == 1)
    site.publish("after renewals that failed")
    got = told(sub)
    assert got.all("X-Hub-Signature") == [f"sha256={hmac.new(SECRET.encode(), got.body, hashlib.sha256).hexdigest()}"]
    assert site.subscription(sub.url()) == before


def test_a_confirmed_renewal_replaces_the_subscription(served: Server, site: HubSite, sub: Subscriber) -> None:
    subscribe(served, sub, secret=SECRET, lease_seconds="3600")
    before = site.subscription(sub.url())
    assert ask(served, mode="subscribe", callback=sub.url(), topic=AI).status == 202
    until(lambda: site.subscription(sub.url()) != before)
    after = site.subscription(sub.url())
    assert before
    assert after
    assert after.lease_end > before.lease_end
    site.publish("after a renewal")
    assert not told(sub).all("X-Hub-Signature")


@pytest.mark.parametrize(
    ("asked", "given"),
    [("86400", 86400), ("1", 3600), ("0", 3600), ("99999999999999", 30 * 86400), ("", 10 * 86400)],
)
def test_leases_are_limited(served: Server, site: HubSite, sub: Subscriber, asked: str, given: int) -> None:
    subscribe(served, sub, lease_seconds=asked)
    assert dict(sub.asked("subscribe")[0].query)["hub.lease_seconds"] == str(given)
    found = site.subscription(sub.url())
    assert found
    assert found.lease_end - time.time() == pytest.approx(given, abs=30)


def test_the_callback_url_is_requested_unchanged_with_its_query(served: Server, site: HubSite, sub: Subscriber) -> None:
    path = "/c%41ll?token=%7e%2F&hub.mode=mine&empty=&n=1"
    subscribe(served, sub, callback=sub.url(path))
    [asked] = sub.asked("subscribe")
    assert asked.path.startswith(f"{path}&hub.mode=subscribe&")
    assert [value for name, value in asked.query if name == "hub.mode"] == ["mine", "subscribe"]
    site.publish("to an exact callback")
    assert told(sub).path == path


def test_unreserved_characters_may_be_written_either_way(served: Server, site: HubSite, sub: Subscriber) -> None:
    strange = AI.replace("ai.xml", "%61i%2Exml")
    subscribe(served, sub, callback=sub.url("/~me"), topic=strange)
    assert dict(sub.asked("subscribe")[0].query)["hub.topic"] == strange
    subscribe(served, sub, callback=sub.url("/%7Eme"))
    site.publish("to one subscriber")
    told(sub)


# What subscribers answer


def test_410_ends_a_subscription(served: Server, site: HubSite, sub: Subscriber, other: Subscriber) -> None:
    subscribe(served, sub)
    subscribe(served, other)
    sub.reply = only(410)
    site.publish("for the last time")
    told(sub)
    until(lambda: site.subscription(sub.url()) is None)
    site.publish("for nobody")
    told(other, 2)
    told(sub)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 500, 503])
def test_every_other_status_is_a_failure_and_is_retried(
    served: Server, site: HubSite, sub: Subscriber, other: Subscriber, status: int
) -> None:
    subscribe(served, sub)
    sub.reply = only(status, {"Location": other.url()} if status < 400 else {})
    site.publish(f"answered with {status}")
    told(sub)
    sub.reply = lambda _: None
    assert site.subscription(sub.url())
    # An update is sent at once, also after a failed delivery.
    site.publish(f"after {status}")
    assert told(sub, 2).body == site.bytes_of()
    assert not other.got


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_success(served: Server, site: HubSite, sub: Subscriber, status: int) -> None:
    subscribe(served, sub)
    sub.reply = only(status)
    site.publish(f"taken with {status}")
    told(sub)
    with site.store() as store:
        until(lambda: any(each.attempted_at and each.delivered_at == each.attempted_at for each in deliveries(store)))


# Rejected requests


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("", "hub.mode is missing"),
        ("hub.mode=subscribe", "hub.callback is missing"),
        ("hub.mode=explode&hub.topic=T&hub.callback=C", "hub.mode is not one of"),
        ("hub.mode=subscribe&hub.callback=C", "hub.topic is missing"),
        ("hub.mode=subscribe&hub.topic=T", "hub.callback is missing"),
        ("hub.mode=subscribe&hub.topic=T&hub.callback=C&hub.callback=C", "hub.callback occurs 2 times"),
        ("hub.mode=subscribe&hub.topic=T&hub.callback=C&hub.lease_seconds=-1", "hub.lease_seconds"),
        ("hub.mode=subscribe&hub.topic=T&hub.callback=C&hub.lease_seconds=%D9%A3", "hub.lease_seconds"),
        (f"hub.mode=subscribe&hub.topic=T&hub.callback=C&hub.secret={'s' * 200}", "hub.secret"),
        (f"hub.mode=subscribe&hub.topic=T&hub.callback=C&hub.secret={'%C3%A9' * 100}", "hub.secret"),
        ("hub.mode=subscribe&hub.topic=T&hub.callback=ftp://127.0.0.1/", "hub.callback: not an http"),
        ("hub.mode=subscribe&hub.topic=T&hub.callback=/callback", "hub.callback: not an http"),
        ("hub.mode=subscribe&hub.topic=T&hub.callback=http://me:pass@127.0.0.1/", "hub.callback: has a user"),
        ("hub.mode=subscribe&hub.topic=T&hub.callback=http://127.0.0.1/%0d%0aX:y", "hub.callback: not an http"),
        ("hub.mode=subscribe&hub.topic=T&hub.callback=http://127.0.0.1/%00", "hub.callback: not an http"),
        (f"hub.mode=subscribe&hub.topic=T&hub.callback=http://127.0.0.1/{'x' * 2000}", "hub.callback: longer"),
        ("hub.mode=%FF", "UTF-8"),
        ("hub.mode=publish", "hub.topic is missing"),
    ],
)
def test_errors_are_explained_in_plain_text(served: Server, form: str, said: str) -> None:
    body = re.sub(r"=T\b", f"={quote(AI)}", form.replace("=C", "=http://127.9.9.9/c"))
    answer = post(served, body.encode())
    assert answer.status == 400
    assert said in answer.body.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_large_body_and_another_content_type_are_rejected(served: Server) -> None:
    assert post(served, b"hub.mode=subscribe&x=" + b"x" * 10_300).status == 413
    assert post(served, b"{}", Content_Type="application/json").status == 415
    assert post(served, b"hub.mode=publish&hub.url=" + AI.encode(), Content_Type=f"{FORM}; charset=utf-8").status == 202


def test_publish_accepts_the_sites_topics_under_both_parameter_names(served: Server) -> None:
    assert post(served, f"hub.mode=publish&hub.url={AI}&hub.topic={AI.replace('xml', 'json')}".encode()).status == 202
    assert post(served, f"hub.mode=publish&hub.url={AI}&hub.url=https://other.example/".encode()).status == 404


def test_get_of_the_hub_explains_it(served: Server) -> None:
    page = served.ask("/hub")
    assert page.status == 200
    assert page["Content-Type"] == "text/plain; charset=utf-8"
    assert "https://feeds.example/" in page.body.decode()
    refused = served.ask("/hub", "PUT")
    assert refused.status == 405
    assert refused["Allow"] == served.ask("/hub", "OPTIONS")["Allow"] == "GET, HEAD, POST, OPTIONS"


def test_requests_per_minute_are_limited_by_client_and_callback_host(served: Server) -> None:
    """The minute may end during these requests; then the count starts again."""
    publish = f"hub.mode=publish&hub.url={AI}".encode()
    many = [post(served, publish, X_Forwarded_For="spoofed, 203.0.113.7") for _ in range(250)]
    refused = [each for each in many if each.status == 429]
    assert refused
    assert int(refused[0]["Retry-After"]) > 0
    assert post(served, publish, X_Forwarded_For="203.0.113.7, 203.0.113.8").status == 202
    gone = f"hub.mode=unsubscribe&hub.topic={AI}&hub.callback=http://127.8.8.8:9/c".encode()
    assert 429 in [post(served, gone).status for _ in range(130)]
