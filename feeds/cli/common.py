"""What the commands share: their options, the configuration, progress, colours, tables."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from feeds import settled, written
from feeds.errors import Bug, Problem
from feeds.tree import Progress, Tree, no_progress
from feeds.visible import visible

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from rich.progress import Progress as RichProgress

    from feeds.config import Config
    from feeds.publisher import Report

F = TypeVar("F", bound=Callable[..., Any])
# Shorter work needs no progress: a bar that flashes up tells nothing.
_PATIENCE = 1.0
_EVERY = 0.1  # seconds between two looks of it


@dataclass(frozen=True, slots=True)
class Asked:
    """What every command about a site is told: where it is, and how much to say.

    Attributes:
        path: The configuration.
        content: The content tree, if not that of the configuration.
        output: Where the documents go, if not where the configuration says.
        quiet: Say nothing but the answer and what is wrong.
        verbose: Name what is counted otherwise.
    """

    path: Path
    content: Path | None = None
    output: Path | None = None
    quiet: bool = False
    verbose: bool = False

    def look(self, now: datetime) -> tuple[Tree | None, bool]:
        """Return the files, if a look at them may show that a build has nothing to do, and whether it does.

        What the config means need not be known for that: it meant the same at the last build.

        Raises:
            ConfigError: It cannot be read.
        """
        config = written.read(self.path)
        content, output = self.content or config.place("content"), self.output or config.place("output")
        last = settled.read(config.place("state"))
        if last is None or last.made_from != settled.made_from(config.fingerprint, content, output, last.pages):
            return None, False
        tree = Tree(content)
        return tree, last.holds(tree, output, now)

    def config(self) -> "Config":
        """Return the configuration.

        Raises:
            ConfigError: Something in it is wrong.
        """
        from feeds.config import read_config  # a build with nothing to do need not understand it

        return read_config(self.path, self.content, self.output)


def site_options(command: F) -> F:
    """Give a command the options that all about a site have, as one argument `asked`."""

    @wraps(command)
    def collected(
        config_path: Path,
        content: Path | None,
        output: Path | None,
        quiet: bool,
        verbose: bool,
        **values: Any,
    ) -> Any:
        return command(Asked(config_path, content, output, quiet, verbose), **values)

    folder = click.Path(path_type=Path, file_okay=False)
    made: Any = collected
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Name every entry that is otherwise counted."),
        click.option("-q", "--quiet", is_flag=True, help="Only the answer, and what is wrong."),
        click.option("--output", type=folder, help="Where the documents go. [default: output in the config]"),
        click.option("--content", type=folder, help="The content tree. [default: content in the config]"),
        config_option,
    ):
        made = option(made)
    return made  # type: ignore[no-any-return]


def config_option(command: F) -> F:
    """Give a command the option that names the configuration."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path("config.yaml"),
        show_default=True,
        help="The configuration; paths in it are relative to it.",
    )(command)


def moment() -> datetime:
    return datetime.now(UTC)


def paint(text: str, *, err: bool = False, **style: Any) -> str:
    """Return text in colour where a person looks on and wants it (no-color.org), or as it is."""
    stream = sys.stderr if err else sys.stdout
    wanted = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return click.style(text, **style) if wanted else text


def has_failed(problems: Iterable[Problem], *, strict: bool) -> bool:
    """Tell whether these problems make a check fail: errors and bugs of ours do, and warnings too if it is strict."""
    return any(strict or problem.level != "warning" for problem in problems)


def unknown_keys(
    report: "Report", is_wanted: Callable[[str], bool] = lambda _: True, *, everywhere: bool = False
) -> list[Problem]:
    """Return a warning for each key that the format does not have, at its first place or at every place."""
    from feeds import advice  # it needs the schema, and most commands need neither

    found = []
    for key, places in report.unknown.items():
        here = [place for place in places if is_wanted(place[0])]
        more = f", in {len(here)} files" if len(here) > 1 and not everywhere else ""
        message = f"unknown key, ignored{more}{advice.similar(key)}"
        found += [Problem(path, line, key, message, "warning") for path, line in (here if everywhere else here[:1])]
    return found


def print_problems(problems: Iterable[Problem], verbose: bool = False) -> None:
    """Print problems on standard error; with `verbose` bugs of ours with their tracebacks."""
    for problem in problems:
        click.echo(paint(str(problem), err=True, fg=colour_of(problem)), err=True)
        if verbose and isinstance(problem, Bug):
            click.echo(problem.trace.rstrip(), err=True)


def colour_of(problem: Problem) -> str:
    return "yellow" if problem.level == "warning" else "red"


def print_table(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> None:
    """Print rows in columns, as wide as they are in a pipe, and no wider than the terminal where a person looks on."""
    if not rows:
        return
    rows = [[visible(cell) for cell in row] for row in rows]  # no colours in here
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    width = os.get_terminal_size().columns if sys.stdout.isatty() else None
    for row in rows:
        cells = (f"{cell:>{widths[at]}}" if at in right else f"{cell:{widths[at]}}" for at, cell in enumerate(row))
        line = "  ".join(cells).rstrip()
        click.echo(f"{line[: width - 1]}…" if width and len(line) > width else line)


def files(counts: dict[str, int]) -> str:
    """Return how many files there were, and how many of them are no entries, and why."""
    words = {each: each for each in ("scheduled", "unpublished", "undated", "invalid")} | {
        "plain": "without front matter"
    }
    rest = [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]
    total = sum(counts.values())
    return f"{total} files" + (f" ({', '.join(rest)})" if rest else "")


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """Show how far work of more than a second is when a person looks on, with rate and time left."""
    if quiet or not sys.stderr.isatty():
        yield no_progress
        return
    bar = _Bar()
    try:
        yield bar.show
    finally:
        bar.stop()


class _Bar:
    """A bar that appears when the work has taken a second; each part of the work begins it anew."""

    def __init__(self) -> None:
        self._start = self._begun = time.monotonic()
        self._shown = 0.0
        self._doing = ""
        self._bar: RichProgress | None = None

    def show(self, doing: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._start < _PATIENCE or (now - self._shown < _EVERY and done < total and doing == self._doing):
            return
        bar = self._bar = self._bar or _begin_bar(doing, total)
        (task,) = bar.task_ids
        if doing != self._doing:
            self._doing, self._begun = doing, now if self._doing else self._start
            bar.reset(task, description=doing, total=total)
        rate = done / max(now - self._begun, 0.001)
        bar.update(task, completed=done, total=total, rate=rate, refresh=True)
        self._shown = now

    def stop(self) -> None:
        if self._bar:
            self._bar.stop()


def _begin_bar(doing: str, total: int) -> "RichProgress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]:.0f}/s")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    # Without a thread of its own: processes are forked while it is shown.
    bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    bar.add_task(doing, total=total, rate=0.0)
    bar.start()
    return bar


def look(asked: Asked) -> "tuple[Config, Report]":
    """Return the configuration and what a build would do."""
    from feeds import publisher

    config = asked.config()
    with progress(asked.quiet) as tell:
        return config, publisher.check(config, moment(), tell)


def complete_feed(context: click.Context, _parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Return the feeds of the last build whose names begin like this."""
    from click.shell_completion import CompletionItem

    from feeds import export
    from feeds.config import read_config

    try:
        config = read_config(context.params.get("config_path") or Path("config.yaml"))
        edition = export.read(context.params.get("output") or config.output)
    except Exception:  # noqa: BLE001 - a mistake is said by the command itself, not while it is typed
        return []
    listings = edition.state.feeds if edition else ()
    names = ((each.path.removeprefix("feeds/"), each.title) for each in listings)
    return [CompletionItem(name, help=title) for name, title in names if name.startswith(begun.lstrip("/"))]
