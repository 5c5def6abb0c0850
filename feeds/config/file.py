"""The text of the config, its templates and the default folders.

Imports little, because a skipped build needs nothing else of the config.
"""

import os
import re
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from feeds.errors import ConfigError

NAMES = ("feeds.yaml", "config.yaml")
"""The names of a config, in the order in which they are looked for."""
_TEMPLATES_KEY = re.compile(r"^templates:[ ]++([^\n]++)", re.MULTILINE)
_COMMENT = re.compile(r"(?<= )#.*+")
_OLD_TEMPLATES = "templates"
DEFAULT_PATHS = {"content": "content", "output": "public", "state": ".feeds"}
"""Default folders, relative to the config."""


class ConfigFile(NamedTuple):
    """A config file.

    Attributes:
        display_path: Its path, relative to the working folder, for messages.
        folder: The folder that contains it.
        templates: The site's own templates: the name and text of each.
        text_hash: A hash of the text and the templates.
        templates_folder: The folder of the templates as the text names it; empty for none.
        has_unread_templates: Whether a folder `templates` is there and the text does not name it.
    """

    display_path: str
    folder: Path
    text: str
    templates: tuple[tuple[str, str], ...]
    text_hash: str
    templates_folder: str = ""
    has_unread_templates: bool = False


def default_path(folder: Path = Path()) -> Path:
    """Return the path of the config in a folder: `feeds.yaml` if it exists, else `config.yaml`."""
    first = folder / NAMES[0]
    return first if first.is_file() else folder / NAMES[1]


def read(path: Path) -> ConfigFile:
    """Return the config at `path` and the templates that it names.

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
    templates_folder = _templates_folder(text)
    templates = _templates(folder / templates_folder) if templates_folder else ()
    text_hash = blake2b(repr((text, templates)).encode(), digest_size=16).hexdigest()
    has_unread = not templates_folder and any((folder / _OLD_TEMPLATES).glob("*.html"))
    return ConfigFile(display_path, folder, text, templates, text_hash, templates_folder, has_unread)


def template_paths(path: Path) -> list[Path]:
    """Return the paths of the templates that the config at `path` names; none if it cannot be read."""
    try:
        folder = _templates_folder(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return []
    return sorted((path.parent / folder).glob("*")) if folder else []


def _templates_folder(text: str) -> str:
    """Return the value of the key `templates`, which must be on one line because the text is not parsed here."""
    match = _TEMPLATES_KEY.search(text)
    value = _COMMENT.sub("", match[1]).strip() if match else ""
    if value in ("null", "~"):
        return ""
    return value[1:-1] if value[:1] in ("'", '"') and value[-1:] == value[:1] else value


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
