"""The command `feeds serve`: serves the feeds over HTTP."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli import streams
from feeds.cli.options import SiteOptions, site_options, utc_now
from feeds.cli.output import print_problems
from feeds.cli.progress import progress
from feeds.config import file
from feeds.config.model import Config
from feeds.errors import FeedsError, HubError, LockedError, NothingPublishedError, ServeError

if TYPE_CHECKING:
    from feeds.pipeline.report import Report


@click.command(short_help="Serve the feeds; with --watch, rebuild on changes.")
@site_options
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--watch", is_flag=True, help="Build now, and again when the content or the config changes.")
def serve(options: SiteOptions, host: str, port: int, watch: bool) -> None:
    """Serve the built feeds.

    The feeds are built first if nothing was published yet. With --watch, they are
    built first and after every change, and open pages reload in the browser.

    \b
    Examples:
      feeds serve --watch              while you write
      feeds serve --host 0.0.0.0       on all network interfaces
    """
    import logging

    from granian import Granian
    from granian.constants import Interfaces

    from feeds.server.app import create_app
    from feeds.server.config import ServerConfig

    config = options.config()
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    _can_listen(host, port)
    _can_log(config.serving.access_log)
    if watch:
        _watch(options)
    elif not (config.output / "manifest.json").exists():
        _build_first(options, config)
    settings = ServerConfig.from_site(config, has_live_reload=watch)
    streams.succeed()
    click.echo(f"serving {os.path.relpath(config.output)} on http://{host}:{port}/", err=True)
    server = Granian(
        "feeds.web:create_app",  # a name for messages only: the worker gets the settings that were checked here
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=1,  # responses are cached, so more threads would only wait for each other
        log_enabled=False,
        workers_kill_timeout=5,  # a silent client does not delay a stop for longer
    )
    if config.hub is None:
        server.serve(target_loader=partial(create_app, settings), wrap_loader=False)
        return
    from feeds.server import granian

    if not granian.is_possible():
        raise ServeError("granian", "serve.granian_version")
    with _hub(options, config):
        server.serve(target_loader=partial(granian.load_with_hub, settings), wrap_loader=False)


@contextmanager
def _hub(options: SiteOptions, config: Config) -> Iterator[None]:
    """Run the hub in its own process, so that deliveries do not delay responses."""
    from importlib.util import find_spec
    from threading import Event, Thread

    from feeds.cli.hub import open_hub

    open_hub(config).close()
    if find_spec("aiohttp") is None:
        raise HubError("aiohttp", "program.not_installed", package="aiohttp")
    command = [sys.executable, "-m", "feeds", "hub", "run", "--config", str(options.path.absolute())]
    command += ["--output", str(config.output.absolute()), "--parent", str(os.getpid())]

    def begin() -> "subprocess.Popen[bytes]":
        # A terminal's signals go to the server only, which then stops the hub.
        return subprocess.Popen(command, start_new_session=True)  # noqa: S603 - this program

    stop, running = Event(), [begin()]

    def again() -> None:
        wait = 0.5
        while not stop.is_set():
            begun = time.monotonic()
            status = running[0].wait()
            wait = min(wait * 2, 60) if time.monotonic() - begun < 60 else 1
            # A service manager stops both at the same time.
            if not stop.wait(1):
                click.echo(f"the hub ended with status {status}, restarting in {wait:.0f} s", err=True)
                if not stop.wait(wait):
                    running[0] = begin()

    watcher = Thread(target=again, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        running[0].terminate()
        watcher.join(15)
        running[0].kill()


def _build_first(options: SiteOptions, config: Config) -> None:
    """Build what was never published.

    Raises:
        FeedsError: The build publishes nothing.
    """
    output = os.path.relpath(config.output)
    if not config.content.is_dir():
        # The edition is built elsewhere and copied here.
        click.echo(f"{output}: nothing published yet, and no content to build", err=True)
        return
    click.echo(f"{output}: nothing published yet: building", err=True)
    try:
        _build(options, config)
    except LockedError as error:
        # Another build publishes soon.
        click.echo(str(error), err=True)
    except NothingPublishedError as error:
        print_problems(error.problems, options.verbose)
        raise


def _build(options: SiteOptions, config: Config) -> "Report":
    from feeds.pipeline import build

    with progress(options.quiet) as report_progress:
        report = build.build(config, utc_now(), progress=report_progress)
    print_problems(report.problems, options.verbose)
    return report


def _watch(options: SiteOptions) -> None:
    """Build now, and after every change in another thread."""
    import logging
    from threading import Thread

    try:
        from watchfiles import watch
    except ImportError:
        raise ServeError("watchfiles", "program.not_installed", package="watchfiles") from None

    def once() -> Config:
        config = options.config()
        changes = _build(options, config).changes
        click.echo(f"built: {len(changes.added + changes.changed)} written, {len(changes.removed)} removed", err=True)
        return config

    def seen() -> list[tuple[int, int]]:
        # Editors replace a file when they save it, which would end a watch on the file.
        paths = [options.path, *file.template_paths(options.path)]
        return [(status.st_mtime_ns, status.st_ino) for path in paths if path.exists() and (status := path.stat())]

    def repeat(config: Config) -> None:
        stamps = seen()
        for changes in watch(config.content, yield_on_timeout=True, rust_timeout=500):
            written = (config.output.resolve(), config.state.resolve())
            # A build writes into the content folder if the output is there.
            changed = [Path(path).resolve() for _, path in changes]
            is_input = any(not any(map(path.is_relative_to, written)) for path in changed)
            if not is_input and seen() == stamps:
                continue
            stamps = seen()
            try:
                once()
            except FeedsError as error:
                # The author may be in the middle of an edit; the last good build stays.
                click.echo(str(error), err=True)
            except Exception:
                logging.getLogger("feeds").exception("the build failed; the last build is still served")

    Thread(target=repeat, args=(once(),), daemon=True).start()


def _can_log(path: str | None) -> None:
    try:
        if path and path != "-":
            Path(path).open("a").close()
    except OSError as error:
        raise ServeError(os.path.relpath(path or ""), "system.error", reason=error.strerror or str(error)) from None


def _can_listen(host: str, port: int) -> None:
    """Fail if another program uses the port, because granian itself would share it silently."""
    import socket

    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ServeError(f"{host}:{port}", "system.error", reason=error.strerror or str(error)) from None
