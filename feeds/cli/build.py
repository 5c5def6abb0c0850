"""The command `feeds build`: builds the feeds, or shows what a build would change."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from feeds.cli import push as cli_push
from feeds.cli import streams
from feeds.cli.options import SiteOptions, site_options, utc_now
from feeds.cli.output import format_error, format_file_counts, has_failed, print_problems, style_text, unknown_keys
from feeds.cli.progress import progress
from feeds.errors import IdChangeLimitError, LockedError, NothingPublishedError, Problem, RemovalLimitError
from feeds.system import process

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from feeds.edition.diff import FeedChanges
    from feeds.pipeline.report import Report
    from feeds.pipeline.timings import Timings
    from feeds.websub.notify import NotifyResult

_DEAD_THREAD = b"feeds: a thread of the build died, most likely for want of memory or of threads\n"


@click.command()
@site_options
@click.option("--dry-run", is_flag=True, help="Show what would change in each feed; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, even if nothing changed.")
@click.option("--strict", is_flag=True, help="Exit with 1 if the content has any problem, including warnings.")
@click.option("--push", is_flag=True, help="Notify the WebSub hubs of changes, including earlier failures.")
@click.option("--skip-if-running", is_flag=True, help="Exit with 0 instead of 3 if another build is running.")
@click.option("--timings", "with_timings", is_flag=True, help="Print the time of each step on stderr.")
@click.option("--accept-new-ids", is_flag=True, help="Continue although many entries get new ids.")
@click.option("--accept-removals", is_flag=True, help="Continue although many published documents would be removed.")
def build(
    options: SiteOptions,
    dry_run: bool,
    as_json: bool,
    strict: bool,
    push: bool,
    skip_if_running: bool,
    with_timings: bool,
    accept_new_ids: bool,
    accept_removals: bool,
) -> None:
    """Build the feeds and write what changed.

    Without a terminal there is no output unless something changed or there are
    new problems; each changed feed gets one line.

    An entry with an error is left out, and the rest is published. The exit code
    is then 0, or 1 with --strict.

    \b
    Examples:
      feeds build                          publish the current content
      feeds build --dry-run                only show what would change
      feeds build --skip-if-running -q     for cron
      feeds build --push                   and notify the hubs
      feeds build --json | jq .documents   for programs
    """
    now = utc_now()
    # A build keeps nearly all its objects to the end, so garbage collection only costs a tenth of the time.
    process.stop_garbage_collection()
    says_nothing = not (dry_run or as_json or strict or with_timings or sys.stdout.isatty())
    scanned, is_settled = options.quick_check(now) if says_nothing else (None, False)
    if is_settled and not push:
        return
    from feeds.pipeline import build as pipeline_build
    from feeds.pipeline.build import check
    from feeds.pipeline.safety import SafetyOverrides
    from feeds.pipeline.timings import Timings

    config = options.config()
    try:
        with progress(options.quiet) as report_progress, process.exit_when_thread_dies(_DEAD_THREAD):
            timings = Timings(report_progress)
            if dry_run:
                report = check(config, now, timings)
            else:
                accepted = SafetyOverrides(accept_new_ids, accept_removals)
                report = pipeline_build.build(config, now, accepted, scanned=scanned, timings=timings)
        process.skip_collection_at_exit()
    except LockedError as error:
        click.echo(f"feeds: {error}", err=True)
        sys.exit(0 if skip_if_running else cli_push.LATER)
    except (IdChangeLimitError, RemovalLimitError, NothingPublishedError) as error:
        # Problems of the content are probably the cause.
        if as_json:
            problems = [problem.as_dict() for problem in error.problems]
            click.echo(_to_json({"stops": [format_error(error)], "problems": problems}))
        else:
            print_problems(error.problems, options.verbose)
        raise
    if with_timings:
        _print_timings(timings)
    if not dry_run:
        streams.succeed()
    unknown = unknown_keys(report, everywhere=options.verbose) if strict else []
    has_problems = strict and has_failed((*report.problems, *unknown), strict=True)
    if not as_json and (report.should_report or sys.stdout.isatty()):
        _print_report(options, report, dry_run)
    elif not as_json and has_problems:
        print_problems(report.problems, options.verbose)
    if not as_json:
        print_problems(unknown)
    results, status = cli_push.notify_hubs(config, skip_if_running) if push and not dry_run else ((), 0)
    if as_json:
        click.echo(_as_json(report, results, unknown))
    else:
        cli_push.print_results(results, options)
    sys.exit(max(status, 2 if report.blocking_errors else 0, 1 if has_problems or report.bugs else 0))


def _print_timings(timings: "Timings") -> None:
    for step in timings.steps():
        count = "" if step.item_count is None else f"  {step.item_count} {'files' if step.name == 'read' else 'feeds'}"
        click.echo(f"{step.seconds:8.3f} s  {step.name}{count}", err=True)


def _print_report(options: SiteOptions, report: "Report", dry_run: bool) -> None:
    print_problems(report.problems, options.verbose)
    for note in report.index_warnings:
        click.echo(note, err=True)
    for reason in report.blocking_errors if dry_run else ():
        click.echo(f"a build would stop: {format_error(reason)}")
    if not options.quiet or dry_run:
        click.echo(_summary(report))
        for feed in filter(None, report.feeds):
            click.echo(_line(feed))
            if options.verbose:
                _print_entries(feed, {})


def _summary(report: "Report") -> str:
    changes = report.changes
    return (
        f"{report.counts['published']} entries of {format_file_counts(report.counts)}, {report.feed_count} feeds, "
        f"{report.document_count} documents: {len(changes.added)} added, {len(changes.changed)} changed, "
        f"{len(changes.removed)} removed"
    )


def _line(feed: "FeedChanges") -> str:
    parts = {"added": feed.added, "edited": feed.edited, "announced again": feed.announced, "removed": feed.removed}
    parts_text = ", ".join(f"{len(entries)} {label}" for label, entries in parts.items() if entries)
    return f"/{feed.path}.xml: {parts_text} ({feed.entries} entries, {feed.size // 1024} KB)"


def _print_entries(feed: "FeedChanges", titles: "Mapping[str, str]") -> None:
    for mark, entries, colour in (
        ("+", feed.added, "green"),
        ("~", feed.edited, "yellow"),
        ("!", feed.announced, "magenta"),
        ("-", feed.removed, "red"),
    ):
        _print_marked(mark, entries, colour, titles)


def _print_marked(mark: str, entries: "Iterable[str]", colour: str, titles: "Mapping[str, str]") -> None:
    for entry in entries:
        text = f"{entry}  {titles[entry]}" if entry in titles else entry
        click.echo(style_text(f"  {mark} {text}", fg=colour))


def _as_json(
    report: "Report", results: "Iterable[NotifyResult] | None" = None, unknown: "Sequence[Problem]" = ()
) -> str:
    changes = report.changes
    value: dict[str, object] = {
        "published": report.counts["published"],
        "files": {status: count for status, count in sorted(report.counts.items()) if count},
        "documents": {
            "added": [document.path for document in changes.added],
            "changed": [document.path for document in changes.changed],
            "removed": list(changes.removed),
        },
        "feeds": [asdict(feed) for feed in report.feeds if feed],
        "problems": [problem.as_dict() for problem in (*report.problems, *unknown)],
        "stops": list(map(format_error, report.blocking_errors)),
    }
    if results is not None:
        value["push"] = list(map(cli_push.as_json_object, results))
    return _to_json(value)


def _to_json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=1)
