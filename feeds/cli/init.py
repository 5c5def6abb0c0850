"""`feeds init` and `feeds new`: a site and an entry to begin with."""

import os
from pathlib import Path

import click

from feeds.cli import streams
from feeds.cli.options import utc_now
from feeds.cli.output import style_text


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
    from feeds.content import frontmatter
    from feeds.scaffold import detect, site

    found = detect.find_site(folder) if folder.is_dir() else detect.DetectedSite()
    written = site.create_site(folder, found, utc_now(), title, url)
    streams.succeed()
    if quiet:
        return
    if found.kind:
        click.echo(f"found a site made by {found.kind}, its content in {found.content}", err=True)
        if count := detect.count_toml(folder, found):
            said = f"front matter in TOML, which is not read, in {count} of its files: {frontmatter.TOML_REMEDY}"
            click.echo(style_text(said, err=True, fg="yellow"), err=True)
    for path in written:
        click.echo(os.path.relpath(path))
    place = "" if folder.resolve() == Path.cwd() else f"cd {os.path.relpath(folder)} && "
    click.echo(f"look at config.yaml, then: {place}feeds check && feeds serve --watch", err=True)
