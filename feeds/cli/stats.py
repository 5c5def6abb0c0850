"""The command `feeds stats`: statistics from access logs."""

import os
import shutil
import sys
from pathlib import Path

import click

from feeds.config.reader import read_config


@click.command(short_help="Show who fetches the feeds, from access logs.")
@click.argument("logs", nargs=-1, required=True, metavar="ACCESS_LOG...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "html"]),
    default="table",
    show_default=True,
    help="The output format; html is a self-contained page with charts.",
)
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The site's configuration; adds feeds that were never polled.",
)
def stats(logs: tuple[str, ...], form: str, config_path: Path | None) -> None:
    """Show who fetches the feeds, from access logs of nginx, Apache, Caddy or `feeds serve`.

    Logs that end in .gz are unpacked; - is standard input.

    \b
    Examples:
      feeds stats /var/log/nginx/access.log*
      feeds stats access.log --format html > stats.html
    """
    from feeds.edition import folder
    from feeds.stats import log_files, log_parser, render
    from feeds.stats.report import count

    edition = None
    if config_path:
        output = read_config(config_path).output
        edition = folder.load_published_edition(output)
        if edition is None:
            click.echo(f"{os.path.relpath(output)}: nothing built yet: run `feeds build`", err=True)
    statistics = count(map(log_parser.parse, log_files.read_lines(logs)), edition)
    if form == "json":
        click.echo(render.to_json(statistics))
    elif form == "html":
        click.echo(render.to_page(statistics), nl=False)
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo(render.to_table(statistics, width))
