"""Everyday Feeds: a content tree becomes feeds that people subscribe to.

These names are the public API; `docs/api.md` shows what to do with them. Each is imported
when it is asked for, so that a build with nothing to do need not wait for the rest.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeds.api import build, check, compose, explain, load
    from feeds.config import Config, read_config
    from feeds.edition import Edition
    from feeds.errors import FeedsError, Problem
    from feeds.model import Entry
    from feeds.selection import Content
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

_PLACES = {
    "Config": "config",
    "Content": "selection",
    "Edition": "edition",
    "Entry": "model",
    "FeedsError": "errors",
    "Problem": "errors",
    "build": "api",
    "check": "api",
    "compose": "api",
    "create_app": "web",
    "explain": "api",
    "load": "api",
    "read_config": "config",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"feeds.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """A package whose public names stay what they are when a submodule of the same name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        # The import system binds a submodule to its package: `feeds.compose` is the function.
        if not (name in _PLACES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
