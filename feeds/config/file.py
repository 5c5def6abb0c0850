"""The text of the config, its templates and the default folders.

Imports little, because a skipped build needs nothing else of the config.
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
        display_path: Its path, relative to the working folder, for messages.
        folder: The folder that contains it.
        templates: The templates next to it: the name and text of each.
        text_hash: A hash of the text and the templates.
    """

    display_path: str
    folder: Path
    text: str
    templates: tuple[tuple[str, str], ...]
    text_hash: str


def read(path: Path) -> ConfigFile:
    """Return the config at `path` and the templates next to it.

    Raises:
        ConfigError: One of the files cannot be read.
    """
    display_path = os.path.relpath(path)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(display_path, "config.not_found") from None
    except OSError as error:
        raise ConfigError(display_path, "system.error", reason=error.strerror or "cannot be read") from None
    except UnicodeDecodeError:
        raise ConfigError(display_path, "file.not_utf8") from None
    folder = path.parent.absolute()
    templates = _templates(folder / TEMPLATES)
    text_hash = blake2b(repr((text, templates)).encode(), digest_size=16).hexdigest()
    return ConfigFile(display_path, folder, text, templates, text_hash)


def _templates(folder: Path) -> tuple[tuple[str, str], ...]:
    templates = []
    for path in sorted(folder.glob("*")):
        if path.suffix in (".html", ".css", ".js") and not path.name.startswith("."):
            try:
                templates.append((path.name, path.read_text("utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                if isinstance(error, UnicodeDecodeError):
                    raise ConfigError(os.path.relpath(path), "file.not_utf8") from None
                raise ConfigError(os.path.relpath(path), "system.error", reason=error.strerror or "") from None
    return tuple(templates)
