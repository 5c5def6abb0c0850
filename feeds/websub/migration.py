"""Migration of records that earlier versions of the hub stored in the result storage of huey.

A record was a JSON document, under `s:` and the key for a subscription and under `d:` and the key
for its delivery. Tasks were pickled; they are never read, because reading a pickle runs code.

A migration also finds records that a process of the earlier version wrote since the last one. A
subscription that cannot be read stays in its place and is reported.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from feeds.websub.sqlite_store import Database, add_subscription, record_deliveries
from feeds.websub.subscription_store import Delivery, Subscription

if TYPE_CHECKING:
    from feeds.websub.redis_store import RedisSubscriptionStore

log = logging.getLogger("feeds.hub")
_OLD = "queue >= 'feeds' and queue < 'feedt'"
"""Condition for the queues of earlier versions."""
_COUNTERS = {"asked": "requests", "ok": "deliveries_ok", "failed": "deliveries_failed"}
"""New names of the persistent counters."""


class _OldRecords(NamedTuple):
    """The records of an earlier version, and the names of those subscriptions that cannot be read."""

    subscriptions: list[Subscription]
    deliveries: dict[str, Delivery]
    unreadable: set[str]


def migrate_sqlite(database: Database, name: str) -> None:
    """Move all records of a database to its own tables, in one transaction.

    Args:
        database: The database, which has the tables of this version and those of huey.
        name: The name of the database for messages.

    Raises:
        sqlite3.Error: The database cannot be used; nothing was moved.
    """
    exists = (f"exists (select 1 from {table} where {_OLD})" for table in ("kv", "task", "counter"))  # noqa: S608
    if not database.value(f"select {' or '.join(exists)}"):
        return
    with database.transaction() as connection:
        old = _read(connection.execute(f"select key, value from kv where {_OLD}"))  # noqa: S608
        for subscription in old.subscriptions:
            query = "select 1 from subscription where key = ?"
            is_new = connection.execute(query, (subscription.key,)).fetchone() is None
            add_subscription(connection, subscription)
            if is_new and (delivery := old.deliveries.get(subscription.key)):
                record_deliveries(connection, {subscription.key: delivery})
        query = f"delete from kv where {_OLD} and key not in (select value from json_each(?))"  # noqa: S608
        connection.execute(query, (json.dumps(sorted(old.unreadable)),))
        for old_name, new_name in _COUNTERS.items():
            query = f"select sum(value) from counter where {_OLD} and key = ?"  # noqa: S608
            [value] = connection.execute(query, (old_name,)).fetchone()
            if value:
                connection.execute("insert or ignore into hub_counter values (?, ?)", (new_name, value))
        connection.execute(f"delete from counter where {_OLD}")  # noqa: S608
        tasks = connection.execute(f"delete from task where {_OLD}").rowcount  # noqa: S608
    _report(name, old, tasks)


def migrate_redis(connection: Any, old_name: str, store: "RedisSubscriptionStore", prefix: str) -> None:
    """Move all records of a site to its own keys; several machines may call this at the same time.

    Args:
        connection: The client.
        old_name: The name of the site's queue in earlier versions.
        store: The store to move them to.
        prefix: The beginning of the site's keys.

    Raises:
        RedisError: Redis does not respond; the next call continues.
    """
    results, counters, tasks = (f"huey.{kind}.{old_name}" for kind in ("results", "counters", "redis"))
    if not connection.exists(results, counters, tasks):
        return
    with connection.lock(f"{prefix}migration", timeout=60, blocking_timeout=60):
        fields = {name.decode(): value for name, value in connection.hgetall(results).items()}
        old = _read(fields.items())
        known_keys = store.find(subscription.key for subscription in old.subscriptions).keys()
        for subscription in old.subscriptions:
            store.add(subscription)
        new_keys = {subscription.key for subscription in old.subscriptions} - known_keys
        store.record_deliveries({key: old.deliveries[key] for key in new_keys & old.deliveries.keys()})
        for old_counter, new_counter in _COUNTERS.items():
            if value := connection.hget(counters, old_counter):
                store.increment(new_counter, int(value))
        moved = fields.keys() - old.unreadable
        if moved:
            connection.hdel(results, *moved)
        dropped = connection.zcard(tasks)
        connection.delete(tasks, counters)
    _report("redis", old, dropped)


def _read(rows: Iterable[tuple[str, bytes]]) -> _OldRecords:
    old = _OldRecords([], {}, set())
    for name, value in rows:
        try:
            if name.startswith("s:"):
                old.subscriptions.append(_subscription(json.loads(value)))
            elif name.startswith("d:"):
                # Without the record of a delivery its document is delivered again, which is harmless.
                with suppress(ValueError, TypeError, AttributeError):
                    old.deliveries[name[2:]] = _delivery(json.loads(value))
        except (ValueError, TypeError, KeyError):
            old.unreadable.add(name)
    return old


def _subscription(fields: Mapping[str, Any]) -> Subscription:
    topic, callback, etag = (str(fields[name]) for name in ("topic", "callback", "etag"))
    return Subscription(topic, callback, float(fields["end"]), etag, str(fields.get("secret", "")))


def _delivery(fields: Mapping[str, Any]) -> Delivery:
    return Delivery(
        etag=str(fields.get("etag", "")),
        delivered_at=float(fields.get("at", 0)),
        attempts=int(fields.get("tries", 0)),
        attempted_etag=str(fields.get("tried", "")),
        attempted_at=float(fields.get("tried_at", 0)),
        failures=int(fields.get("failures", 0)),
        failing_since=float(fields.get("since", 0)),
        next_attempt=float(fields.get("next", 0)),
        error=str(fields.get("error", "")),
    )


def _report(name: str, old: _OldRecords, tasks: int) -> None:
    if old.subscriptions:
        log.info("%s: moved %d subscriptions of an earlier version", name, len(old.subscriptions))
    if tasks:
        log.warning("%s: dropped %d unfinished tasks of an earlier version", name, tasks)
    if old.unreadable:
        log.error("%s: cannot read %d subscriptions of an earlier version, which stay there", name, len(old.unreadable))
