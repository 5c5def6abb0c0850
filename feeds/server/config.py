"""The settings of a server process, which the command or the environment hands over."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from feeds.config.model import Config, Hub, Serving


@dataclass(frozen=True, slots=True)
class HubConfig:
    """Settings of the hub's endpoint.

    Attributes:
        site_url: The site's URL.
        state: The folder of the database.
    """

    site_url: str
    state: Path
    settings: Hub


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Settings of the application; plain values, so that they can be handed to another process.

    Attributes:
        output: The exported folder.
        hub: The hub's endpoint; None if the site has no hub.
        has_live_reload: Whether open pages reload after a build.
    """

    output: Path
    serving: Serving = Serving()
    hub: HubConfig | None = None
    has_live_reload: bool = False

    @classmethod
    def from_site(cls, config: Config, *, has_live_reload: bool = False) -> Self:
        """Return the settings of a site."""
        hub = HubConfig(config.site.url, config.state, config.hub) if config.hub else None
        return cls(config.output, config.serving, hub, has_live_reload)
