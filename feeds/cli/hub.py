"""The command `feeds hub`: subscriptions of the site's own hub, and the hub process."""

import json
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from feeds.cli import streams
from feeds.cli.options import config_option
from feeds.cli.output import print_table
from feeds.config.model import Config
from feeds.config.reader import read_config
from feeds.errors import HubError, NotFoundError
from feeds.text.plain import duration
from feeds.websub.callback_urls import normalize_url

if TYPE_CHECKING:
    from feeds.websub.storage import HubStorage
    from feeds.websub.subscription_store import Record


@click.group()
def hub() -> None:
    """Manage the site's own WebSub hub.

    `feeds serve` runs the hub if the config has `hub: yes`.

    \b
    Examples:
      feeds hub list              show subscriptions and failed deliveries
      feeds hub retry             retry failed deliveries now
    """


@hub.command("list")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_subscriptions(config_path: Path, as_json: bool) -> None:
    """List the subscriptions.

    A callback is shown without its query, which may hold a secret.
    """
    now = time.time()
    with closing(open_hub(read_config(config_path))) as storage:
        records = sorted(
            storage.subscriptions.records(),
            key=lambda record: (record.subscription.topic, record.subscription.callback),
        )
    rows = [_row(record, now) for record in records]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    shown = (
        (
            row["topic"],
            row["callback"],
            duration(row["lease_left"]),
            _ago(row["delivered"], now),
            str(row["failures"] or "-"),
            f"{_ago(row['failing_since'], now)}: {row['error']}" if row["failures"] else "-",
        )
        for row in rows
    )
    if not rows:
        click.echo("no subscriptions", err=True)
    else:
        print_table([("topic", "callback", "lease", "delivered", "failures", "stuck since"), *shown], frozenset({4}))


@hub.command(short_help="End the subscriptions of a callback.")
@config_option
@click.argument("callback")
@click.argument("topic", required=False)
def remove(config_path: Path, callback: str, topic: str | None) -> None:
    """End the subscriptions of a CALLBACK, for one topic or for all, and send it a denial.

    Write the callback as `feeds hub list` shows it, or as its whole URL.
    """
    with closing(open_hub(read_config(config_path))) as storage:
        matches = [
            subscription
            for subscription, _ in storage.subscriptions.records()
            if callback in (subscription.callback, _shown(subscription.callback))
            and topic in (None, subscription.topic)
        ]
        if not matches:
            raise NotFoundError(callback, "hub.no_subscription")
        for subscription in matches:
            if storage.subscriptions.remove(subscription.key):
                storage.queue.deny(subscription.topic, subscription.callback, "Ended by the publisher.")
                streams.succeed()
                click.echo(f"removed {_shown(subscription.callback)} from {subscription.topic}")


@hub.command(short_help="Retry failed deliveries now.")
@config_option
@click.argument("topic", required=False)
def retry(config_path: Path, topic: str | None) -> None:
    """Retry failed deliveries now, for one TOPIC or for all."""
    with closing(open_hub(read_config(config_path))) as storage:
        topic_url = normalize_url(topic) if topic else None
        if topic and topic_url and not storage.subscriptions.count_topic(topic_url):
            raise NotFoundError(topic, "hub.no_subscribers")
        failed = storage.subscriptions.retry(topic_url)
    streams.succeed()
    click.echo(f"{failed} retried")


@hub.command(short_help="Run the hub without the server.")
@config_option
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="The exported folder.")
@click.option("--parent", type=int, hidden=True)
def run(config_path: Path, output: Path | None, parent: int | None) -> None:
    """Run the hub without the server. `feeds serve` starts the hub itself."""
    import logging

    config = read_config(config_path)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    open_hub(config).close()
    try:
        from feeds.websub import worker
    except ImportError as error:
        library = error.name or "aiohttp"
        raise HubError(library, "program.not_installed", package=library) from None
    streams.succeed()
    worker.run(replace(config, output=output or config.output), parent)


def open_hub(config: Config) -> "HubStorage":
    """Return the storage of the site's hub.

    Raises:
        HubError: The site has no hub, or the storage cannot be opened.
    """
    if config.hub is None:
        raise HubError("config", "hub.disabled")
    from feeds.websub.storage import open_storage

    return open_storage(config.state, config.site.url, config.hub.queue)


def _row(record: "Record", now: float) -> dict[str, Any]:
    subscription, delivery = record
    return {
        "topic": subscription.topic,
        "callback": _shown(subscription.callback),
        "lease_left": max(0, round(subscription.lease_end - now)),
        "signed": bool(subscription.secret),
        "delivered": delivery.delivered_at or None,
        "failures": delivery.failures,
        "failing_since": delivery.failing_since or None,
        "next_try": max(delivery.next_attempt, now) if delivery.failures else None,
        "error": delivery.error or None,
    }


def _shown(callback: str) -> str:
    """Return a callback without its query, which may hold a secret."""
    parts = urlsplit(callback)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _ago(moment: float | None, now: float) -> str:
    return f"{duration(now - moment)} ago" if moment else "-"
