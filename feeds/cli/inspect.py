"""`feeds list`, `feeds show` and `feeds why`: what there is, and why."""

from urllib.parse import quote

import click

from feeds.cli.options import SiteOptions, complete_feed, look, site_options, utc_now
from feeds.cli.output import print_problems, print_table, style_text
from feeds.cli.progress import progress


@click.command(name="list", short_help="List every feed.")
@site_options
def list_feeds(asked: SiteOptions) -> None:
    """List every feed with its URL, its number of entries and its newest date.

    \b
    Examples:
      feeds list
      feeds list | grep providers
    """
    config, report = look(asked)
    print_problems(report.problems, asked.verbose)
    rows = [
        (
            f"{config.site.url}{quote(feed.path)}.xml",
            str(feed.entry_count),
            feed.updated.date().isoformat() if feed.entries else "-",
        )
        for feed in report.listings
    ]
    print_table(rows, right=frozenset({1}))


@click.command(short_help="Show the entries of a feed.")
@site_options
@click.argument("feed", shell_complete=complete_feed)
@click.option("--archive", is_flag=True, help="The entries in its archives, too.")
def show(asked: SiteOptions, feed: str, archive: bool) -> None:
    """Show the entries of a FEED as a table, in its order: date, quality, provider, title, file.

    It is what a build would publish now. In a pipe the columns are divided by tabs.

    \b
    Examples:
      feeds show ai
      feeds show providers/nature.com --archive
      feeds show ai | cut -f4          the titles
    """
    import sys

    from feeds.pipeline import build
    from feeds.selection.explain import find_spec

    config = asked.config()
    with progress(asked.quiet) as tell:
        preview = build.preview(config, utc_now(), tell)
    spec = find_spec([each.spec for each in preview.feeds], feed)
    found = next(each for each in preview.feeds if each.spec == spec)
    entries = found.all_entries if archive else found.entries
    rows = [
        (
            entry.published.date().isoformat(),
            "-" if entry.quality is None else f"{entry.quality:g}",
            entry.provider.name if entry.provider else "-",
            entry.title,
            entry.source,
        )
        for entry in entries
    ]
    if sys.stdout.isatty():
        print_table(rows, right=frozenset({1}))
    else:
        for row in rows:
            click.echo("\t".join(row))


@click.command(short_help="Say which rule let an entry in or kept it out.")
@site_options
@click.argument("entry")
@click.argument("feed", required=False, shell_complete=complete_feed)
def why(asked: SiteOptions, entry: str, feed: str | None) -> None:
    """Say which feeds have an ENTRY and by which rule, or what kept it out of FEED, step by step.

    The entry is named by its file, its id or its link.

    \b
    Examples:
      feeds why content/news/2026-01-02-a-title.md
      feeds why https://example.com/a models
    """
    from feeds.pipeline import build

    config = asked.config()
    with progress(asked.quiet) as tell:
        found = build.explain(config, utc_now(), entry, feed, tell)
    click.echo(style_text(found.source, bold=True) + (f": {found.title}" if found.title else ""))
    if found.id:
        click.echo(f"  id: {found.id}")
    for step in found.steps:
        _print_step(step.text, step.passed)
    if found.path and found.id:
        click.echo(style_text(f"/{found.path}.xml", bold=True))
        for step in found.way:
            _print_step(step.text, step.passed)
    elif found.id:
        click.echo(f"in {len(found.feeds)} feeds:" if found.feeds else "in no feed now: name one to be told why")
        for path, ground in found.feeds:
            click.echo(f"  /{path}.xml: {ground}")


def _print_step(text: str, passed: bool) -> None:
    click.echo(style_text(f"  {'+' if passed else '-'} {text}", fg="green" if passed else "red"))
