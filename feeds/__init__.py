"""Everyday Feeds: turns a content tree into feeds.

These names are the public API, which `docs/api.md` explains. Each name is imported on first use, so
that a skipped build starts fast.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeds.api import build, check, compose, explain, load
    from feeds.config.model import Config
    from feeds.config.reader import read_config
    from feeds.content.model import Content
    from feeds.edition.model import Edition
    from feeds.errors import FeedsError, Problem
    from feeds.model import Entry
    from feeds.web import create_app


__all__ = [
    "Config",
    "Content",
    "Edition",
    "Entry",
    "FeedsError",
    "Problem",
    "build",
    "check",
    "compose",
    "create_app",
    "explain",
    "load",
    "read_config",
]
_EXPORTS = {
    "Config": "config.model",
    "Content": "content.model",
    "Edition": "edition.model",
    "Entry": "model",
    "FeedsError": "errors",
    "Problem": "errors",
    "build": "api",
    "check": "api",
    "compose": "api",
    "create_app": "web",
    "explain": "api",
    "load": "api",
    "read_config": "config.reader",
}


def __getattr__(name: str) -> object:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"feeds.{_EXPORTS[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
