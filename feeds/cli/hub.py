"""`feeds hub`: who subscribed at the site's own hub, what is stuck, and the hub by itself."""

import json
import time
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
    from feeds.websub.subscription_store import Delivery, Subscription, Subscriptions


@click.group()
def hub() -> None:
    """Look after the site's own WebSub hub.

    `feeds serve` runs it where the config has `hub: yes`.

    \b
    Examples:
      feeds hub list              who subscribed, and what is stuck
      feeds hub retry             try at once what failed
    """


@hub.command("list")
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_subscriptions(config_path: Path, as_json: bool) -> None:
    """List the subscriptions.

    Of a callback only the host and the path are shown.
    """
    from feeds.websub.subscription_store import Delivery

    store = opened(read_config(config_path))
    subscriptions, deliveries = store.all()
    now = time.time()
    rows = [
        _row(each, deliveries.get(key, Delivery()), now)
        for key, each in sorted(subscriptions.items(), key=lambda item: (item[1].topic, item[1].callback))
    ]
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
        click.echo("nobody has subscribed", err=True)
    else:
        print_table([("topic", "callback", "lease", "delivered", "failures", "stuck since"), *shown], frozenset({4}))


@hub.command(short_help="End subscriptions of a callback.")
@config_option
@click.argument("callback")
@click.argument("topic", required=False)
def remove(config_path: Path, callback: str, topic: str | None) -> None:
    """End subscriptions of a callback, of one topic or of all, and tell it.

    A callback is named as `feeds hub list` does, or by its whole URL.
    """
    store = opened(read_config(config_path))
    subscriptions, _ = store.all()
    found = {
        key: each
        for key, each in subscriptions.items()
        if callback in (each.callback, _shown(each.callback)) and topic in (None, each.topic)
    }
    if not found:
        raise NotFoundError(callback, "hub.no_subscription")
    for key, each in found.items():
        if store.remove(key):
            store.deny(each.topic, each.callback, "Ended by the publisher.")
            streams.succeed()
            click.echo(f"removed {_shown(each.callback)} from {each.topic}")


@hub.command(short_help="Try at once what failed.")
@config_option
@click.argument("topic", required=False)
def retry(config_path: Path, topic: str | None) -> None:
    """Try at once what failed, of one topic or of all."""
    store = opened(read_config(config_path))
    subscriptions, deliveries = store.all()
    wanted = normalize_url(topic or "")
    found = {key for key, each in subscriptions.items() if wanted in ("", normalize_url(each.topic))}
    if topic and not found:
        raise NotFoundError(topic, "hub.no_subscribers")
    store.put_all({"again": store.get("again") | {wanted: time.time()}})
    streams.succeed()
    failed = sum(1 for key in found if key in deliveries and deliveries[key].failures)
    click.echo(f"{failed} {'is' if failed == 1 else 'are'} tried at once")


@hub.command(short_help="Run the hub without the service.")
@config_option
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="The exported folder.")
@click.option("--parent", type=int, hidden=True)
def run(config_path: Path, output: Path | None, parent: int | None) -> None:
    """Run the hub without the service, which `feeds serve` does by itself."""
    import logging

    config = read_config(config_path)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    opened(config).close()
    try:
        from feeds.websub import worker
    except ImportError as error:
        library = error.name or "aiohttp"
        raise HubError(library, "program.not_installed", package=library) from None
    streams.succeed()
    worker.run(replace(config, output=output or config.output), parent)


def opened(config: Config) -> "Subscriptions":
    """Return the records of the site's hub.

    Raises:
        HubError: It has none, or they cannot be had.
    """
    if config.hub is None:
        raise HubError("config", "hub.disabled")
    from feeds.websub.subscription_store import Subscriptions

    return Subscriptions(config.state, config.site.url, config.hub.queue)


def _row(each: "Subscription", delivery: "Delivery", now: float) -> dict[str, Any]:
    return {
        "topic": each.topic,
        "callback": _shown(each.callback),
        "lease_left": max(0, round(each.end - now)),
        "signed": bool(each.secret),
        "delivered": delivery.at or None,
        "failures": delivery.failures,
        "failing_since": delivery.since or None,
        "next_try": delivery.next or None,
        "error": delivery.error or None,
    }


def _shown(callback: str) -> str:
    """Return a callback without its query, which may be a password."""
    parts = urlsplit(callback)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _ago(moment: float | None, now: float) -> str:
    return f"{duration(now - moment)} ago" if moment else "-"
