"""Options that several commands share, and the configuration that they name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from feeds.cli.progress import progress
from feeds.config import file
from feeds.content.listing import ScanResult, scan
from feeds.pipeline import fingerprints, up_to_date

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from feeds.config.model import Config
    from feeds.pipeline.report import Report


F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """The options of each command about a site.

    Attributes:
        path: The configuration file.
        content: The content folder, if it is not the configuration's.
        output: The output folder, if it is not the configuration's.
        quiet: Print only the result and problems.
        verbose: List entries instead of counts.
    """

    path: Path
    content: Path | None = None
    output: Path | None = None
    quiet: bool = False
    verbose: bool = False

    def quick_check(self, now: datetime) -> tuple[ScanResult | None, bool]:
        """Return the scanned files if a scan can show that a build may be skipped, and whether it may be.

        The scan needs no parsed configuration, because an unchanged file means the same as at the last build.

        Raises:
            ConfigError: The configuration file cannot be read.
        """
        config = file.read(self.path)
        # With `state` in another folder, the config must be parsed to find the stamp.
        last = up_to_date.read(config.folder / file.DEFAULT_PATHS["state"])
        if last is None:
            return None, False
        written_content, written_output = last.written_paths
        content = self.content or config.folder / written_content
        output = self.output or config.folder / written_output
        if last.inputs_hash != fingerprints.build_key(config.text_hash, content, output):
            return None, False
        scanned = scan(content, output)
        return scanned, last.is_current(scanned, output, now)

    def config(self) -> "Config":
        """Read the configuration.

        Raises:
            ConfigError: The configuration has errors.
        """
        from feeds.config.reader import read_config  # imported here because a skipped build does not need it

        return read_config(self.path, self.content, self.output)


def site_options(command: F) -> F:
    """Add the options of a site to a command, as one argument `options`."""

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
    decorated: Any = collected
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="List entries instead of counts."),
        click.option("-q", "--quiet", is_flag=True, help="Print only the result and problems."),
        click.option("--output", type=folder, help="The output folder. [default: output in the config]"),
        click.option("--content", type=folder, help="The content folder. [default: content in the config]"),
        config_option,
    ):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def config_option(command: F) -> F:
    """Add the option for the configuration file to a command."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path, dir_okay=False),
        default=file.default_path,
        show_default="feeds.yaml, else config.yaml",
        help="The configuration file; its paths are relative to it.",
    )(command)


def utc_now() -> datetime:
    return datetime.now(UTC)


def look(options: SiteOptions) -> "tuple[Config, Report]":
    """Return the configuration, and the report of a build that writes nothing."""
    from feeds.pipeline import build

    config = options.config()
    with progress(options.quiet) as report_progress:
        return config, build.check(config, utc_now(), report_progress)


def complete_feed(context: click.Context, _parameter: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Return the feeds of the last build whose names start with this text."""
    from click.shell_completion import CompletionItem

    from feeds.config.reader import read_config
    from feeds.edition.folder import load_published_edition
    from feeds.edition.paths import feed_name

    try:
        config = read_config(context.params.get("config_path") or file.default_path())
        edition = load_published_edition(context.params.get("output") or config.output)
    except Exception:  # noqa: BLE001 - the command itself reports errors; completion must not
        return []
    listings = edition.state.feeds if edition else ()
    names = ((feed_name(listing.path), listing.title) for listing in listings)
    return [CompletionItem(name, help=title) for name, title in names if name.startswith(incomplete.lstrip("/"))]
