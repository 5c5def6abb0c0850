"""The command `feeds`: parse the arguments, call one function, print.

What it prints on standard output is the answer; problems and progress go to
standard error. Exit status: 0 done, 1 problems in content that --strict forbids,
2 usage or configuration, 3 not now: another build is running, or a hub could not be
told. Each command is in the module that the table names, and imported when it is
asked for.
"""

import importlib
import os
import sys
from io import TextIOWrapper

import click

from feeds.errors import FeedsError
from feeds.visible import visible

_COMMANDS = {
    "build": "building.build",
    "check": "checking.check",
    "completion": "helping.completion",
    "diff": "building.diff",
    "hub": "hub.hub",
    "init": "starting.init",
    "list": "looking.list_feeds",
    "new": "starting.new",
    "push": "pushing.push",
    "schema": "helping.schema",
    "serve": "serving.serve",
    "show": "looking.show",
    "stats": "serving.stats",
    "why": "looking.why",
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


class _Visible(TextIOWrapper):
    """A standard stream on which no foreign text controls the terminal, and none fails for want of a character."""

    def __init__(self, stream: TextIOWrapper) -> None:
        # Titles have every script; a terminal or a log that has not shows something else.
        super().__init__(stream.buffer, stream.encoding, "replace", None, stream.line_buffering, stream.write_through)
        self._has_colours = stream.isatty()

    def write(self, text: str) -> int:
        return super().write(visible(text, self._has_colours))


def main(prog_name: str | None = None) -> None:
    """Run the command; an operator's mistake is one message and exit status 2."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, TextIOWrapper):
            setattr(sys, name, _Visible(stream))
    try:
        cli.main(prog_name=prog_name)
    except FeedsError as error:
        click.echo(f"feeds: {error}", err=True)
        sys.exit(2)
    except MemoryError:
        # Not echo: what makes a line of a text takes memory, and so does saying that it failed.
        os.write(2, b"feeds: out of memory\n")
        # To end in order takes threads and processes, which may have died of the same.
        os._exit(2)
