"""The command `feeds`: parse the arguments, call one function, print.

What it prints on standard output is the answer; problems and progress go to
standard error. Exit status: 0 done, 1 problems in content that --strict forbids,
2 usage or configuration, 3 another build is running.
"""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import click

from feeds.config import Config, read_config
from feeds.errors import ExportError, FeedsError, Problem, RunningError, ServeError
from feeds.tree import Progress

if TYPE_CHECKING:
    from feeds.edition import FeedChanges
    from feeds.publisher import Report

F = TypeVar("F", bound=Callable[..., Any])


def _options(command: F) -> F:
    folder = click.Path(path_type=Path, file_okay=False)
    for option in (
        click.option("--output", type=folder, help="Where the documents go. [default: output in the config]"),
        click.option("--content", type=folder, help="The content tree. [default: content in the config]"),
        click.option(
            "--config",
            "config_path",
            type=click.Path(path_type=Path, dir_okay=False),
            default=Path("config.yaml"),
            show_default=True,
            help="The configuration; paths in it are relative to it.",
        ),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="everyday-feeds")
def cli() -> None:
    """Turn a tree of front-matter files into feeds that people subscribe to."""


@cli.command()
@_options
@click.option("--dry-run", is_flag=True, help="Say what would change in each feed, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON, also if nothing changed.")
@click.option("--skip-if-running", is_flag=True, help="Exit with 0, and not 3, if another build is running.")
@click.option("--accept-new-ids", is_flag=True, help="Go on although readers will announce many entries again.")
@click.option("--accept-removals", is_flag=True, help="Go on although much of what is published will be gone.")
def build(
    config_path: Path,
    content: Path | None,
    output: Path | None,
    dry_run: bool,
    as_json: bool,
    skip_if_running: bool,
    accept_new_ids: bool,
    accept_removals: bool,
) -> None:
    """Build the feeds and write what changed.

    In a pipe it says nothing if nothing changed, and otherwise a line for each feed.
    """
    from feeds import publisher
    from feeds.publisher import Accepted

    config = _config(config_path, content, output)
    now = datetime.now(UTC)
    # What a build makes it keeps to its end: looking for what could be thrown away takes a tenth of its time.
    gc.disable()
    try:
        with _progress("Reading") as progress:
            if dry_run:
                report = publisher.check(config, now, progress)
            else:
                report = publisher.build(config, now, Accepted(accept_new_ids, accept_removals), progress)
    except RunningError as error:
        click.echo(f"feeds: {error}", err=True)
        sys.exit(0 if skip_if_running else 3)
    if as_json:
        click.echo(_as_json(report))
    elif report.is_news or sys.stdout.isatty():
        _print_problems(report.problems)
        for note in report.notes:
            click.echo(note, err=True)
        for reason in report.stops if dry_run else ():
            click.echo(f"a build would stop: {reason}")
        click.echo(_summary(report))
        for feed in report.feeds:
            if feed:
                click.echo(_line(feed))


def _summary(report: "Report") -> str:
    changes = report.changes
    return (
        f"{report.counts['published']} entries of {_files(report.counts)}, {report.feed_count} feeds, "
        f"{report.document_count} documents: {len(changes.added)} added, {len(changes.changed)} changed, "
        f"{len(changes.removed)} removed"
    )


def _line(feed: "FeedChanges") -> str:
    parts = {"added": feed.added, "edited": feed.edited, "announced again": feed.announced, "removed": feed.removed}
    said = ", ".join(f"{len(entries)} {what}" for what, entries in parts.items() if entries)
    return f"/{feed.path}.xml: {said} ({feed.entries} entries, {feed.size // 1024} KB)"


def _as_json(report: "Report") -> str:
    import json

    changes = report.changes
    value = {
        "published": report.counts["published"],
        "files": {status: count for status, count in sorted(report.counts.items()) if count},
        "documents": {
            "added": [document.path for document in changes.added],
            "changed": [document.path for document in changes.changed],
            "removed": list(changes.removed),
        },
        "feeds": [asdict(feed) for feed in report.feeds if feed],
        "problems": [asdict(problem) for problem in report.problems],
        "stops": list(report.stops),
    }
    return json.dumps(value, ensure_ascii=False, indent=1)


@cli.command()
@_options
@click.option("--strict", is_flag=True, help="Exit with 1 if anything is wrong, warnings included.")
def check(config_path: Path, content: Path | None, output: Path | None, strict: bool) -> None:
    """Say all that is wrong with the content, with file and line. Writes nothing."""
    from feeds import publisher

    config = _config(config_path, content, output)
    with _progress("Reading") as progress:
        report = publisher.check(config, datetime.now(UTC), progress)
    for problem in report.problems:
        click.echo(str(problem))
    for reason in report.stops:
        click.echo(f"a build would stop: {reason}")
    for key, count in sorted(report.unknown.items()):
        click.echo(f"unknown key, ignored: {key} ({count}×)")
    click.echo(f"{report.counts['published']} entries of {_files(report.counts)}, {len(report.problems)} problems")
    if strict and (report.problems or report.stops):
        sys.exit(1)


@cli.command(name="list")
@_options
def list_feeds(config_path: Path, content: Path | None, output: Path | None) -> None:
    """List every feed with its URL, its number of entries and its newest date."""
    from feeds import publisher

    config = _config(config_path, content, output)
    with _progress("Reading") as progress:
        report = publisher.check(config, datetime.now(UTC), progress)
    _print_problems(report.problems)
    rows = [
        (
            f"{config.site.url}{quote(feed.path)}.xml",
            str(feed.window),
            feed.updated.date().isoformat() if feed.entries else "-",
        )
        for feed in report.listings
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for url, entries, newest in rows:
        click.echo(f"{url:{widths[0]}}  {entries:>{widths[1]}}  {newest}")


@cli.command()
@_options
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port to listen on.")
@click.option("--watch", is_flag=True, help="Build first, and again whenever the content or the config changes.")
def serve(config_path: Path, content: Path | None, output: Path | None, host: str, port: int, watch: bool) -> None:
    """Serve what has been built."""
    import logging

    from granian import Granian
    from granian.constants import Interfaces

    config = _config(config_path, content, output)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    if watch:
        _watch(config_path, content, output)
    elif not (config.output / "manifest.json").exists():
        click.echo(f"{os.path.relpath(config.output)} holds no edition yet: run `feeds build`", err=True)
    _can_listen(host, port)
    _can_log(config.serving.access_log)
    # A server that is given a factory by name cannot give it arguments.
    os.environ["FEEDS_OUTPUT"] = str(config.output)
    os.environ["FEEDS_CONFIG"] = str(config_path.absolute())
    click.echo(f"serving {os.path.relpath(config.output)} on http://{host}:{port}/", err=True)
    Granian(
        "feeds.web:create_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=1,  # answers are ready: more threads only wait for each other
        log_enabled=False,
        workers_kill_timeout=5,  # who says nothing does not hold up a stop for longer
    ).serve()


def _watch(config_path: Path, content: Path | None, output: Path | None) -> None:
    """Build now, and in another thread after every change."""
    import logging
    from threading import Thread

    from feeds import publisher

    try:
        from watchfiles import watch
    except ImportError:
        raise click.ClickException("--watch needs watchfiles: pip install 'everyday-feeds[watch]'") from None

    def once() -> Config:
        config = _config(config_path, content, output)
        report = publisher.build(config, datetime.now(UTC))
        _print_problems(report.problems)
        changes = report.changes
        click.echo(f"built: {len(changes.added + changes.changed)} written, {len(changes.removed)} removed", err=True)
        return config

    def seen() -> tuple[int, int] | None:
        # Editors save by putting another file in its place, which ends a watch on the file.
        status = config_path.stat() if config_path.exists() else None
        return (status.st_mtime_ns, status.st_ino) if status else None

    def repeat(config: Config) -> None:
        known = seen()
        for changes in watch(config.content, yield_on_timeout=True, rust_timeout=500):
            if not changes and seen() == known:
                continue
            known = seen()
            try:
                once()
            except FeedsError as error:
                # The writer is in the middle of something; what was built last stays.
                click.echo(str(error), err=True)
            except Exception:
                logging.getLogger("feeds").exception("the build failed; what was built last stays")

    Thread(target=repeat, args=(once(),), daemon=True).start()


@cli.command()
@click.argument("logs", nargs=-1, required=True, metavar="ACCESS_LOG...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "html"]),
    default="table",
    show_default=True,
    help="A page has charts, and needs nothing but itself.",
)
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration of the site: then feeds that nobody polls are named, too.",
)
def stats(logs: tuple[str, ...], form: str, config_path: Path | None) -> None:
    """Say who fetches the feeds, from access logs of nginx, Apache, Caddy or `feeds serve`.

    A log that ends in .gz is unpacked; - is standard input.
    """
    from feeds import accesslog, export, logfiles, statsview
    from feeds.stats import count

    edition = None
    if config_path:
        output = read_config(config_path).output
        edition = export.read(output)
        if edition is None:
            click.echo(f"{os.path.relpath(output)} holds no edition yet: run `feeds build`", err=True)
    found = count(map(accesslog.parse, logfiles.read_lines(logs)), edition)
    if form == "json":
        click.echo(statsview.to_json(found))
    elif form == "html":
        click.echo(statsview.to_page(found), nl=False)
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo(statsview.to_table(found, width))


def _can_log(path: str | None) -> None:
    try:
        if path and path != "-":
            Path(path).open("a").close()
    except OSError as error:
        raise ServeError(os.path.relpath(path or ""), error.strerror or str(error)) from None


def _can_listen(host: str, port: int) -> None:
    """Stop where another program has the port: the server itself would share it in silence."""
    import socket

    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ServeError(f"{host}:{port}", error.strerror or str(error)) from None


def _config(path: Path, content: Path | None, output: Path | None) -> Config:
    config = read_config(path)
    config = replace(config, content=content or config.content, output=output or config.output)
    inside, outside = config.content.resolve(), config.output.resolve()
    if inside == outside or inside in outside.parents or outside in inside.parents:
        raise ExportError(os.path.relpath(config.output), "content and output must not lie in each other")
    return config


def _files(counts: dict[str, int]) -> str:
    words = {each: each for each in ("scheduled", "unpublished", "undated", "invalid")} | {
        "plain": "without front matter"
    }
    rest = [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]
    total = sum(counts.values())
    return f"{total} files" + (f" ({', '.join(rest)})" if rest else "")


def _print_problems(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)


@contextmanager
def _progress(doing: str) -> Iterator[Progress]:
    """Show how far long work is when a person looks on, and nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    # Without a thread of its own: processes are forked while it is shown.
    with Bar(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total, refresh=done % 64 == 0)


def main(prog_name: str | None = None) -> None:
    """Run the command; an operator's mistake is one message and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Titles have every script; a terminal or a log that has not shows something else.
            stream.reconfigure(errors="replace")
    try:
        cli.main(prog_name=prog_name)
    except FeedsError as error:
        click.echo(f"feeds: {error}", err=True)
        sys.exit(2)
