"""The commands `feeds list`, `feeds show` and `feeds why`: feeds, entries and selection."""

from urllib.parse import quote

import click

from feeds.cli.options import SiteOptions, complete_feed, look, site_options, utc_now
from feeds.cli.output import print_problems, print_table, style_text
from feeds.cli.progress import progress


@click.command(name="list", short_help="List all feeds.")
@site_options
def list_feeds(options: SiteOptions) -> None:
    """List all feeds with URL, number of entries and newest date.

    \b
    Examples:
      feeds list
      feeds list | grep providers
    """
    config, report = look(options)
    print_problems(report.problems, options.verbose)
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
@click.option("--archive", is_flag=True, help="Include the entries of the feed's archives.")
def show(options: SiteOptions, feed: str, archive: bool) -> None:
    """Show the entries of a FEED as a table, in order: date, quality, provider, title, file.

    The table shows what a build would publish. Without a terminal, tabs separate the columns.

    \b
    Examples:
      feeds show ai
      feeds show providers/nature.com --archive
      feeds show ai | cut -f4          the titles
    """
    import sys

    from feeds.pipeline import build
    from feeds.selection.explain import find_spec

    config = options.config()
    with progress(options.quiet) as report_progress:
        preview = build.preview(config, utc_now(), report_progress)
    spec = find_spec([candidate.spec for candidate in preview.feeds], feed)
    selected = next(candidate for candidate in preview.feeds if candidate.spec == spec)
    entries = selected.all_entries if archive else selected.main.entries
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


@click.command(short_help="Show why a feed has an entry or lacks it.")
@site_options
@click.argument("entry")
@click.argument("feed", required=False, shell_complete=complete_feed)
def why(options: SiteOptions, entry: str, feed: str | None) -> None:
    """Show which feeds have an ENTRY and by which rule, or why FEED lacks it, step by step.

    Name the entry by its file, its id or its link.

    \b
    Examples:
      feeds why content/news/2026-01-02-a-title.md
      feeds why https://example.com/a models
    """
    from feeds.pipeline import build

    config = options.config()
    with progress(options.quiet) as report_progress:
        explanation = build.explain(config, utc_now(), entry, feed, report_progress)
    click.echo(style_text(explanation.source, bold=True) + (f": {explanation.title}" if explanation.title else ""))
    if explanation.id:
        click.echo(f"  id: {explanation.id}")
    for step in explanation.steps:
        _print_step(step.text, step.passed)
    if explanation.path and explanation.id:
        click.echo(style_text(f"/{explanation.path}.xml", bold=True))
        for step in explanation.feed_steps:
            _print_step(step.text, step.passed)
    elif explanation.id:
        in_feeds = f"in {len(explanation.feeds)} feeds:"
        click.echo(in_feeds if explanation.feeds else f"in no feed: try `feeds why {entry} all`")
        for path, ground in explanation.feeds:
            click.echo(f"  /{path}.xml: {ground}")


def _print_step(text: str, passed: bool) -> None:
    click.echo(style_text(f"  {'+' if passed else '-'} {text}", fg="green" if passed else "red"))
