"""The command `feeds push`, and the notifications of `feeds build --push`."""

import json
import sys
from typing import TYPE_CHECKING

import click

from feeds.cli import streams
from feeds.cli.options import SiteOptions, site_options
from feeds.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeds.config.model import Config
    from feeds.websub.notify import NotifyResult


LATER = 3
"""The exit code if another push is running or a hub failed; the next push continues."""


@click.command(short_help="Notify the WebSub hubs of changes.")
@site_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, even if nothing was pending.")
def push(options: SiteOptions, as_json: bool) -> None:
    """Notify the hubs in the config of feeds that changed since the last notification (WebSub).

    Failed notifications are retried by the next push. Without a terminal there is no output if
    nothing was pending. The exit code is 3 if a notification failed.

    \b
    Examples:
      feeds push                     after the documents were copied to their host
      feeds build --push             build and notify
      feeds push --json | jq '.[].failed'
    """
    config = options.config()
    results, status = notify_hubs(config)
    streams.succeed()
    if as_json:
        click.echo(json.dumps(list(map(as_json_object, results)), ensure_ascii=False, indent=1))
    else:
        print_results(results, options)
        if not results and not status and sys.stdout.isatty() and not options.quiet:
            click.echo("nothing to notify" if config.site.hubs else "the config has no hubs", err=True)
    sys.exit(status)


def notify_hubs(config: "Config", skip_if_running: bool = False) -> "tuple[tuple[NotifyResult, ...], int]":
    """Notify the hubs; return the results and the exit code."""
    from feeds.websub import notify

    try:
        results = notify.push(config)
    except LockedError as error:
        click.echo(f"feeds: {error}", err=True)
        return (), 0 if skip_if_running else LATER
    return results, LATER if any(result.failed or result.skipped for result in results) else 0


def as_json_object(result: "NotifyResult") -> dict[str, object]:
    """Return the public JSON of a result; its keys stay when attributes are renamed."""
    return {"hub": result.hub, "notified": result.notified, "failed": dict(result.failed), "skipped": result.skipped}


def print_results(results: "Iterable[NotifyResult]", options: SiteOptions) -> None:
    for result in results:
        parts = [f"{len(result.notified)} notified"]
        if result.failed:
            parts.append(f"{len(result.failed)} failed ({', '.join(dict.fromkeys(result.failed.values()))})")
        if result.skipped:
            parts.append(f"{len(result.skipped)} skipped (will retry)")
        is_wrong = bool(result.failed or result.skipped)
        lines = [f"{result.hub}: {', '.join(parts)}"] if is_wrong or not options.quiet else []
        if options.verbose:
            lines += [f"  + {topic}" for topic in result.notified]
            lines += [f"  - {topic}: {why}" for topic, why in result.failed.items()]
        for line in lines:
            click.echo(line, err=is_wrong)
