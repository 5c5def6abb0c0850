"""Hubs that are slow, dead or reject requests."""

import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from feeds.websub import notify
from feeds.websub.notify import push
from tests.support.processes import free_port, until
from tests.support.recording_hub import AI, ALL, FINE, Answer, Hub, Tree, built, config_with, files, hub_at, many

# What goes wrong


def test_a_dead_hub_delays_no_other_hub_and_gets_its_topics_later(tree: Tree, hub: Hub) -> None:
    with free_port() as port:
        late = f"http://127.0.0.1:{port}/push"
        root = tree(files(ai="One"), config_with(late, hub))
        failed, fine = push(built(root))
        assert (failed.hub, failed.notified, set(fine.notified)) == (late, (), ALL | AI)
        assert len(failed.failed) >= 3
        assert {*failed.failed, *failed.skipped} == ALL | AI
        assert set(failed.failed.values()) == {"Connection refused"}
        hub.forget()
        with hub_at(port) as alive:
            (told,) = push(built(root))
            assert (told.hub, Counter(alive.tried), hub.tried) == (late, Counter(ALL | AI), [])


def test_no_hub_waits_for_another(tree: Tree, hub: Hub, other: Hub) -> None:
    root = tree(many(8), config_with(hub, other))

    def when_the_other_knows(_topic: str, _path: str) -> Answer:
        until(lambda: len(other.told) == 27, 8)
        return FINE

    hub.answer = when_the_other_knows
    slow, quick = push(built(root))
    assert (len(slow.notified), len(quick.notified)) == (27, 27)


def test_a_hub_gets_a_few_topics_in_parallel(tree: Tree, hub: Hub) -> None:
    root = tree(many(8), config_with(hub))

    def slowly(_topic: str, _path: str) -> Answer:
        time.sleep(0.02)
        return FINE

    hub.answer = slowly
    push(built(root))
    assert 1 < hub.most <= 4


def test_a_hub_that_does_not_answer_times_out(tree: Tree, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "_TIMEOUT", 0.1)
    done = threading.Event()

    def never(_topic: str, _path: str) -> Answer:
        done.wait(20)
        return FINE

    hub.answer = never
    (told,) = push(built(tree(many(8), config_with(hub))))
    done.set()
    assert set(told.failed.values()) == {"timed out"}
    assert 3 <= len(told.failed) <= 6  # three in a row, and the requests in progress
    assert len(told.failed) + len(told.skipped) == 27


def test_a_slow_hub_is_stopped_before_the_next_push_is_due(
    tree: Tree, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "_LONGEST", 0.1)

    def slowly(_topic: str, _path: str) -> Answer:
        time.sleep(0.06)
        return FINE

    hub.answer = slowly
    config = built(tree(many(8), config_with(hub)))
    (told,) = push(config)
    assert told.notified
    assert len(told.notified) + len(told.skipped) == 27
    (rest,) = push(config)
    assert set(rest.notified) <= set(told.skipped)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_temporary_failures_are_tried_three_times(tree: Tree, hub: Hub, status: int) -> None:
    tries: Counter[str] = Counter()

    def better(topic: str, _path: str) -> Answer:
        tries[topic] += 1
        return FINE if tries[topic] == 3 else (status, {})

    hub.answer = better
    (told,) = push(built(tree(files(ai="One"), config_with(hub))))
    assert set(told.notified) == ALL | AI == set(hub.told)
    assert set(tries.values()) == {3}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 301, 302, 303, 304, 101])
def test_permanent_failures_are_tried_once_in_each_push(tree: Tree, hub: Hub, status: int) -> None:
    hub.answer = lambda _topic, _path: (status, {"Location": "/elsewhere"})
    config = built(tree(files(b="One"), config_with(hub)))
    (told,) = push(config)
    assert told.failed == dict.fromkeys(sorted(ALL), f"answers {status}")
    assert Counter(hub.tried) == Counter(ALL)
    assert {(method, path) for method, path, _ in hub.requests} == {("POST", "/push")}
    hub.answer = lambda _topic, _path: FINE
    assert set(push(config)[0].notified) == ALL


@pytest.mark.parametrize("form", ["1", "date"])
def test_retry_after_is_honoured(tree: Tree, hub: Hub, form: str) -> None:
    tried: dict[str, list[float]] = {}

    def later(topic: str, _path: str) -> Answer:
        times = tried.setdefault(topic, [])
        times.append(time.monotonic())
        in_two = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        return FINE if len(times) == 2 else (503, {"Retry-After": "1" if form == "1" else in_two})

    hub.answer = later
    (told,) = push(built(tree(files(b="One"), config_with(hub))))
    assert set(told.notified) == ALL
    assert all(second - first > 0.9 for first, second in tried.values())


def test_a_retry_after_over_the_limit_waits_for_the_next_push(tree: Tree, hub: Hub) -> None:
    hub.answer = lambda _topic, _path: (429, {"Retry-After": "3600"})
    (told,) = push(built(tree(many(8), config_with(hub))))
    assert set(told.failed.values()) == {"answers 429"}
    assert 3 <= len(hub.tried) == len(told.failed) <= 6


@pytest.mark.parametrize("nonsense", ["soon", "-1", "9" * 5000, "Sat, 31 Feb 2026 00:00:00 GMT", "٣", "1e9"])
def test_an_invalid_retry_after_is_ignored_or_treated_as_too_long(nonsense: str) -> None:
    headers = notify.Message()
    headers["Retry-After"] = nonsense
    wait = notify._patience(503, headers)
    assert wait is None or wait <= 3


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_method_is_followed(tree: Tree, hub: Hub, other: Hub, status: int) -> None:
    hub.answer = lambda _topic, _path: (status, {"Location": f"{other.url}/new"})
    (told,) = push(built(tree(files(b="One"), config_with(hub))))
    assert set(told.notified) == ALL
    assert other.forms == hub.forms or Counter(map(str, other.forms)) == Counter(map(str, hub.forms))
    assert {(method, path) for method, path, _ in other.requests} == {("POST", "/push/new")}
    assert {headers["Content-Type"] for _, _, headers in other.requests} == {"application/x-www-form-urlencoded"}


@pytest.mark.parametrize("location", ["/push", "file:///etc/passwd", "ftp://127.0.0.1/", "//", ""])
def test_an_endless_or_broken_redirect_is_a_failure(tree: Tree, hub: Hub, location: str) -> None:
    hub.answer = lambda _topic, _path: (307, {"Location": location})
    (told,) = push(built(tree(files(b="One"), config_with(hub))))
    assert (set(told.failed), told.notified) == (ALL, ())
    assert len(hub.tried) < 100
