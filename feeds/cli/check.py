"""The command `feeds check`: reports mistakes with their lines and corrections."""

import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli import online, suggestions
from feeds.cli.options import SiteOptions, look, site_options
from feeds.cli.output import (
    colour_of,
    format_error,
    format_file_counts,
    group_problems,
    has_failed,
    style_text,
    unknown_keys,
)
from feeds.content.scan import ContentTree, File
from feeds.errors import Bug, ConfigError, Problem

if TYPE_CHECKING:
    from feeds.config.model import Config
    from feeds.pipeline.report import Report


@click.command(short_help="Report mistakes and their corrections.")
@site_options
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too. [default: only for errors]")
@click.option(
    "--online", "is_online", is_flag=True, help="Ask servers for sizes and types of files that are not known."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="For people and editors, for programs, or as annotations of a GitHub workflow.",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def check(options: SiteOptions, strict: bool, is_online: bool, form: str, paths: tuple[Path, ...]) -> None:
    """Report every mistake in the content and the config, with file, line and correction.

    Nothing is written. With PATHS, only mistakes in these files and folders are reported. The whole
    tree is still read, because ids and topics must be unique in it.

    The exit code is 1 if there is an error or a build would stop, and 2 if one of PATHS is not an
    entry. Unknown keys are warnings.

    With --online it sends one HEAD request for each file whose size or type is not known, and prints
    the line to write. It needs aiohttp, and connects only to public addresses and `hub.networks`.

    \b
    Examples:
      feeds check
      feeds check --strict                       for a workflow: 1 also for warnings
      feeds check --format github                annotates a pull request
      feeds check --online                       finds the sizes of podcast files
      feeds check --format json | jq .problems   for programs
    """
    if is_online:
        online.require_client()
    try:
        config, report = look(options)
    except ConfigError as error:
        if not error.problems:
            raise
        _print(error.problems, form)
        sys.exit(2)
    wanted = {path.resolve() for path in paths}
    problems = [problem for problem in report.problems if _is_wanted(problem.path, wanted)]
    if is_online:
        problems = online.look_up(problems, config.hub.networks if config.hub else (), _lines)
    unknown = unknown_keys(report, lambda path: _is_wanted(path, wanted), everywhere=options.verbose)
    _print(problems, form, report, unknown, verbose=options.verbose)
    misnamed = list(_misnamed(paths, config, options.path, problems))
    if form == "text" and not options.quiet and not misnamed:
        counts = report.counts
        notes = sum(problem.level == "note" for problem in problems)
        total = f"{len(problems + unknown) - notes} problems" + (f", {notes} notes" if notes else "")
        click.echo(f"{counts['published']} entries of {format_file_counts(counts)}, {total}")
    for path, reason in misnamed:
        click.echo(f"feeds: {path}: {reason}", err=True)
    if misnamed:
        sys.exit(2)
    if has_failed(problems + unknown, strict=strict) or (report.blocking_errors and not wanted):
        sys.exit(1)


def _misnamed(
    paths: Iterable[Path], config: "Config", config_path: Path, problems: Sequence[Problem]
) -> Iterator[tuple[Path, str]]:
    """Yield the paths that are not entries, with the reason."""
    if not paths:
        return
    tree = ContentTree(config.content, config.limits, output=config.output)
    content, own = config.content.resolve(), config_path.resolve()
    named = {_to_path(problem.path).resolve() for problem in problems}
    read = {(content / _to_path(name)).resolve(): file for name, file in tree.sources.items()}
    read |= {(content / _to_path(file.name)).resolve(): file for file in tree.under("_data/")}
    for path in paths:
        resolved = path.resolve()
        if not path.exists():
            yield path, "no such file"
        elif resolved == own or resolved in named:
            continue
        elif path.is_dir():
            if resolved not in (own.parent, content) and not any(
                resolved in known.parents for known in (*read, *named)
            ):
                yield path, "no entry is in this folder"
        elif resolved not in read:
            yield path, "not an entry: only files in collections of the content folder are read"
        elif (file := read[resolved]).name in tree.sources and _is_plain(tree, file, config):
            yield path, "not an entry: the file has no front matter"


def _is_plain(tree: ContentTree, file: File, config: "Config") -> bool:
    from feeds.content.frontmatter import parse

    data = tree.read(file)
    return isinstance(data, bytes) and parse(data, tree.source(file), config.site).status == "plain"


def _print(
    problems: Sequence[Problem],
    form: str,
    report: "Report | None" = None,
    unknown: Sequence[Problem] = (),
    *,
    verbose: bool = False,
) -> None:
    stops = list(map(format_error, report.blocking_errors)) if report else []
    if form == "json":
        value = {
            "published": report.counts["published"] if report else None,
            "problems": [_as_values(problem) for problem in problems],
            "unknown": [_as_values(problem) for problem in unknown],
            "stops": stops,
        }
        click.echo(json.dumps(value, ensure_ascii=False, indent=1))
        return
    every = [(problem, "") for problem in sorted((*problems, *unknown), key=attrgetter("path", "line"))]
    is_grouped = form == "text" and not verbose
    for problem, end in group_problems((*problems, *unknown)) if is_grouped else every:
        click.echo(_annotation(problem) if form == "github" else _text(problem, end))
        if form == "text" and verbose and isinstance(problem, Bug):
            click.echo(problem.trace.rstrip())
    for reason in stops:
        click.echo(f"::error::{_escaped(reason)}" if form == "github" else f"a build would stop: {reason}")


def _is_wanted(path: str, wanted: Collection[Path]) -> bool:
    if not wanted:
        return True
    resolved = _to_path(path).resolve()
    return any(folder in wanted for folder in (resolved, *resolved.parents))


def _to_path(path: str) -> Path:
    # File names are UTF-8, also if the locale has another encoding.
    return Path(os.fsdecode(path.encode("utf-8", "surrogateescape")))


def _as_values(problem: Problem) -> dict[str, object]:
    line = _line(problem)
    return problem.as_dict() | {"text": line, "instead": _suggestion(problem)}


def _text(problem: Problem, end: str = "") -> str:
    """Return the message in the form of compilers, with the line and its replacement.

    Args:
        end: The number of other files with the same problem; then the line is not shown.
    """
    shown_lines = [style_text(f"{problem}{end}", fg=colour_of(problem))]
    if end:
        return shown_lines[0]
    line = _line(problem)
    if line.strip():
        shown_lines.append(f"  {problem.line:>5} | {line}")
    if instead := _suggestion(problem):
        shown_lines.append(style_text(f"  write | {instead}", fg="green"))
    return "\n".join(shown_lines)


def _annotation(problem: Problem) -> str:
    """Return the message as a workflow command of GitHub."""
    message = problem.message
    if instead := _suggestion(problem):
        message += f"\nwrite: {instead}"
    properties = f"file={_escaped(problem.path, property_=True)}"
    if problem.line:
        properties += f",line={problem.line}"
    title = f"{problem.key} ({problem.code})" if problem.key else problem.code
    properties += f",title={_escaped(title, property_=True)}"
    level = {"bug": "error", "note": "notice"}.get(problem.level, problem.level)
    return f"::{level} {properties}::{_escaped(message)}"


def _escaped(text: str, property_: bool = False) -> str:
    for character in "%\r\n" + (":," if property_ else ""):
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _suggestion(problem: Problem) -> str | None:
    """Return the replacement for the line of a problem, if it removes the problem."""
    written = suggestions.suggest_replacement(problem, _line(problem))
    is_line = problem.line and problem.suggestion.kind != "insert"
    if written and is_line and not suggestions.is_improvement(problem, _lines(problem.path), written):
        return None
    return written


def _line(problem: Problem) -> str:
    lines = _lines(problem.path) if problem.line else ()
    return lines[problem.line - 1] if 0 < problem.line <= len(lines) else ""


@cache
def _lines(path: str) -> tuple[str, ...]:
    try:
        return tuple(_to_path(path).read_text("utf-8", "replace").splitlines())
    except OSError:
        return ()
