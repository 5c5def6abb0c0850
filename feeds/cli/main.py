"""The command `feeds`: parse the arguments, call one function, print.

What it prints on standard output is the answer; problems and progress go to
standard error. The README has the table of exit codes. Each command is in the module
that the table here names, and imported when it is asked for.
"""

import importlib
import os
import sys

import click

from feeds.cli import streams
from feeds.errors import FeedsError

_COMMANDS = {
    "build": "build.build",
    "check": "check.check",
    "completion": "completion.completion",
    "diff": "diff.diff",
    "hub": "hub.hub",
    "init": "init.init",
    "list": "inspect.list_feeds",
    "new": "new.new",
    "push": "push.push",
    "schema": "schema.schema",
    "serve": "serve.serve",
    "show": "inspect.show",
    "stats": "stats.stats",
    "why": "inspect.why",
}


class _Commands(click.Group):
    """A group whose commands are imported when they are asked for: most builds have nothing to do."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(".")
        command: click.Command = getattr(importlib.import_module(f"feeds.cli.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], _COMMANDS, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"There is {', '.join(_COMMANDS)}."
            ctx.fail(f"No such command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="everyday-feeds")
def cli() -> None:
    """Turn a tree of front-matter files into feeds that people subscribe to.

    \b
    A new site, its first entry, and the feeds in a browser:
      feeds init my-site && cd my-site
      feeds new "A title" --url https://example.com/a --topic AI
      feeds serve --watch

    \b
    And every day after that:
      feeds check          what is wrong, and what to write instead
      feeds diff           what a build would change for readers
      feeds build          publish it

    Every command says more with --help.
    """


def main(prog_name: str | None = None) -> None:
    """Run the command; an operator's mistake, or output that cannot be written, is one message and exit code 2."""
    streams.install()
    try:
        code = _run(prog_name)
    except MemoryError:
        # Not echo: what makes a line of a text takes memory, and so does saying that it failed.
        streams.write_error(b"feeds: out of memory\n")
        # To end in order takes threads and processes, which may have died of the same.
        os._exit(2)
    if lost := streams.lost():
        if lost.reason:
            click.echo(f"feeds: standard output: {lost.reason}", err=True)
        if lost.is_failure:
            code = max(code, 2) if isinstance(code, int) else 2
    sys.exit(code)


def _run(prog_name: str | None) -> str | int | None:
    try:
        cli.main(prog_name=prog_name)
    except FeedsError as error:
        from feeds.cli.output import format_error

        click.echo(f"feeds: {format_error(error)}", err=True)
        return 2
    except SystemExit as ended:
        return ended.code
    return 0
