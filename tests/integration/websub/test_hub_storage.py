"""The hub's records obey the same rules in SQLite and in Redis, and records of earlier versions are moved."""

import json
import logging
import pickle
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import HubError
from feeds.websub.protocol import SubscriptionRequest, Topic, key_of
from feeds.websub.sqlite_store import Database, SqliteSubscriptionStore
from feeds.websub.storage import HubStorage, open_storage
from feeds.websub.subscription_store import REMEMBERED, Delivery, Record, Subscription
from feeds.websub.task_queue import JsonSerializer
from tests.integration.websub.test_worker_process import redis
from tests.support.processes import run, until
from tests.support.raw_http import server
from tests.support.websub_subscriber import AI, HubSite, subscriber

SITE = "https://feeds.example/"
ALL = AI.replace("ai", "all")


def open_both(kind: str, folder: Path) -> Iterator[HubStorage]:
    if kind == "sqlite":
        with closing(open_storage(folder / ".feeds", SITE)) as storage:
            yield storage
        return
    with redis(folder) as url, closing(open_storage(folder / ".feeds", SITE, url)) as storage:
        yield storage


@pytest.fixture(params=["sqlite", "redis"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStorage]:
    yield from open_both(request.param, tmp_path)


def callback(number: int, topic: str = AI, end: float = 1e6, etag: str = "old", host: int = 1) -> Subscription:
    return Subscription(topic, f"http://127.0.0.{host}:9/{number}?a=b", end, etag, "sécret")


def due(storage: HubStorage, now: float = 1000, limit: int = 99, hosts: tuple[str, ...] = ()) -> list[Subscription]:
    return [record.subscription for record in storage.subscriptions.due(now, limit, hosts).values()]


def ordered(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record.subscription.callback)


# Records


def test_a_subscription_is_found_renewed_and_removed_with_its_deliveries(storage: HubStorage) -> None:
    store, first = storage.subscriptions, callback(1)
    store.add(first)
    store.add(callback(2))
    delivered = Delivery().succeeded("new", 5.25)
    store.record_deliveries({first.key: delivered, "nobody's": delivered})
    assert store.find([first.key, "nobody's"]) == {first.key: Record(first, delivered)}
    assert ordered(store.records()) == [Record(first, delivered), Record(callback(2), Delivery())]
    # A renewal has another lease and secret, and keeps the results of deliveries.
    store.add(Subscription(AI, first.callback, 2e6 + 1 / 3, "ignored", ""))
    renewed = Subscription(AI, first.callback, 2e6 + 1 / 3, "old", "")
    assert store.find([first.key]) == {first.key: Record(renewed, delivered)}
    assert not store.remove(first.key, first.lease_end)
    assert store.remove(first.key, renewed.lease_end)
    assert not store.remove(first.key)
    assert store.find([first.key]) == {}
    # No record of it is left.
    store.add(first)
    assert store.find([first.key]) == {first.key: Record(first, Delivery())}


def test_subscription_counts_are_current(storage: HubStorage) -> None:
    store = storage.subscriptions
    for number in range(5):
        store.add(callback(number, topic=AI if number < 3 else ALL, host=number // 2))
    assert (store.count(), store.count_topic(AI), store.count_topic(ALL), store.count_topic("none")) == (5, 3, 2, 0)
    assert [store.count_host(f"127.0.0.{number}") for number in range(4)] == [2, 2, 1, 0]
    store.remove(callback(0, host=0).key)
    assert (store.count(), store.count_topic(AI), store.count_host("127.0.0.0")) == (4, 2, 1)
    delivery = Delivery()
    for failures in range(1, 5):
        delivery = delivery.failed("new", 10, "no", 1)
        store.record_deliveries({callback(1, host=0).key: delivery})
        assert store.count_stuck() == (failures >= 3)
    store.record_deliveries({callback(1, host=0).key: delivery.succeeded("new", 20)})
    assert store.count_stuck() == 0
    assert (store.increment("n"), store.increment("n", 4), store.increment("n", 0), store.increment("m", 0)) == (
        (1, 5, 5, 0)
    )


def test_a_topic_keeps_its_spelling_and_is_compared_in_its_normal_form(storage: HubStorage) -> None:
    strange = callback(1, topic=AI.replace("ai.xml", "%61i%2Exml"))
    storage.subscriptions.add(strange)
    assert storage.subscriptions.count_topic(AI) == 1
    assert storage.subscriptions.subscribers(AI, 9) == {strange.key: Record(strange, Delivery())}


def test_expired_leases_are_found_by_their_end(storage: HubStorage) -> None:
    for number in range(5):
        storage.subscriptions.add(callback(number, end=100 + number))
    expired = storage.subscriptions.expired(102, 99)
    assert {record.subscription.lease_end for record in expired.values()} == {100, 101, 102}
    assert len(storage.subscriptions.expired(102, 2)) == 2
    assert storage.subscriptions.expired(99, 99) == {}


# What is due


def test_a_subscriber_with_the_current_version_is_not_due(storage: HubStorage) -> None:
    store = storage.subscriptions
    store.update_topics({AI: "new"}, ())
    store.add(callback(1, etag="new"))
    store.add(callback(2, etag="old"))
    # The scheduler decides if the topic is not stored yet.
    store.add(callback(3, topic=ALL))
    assert {each.callback for each in due(storage)} == {callback(2).callback, callback(3).callback}
    store.record_deliveries({callback(2).key: Delivery().succeeded("new", 10)})
    store.settle({callback(3, topic=ALL).key: "old"})
    assert due(storage) == []
    assert store.count_due(1e9) == 0
    assert store.topic_etags() == {AI: "new"}
    store.update_topics({AI: "newer", ALL: "1"}, ())
    assert store.count_due(1000) == len(due(storage)) == 3
    store.update_topics({}, [AI])
    assert store.topic_etags() == {ALL: "1"}


def test_a_failed_delivery_waits_for_its_time_a_new_version_or_a_retry_command(storage: HubStorage) -> None:
    store = storage.subscriptions
    store.update_topics({AI: "new", ALL: "new"}, ())
    first, second = callback(1), callback(2, topic=ALL)
    for each in (first, second):
        store.add(each)
        store.record_deliveries({each.key: Delivery().failed("new", 1000, "no", 1)})
    assert (due(storage, 1029), len(due(storage, 1030))) == ([], 2)
    store.update_topics({AI: "newer"}, ())
    assert due(storage, 1000) == [first]
    store.record_deliveries({first.key: Delivery().failed("newer", 1000, "no", 1)})
    assert due(storage, 1000) == []
    assert store.retry(ALL) == 1
    assert due(storage, 1000) == [second]
    assert store.retry() == 2
    assert len(due(storage, 1000)) == 2


@pytest.mark.parametrize("is_failure", [False, True])
def test_a_version_published_during_an_attempt_is_due_at_once(storage: HubStorage, is_failure: bool) -> None:
    store, first = storage.subscriptions, callback(1)
    store.update_topics({AI: "new"}, ())
    store.add(first)
    store.update_topics({AI: "newer"}, ())
    delivery = Delivery().failed("new", 1000, "no", 1) if is_failure else Delivery().succeeded("new", 1000)
    store.record_deliveries({first.key: delivery})
    assert due(storage, 1000) == [first]
    # A record that was read before the update does not undo it.
    store.settle({first.key: "new" if is_failure else "old"})
    assert due(storage, 1000) == [first]


def test_due_records_are_sorted_by_failures_and_skip_busy_hosts(storage: HubStorage) -> None:
    store = storage.subscriptions
    store.update_topics({AI: "new"}, ())
    for number in range(6):
        store.add(callback(number, host=number % 2))
        delivery = Delivery()
        for _ in range(6 - number if number else 0):
            delivery = delivery.failed("new", 1000, "no", 1)
        if number:
            store.record_deliveries({callback(number, host=number % 2).key: delivery})
    store.update_topics({AI: "newer"}, ())
    order = [int(each.callback.partition(":9/")[2][0]) for each in due(storage, 1000)]
    assert order == [0, 5, 4, 3, 2, 1]
    assert [each.host for each in due(storage, 1000, hosts=("127.0.0.1",))] == ["127.0.0.0"] * 3
    assert len(due(storage, 1000, limit=2)) == 2
    assert due(storage, 1000, limit=1, hosts=("127.0.0.0",)) == [callback(5)]


def test_the_queries_of_a_scheduler_run_use_indexes(tmp_path: Path) -> None:
    with closing(open_storage(tmp_path, SITE)) as storage:
        store: Any = storage.subscriptions
        queries: list[tuple[str, tuple[Any, ...]]] = []
        usual = store._database.rows
        store._database.rows = lambda query, values=(): (queries.append((query, tuple(values))), usual(query, values))[
            1
        ]
        store.due(1000, 9, ["a"])
        store.expired(1000, 9)
        store.find(["k"])
        store.subscribers(AI, 9)
        store.count_topic(AI)
        store.count_host("a")
        store.count_due(1000)
        store.count_stuck()
        assert len(queries) == 8
        for query, values in queries:
            plan = " ".join(row[3] for row in usual(f"explain query plan {query}", values))
            assert "SCAN subscription" not in plan, (query, plan)
            assert "TEMP B-TREE" not in plan, (query, plan)


# Requests


def test_the_number_of_a_confirmed_request_expires(tmp_path: Path) -> None:
    with closing(open_storage(tmp_path, SITE)) as storage:
        store = storage.subscriptions
        assert store.confirm("k", 2, 1000)
        assert not store.confirm("k", 1, 1000)
        assert store.confirm("k", 2, 1000)
        store.clean(1000 + REMEMBERED)
        assert not store.confirm("k", 1, 1000)
        store.clean(1001 + REMEMBERED)
        assert store.confirm("k", 1, 1000)


def test_the_latest_request_wins(storage: HubStorage) -> None:
    store = storage.subscriptions
    assert store.confirm("k", 2, 1000)
    assert not store.confirm("k", 1, 1000)
    assert store.confirm("k", 3, 1000)
    assert store.confirm("other", 1, 1000)


def test_request_rates_are_counted_by_key(storage: HubStorage) -> None:
    assert [storage.rates.increment(key, 600) for key in ("a", "a", "b", "a")] == [1, 2, 1, 3]
    storage.rates.clean(0)
    assert storage.rates.increment("a", 600) == 4


def test_counters_of_rates_are_removed_after_their_lifetime(tmp_path: Path) -> None:
    with closing(open_storage(tmp_path, SITE)) as storage:
        storage.rates.increment("a", -1e9)
        storage.rates.increment("b", 1e9)
        storage.rates.clean(1000 + 1e9)
        assert (storage.rates.increment("a", 1), storage.rates.increment("b", 1)) == (1, 2)


# Tasks


class Executor:
    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def verify(self, request: SubscriptionRequest, number: int = 0) -> None:
        self.calls.append((request, number))

    def deny(self, topic: str, callback: str, reason: str) -> None:
        self.calls.append((topic, callback, reason))

    def deliver(self, topic: Topic, keys: list[str]) -> None:
        self.calls.append((topic, keys))


def test_a_task_arrives_as_it_was_put_into_the_queue(storage: HubStorage) -> None:
    request = SubscriptionRequest("subscribe", AI, "http://127.0.0.1/?a=%C3%A9", "sécret", 60, "etag")
    topic = Topic(AI, "feeds/ai.xml", "application/rss+xml", "etag", "https://feeds.example/hub")
    storage.queue.verify(request, 7)
    storage.queue.deny(AI, "http://127.0.0.1/", "No.")
    storage.queue.deliver(topic, ["a", "b"])
    assert storage.queue.waiting() == 3
    executor = storage.queue.executor = Executor()
    consumer = storage.queue.consumer(1)
    consumer.start()
    try:
        until(lambda: len(executor.calls) == 3)
    finally:
        consumer.stop(graceful=True)
    # Deliveries go first.
    assert executor.calls == [(topic, ["a", "b"]), (request, 7), (AI, "http://127.0.0.1/", "No.")]


def note_run(name: str) -> None:
    Evil.ran.append(name)


class Evil:
    """Runs code when it is unpickled."""

    ran: ClassVar[list[str]] = []

    def __reduce__(self) -> Any:
        return note_run, ("pickle",)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.just(pickle.dumps(Evil())),
        st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=5)).map(
            lambda value: json.dumps(value).encode()
        ),
    )
)
def test_no_message_in_the_queue_runs_code(data: bytes) -> None:
    try:
        message = JsonSerializer().deserialize(data)
    except (ValueError, TypeError):
        pass
    else:
        assert message.kwargs == {}
    assert not Evil.ran


# Databases of other versions

OLD_TABLES = """
create table kv (queue text not null, key text not null, value blob not null, primary key(queue, key));
create table schedule (id integer not null primary key, queue text not null, data blob not null, timestamp real not null);
create table task (id integer not null primary key, queue text not null, data blob not null,
    priority real not null default 0.0);
create table counter (queue text not null, key text not null, value integer not null default 0,
    primary key(queue, key));
"""
OLD_NAME = f"feeds{sha256(SITE.encode()).hexdigest()[:16]}"
OLD_RECORDS = {
    # In the form of the earlier version.
    f"s:{callback(1).key}": {
        "topic": AI,
        "callback": callback(1).callback,
        "end": 1e6,
        "etag": "old",
        "secret": "sécret",
    },
    f"s:{callback(2).key}": {
        "topic": AI,
        "callback": callback(2).callback,
        "end": 1e6,
        "etag": "old",
        "secret": "sécret",
    },
    f"s:{callback(3).key}": {
        "topic": AI,
        "callback": callback(3).callback,
        "end": 1e6,
        "etag": "old",
        "secret": "sécret",
    },
    f"d:{callback(1).key}": {
        "etag": "new",
        "at": 10.5,
        "tries": 2,
        "tried": "new",
        "tried_at": 10.5,
        "failures": 0,
        "since": 0,
        "next": 0,
        "error": "",
    },
    f"d:{callback(2).key}": {
        "etag": "",
        "at": 0,
        "tries": 3,
        "tried": "new",
        "tried_at": 90.0,
        "failures": 3,
        "since": 20.0,
        "next": 500.0,
        "error": "answered 503",
    },
    f"d:{'0' * 64}": {"etag": "new"},
    f"c:{callback(1).key}": {"number": 5, "at": 10.0},
    "counts": {"subscriptions": 3},
    "again": {"": 4.0},
}
MOVED = [
    Record(callback(1), Delivery("new", 10.5, 2, "new", 10.5)),
    Record(callback(2), Delivery("", 0, 3, "new", 90.0, 3, 20.0, 500.0, "answered 503")),
    Record(callback(3), Delivery()),
]


def old_database(path: Path, records: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(OLD_TABLES)
        rows = [(OLD_NAME, key, json.dumps(value).encode()) for key, value in records.items()]
        database.executemany("insert or replace into kv (queue, key, value) values (?, ?, ?)", rows)
        database.execute("insert into task (queue, data) values (?, ?)", (OLD_NAME, pickle.dumps(Evil())))
        counters = [(OLD_NAME, "asked", 17), (OLD_NAME, "ok", 3), (OLD_NAME + "rates", "client 1", 9)]
        database.executemany("insert into counter values (?, ?, ?)", counters)
        database.commit()


def test_no_subscription_of_an_earlier_version_is_lost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "hub.sqlite"
    old_database(path, OLD_RECORDS)
    caplog.set_level(logging.INFO, "feeds.hub")
    for _ in range(2):
        with closing(open_storage(tmp_path, SITE)) as storage:
            store = storage.subscriptions
            assert ordered(store.records()) == MOVED
            assert storage.queue.waiting() == 0
            assert [store.increment(name, 0) for name in ("requests", "deliveries_ok", "deliveries_failed")] == [
                17,
                3,
                0,
            ]
    assert "moved 3 subscriptions" in caplog.text
    assert "dropped 1 unfinished tasks" in caplog.text
    assert len(caplog.messages) == 2
    assert not Evil.ran
    with closing(sqlite3.connect(path)) as database:
        assert [database.execute(f"select count(*) from {name}").fetchone() for name in ("kv", "task", "counter")] == (
            [(0,)] * 3
        )


def test_subscribers_of_an_earlier_version_get_the_next_update(tmp_path: Path) -> None:
    site = HubSite(tmp_path)
    with subscriber() as sub:
        fields = {"topic": AI, "callback": sub.url(), "end": time.time() + 600, "etag": "old", "secret": ""}
        old_database(tmp_path / ".feeds/hub.sqlite", {f"s:{key_of(AI, sub.url())}": fields})
        [row] = json.loads(run("hub", "list", "--json", cwd=tmp_path).stdout)
        assert (row["callback"], row["failures"]) == (sub.url(), 0)
        with server(tmp_path):
            until(lambda: len(sub.told) == 1)
            assert sub.told[0].body == site.bytes_of()


def test_records_that_an_earlier_version_writes_later_are_moved_too(tmp_path: Path) -> None:
    open_storage(tmp_path, SITE).close()
    [(key, fields)] = [item for item in OLD_RECORDS.items() if item[0] == f"s:{callback(3).key}"]
    with closing(sqlite3.connect(tmp_path / "hub.sqlite")) as database:
        database.execute("insert into kv values (?, ?, ?)", (OLD_NAME, key, json.dumps(fields).encode()))
        database.commit()
    with closing(open_storage(tmp_path, SITE)) as storage:
        assert list(storage.subscriptions.records()) == [Record(callback(3), Delivery())]


def test_a_record_that_cannot_be_read_is_reported_and_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = {"s:one": {"topic": AI}, "s:two": [], "s:three": 5, f"d:{callback(3).key}": "nothing"}
    old_database(tmp_path / "hub.sqlite", OLD_RECORDS | broken)
    for times in (1, 2):
        with closing(open_storage(tmp_path, SITE)) as storage:
            assert ordered(storage.subscriptions.records()) == MOVED
        assert caplog.text.count("cannot read 3 subscriptions") == times
    with closing(sqlite3.connect(tmp_path / "hub.sqlite")) as database:
        assert {key for (key,) in database.execute("select key from kv")} == {"s:one", "s:two", "s:three"}


def test_the_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "hub.sqlite")) as database:
        database.execute("pragma user_version = 9")
        database.commit()
    with pytest.raises(HubError) as caught:
        open_storage(tmp_path, SITE)
    assert caught.value.code == "hub.newer_database"
    with closing(sqlite3.connect(tmp_path / "hub.sqlite")) as database:
        assert not database.execute("select 1 from sqlite_master where name = 'subscription'").fetchall()


def test_records_of_an_earlier_version_in_redis_are_moved(tmp_path: Path) -> None:
    from redis import Redis

    with redis(tmp_path) as url:
        connection = Redis.from_url(url)
        values = {key: json.dumps(value) for key, value in OLD_RECORDS.items()}
        connection.hset(f"huey.results.{OLD_NAME}", mapping=values)
        connection.hset(f"huey.counters.{OLD_NAME}", "asked", 17)
        connection.zadd(f"huey.redis.{OLD_NAME}", {pickle.dumps(Evil()): 1})
        for _ in range(2):
            with closing(open_storage(tmp_path, SITE, url)) as storage:
                assert ordered(storage.subscriptions.records()) == MOVED
                assert storage.subscriptions.increment("requests", 0) == 17
                assert {record.subscription for record in storage.subscriptions.due(400, 9).values()} == {callback(3)}
        assert not connection.keys(f"huey*{OLD_NAME}")
        connection.close()
    assert not Evil.ran


def test_many_subscriptions_are_added_in_one_transaction(tmp_path: Path) -> None:
    with closing(open_storage(tmp_path, SITE)) as storage:
        assert isinstance(storage.subscriptions, SqliteSubscriptionStore)
        with pytest.raises(AttributeError):
            storage.subscriptions.add_all([callback(1), None])  # type: ignore[list-item]
        assert storage.subscriptions.count() == 0


def test_a_commit_that_fails_leaves_no_transaction_open(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.sqlite")
    database.rows("pragma foreign_keys = on")
    database.rows("create table parent (id integer primary key)")
    database.rows("create table child (id integer references parent deferrable initially deferred)")
    with pytest.raises(sqlite3.IntegrityError), database.transaction() as connection:
        connection.execute("insert into child values (1)")
    with database.transaction() as connection:
        connection.execute("insert into parent values (1)")
    assert database.rows("select * from parent") == [(1,)]
    assert database.rows("select * from child") == []
    database.close()
