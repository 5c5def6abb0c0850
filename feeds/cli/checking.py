"""`feeds check`: what is wrong, where, and what to write instead."""

import json
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds import advice
from feeds.cli.common import Asked, colour_of, files, look, paint, site_options
from feeds.errors import Bug, ConfigError, Problem

if TYPE_CHECKING:
    from feeds.publisher import Report


@click.command(short_help="Say what is wrong, and what to write instead.")
@site_options
@click.option("--strict", is_flag=True, help="Exit with 1 if anything is wrong, warnings included.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="For people and editors, for programs, or as annotations of a GitHub workflow.",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def check(asked: Asked, strict: bool, form: str, paths: tuple[Path, ...]) -> None:
    """Say all that is wrong with the content and the config, with file and line, and what to write instead.

    Writes nothing. With PATHS it says what is wrong in these files and folders only; the whole
    tree is looked at all the same, because whether an id or a topic is right depends on all of it.

    \b
    Examples:
      feeds check
      feeds check --strict                       for a workflow: 1 if anything is wrong
      feeds check --format github                annotates a pull request
      feeds check --format json | jq .problems   for programs
    """
    try:
        _config, report = look(asked)
    except ConfigError as error:
        if not error.problems:
            raise
        _print(error.problems, form)
        sys.exit(2)
    for path in paths:
        if not path.exists():
            click.echo(f"{path}: no such file, so nothing is said of it", err=True)
    wanted = {path.resolve() for path in paths}
    problems = [each for each in report.problems if _is_wanted(each.path, wanted)]
    _print(problems, form, report, wanted, asked.verbose)
    if form == "text" and not asked.quiet:
        counts = report.counts
        click.echo(f"{counts['published']} entries of {files(counts)}, {len(problems)} problems")
    if strict and (problems or (report.stops and not wanted)):
        sys.exit(1)
    if any(each.level == "bug" for each in problems):
        sys.exit(1)


def _print(
    problems: Sequence[Problem],
    form: str,
    report: "Report | None" = None,
    wanted: Collection[Path] = (),
    verbose: bool = False,
) -> None:
    unknown = [] if report is None else list(_unknown(report, wanted, verbose))
    stops = report.stops if report else ()
    if form == "json":
        value = {
            "published": report.counts["published"] if report else None,
            "problems": [_as_values(each) for each in problems],
            "unknown": [_as_values(each) for each in unknown],
            "stops": list(stops),
        }
        click.echo(json.dumps(value, ensure_ascii=False, indent=1))
        return
    for problem in problems:
        click.echo(_annotation(problem) if form == "github" else _text(problem))
        if form == "text" and verbose and isinstance(problem, Bug):
            click.echo(problem.trace.rstrip())
    for reason in stops:
        click.echo(f"::error::{_escaped(reason)}" if form == "github" else f"a build would stop: {reason}")
    for problem in unknown:
        click.echo(_annotation(problem, "notice") if form == "github" else _text(problem))


def _unknown(report: "Report", wanted: Collection[Path], verbose: bool) -> Iterator[Problem]:
    """Yield what to say of keys that the format does not have: where each is first, or everywhere it is."""
    for key, places in report.unknown.items():
        here = [place for place in places if _is_wanted(place[0], wanted)]
        for path, line in here if verbose else here[:1]:
            more = f", in {len(here)} files" if len(here) > 1 and not verbose else ""
            yield Problem(path, line, key, f"unknown key, ignored{more}{advice.similar(key)}", "warning")


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
    return asdict(problem) | {"text": line, "instead": advice.instead(problem, line)}


def _text(problem: Problem) -> str:
    """Return the message as compilers write it, with the line it is about and what to write there."""
    said = [paint(str(problem), fg=colour_of(problem))]
    line = _line(problem)
    if line.strip():
        said.append(f"  {problem.line:>5} | {line}")
    if instead := advice.instead(problem, line):
        said.append(paint(f"  write | {instead}", fg="green"))
    return "\n".join(said)


def _annotation(problem: Problem, level: str = "") -> str:
    """Return the message as a workflow command of GitHub."""
    said = problem.message
    if instead := advice.instead(problem, _line(problem)):
        said += f"\nwrite: {instead}"
    place = f"file={_escaped(problem.path, property_=True)}"
    if problem.line:
        place += f",line={problem.line}"
    if problem.key:
        place += f",title={_escaped(problem.key, property_=True)}"
    level = level or ("error" if problem.level == "bug" else problem.level)
    return f"::{level} {place}::{_escaped(said)}"


def _escaped(text: str, property_: bool = False) -> str:
    for character in "%\r\n" + (":," if property_ else ""):
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _line(problem: Problem) -> str:
    lines = _lines(problem.path) if problem.line else ()
    return lines[problem.line - 1] if 0 < problem.line <= len(lines) else ""


@cache
def _lines(path: str) -> tuple[str, ...]:
    try:
        return tuple(_place(path).read_text("utf-8", "replace").splitlines())
    except OSError:
        return ()
