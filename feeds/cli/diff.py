"""The command `feeds diff`: what a build would change for readers."""

import click

from feeds.cli.build import _as_json, _line, _print_entries
from feeds.cli.options import SiteOptions, site_options, utc_now
from feeds.cli.output import format_error
from feeds.cli.progress import progress


@click.command(short_help="Show what a build would change for readers.")
@site_options
@click.argument("revision", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def diff(options: SiteOptions, revision: str | None, as_json: bool) -> None:
    """Show per feed which entries a build would add, edit, announce again or remove.

    The published feeds are compared with those that a build would publish. With a git
    REVISION, the feeds of that revision's content and config are compared instead.

    \b
    Examples:
      feeds diff                what a build would change
      feeds diff main           what this branch changes
      feeds diff HEAD~1 --json  what the last commit changed, as JSON
    """
    from feeds.pipeline import build

    config = options.config()
    with progress(options.quiet) as report_progress:
        if revision is None:
            preview = build.preview(config, utc_now(), report_progress)
        else:
            preview = build.preview_since(config, options.path, revision, utc_now(), report_progress)
    report = preview.report
    if as_json:
        click.echo(_as_json(report))
        return
    for reason in report.blocking_errors:
        click.echo(f"a build would stop: {format_error(reason)}")
    for feed in filter(None, report.feeds):
        click.echo(_line(feed))
        _print_entries(feed, preview.titles)
    if not any(report.feeds) and not options.quiet:
        click.echo("no feed changes" if not report.changes else "no entry changes, only the documents change", err=True)
