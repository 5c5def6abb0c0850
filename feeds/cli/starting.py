"""`feeds init` and `feeds new`: a site and an entry to begin with."""

import os
from datetime import datetime
from pathlib import Path

import click

from feeds.cli import streams
from feeds.cli.common import Asked, moment, paint, site_options


@click.command(short_help="Begin a site.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--title", help="The name of the publication. [default: what is found, or the folder's name]")
@click.option("--url", help="Where the documents will be. [default: below the site that is found]")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but what is wrong.")
def init(folder: Path, title: str | None, url: str | None, quiet: bool) -> None:
    """Begin a site in FOLDER: a config, and an entry.

    Where Jekyll, Hugo or Eleventy makes a site of the folder the config is made from
    theirs, and nothing else is written. Entries need a webUrl: `feeds check` names those
    that have none. No file is ever overwritten.

    \b
    Examples:
      feeds init my-site
      feeds init . --url https://feeds.example.org/     beside an existing site
    """
    from feeds import frontmatter, starting

    found = starting.find_site(folder) if folder.is_dir() else starting.Found()
    written = starting.begin_site(folder, found, moment(), title, url)
    streams.succeed()
    if quiet:
        return
    if found.kind:
        click.echo(f"found a site made by {found.kind}, its content in {found.content}", err=True)
        if count := starting.count_toml(folder, found):
            said = f"front matter in TOML, which is not read, in {count} of its files: {frontmatter.TOML_REMEDY}"
            click.echo(paint(said, err=True, fg="yellow"), err=True)
    for path in written:
        click.echo(os.path.relpath(path))
    place = "" if folder.resolve() == Path.cwd() else f"cd {os.path.relpath(folder)} && "
    click.echo(f"look at config.yaml, then: {place}feeds check && feeds serve --watch", err=True)


@click.command(short_help="Write a file for an entry.")
@site_options
@click.argument("title")
@click.option("--url", required=True, help="The page that the entry links to.")
@click.option("--topic", "topics", multiple=True, help="A topic; may be given more than once.")
@click.option("--collection", default="news", show_default=True, help="The collection, such as learning/videos.")
@click.option("--excerpt", default="", help="A summary in plain text.")
@click.option("--type", "kind", default="", help="What kind of piece it is, such as article or video.")
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]),
    help="When it was published, in UTC. [default: now]",
)
@click.option("--draft", is_flag=True, help="Keep it out of everything for now.")
def new(
    asked: Asked,
    title: str,
    url: str,
    topics: tuple[str, ...],
    collection: str,
    excerpt: str,
    kind: str,
    date: datetime | None,
    draft: bool,
) -> None:
    """Write a file for an entry with this TITLE, and say where it is.

    \b
    Examples:
      feeds new "A title" --url https://example.com/a --topic AI
      feeds new "A talk" --url https://example.com/b --collection videos --type video --draft
      $EDITOR "$(feeds new "A title" --url https://example.com/a)"
    """
    from datetime import UTC

    from feeds import starting

    config = asked.config()
    published = date.replace(tzinfo=UTC) if date else moment()
    written = starting.make_entry(title, url, published, topics, excerpt, kind, draft)
    path = starting.begin_entry(config.content, config.limits, collection, title, published, written)
    streams.succeed()
    click.echo(os.path.relpath(path))
