"""The command `feeds completion`: completion scripts for shells."""

import click


@click.command(short_help="Print a completion script for a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and feed names in SHELL.

    \b
    Examples:
      eval "$(feeds completion bash)"                      in ~/.bashrc
      eval "$(feeds completion zsh)"                       in ~/.zshrc
      feeds completion fish > ~/.config/fish/completions/feeds.fish
    """
    from click.shell_completion import get_completion_class

    completion_class = get_completion_class(shell)
    assert completion_class  # noqa: S101 - click has a class for all three shells
    click.echo(completion_class(context.find_root().command, {}, "feeds", "_FEEDS_COMPLETE").source())
