"""The command `feeds new`: creates a content file for an entry."""

import os
from datetime import datetime

import click

from feeds.cli import streams
from feeds.cli.options import SiteOptions, site_options, utc_now


@click.command(short_help="Create a content file for an entry.")
@site_options
@click.argument("title")
@click.option("--url", required=True, help="The page that the entry links to.")
@click.option("--topic", "topics", multiple=True, help="A topic; can be given several times.")
@click.option("--collection", default="news", show_default=True, help="The collection, for example learning/videos.")
@click.option("--excerpt", default="", help="A summary in plain text.")
@click.option("--type", "kind", default="", help="The type of the piece, for example article or video.")
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]),
    help="The publication date, in UTC. [default: now]",
)
@click.option("--draft", is_flag=True, help="Mark the entry as a draft, which is not published.")
def new(
    options: SiteOptions,
    title: str,
    url: str,
    topics: tuple[str, ...],
    collection: str,
    excerpt: str,
    kind: str,
    date: datetime | None,
    draft: bool,
) -> None:
    """Create a content file for an entry with this TITLE, and print its path.

    \b
    Examples:
      feeds new "A title" --url https://example.com/a --topic AI
      feeds new "A talk" --url https://example.com/b --collection videos --type video --draft
      $EDITOR "$(feeds new "A title" --url https://example.com/a)"
    """
    from datetime import UTC

    from feeds.scaffold import entry

    config = options.config()
    published = date.replace(tzinfo=UTC) if date else utc_now()
    text = entry.make_entry(title, url, published, topics, excerpt, kind, draft)
    path = entry.create_entry(config.content, config.limits, collection, title, published, text)
    streams.succeed()
    click.echo(os.path.relpath(path))
