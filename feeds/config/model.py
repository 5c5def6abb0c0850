"""The settings of a site: frozen values that `reader` makes from `config.yaml`."""

import os
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from feeds.errors import ConfigError
from feeds.model import ContentFilter, FeedDefinition, Protection, Site


@dataclass(frozen=True, slots=True)
class Serving:
    """Settings of the service.

    Attributes:
        cache_mb: Megabytes that answers may take together.
        delta: Readers that ask for it are sent what is new alone (RFC 3229).
        max_edition_age: Minutes after which an edition is too old to be called ready; None for never.
        access_log: A file, or `-` for standard output.
        log_clients: Whether addresses are logged.
    """

    cache_mb: int = 64
    delta: bool = False
    max_edition_age: int | None = None
    access_log: str | None = None
    log_clients: bool = False


@dataclass(frozen=True, slots=True)
class Hub:
    """Settings of the site's own WebSub hub.

    Attributes:
        networks: May be called besides public addresses, at any port.
        queue: The URL of a Redis; None for a database in the state folder.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    queue: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration, its paths absolute.

    Attributes:
        state: What can be deleted and is made again.
        previous: Where the edition before is published.
        protect: What stops a build before it publishes.
        executor: What makes the executor of large builds, as `module:function`; None for the cores there are.
        hub: The site's own hub, if there is one.
        config_hash: A hash of the file.
        folder: Where it lies.
        written_paths: Content and output as the file names them, whatever a command was told.

    Raises:
        ConfigError: The content and the output lie in each other, or the state among what is published.
    """

    site: Site
    content: Path
    output: Path
    state: Path
    limits: ContentFilter
    feeds: tuple[FeedDefinition, ...] = ()
    previous: str | None = None
    protect: Protection = Protection()
    executor: str | None = None
    serving: Serving = Serving()
    hub: Hub | None = None
    config_hash: str = ""
    folder: Path = Path()
    written_paths: tuple[str, str] = ("content", "public")

    def __post_init__(self) -> None:
        if are_nested(self.content, self.output):
            raise ConfigError(os.path.relpath(self.output), "config.content_output")
        if is_inside(self.state, self.output):
            raise ConfigError(os.path.relpath(self.state), "config.state_output")


def are_nested(content: Path, output: Path) -> bool:
    """Tell whether one of the two folders contains the other."""
    return is_inside(content, output) or is_inside(output, content)


def is_inside(state: Path, output: Path) -> bool:
    """Tell whether a folder is in another; the state in the output would publish the subscribers' secrets."""
    return state.resolve().is_relative_to(output.resolve())
