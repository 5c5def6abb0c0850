"""The command `feeds init`: creates a site."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli import streams
from feeds.cli.options import utc_now
from feeds.cli.output import format_file_counts, style_text

if TYPE_CHECKING:
    from feeds.scaffold.detected import DetectedSite


@click.command(short_help="Create a site.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--title", help="The site's title. [default: from the existing site, or the folder's name]")
@click.option("--url", help="The URL of the documents. [default: /subscribe/ on the existing site]")
@click.option("--base", help="The URL of the existing site's pages. [default: from its config]")
@click.option("-q", "--quiet", is_flag=True, help="Print only problems.")
def init(folder: Path, title: str | None, url: str | None, base: str | None, quiet: bool) -> None:
    """Create a site in FOLDER: a config and a first entry.

    FOLDER may have the site of Jekyll, Hugo, Zola, Eleventy, Astro, Pelican or
    MkDocs, or Markdown files. Then only feeds.yaml is written, with values from
    the site's own config, which is never run. The links, ids and dates of the
    two newest posts are shown. Existing files are never overwritten.

    \b
    Examples:
      feeds init my-site
      feeds init . --base https://example.org/     for an existing site
    """
    from feeds.scaffold import detect, detected, site

    found = detect.find_site(folder) if folder.is_dir() else detected.DetectedSite()
    created = site.create_site(folder, found, utc_now(), title, url, base)
    streams.succeed()
    if quiet:
        return
    for path in created:
        click.echo(os.path.relpath(path))
    name = created[0].name
    change_folder = "" if folder.resolve() == Path.cwd() else f"cd {os.path.relpath(folder)} && "
    if found.kind:
        _show(found, created[0], has_base=bool(base or found.url))
    click.echo(f"next: check {name}, then run {change_folder}feeds check && feeds serve --watch", err=True)


def _show(found: "DetectedSite", config_path: Path, *, has_base: bool) -> None:
    """Print what was found in an existing site."""
    from feeds.scaffold.summary import summarise

    click.echo(f"found a site made by {found.kind}, with its content in {found.content}", err=True)
    summary = summarise(config_path)
    click.echo(f"{summary.counts['published']} entries of {format_file_counts(summary.counts)}", err=True)
    for entry in summary.newest:
        click.echo(f"  {entry.published:%Y-%m-%d %H:%M} UTC  {entry.link}\n  id {entry.id}", err=True)
    for count, problem in summary.problems:
        place = f"{problem.path}:{problem.line}" if problem.line else problem.path
        key = f"{problem.key}: " if problem.key else ""
        _warn(f"{count} × {key}{problem.message}, first in {place}")
    if undated := summary.counts["undated"]:
        _warn(f"{undated} × no date: such a file is no entry; `content.date` in the config says where to look")
    for setting, count in found.left_out.items():
        _warn(f"{count} × not taken over: {setting}")
    if summary.unknown:
        _warn(f"{summary.unknown} unknown keys: `feeds check` lists them")
    if not has_base:
        _warn(f"the site's URL is not in its config: set site.base, which is {summary.base} now")


def _warn(text: str) -> None:
    click.echo(style_text(text, err=True, fg="yellow"), err=True)
