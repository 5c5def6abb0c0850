"""The config as it is written, and where things lie. What it means is for `config`.

Imports next to nothing, because a build with nothing to do needs no more of it.
"""

import os
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from feeds.errors import ConfigError

TEMPLATES = "templates"
DEFAULT_PATHS = {"content": "content", "output": "public", "state": ".feeds"}
"""Default folders, relative to the config."""


class ConfigFile(NamedTuple):
    """A config file.

    Attributes:
        display_path: Its path as a person would name it.
        folder: Where it lies.
        templates: Those that lie beside it, by their names.
        text_hash: A hash of text and templates.
    """

    display_path: str
    folder: Path
    text: str
    templates: tuple[tuple[str, str], ...]
    text_hash: str


def read(path: Path) -> ConfigFile:
    """Return the config at `path` and the templates beside it.

    Raises:
        ConfigError: They cannot be read.
    """
    shown = os.path.relpath(path)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(shown, "config.not_found") from None
    except OSError as error:
        raise ConfigError(shown, "system.error", reason=error.strerror or "cannot be read") from None
    except UnicodeDecodeError:
        raise ConfigError(shown, "file.not_utf8") from None
    folder = path.parent.absolute()
    templates = _templates(folder / TEMPLATES)
    fingerprint = blake2b(repr((text, templates)).encode(), digest_size=16).hexdigest()
    return ConfigFile(shown, folder, text, templates, fingerprint)


def _templates(folder: Path) -> tuple[tuple[str, str], ...]:
    found = []
    for path in sorted(folder.glob("*")):
        if path.suffix in (".html", ".css", ".js") and not path.name.startswith("."):
            try:
                found.append((path.name, path.read_text("utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                if isinstance(error, UnicodeDecodeError):
                    raise ConfigError(os.path.relpath(path), "file.not_utf8") from None
                raise ConfigError(os.path.relpath(path), "system.error", reason=error.strerror or "") from None
    return tuple(found)
