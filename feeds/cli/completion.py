"""`feeds completion` and `feeds schema`: for shells and editors."""

import click


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
