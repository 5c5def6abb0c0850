"""Readers do not wait for slow clients of the hub, or for its queue."""

import logging
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from feeds.websub import gateway, protocol
from feeds.websub.gateway import REFUSAL, HubGateway
from feeds.websub.log_throttle import ThrottledFilter, log
from feeds.websub.storage import open_storage
from tests.integration.websub.test_worker_process import metrics, redis
from tests.support.exhaustive import default_or_all
from tests.support.processes import until
from tests.support.raw_http import Connection, Server, request, server
from tests.support.websub_subscriber import AI, FORM, Got, HubSite, Subscriber, ask, post, subscribe, subscriber

FEED = "/feeds/ai.xml"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("front")
    HubSite(folder)
    with server(folder) as running:
        yield running


@pytest.fixture
def sub() -> Iterator[Subscriber]:
    with subscriber() as running:
        yield running


def answered(served: Server, times: int = 20) -> None:
    """Check that readers get responses long before requests to the hub time out."""
    for _ in range(times):
        with served.connect(2.5) as connection:
            assert connection.ask(FEED).status == 200


def slow(served: Server, stack: ExitStack, data: bytes, count: int) -> list[Connection]:
    """Open connections that send these bytes, each as another client, and then nothing."""
    found = []
    for number in range(count):
        connection = stack.enter_context(served.connect())
        connection.send(data.replace(b"CLIENT", f"192.0.2.{number}".encode()))
        found.append(connection)
    return found


HEAD = (
    b"POST /hub HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Forwarded-For: CLIENT\r\n"
)
SLOW = {
    "headers alone": HEAD + b"Content-Length: 100\r\n\r\n",
    "half a body": HEAD + b"Content-Length: 100\r\n\r\nhub.mode=subsc",
    "chunks without end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "waiting for 100 Continue": HEAD + b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
    "half a header": HEAD,
    "a body for the metrics": b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n",
    "a body for the page": b"GET /hub HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n",
    "a body for nothing": b"POST /hub/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n",
    "a path with two slashes": HEAD.replace(b"/hub", b"//hub") + b"Content-Length: 100\r\n\r\n",
    "a path with a hundred slashes": HEAD.replace(b"/hub", b"/" * 100 + b"hub") + b"Content-Length: 100\r\n\r\n",
    "an escaped path": HEAD.replace(b"/hub", b"/h%75b") + b"Content-Length: 100\r\n\r\n",
    "a whole address": HEAD.replace(b"/hub", b"http://a/hub") + b"Content-Length: 100\r\n\r\n",
    "another method": b"PUT /hub HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n",
}


@pytest.mark.parametrize("what", SLOW)
def test_readers_do_not_wait_for_slow_clients_of_the_hub(served: Server, what: str) -> None:
    with ExitStack() as stack:
        connections = slow(served, stack, SLOW[what], 40)
        answered(served)
        for connection in connections:
            try:
                connection.send(b"a")
            except (BrokenPipeError, ConnectionResetError):
                continue
        answered(served)


@pytest.mark.parametrize(
    "what",
    default_or_all(["half a body"], ["headers alone", "half a body", "chunks without end", "waiting for 100 Continue"]),
)
def test_a_late_body_gets_408_and_leaves_no_thread_behind(served: Server, what: str) -> None:
    def threads() -> int:
        return sum(len(list(Path(f"/proc/{each}/task").iterdir())) for each in served.processes[1:2])

    post(served, b"")
    before = threads()
    with ExitStack() as stack:
        connections = slow(served, stack, SLOW[what], 20)
        for connection in connections:
            assert connection.receive().status == 408
        # The runtime may have started some itself.
        until(lambda: threads() < before + 10)
    assert post(served, f"hub.mode=publish&hub.topic={AI}".encode()).status == 202


def test_a_content_length_may_have_leading_zeros(served: Server) -> None:
    body = f"hub.mode=publish&hub.topic={AI}".encode()
    for length in (f"{len(body):030}", f"{len(body):05000}"):
        head = HEAD.replace(b"CLIENT", b"192.0.2.249") + f"Content-Length: {length}\r\n\r\n".encode()
        with served.connect() as connection:
            connection.send(head + body)
            assert connection.receive().status == 202


def test_one_client_cannot_use_all_places_for_waiting_bodies(served: Server) -> None:
    with ExitStack() as stack:
        data = SLOW["headers alone"].replace(b"CLIENT", b"192.0.2.250")
        connections = slow(served, stack, data, gateway._PER_CLIENT + 3)
        assert post(served, f"hub.mode=publish&hub.topic={AI}".encode()).status == 202
        answers = [each.receive() for each in connections]
    refused = [each for each in answers if each.status == 503]
    assert len(refused) == 3
    assert all(int(each["Retry-After"]) > 0 for each in refused)
    assert {each.status for each in answers} == {408, 503}


def test_a_body_may_arrive_in_pieces(served: Server) -> None:
    data = request("/hub", "POST", f"hub.mode=publish&hub.topic={AI}".encode(), Content_Type=FORM)
    with served.connect() as connection:
        for at in range(0, len(data), 20):
            connection.send(data[at : at + 20])
        assert connection.receive().status == 202
        # And another request on the same connection.
        assert connection.ask(FEED).status == 200


def test_a_body_may_come_in_chunks_and_must_not_be_too_long(served: Server) -> None:
    body = f"hub.mode=publish&hub.topic={AI}".encode()
    head = SLOW["chunks without end"].partition(b"\r\n\r\n")[0].replace(b"CLIENT", b"192.0.2.251") + b"\r\n\r\n"
    with served.connect() as connection:
        connection.send(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        assert connection.receive().status == 202
    with served.connect() as connection:
        connection.send(head + b"%x\r\n%b\r\n" % (20_000, b"a" * 20_000))
        assert connection.receive().status == 413


def test_readers_do_not_wait_for_a_redis_that_hangs(tmp_path: Path) -> None:
    with redis(tmp_path) as url:
        HubSite(tmp_path, f'{{networks: [127.0.0.0/8], queue: "{url}"}}')
        with server(tmp_path) as running:
            publish = f"hub.mode=publish&hub.topic={AI}".encode()
            assert post(running, publish).status == 202
            assert metrics(running)
            [number] = [int(line.split()[1]) for line in _status_of_redis(url) if line.startswith("Pid:")]
            os.kill(number, signal.SIGSTOP)
            try:
                with ExitStack() as stack:
                    data = request("/hub", "POST", publish, Content_Type=FORM, X_Forwarded_For="CLIENT")
                    connections = slow(running, stack, data, gateway._WORKERS + gateway._WAITING + 5)
                    scrape = stack.enter_context(running.connect(60))
                    scrape.send(request("/metrics"))
                    answered(running)
                    refused = []
                    for connection in connections:
                        connection.socket.settimeout(60)
                        refused.append(connection.receive())
                    assert {each.status for each in refused} == {503}
                    assert all(int(each["Retry-After"]) > 0 for each in refused)
                    assert scrape.receive().status == 200
            finally:
                os.kill(number, signal.SIGCONT)
            until(lambda: post(running, publish).status == 202)


def _status_of_redis(url: str) -> list[str]:
    port = int(url.rpartition(":")[2].partition("/")[0])
    for each in Path("/proc").glob("[0-9]*"):
        try:
            command = (each / "cmdline").read_bytes()
        except OSError:
            continue
        if b"-server" in command and f":{port}".encode() in command:
            return (each / "status").read_text().splitlines()
    return []


# The pool, without a server


class Sent:
    """Answers like the application, and can be made to wait."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.go = threading.Event()

    def __call__(self, _sender: Any, environ: Any) -> None:
        refusal = environ.get(REFUSAL)
        if refusal is None:
            self.go.wait(20)
        self.statuses.append(refusal.status if refusal else 202)


def test_few_requests_wait_for_the_queue_and_the_others_get_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "_WAITING", 3)
    sent = Sent()
    door = HubGateway(sent)
    for _ in range(gateway._WORKERS):
        door.take(None, {"PATH_INFO": "/metrics"})
        until(door._queue.empty)
    for _ in range(5):
        door.take(None, {"PATH_INFO": "/metrics"})
    assert sent.statuses == [503, 503]
    sent.go.set()
    until(lambda: len(sent.statuses) == gateway._WORKERS + 5)
    assert sent.statuses.count(202) == gateway._WORKERS + 3


def test_a_request_that_waited_too_long_is_rejected_without_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent()
    sent.go.set()
    monkeypatch.setattr(gateway, "_SECONDS", -1.0)
    door = HubGateway(sent)
    door.take(None, {"PATH_INFO": "/metrics"})
    until(lambda: sent.statuses == [503])


# The latest request wins


def test_an_unsubscription_sent_after_a_slow_subscription_wins(served: Server, sub: Subscriber) -> None:
    folder = served.log.parent
    confirm = threading.Event()

    def reply(got: Got) -> None:
        if ("hub.mode", "subscribe") in got.query:
            confirm.wait(4)

    sub.reply = reply
    assert ask(served, mode="subscribe", callback=sub.url(), topic=AI).status == 202
    assert ask(served, mode="unsubscribe", callback=sub.url(), topic=AI).status == 202
    until(lambda: sub.asked("unsubscribe"))
    with closing(open_storage(folder / ".feeds", "https://feeds.example/")) as storage:
        store = storage.subscriptions
        key = protocol.key_of(AI, sub.url())
        # A request with the lowest number is confirmed only if no other one was.
        until(lambda: not store.confirm(key, -1, time.time()))
        confirm.set()
        until(lambda: sub.asked("subscribe"))
        until(lambda: "a later request was confirmed first" in served.said)
        assert not store.find([key])
        # The feed can be subscribed to again.
        assert ask(served, mode="subscribe", callback=sub.url(), topic=AI).status == 202
        until(lambda: store.find([key]))


@pytest.mark.parametrize("topic", ["https://elsewhere.example/feeds/ai.xml", AI.replace("ai", "none")])
def test_unsubscribing_from_an_unknown_topic_is_rejected_without_a_callback_request(
    served: Server, sub: Subscriber, topic: str
) -> None:
    answer = ask(served, mode="unsubscribe", callback=sub.url(), topic=topic)
    assert answer.status == 404
    assert ask(served, mode="unsubscribe", callback=sub.url(), topic=AI).status == 202
    until(lambda: sub.asked("unsubscribe"))
    assert [dict(each.query)["hub.topic"] for each in sub.got] == [AI]


# Log messages about a broken queue


def test_a_damaged_database_is_reported_once_a_minute(tmp_path: Path, sub: Subscriber) -> None:
    HubSite(tmp_path)
    with server(tmp_path) as running:
        publish = f"hub.mode=publish&hub.topic={AI}".encode()
        subscribe(running, sub)  # so the hub is running
        with closing(sqlite3.connect(tmp_path / ".feeds/hub.sqlite", timeout=30, isolation_level=None)) as database:
            # Every connection reads the schema again, and finds it damaged.
            database.execute("pragma writable_schema = on")
            database.execute("update sqlite_master set sql = 'damaged' where type = 'table'")
            database.execute("pragma schema_version = 9999")

        def said() -> list[str]:
            return [line for line in running.said.splitlines() if not line.startswith("serving")]

        until(lambda: post(running, publish).status == 503)
        until(lambda: len(said()) >= 2)
        # Long enough for ten reads of the queue.
        for _ in range(30):
            assert post(running, publish).status == 503
            time.sleep(0.1)
        answered(running)
        # One for each of the two processes.
        assert len(said()) == 2, running.said


def test_errors_outside_the_queue_are_always_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    seldom = ThrottledFilter((OSError,))
    clock = [1000.0]
    monkeypatch.setattr("feeds.websub.log_throttle.time.monotonic", lambda: clock[0])

    def passes(name: str, error: Exception | None = None) -> bool:
        info = (type(error), error, None) if error else None
        return seldom.filter(logging.LogRecord(name, logging.ERROR, "", 0, "words", (), info))

    assert [passes(log.name), passes(log.name), passes("huey", OSError("x"))] == [True, False, False]
    assert all(passes("huey", ValueError("a bug")) for _ in range(3))
    clock[0] += 61
    assert passes("huey", OSError("x"))
    assert not passes(log.name)
