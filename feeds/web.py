"""The factory for WSGI servers, `feeds.web:create_app()`, and for programs."""

import os
from pathlib import Path

from flask import Flask

from feeds.server import app
from feeds.server.config import ServerConfig
from feeds.server.wsgi import app_from_env

__all__ = ["create_app"]


def create_app(folder: str | os.PathLike[str] | None = None) -> Flask:
    """Return the WSGI application that serves the output folder.

    Args:
        folder: The output folder; by default, FEEDS_CONFIG or FEEDS_OUTPUT in the environment name it.
    """
    return app_from_env() if folder is None else app.create_app(ServerConfig(Path(folder)))
