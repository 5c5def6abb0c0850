"""Alias for WSGI servers: `feeds.web:create_app()`; the application is in `feeds.server.app`."""

from feeds.server.app import create_app

__all__ = ["create_app"]
