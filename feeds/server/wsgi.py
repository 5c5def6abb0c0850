"""The application for WSGI servers, which call a factory without arguments.

The environment variable FEEDS_CONFIG names the configuration, and FEEDS_OUTPUT the output folder if
it is another one. Without both, the folder is `public`. Nothing else reads these variables.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from flask import Flask

from feeds.config.reader import read_config
from feeds.server.app import create_app
from feeds.server.config import ServerConfig


def app_from_env() -> Flask:
    """Return the application that the environment variables describe.

    Raises:
        ConfigError: The configuration has errors.
    """
    return create_app(config_from(os.environ))


def config_from(environ: Mapping[str, str]) -> ServerConfig:
    """Return the settings that environment variables describe."""
    output = environ.get("FEEDS_OUTPUT")
    if path := environ.get("FEEDS_CONFIG"):
        settings = ServerConfig.from_site(read_config(Path(path)))
        return replace(settings, output=Path(output)) if output else settings
    return ServerConfig(Path(output or "public"))
