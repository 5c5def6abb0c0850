"""Output of commands: problems, tables and counts."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import click

from feeds.errors import NO_SUGGESTION, Bug, FeedsError, Problem, Suggestion, problem
from feeds.text.terminal import escape_controls

if TYPE_CHECKING:
    from feeds.pipeline.report import Report


_REMEDIES = {
    "accept_new_ids": "undo the change of the tag, an id or a file name, or continue with --accept-new-ids",
    "accept_removals": "if that is intended, continue with --accept-removals",
}
"""Remedies on the command line, by the remedy code of an error."""


_MAX_FILES = 10
_CURES = {
    "entry.missing_url": "; in the config, `content.permalink` gives links to all of them",
    "entry.missing_date": "; in the config, `content.keys.publishedDateTime` names another key with the date",
    "file.toml": "; in the config, `content.front_matter` allows TOML",
}
"""The key of the config that makes a problem of many files go away, by the code of the problem."""


def format_error(error: FeedsError) -> str:
    """Return an error with the options of the command line that let the command continue."""
    if not error.remedy:
        return str(error)
    first, newline, rest = str(error).partition("\n")
    return f"{first} ({_REMEDIES[error.remedy]}){newline}{rest}"


def style_text(text: str, *, err: bool = False, **style: Any) -> str:
    """Return text with colours if the stream is a terminal and colours are wanted (no-color.org)."""
    stream = sys.stderr if err else sys.stdout
    use_style = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return click.style(text, **style) if use_style else text


def has_failed(problems: Iterable[Problem], *, strict: bool) -> bool:
    """Return whether these problems fail a check: errors and bugs do, with `strict` warnings too, and notes never."""
    return any(problem.level not in (("note",) if strict else ("note", "warning")) for problem in problems)


def unknown_keys(
    report: "Report", is_wanted: Callable[[str], bool] = lambda _: True, *, everywhere: bool = False
) -> list[Problem]:
    """Return a warning for each unknown key, at its first place or at every place."""
    from feeds.cli import suggestions  # imported here because it needs the schema

    warnings = []
    for key, all_occurrences in report.unknown.items():
        occurrences = [occurrence for occurrence in all_occurrences if is_wanted(occurrence[0])]
        more = f", in {len(occurrences)} files" if len(occurrences) > 1 and not everywhere else ""
        similar_name = suggestions.similar_key(key)
        suggestion = Suggestion("key", similar_name) if similar_name else NO_SUGGESTION
        similar = repr(similar_name) if similar_name else ""
        warnings += [
            problem(
                path,
                line,
                key,
                "entry.unknown_key",
                level="warning",
                suggestion=suggestion,
                files=more,
                similar=similar,
            )
            for path, line in (occurrences if everywhere else occurrences[:1])
        ]
    return warnings


def group_problems(problems: Iterable[Problem]) -> list[tuple[Problem, str]]:
    """Return the problems by file and line, each with a text for the end of its line.

    Of a problem in more than 10 files, only the first is returned, with the number of files.
    """
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for reported in sorted(problems, key=attrgetter("path", "line")):
        groups.setdefault((reported.code, reported.key, reported.level), []).append(reported)
    shown: list[tuple[Problem, str]] = []
    for (code, _, _), group in groups.items():
        count = len({reported.path for reported in group})
        if count <= _MAX_FILES or isinstance(group[0], Bug):
            shown += [(reported, "") for reported in group]
        else:
            shown.append((group[0], f", in {count} files{_CURES.get(code, '')}"))
    return sorted(shown, key=lambda pair: (pair[0].path, pair[0].line))


def print_problems(problems: Iterable[Problem], verbose: bool = False) -> None:
    """Print problems on standard error; with `verbose`, all of them, and bugs with their tracebacks."""
    every = [(reported, "") for reported in sorted(problems, key=attrgetter("path", "line"))]
    for reported, end in every if verbose else group_problems(problems):
        click.echo(style_text(f"{reported}{end}", err=True, fg=colour_of(reported)), err=True)
        if verbose and isinstance(reported, Bug):
            click.echo(reported.trace.rstrip(), err=True)


def colour_of(problem: Problem) -> str:
    return {"warning": "yellow", "note": "cyan"}.get(problem.level, "red")


def print_table(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> None:
    """Print rows in columns, limited to the terminal's width; without a terminal there is no limit."""
    if not rows:
        return
    from feeds.text.tables import cut_text, table_lines  # imported here because a skipped build does not need it

    rows = [[escape_controls(cell) for cell in row] for row in rows]  # table cells have no colours
    width = os.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in table_lines(rows, right):
        click.echo(cut_text(line, width) if width else line)


def format_file_counts(counts: dict[str, int]) -> str:
    """Format the number of files, and the numbers of files that are not entries, by reason."""
    words = {status_name: status_name for status_name in ("scheduled", "unpublished", "undated", "invalid")} | {
        "plain": "without front matter"
    }
    rest = [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]
    total = sum(counts.values())
    return f"{total} files" + (f" ({', '.join(rest)})" if rest else "")
