"""`feeds push`, and what `feeds build --push` does when it has built."""

import json
import sys
from dataclasses import asdict
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
"""The exit status where another process is at it, or a hub could not be told: the next run goes on."""


@click.command(short_help="Tell the hubs what changed.")
@site_options
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON, also if there was nothing to tell.")
def push(asked: SiteOptions, as_json: bool) -> None:
    """Tell the hubs in the config which feeds changed since they were told last (WebSub).

    What a hub was told is remembered, so what failed is told by the next push. In a pipe it
    says nothing if there was nothing to tell. Exits with 3 if a hub could not be told of everything.

    \b
    Examples:
      feeds push                     after the documents were copied to their host
      feeds build --push             build, and tell at once
      feeds push --json | jq '.[].failed'
    """
    config = asked.config()
    told, status = tell(config)
    streams.succeed()
    if as_json:
        click.echo(json.dumps(list(map(asdict, told)), ensure_ascii=False, indent=1))
    else:
        say(told, asked)
        if not told and not status and sys.stdout.isatty() and not asked.quiet:
            click.echo("there is nothing to tell" if config.site.hubs else "the config names no hubs", err=True)
    sys.exit(status)


def tell(config: "Config", skip_if_running: bool = False) -> "tuple[tuple[NotifyResult, ...], int]":
    """Tell the hubs, and return what became of it with the exit status that says so."""
    from feeds.websub import notify

    try:
        told = notify.push(config)
    except LockedError as error:
        click.echo(f"feeds: {error}", err=True)
        return (), 0 if skip_if_running else LATER
    return told, LATER if any(each.failed or each.skipped for each in told) else 0


def say(told: "Iterable[NotifyResult]", asked: SiteOptions) -> None:
    for each in told:
        parts = [f"told of {len(each.told)}"]
        if each.failed:
            parts.append(f"{len(each.failed)} failed ({', '.join(dict.fromkeys(each.failed.values()))})")
        if each.skipped:
            parts.append(f"{len(each.skipped)} left for the next time")
        is_wrong = bool(each.failed or each.skipped)
        lines = [f"{each.hub}: {', '.join(parts)}"] if is_wrong or not asked.quiet else []
        if asked.verbose:
            lines += [f"  + {topic}" for topic in each.told]
            lines += [f"  - {topic}: {why}" for topic, why in each.failed.items()]
        for line in lines:
            click.echo(line, err=is_wrong)
