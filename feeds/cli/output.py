"""Output of commands: problems, tables and counts."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from feeds.errors import Bug, Problem
from feeds.text.terminal import escape_controls

if TYPE_CHECKING:
    from feeds.pipeline.report import Report


def style_text(text: str, *, err: bool = False, **style: Any) -> str:
    """Return text with colours if the stream is a terminal and colours are wanted (no-color.org)."""
    stream = sys.stderr if err else sys.stdout
    use_style = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return click.style(text, **style) if use_style else text


def has_failed(problems: Iterable[Problem], *, strict: bool) -> bool:
    """Return whether these problems fail a check: errors and bugs do, and with `strict` warnings too."""
    return any(strict or problem.level != "warning" for problem in problems)


def unknown_keys(
    report: "Report", is_wanted: Callable[[str], bool] = lambda _: True, *, everywhere: bool = False
) -> list[Problem]:
    """Return a warning for each unknown key, at its first place or at every place."""
    from feeds.cli import suggestions  # imported here because it needs the schema

    warnings = []
    for key, places in report.unknown.items():
        here = [place for place in places if is_wanted(place[0])]
        more = f", in {len(here)} files" if len(here) > 1 and not everywhere else ""
        message = f"unknown key, ignored{more}{suggestions.similar(key)}"
        warnings += [Problem(path, line, key, message, "warning") for path, line in (here if everywhere else here[:1])]
    return warnings


def print_problems(problems: Iterable[Problem], verbose: bool = False) -> None:
    """Print problems on standard error; with `verbose`, bugs are printed with their tracebacks."""
    for problem in problems:
        click.echo(style_text(str(problem), err=True, fg=colour_of(problem)), err=True)
        if verbose and isinstance(problem, Bug):
            click.echo(problem.trace.rstrip(), err=True)


def colour_of(problem: Problem) -> str:
    return "yellow" if problem.level == "warning" else "red"


def print_table(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> None:
    """Print rows in columns, limited to the terminal's width; without a terminal there is no limit."""
    if not rows:
        return
    rows = [[escape_controls(cell) for cell in row] for row in rows]  # table cells have no colours
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    width = os.get_terminal_size().columns if sys.stdout.isatty() else None
    for row in rows:
        cells = (f"{cell:>{widths[at]}}" if at in right else f"{cell:{widths[at]}}" for at, cell in enumerate(row))
        line = "  ".join(cells).rstrip()
        click.echo(f"{line[: width - 1]}…" if width and len(line) > width else line)


def format_file_counts(counts: dict[str, int]) -> str:
    """Format the number of files, and the numbers of files that are not entries, by reason."""
    words = {status_name: status_name for status_name in ("scheduled", "unpublished", "undated", "invalid")} | {
        "plain": "without front matter"
    }
    rest = [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]
    total = sum(counts.values())
    return f"{total} files" + (f" ({', '.join(rest)})" if rest else "")
