"""`feeds completion` and `feeds schema`: for shells and editors."""

import json

import click

from feeds import schema as schemas


@click.command(short_help="Let a shell complete commands and feeds.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes a SHELL complete commands, options and the names of feeds.

    \b
    Examples:
      eval "$(feeds completion bash)"                      in ~/.bashrc
      eval "$(feeds completion zsh)"                       in ~/.zshrc
      feeds completion fish > ~/.config/fish/completions/feeds.fish
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made  # noqa: S101 - click has all three
    click.echo(made(context.find_root().command, {}, "feeds", "_FEEDS_COMPLETE").source())


@click.command(short_help="Print a JSON Schema, for editors.")
@click.argument("what", type=click.Choice(["config", "entry"]))
def schema(what: str) -> None:
    """Print the JSON Schema of the config or of an entry's front matter, for editors.

    In config.yaml a first line then makes an editor complete and check it:

    \b
      # yaml-language-server: $schema=schema/config.json

    \b
    Examples:
      feeds schema config > schema/config.json
      feeds schema entry > schema/entry.json
    """
    made = schemas.config() if what == "config" else schemas.entry()
    click.echo(json.dumps(made, ensure_ascii=False, indent=1))
