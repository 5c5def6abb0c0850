"""The command `feeds`: parses the arguments, runs a command, and prints the result.

Results go to standard output; problems and progress go to standard error. `docs/operations.md` has the
table of exit codes. A command's module is imported when the command runs.
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
    """A group that imports a command's module only when it is needed, which keeps skipped builds fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = _COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, name = target.partition(".")
        command: click.Command = getattr(importlib.import_module(f"feeds.cli.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], _COMMANDS, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Commands: {', '.join(_COMMANDS)}."
            ctx.fail(f"No such command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="everyday-feeds")
def cli() -> None:
    """Turn a tree of front-matter files into feeds.

    \b
    A new site, its first entry, and the feeds in a browser:
      feeds init my-site && cd my-site
      feeds new "A title" --url https://example.com/a --topic AI
      feeds serve --watch

    \b
    And every day after that:
      feeds check          find problems and suggest fixes
      feeds diff           show what a build would change for readers
      feeds build          publish the content

    Run a command with --help for details.
    """


def main(prog_name: str | None = None) -> None:
    """Run a command. A user's mistake, or output that cannot be written, gives one message and exit code 2."""
    streams.install()
    try:
        code = _run(prog_name)
    except MemoryError:
        # Written without click.echo, which would allocate memory.
        streams.write_error(b"feeds: out of memory\n")
        # A normal exit needs threads and processes, which may have died for the same reason.
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
