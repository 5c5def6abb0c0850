"""The command `feeds init`: creates a site."""

import os
from pathlib import Path

import click

from feeds.cli import streams
from feeds.cli.options import utc_now
from feeds.cli.output import style_text


@click.command(short_help="Create a site.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--title", help="The site's title. [default: from the existing site, or the folder's name]")
@click.option("--url", help="The URL of the documents. [default: /subscribe/ on the existing site]")
@click.option("-q", "--quiet", is_flag=True, help="Print only problems.")
def init(folder: Path, title: str | None, url: str | None, quiet: bool) -> None:
    """Create a site in FOLDER: a config and a first entry.

    In a Jekyll, Hugo or Eleventy site only a config is written, with values from
    the site's own config. Each entry needs a webUrl: `feeds check` lists the
    entries without one. Existing files are never overwritten.

    \b
    Examples:
      feeds init my-site
      feeds init . --url https://feeds.example.org/     for an existing site
    """
    from feeds.content import frontmatter
    from feeds.scaffold import detect, site

    detected = detect.find_site(folder) if folder.is_dir() else detect.DetectedSite()
    created = site.create_site(folder, detected, utc_now(), title, url)
    streams.succeed()
    if quiet:
        return
    if detected.kind:
        click.echo(f"found a site made by {detected.kind}, with its content in {detected.content}", err=True)
        if count := detect.count_toml(folder, detected):
            warning = f"front matter in TOML, which is not read, in {count} of its files: {frontmatter.TOML_REMEDY}"
            click.echo(style_text(warning, err=True, fg="yellow"), err=True)
    for path in created:
        click.echo(os.path.relpath(path))
    change_folder = "" if folder.resolve() == Path.cwd() else f"cd {os.path.relpath(folder)} && "
    click.echo(f"next: check config.yaml, then run {change_folder}feeds check && feeds serve --watch", err=True)
