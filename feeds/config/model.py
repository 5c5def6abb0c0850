"""The configuration as frozen values, which `reader` makes from `config.yaml`."""

import os
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from feeds.errors import ConfigError, Problem
from feeds.model import ContentFilter, FeedDefinition, Protection, Site, TreeFormat


@dataclass(frozen=True, slots=True)
class Serving:
    """Settings of the service.

    Attributes:
        cache_mb: The size of the response cache in megabytes.
        delta: Send only new entries to readers that ask for it (RFC 3229).
        max_edition_age: The age in minutes after which an edition is not ready; None for no limit.
        access_log: A file, or `-` for standard output; None for no log.
        log_clients: Write client addresses to the access log.
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
        networks: Networks that the hub may call at any port, besides public addresses.
        queue: The URL of a Redis; None for a database in the state folder.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    queue: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration of a site, with absolute paths.

    Attributes:
        state: The folder for caches, locks and the records of the hub.
        previous: The URL of the published manifest.
        protect: The limits that stop a build before it publishes.
        executor: The function that makes the executor of large builds, as `module:function`; None for local processes.
        hub: The site's own hub, if there is one.
        config_hash: A hash of the config file and its templates.
        folder: The folder that contains the config file.
        written_paths: Content and output as the file names them, without the options of a command.
        notes: Warnings about the config, which reports repeat.

    Raises:
        ConfigError: Content or output contains the other, or the output contains the state.
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
    notes: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        if is_misplaced(self.content, self.output, self.limits.tree):
            raise ConfigError(os.path.relpath(self.output), "config.content_output")
        if is_inside(self.state, self.output):
            raise ConfigError(os.path.relpath(self.state), "config.state_output")


def is_misplaced(content: Path, output: Path, tree: TreeFormat | None) -> bool:
    """Return whether the output contains the content, or is in a content folder that is read as a whole.

    In a tree with a format of its own, the output may be in the content folder: it is not scanned.
    """
    if content.resolve() == output.resolve() or is_inside(content, output):
        return True
    return tree is None and is_inside(output, content)


def is_inside(state: Path, output: Path) -> bool:
    """Return whether `state` is in `output`, where the secrets of subscribers would be published."""
    return state.resolve().is_relative_to(output.resolve())
