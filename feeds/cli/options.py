"""What the commands share: their options, the configuration, progress, colours, tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from feeds.cli.progress import progress
from feeds.config import file
from feeds.content.scan import ContentTree
from feeds.pipeline import up_to_date

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from feeds.config.model import Config
    from feeds.pipeline.report import Report


F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """What every command about a site is told: where it is, and how much to say.

    Attributes:
        path: The configuration.
        content: The content tree, if not that of the configuration.
        output: Where the documents go, if not where the configuration says.
        quiet: Say nothing but the answer and what is wrong.
        verbose: Name what is counted otherwise.
    """

    path: Path
    content: Path | None = None
    output: Path | None = None
    quiet: bool = False
    verbose: bool = False

    def quick_check(self, now: datetime) -> tuple[ContentTree | None, bool]:
        """Return the files, if a look at them may show that a build has nothing to do, and whether it does.

        What the config means need not be known for that: it meant the same at the last build.

        Raises:
            ConfigError: It cannot be read.
        """
        config = file.read(self.path)
        content, output = self.content or config.path_of("content"), self.output or config.path_of("output")
        last = up_to_date.read(config.path_of("state"))
        if last is None or last.inputs_hash != up_to_date.hash_inputs(config.text_hash, content, output, last.pages):
            return None, False
        tree = ContentTree(content)
        return tree, last.is_current(tree, output, now)

    def config(self) -> "Config":
        """Return the configuration.

        Raises:
            ConfigError: Something in it is wrong.
        """
        from feeds.config.reader import read_config  # a build with nothing to do need not understand it

        return read_config(self.path, self.content, self.output)


def site_options(command: F) -> F:
    """Give a command the options that all about a site have, as one argument `asked`."""

    @wraps(command)
    def collected(
        config_path: Path,
        content: Path | None,
        output: Path | None,
        quiet: bool,
        verbose: bool,
        **values: Any,
    ) -> Any:
        return command(SiteOptions(config_path, content, output, quiet, verbose), **values)

    folder = click.Path(path_type=Path, file_okay=False)
    made: Any = collected
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Name every entry that is otherwise counted."),
        click.option("-q", "--quiet", is_flag=True, help="Only the answer, and what is wrong."),
        click.option("--output", type=folder, help="Where the documents go. [default: output in the config]"),
        click.option("--content", type=folder, help="The content tree. [default: content in the config]"),
        config_option,
    ):
        made = option(made)
    return made  # type: ignore[no-any-return]


def config_option(command: F) -> F:
    """Give a command the option that names the configuration."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path("config.yaml"),
        show_default=True,
        help="The configuration; paths in it are relative to it.",
    )(command)


def utc_now() -> datetime:
    return datetime.now(UTC)


def look(asked: SiteOptions) -> "tuple[Config, Report]":
    """Return the configuration and what a build would do."""
    from feeds.pipeline import build

    config = asked.config()
    with progress(asked.quiet) as tell:
        return config, build.check(config, utc_now(), tell)


def complete_feed(context: click.Context, _parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Return the feeds of the last build whose names begin like this."""
    from click.shell_completion import CompletionItem

    from feeds.config.reader import read_config
    from feeds.edition.folder import load_published_edition
    from feeds.edition.paths import feed_name

    try:
        config = read_config(context.params.get("config_path") or Path("config.yaml"))
        edition = load_published_edition(context.params.get("output") or config.output)
    except Exception:  # noqa: BLE001 - a mistake is said by the command itself, not while it is typed
        return []
    listings = edition.state.feeds if edition else ()
    names = ((feed_name(each.path), each.title) for each in listings)
    return [CompletionItem(name, help=title) for name, title in names if name.startswith(begun.lstrip("/"))]
