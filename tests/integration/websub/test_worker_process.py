"""The hub as a process: accepted requests survive it, it ends with the service, and an operator can manage it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from feeds.websub import delivery as websub_delivery
from feeds.websub import scheduler
from feeds.websub.delivery import DeliveryWorker
from feeds.websub.protocol import key_of, topics
from feeds.websub.scheduler import DeliveryScheduler
from feeds.websub.storage import HubStorage, open_storage
from feeds.websub.subscription_store import Delivery, Subscription
from tests.support.factories import article
from tests.support.processes import free_port, run, until
from tests.support.raw_http import Server, server
from tests.support.trees import CONFIG
from tests.support.websub_subscriber import AI, LOOPBACK, HubSite, Subscriber, ask, deliveries, subscribe, subscriber


@pytest.fixture
def sub() -> Iterator[Subscriber]:
    with subscriber() as running:
        yield running


def kill(running: Server) -> None:
    """Kill every process of a server, as in a power cut."""
    processes = running.processes
    assert len(processes) >= 3, "the service, its worker and the hub"
    for each in processes:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    running.process.wait()


def metrics(running: Server) -> dict[str, float]:
    families = text_string_to_metric_families(running.ask("/metrics").body.decode())
    return {sample.name: sample.value for family in families for sample in family.samples if "hub" in sample.name}


def test_a_published_change_reaches_a_subscriber(tmp_path: Path, sub: Subscriber) -> None:
    def write(name: str) -> None:
        path = tmp_path / f"content/news/{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(article(name, url=f"https://news.example/{name}", more="topics: [AI]\n"))
        run("build", cwd=tmp_path)

    (tmp_path / "config.yaml").write_text(f"{CONFIG}hub: {LOOPBACK}\n")
    write("first")
    with server(tmp_path) as running:
        answer = running.ask("/feeds/ai.xml")
        # The hub is found where WebSub requires it.
        assert '<https://feeds.example/hub>; rel="hub"' in answer["Link"]
        assert b'rel="hub" href="https://feeds.example/hub"' in answer.body.replace(
            b'href="https://feeds.example/hub" rel="hub"', b'rel="hub" href="https://feeds.example/hub"'
        )
        assert b"https://feeds.example/hub" in running.ask("/feeds/ai.html").body
        subscribe(running, sub)
        write("second")
        until(lambda: len(sub.told) == 1)
        assert sub.told[0].body == (tmp_path / "public/feeds/ai.xml").read_bytes()


def test_an_accepted_subscription_survives_a_kill_of_every_process(tmp_path: Path) -> None:
    site = HubSite(tmp_path)
    with ExitStack() as stack:
        subs = [stack.enter_context(subscriber()) for _ in range(12)]
        with server(tmp_path) as running:
            for each in subs:
                subscribe(running, each)
            held = threading.Event()
            stack.callback(held.set)
            for each in subs[4:]:
                # They do not answer before the hub is dead.
                each.reply = lambda got: (held.wait(20) and None) if got.method == "POST" else None
            site.publish("while it is killed")
            until(lambda: all(len(each.told) == 1 for each in subs[:4]))
            with site.store() as store:
                until(lambda: sum(1 for each in deliveries(store) if each.delivered_at) == 4)
            kill(running)
        held.set()
        for each in subs:
            each.got.clear()
        with server(tmp_path):
            until(lambda: all(len(each.told) == 1 for each in subs[4:]))
            assert subs[-1].told[0].body == site.bytes_of()
            with site.store() as store:
                until(lambda: sum(1 for each in deliveries(store) if each.delivered_at) == 12)
        # Subscribers that were notified before are not notified again.
        assert not any(each.told for each in subs[:4])


def test_a_request_that_waits_in_the_queue_outlives_the_processes(tmp_path: Path, sub: Subscriber) -> None:
    site = HubSite(tmp_path)
    with server(tmp_path) as running:
        [hub] = [each for each in running.processes if "hub" in Path(f"/proc/{each}/cmdline").read_text().split("\0")]
        os.kill(hub, signal.SIGSTOP)
        assert ask(running, mode="subscribe", callback=sub.url(), topic=AI).status == 202
        kill(running)
    assert site.subscription(sub.url()) is None
    with server(tmp_path):
        until(lambda: site.subscription(sub.url()) is not None)


def test_a_hub_process_is_restarted_and_ends_with_the_service(tmp_path: Path, sub: Subscriber) -> None:
    site = HubSite(tmp_path)

    def hubs(running: Server) -> list[int]:
        found = []
        for each in running.processes:
            with suppress(OSError):
                if "hub" in Path(f"/proc/{each}/cmdline").read_text().split("\0"):
                    found.append(each)
        return found

    with server(tmp_path) as running:
        subscribe(running, sub)
        [first] = hubs(running)
        os.kill(first, signal.SIGKILL)
        site.publish("without a hub")
        assert running.ask("/feeds/ai.xml").status == 200
        until(lambda: len(sub.told) == 1)
        [second] = hubs(running)
        assert second != first
        assert "the hub ended with status -9, restarting" in running.said
    assert not Path(f"/proc/{second}").exists()


def test_the_hub_process_ends_if_the_service_dies(tmp_path: Path) -> None:
    HubSite(tmp_path)
    with server(tmp_path) as running:
        # Only the service is killed, so it cannot end its hub.
        others = running.processes[1:]
        running.process.kill()
        running.process.wait()
        for each in others:
            if "hub" not in Path(f"/proc/{each}/cmdline").read_text().split("\0"):
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
        until(lambda: not any("hub" in _command(each) for each in others))


def _command(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/cmdline").read_text().split("\0")
    except OSError:
        return []


def test_a_site_without_a_hub_needs_no_hub_packages(tmp_path: Path) -> None:
    HubSite(tmp_path, "no")
    code = (
        "import sys, feeds.web, feeds.pipeline.build; feeds.web.create_app()\n"
        "print(sorted({'huey', 'aiohttp', 'redis', 'feeds.websub.endpoint'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"FEEDS_CONFIG": "config.yaml"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    assert not (tmp_path / ".feeds").exists()
    with server(tmp_path) as running:
        assert running.ask("/hub", "POST", b"a=b").status == 405
        assert running.ask("/hub").status == 404
    refused = run("hub", "list", cwd=tmp_path, check=False)
    assert (refused.returncode, "hub: yes" in refused.stderr) == (2, True)


# Looking after it


def test_an_operator_can_list_remove_and_retry_subscriptions(tmp_path: Path, sub: Subscriber) -> None:
    site = HubSite(tmp_path)
    with server(tmp_path) as running, subscriber() as ill:
        subscribe(running, sub, callback=sub.url("/cb?token=hush-hush"), secret="quiet-please")
        subscribe(running, ill)
        ill.reply = lambda got: (503, {}, b"") if got.method == "POST" else None
        site.publish("one is told")
        with site.store() as store:
            until(lambda: {each.failures for each in deliveries(store)} == {0, 1})
        shown = run("hub", "list", "--json", cwd=tmp_path).stdout
        table = run("hub", "list", cwd=tmp_path).stdout
        rows = {row["callback"]: row for row in json.loads(shown)}
        assert rows[sub.url("/cb")]["failures"] == 0
        assert rows[sub.url("/cb")]["signed"]
        assert rows[sub.url("/cb")]["delivered"] == pytest.approx(time.time(), abs=30)
        assert rows[ill.url()]["error"] == "answered 503"
        assert rows[ill.url()]["delivered"] is None
        assert "answered 503" in table
        assert "hush" not in shown + table + running.said
        assert "quiet" not in shown + table + running.said
        until(lambda: metrics(running).get("feeds_hub_deliveries_failed_total") == 1)
        numbers = metrics(running)
        assert numbers["feeds_hub_subscriptions"] == 2
        assert numbers["feeds_hub_deliveries_ok_total"] == 1
        assert numbers["feeds_hub_stuck"] == 0

        ill.reply = lambda _: None
        assert len(ill.told) == 1
        assert run("hub", "retry", AI.replace("ai", "all"), cwd=tmp_path, check=False).returncode == 2
        assert run("hub", "retry", AI, cwd=tmp_path).stdout == "1 retried\n"
        until(lambda: len(ill.told) == 2)

        run("hub", "remove", sub.url("/cb"), cwd=tmp_path)
        until(lambda: len(sub.asked("denied")) == 1)
        assert ("hub.topic", AI) in sub.asked("denied")[0].query
        assert ("token", "hush-hush") in sub.asked("denied")[0].query
        assert site.subscription(sub.url("/cb?token=hush-hush")) is None
        assert run("hub", "remove", sub.url(), cwd=tmp_path, check=False).returncode == 2


def test_a_subscriber_of_a_removed_feed_is_notified_once(tmp_path: Path, sub: Subscriber) -> None:
    site = HubSite(tmp_path)
    with server(tmp_path) as running:
        subscribe(running, sub)
        site.entries = site.entries[:0]
        site.publish("of robots", topics=("Robots",))
        until(lambda: len(sub.asked("denied")) == 1)
        query = dict(sub.asked("denied")[0].query)
        assert query["hub.topic"] == AI
        assert query["hub.reason"]
        assert site.subscription(sub.url()) is None
        until(lambda: running.ask("/feeds/ai.xml").status == 410)
        assert ask(running, mode="subscribe", callback=sub.url(), topic=AI).status == 404
        assert not sub.told


# Scheduling of deliveries


def test_retries_wait_longer_each_time_up_to_six_hours() -> None:
    delivery, now, waits = Delivery(), 1000.0, []
    for _ in range(30):
        delivery = delivery.failed("new", now, "answered 503", jitter=1)
        waits.append(delivery.next_attempt - now)
        now = delivery.next_attempt
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == waits[-1] == 6 * 3600
    assert (delivery.failures, delivery.failing_since, delivery.attempts) == (30, 1000, 30)
    assert delivery.succeeded("new", now) == Delivery("new", now, 31, "new", now)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[HubStorage]:
    with closing(open_storage(tmp_path / ".feeds", "https://feeds.example/")) as storage:
        yield storage


def test_an_expired_lease_ends_without_a_request(tmp_path: Path, storage: HubStorage) -> None:
    site = HubSite(tmp_path)
    over, still = (Subscription(AI, f"http://127.0.0.{n}:9/", time.time() + end, "") for n, end in ((1, -1), (2, 60)))
    storage.subscriptions.add(over)
    storage.subscriptions.add(still)
    storage.subscriptions.record_deliveries({over.key: Delivery(failures=1), "orphan": Delivery()})
    DeliveryScheduler(storage, tmp_path / "public").run_once()
    assert site.subscription(over.callback) is None
    assert site.subscription(still.callback) == still
    assert [record.subscription for record in storage.subscriptions.records()] == [still]
    assert storage.queue.waiting() == 1


def test_concurrent_deliveries_to_one_host_are_limited(
    tmp_path: Path, storage: HubStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    HubSite(tmp_path)
    monkeypatch.setattr(scheduler, "_PER_HOST", 3)
    monkeypatch.setattr(scheduler, "_AT_ONCE", 5)
    # Pages are so small that one host fills the first page.
    monkeypatch.setattr(scheduler, "_PAGE", 2)
    for number in range(9):
        subscribed(storage, f"http://127.0.0.{number // 5}:9/{number}")
    sweep = DeliveryScheduler(storage, tmp_path / "public")
    sweep.run_once()
    assert len(sweep._leases) == 5
    # Stored results make room for other deliveries.
    now = time.time()
    before = {key: Delivery().failed(lease.etag, now, "no", 1) for key, lease in sweep._leases.items()}
    storage.subscriptions.record_deliveries(before)
    sweep._next_scan = 0
    sweep.run_once()
    assert len(sweep._leases) == 4
    assert not sweep._leases.keys() & before.keys()


def test_a_scheduler_run_with_nothing_due_reads_no_subscription(
    tmp_path: Path, storage: HubStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = HubSite(tmp_path)
    topic = topics(site.edition)[AI]
    for number in range(20):
        storage.subscriptions.add(Subscription(AI, f"http://127.0.0.{number}:9/", time.time() + 60, topic.etag))
    sweep = DeliveryScheduler(storage, tmp_path / "public")
    sweep.run_once()
    sizes = []
    for name in ("due", "expired", "find", "subscribers"):
        usual = getattr(storage.subscriptions, name)
        monkeypatch.setattr(
            storage.subscriptions,
            name,
            lambda *given, usual=usual: (found := usual(*given), sizes.append(len(found)))[0],
        )
    monkeypatch.setattr(storage.subscriptions, "records", None)
    sweep._next_scan = 0
    sweep.run_once()
    assert len(sizes) >= 3
    assert not any(sizes)
    assert storage.queue.waiting() == 0


def test_only_one_process_at_a_time_schedules(tmp_path: Path, storage: HubStorage) -> None:
    with closing(open_storage(tmp_path / ".feeds", "https://feeds.example/")) as other:
        assert storage.leader.acquire()
        assert not other.leader.acquire()
        assert storage.leader.acquire()
        storage.leader.close()
        assert other.leader.acquire()


# Calling


@contextmanager
def calling(storage: HubStorage, folder: Path) -> Iterator[DeliveryWorker]:
    caller = DeliveryWorker(storage.subscriptions, storage.errors, folder / "public", (ip_network("127.0.0.0/8"),))
    caller.start()
    try:
        yield caller
    finally:
        caller.stop()


def subscribed(storage: HubStorage, *callbacks: str) -> list[str]:
    for each in callbacks:
        storage.subscriptions.add(Subscription(AI, each, time.time() + 60, "old"))
    return [key_of(AI, each) for each in callbacks]


def test_only_published_bytes_are_delivered(tmp_path: Path, storage: HubStorage, sub: Subscriber) -> None:
    site = HubSite(tmp_path)
    topic = topics(site.edition)[AI]
    path = tmp_path / "public/feeds/ai.xml"
    whole = path.read_bytes()
    path.write_bytes(whole[:500])
    with calling(storage, tmp_path) as caller:
        keys = subscribed(storage, sub.url())
        caller.deliver(topic, keys)
        assert not sub.told
        path.write_bytes(whole)
        until(lambda: len(sub.told) == 1)
        assert sub.told[0].body == whole
        # A repeated task has no effect.
        caller.deliver(topic, keys)
        caller.deliver(topic, keys)
    assert len(sub.told) == 1


def test_a_delivery_scheduled_right_after_the_previous_result_is_sent(
    tmp_path: Path, storage: HubStorage, sub: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = HubSite(tmp_path)
    topic = topics(site.edition)[AI]
    write, late, published = storage.subscriptions.record_deliveries, [], threading.Event()

    def written(deliveries: dict[str, Delivery]) -> None:
        published.wait(20)
        write(deliveries)
        if not late:
            late.append(threading.Thread(target=caller.deliver, args=(topics(site.edition)[AI], keys)))
            late[0].start()
            late[0].join(0.2)

    monkeypatch.setattr(storage.subscriptions, "record_deliveries", written)
    with calling(storage, tmp_path) as caller:
        keys = subscribed(storage, sub.url())
        caller.deliver(topic, keys)
        until(lambda: len(sub.told) == 1)
        site.publish("new")
        published.set()
        until(lambda: len(sub.told) == 2)
    assert sub.told[1].body == site.bytes_of()


def test_a_hanging_subscriber_is_a_failure_and_delays_no_other(
    tmp_path: Path, storage: HubStorage, sub: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websub_delivery, "_SECONDS", 1.5)
    topic = topics(HubSite(tmp_path).edition)[AI]
    end = threading.Event()
    with subscriber() as hanging, calling(storage, tmp_path) as caller:
        hanging.reply = lambda _: (end.wait(10) and None) or (200, {}, b"")
        keys = subscribed(storage, hanging.url("/1"), hanging.url("/2"), "http://127.0.0.1:1/", sub.url())
        caller.deliver(topic, keys)
        until(lambda: len(sub.told) == 1)
        store = storage.subscriptions
        until(lambda: all(store.find([key])[key].delivery.attempts == 1 for key in keys))
        errors = [store.find([key])[key].delivery.error for key in keys]
        end.set()
    assert errors == ["no response within 1.5 s", "no response within 1.5 s", "Connection refused", ""]


# Several machines


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if not found:
        pytest.skip("there is no Redis: apt-get install redis-server")
    with free_port() as port:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "no"]
        process = subprocess.Popen([found, *options], stdout=subprocess.DEVNULL)
        try:
            until(_connects(port))
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


def _connects(port: int) -> Callable[[], bool]:
    def connects() -> bool:
        socket.create_connection(("127.0.0.1", port)).close()
        return True

    return connects


def test_two_machines_share_a_redis(tmp_path: Path, sub: Subscriber) -> None:
    with redis(tmp_path) as url, ExitStack() as stack:
        hub = f'{{networks: [127.0.0.0/8], queue: "{url}"}}'
        sites = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            sites.append(HubSite(tmp_path / name, hub))
        first, second = (stack.enter_context(server(site.folder)) for site in sites)
        assert ask(first, mode="subscribe", callback=sub.url(), topic=AI).status == 202
        until(lambda: json.loads(run("hub", "list", "--json", cwd=sites[1].folder).stdout) != [])
        for round_ in range(2):
            for site in sites:
                site.publish(f"round {round_}")
            until(lambda: len(sub.told) >= round_ + 1)  # noqa: B023
            assert sub.told[-1].body == sites[0].bytes_of()
        kill(first)
        sites[1].publish("by the machine that is left")
        until(lambda: sub.told[-1].body == sites[1].bytes_of(), 40)
        assert len(sub.told) == 3
        assert second.ask("/hub").status == 200
