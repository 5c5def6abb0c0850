"""`feeds check`: report mistakes with their places and corrections."""

import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli import suggestions
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


@click.command(short_help="Say what is wrong, and what to write instead.")
@site_options
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too. [default: only for errors]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="For people and editors, for programs, or as annotations of a GitHub workflow.",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def check(asked: SiteOptions, strict: bool, form: str, paths: tuple[Path, ...]) -> None:
    """Say all that is wrong with the content and the config, with file and line, and what to write instead.

    Writes nothing. With PATHS it says what is wrong in these files and folders only; the whole
    tree is looked at all the same, because whether an id or a topic is right depends on all of it.

    Exits with 1 if there is an error or a build would stop, and with 2 if one of PATHS is no entry.
    Unknown keys are warnings.

    \b
    Examples:
      feeds check
      feeds check --strict                       for a workflow: 1 also for warnings
      feeds check --format github                annotates a pull request
      feeds check --format json | jq .problems   for programs
    """
    try:
        config, report = look(asked)
    except ConfigError as error:
        if not error.problems:
            raise
        _print(error.problems, form)
        sys.exit(2)
    wanted = {path.resolve() for path in paths}
    problems = [each for each in report.problems if _is_wanted(each.path, wanted)]
    unknown = unknown_keys(report, lambda path: _is_wanted(path, wanted), everywhere=asked.verbose)
    _print(problems, form, report, unknown, verbose=asked.verbose)
    misnamed = list(_misnamed(paths, config, asked.path, problems))
    if form == "text" and not asked.quiet and not misnamed:
        counts = report.counts
        click.echo(f"{counts['published']} entries of {format_file_counts(counts)}, {len(problems + unknown)} problems")
    for path, reason in misnamed:
        click.echo(f"feeds: {path}: {reason}", err=True)
    if misnamed:
        sys.exit(2)
    if has_failed(problems + unknown, strict=strict) or (report.blocking_errors and not wanted):
        sys.exit(1)


def _misnamed(
    paths: Iterable[Path], config: "Config", config_path: Path, problems: Sequence[Problem]
) -> Iterator[tuple[Path, str]]:
    """Yield the paths about which nothing can be said, and why."""
    if not paths:
        return
    tree = ContentTree(config.content, config.limits, output=config.output)
    content, own = config.content.resolve(), config_path.resolve()
    named = {_place(each.path).resolve() for each in problems}
    read = {(content / _place(name)).resolve(): file for name, file in tree.sources.items()}
    read |= {(content / _place(file.name)).resolve(): file for file in tree.under("_data/")}
    for path in paths:
        place = path.resolve()
        if not path.exists():
            yield path, "no such file"
        elif place == own or place in named:
            continue
        elif path.is_dir():
            if place not in (own.parent, content) and not any(place in each.parents for each in (*read, *named)):
                yield path, "no entry is in this folder"
        elif place not in read:
            yield path, "not an entry: only files in collections of the content folder are read"
        elif (file := read[place]).name in tree.sources and _is_plain(tree, file, config):
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
            "problems": [_as_values(each) for each in problems],
            "unknown": [_as_values(each) for each in unknown],
            "stops": stops,
        }
        click.echo(json.dumps(value, ensure_ascii=False, indent=1))
        return
    every = [(each, "") for each in sorted((*problems, *unknown), key=attrgetter("path", "line"))]
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
    place = _place(path).resolve()
    return any(each in wanted for each in (place, *place.parents))


def _place(path: str) -> Path:
    # Names are UTF-8 on the disk whatever the locale says.
    return Path(os.fsdecode(path.encode("utf-8", "surrogateescape")))


def _as_values(problem: Problem) -> dict[str, object]:
    line = _line(problem)
    return problem.as_dict() | {"text": line, "instead": _suggestion(problem)}


def _text(problem: Problem, end: str = "") -> str:
    """Return the message as compilers write it, with the line it is about and what to write there.

    Args:
        end: More text about the same problem in other files.
    """
    said = [style_text(f"{problem}{end}", fg=colour_of(problem))]
    if end:
        return said[0]
    line = _line(problem)
    if line.strip():
        said.append(f"  {problem.line:>5} | {line}")
    if instead := _suggestion(problem):
        said.append(style_text(f"  write | {instead}", fg="green"))
    return "\n".join(said)


def _annotation(problem: Problem) -> str:
    """Return the message as a workflow command of GitHub."""
    said = problem.message
    if instead := _suggestion(problem):
        said += f"\nwrite: {instead}"
    place = f"file={_escaped(problem.path, property_=True)}"
    if problem.line:
        place += f",line={problem.line}"
    title = f"{problem.key} ({problem.code})" if problem.key else problem.code
    place += f",title={_escaped(title, property_=True)}"
    level = "error" if problem.level == "bug" else problem.level
    return f"::{level} {place}::{_escaped(said)}"


def _escaped(text: str, property_: bool = False) -> str:
    for character in "%\r\n" + (":," if property_ else ""):
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _suggestion(problem: Problem) -> str | None:
    """Return a line to write instead, if the file is better with it."""
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
        return tuple(_place(path).read_text("utf-8", "replace").splitlines())
    except OSError:
        return ()
