"""The description of an existing site, and readers for the files of its generator's config."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from feeds.model.tree import TOKENS

_TOKEN = re.compile(r":([a-z_]+)")


@dataclass(frozen=True, slots=True)
class DetectedSite:
    """An existing site, as its generator's config describes it.

    Attributes:
        kind: The name of the generator; empty for a new site.
        preset: The preset of its tree.
        url: The base of its pages.
        content: The content folder, relative to the site's folder.
        files: Patterns for the files with entries; empty for those of the preset.
        exclude: Patterns for files without entries.
        permalink: The pattern of links for each first folder; the empty name is for all others.
        keys: Keys of Everyday Feeds, each with the keys of the tree.
        date: Where to look for dates; empty for the places of the preset.
        left_out: Settings that are not taken over, each with the number of places.
    """

    kind: str = ""
    preset: str = "everyday"
    title: str = ""
    url: str = ""
    description: str = ""
    language: str = ""
    author: str = ""
    zone: str = ""
    content: str = "content"
    files: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    permalink: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """A loader that reads a value with an unknown tag, such as `!ENV`, as nothing."""


_Loader.add_multi_constructor("", lambda _loader, _suffix, _node: None)


def text_of(values: Mapping[str, Any], *keys: str) -> str:
    """Return the first text or number of these keys; case is ignored."""
    folded = {key.lower(): value for key, value in values.items()}
    texts = (str(folded[key.lower()]) for key in keys if isinstance(folded.get(key.lower()), str | int | float))
    return next(texts, "").strip()


def mapping_of(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the mapping of a key; an empty one if it has none. Case is ignored."""
    value = next((value for name, value in values.items() if name.lower() == key.lower()), None)
    return {str(name): inner for name, inner in value.items()} if isinstance(value, dict) else {}


def list_of(value: Any) -> list[str]:
    """Return the texts of a list, or of one text."""
    items = value if isinstance(value, list | tuple) else [value]
    return [item for item in items if isinstance(item, str) and item]


def read_mapping(path: Path) -> Mapping[str, Any] | None:
    """Return the mapping in a TOML, YAML or JSON file; None if it has none or cannot be read."""
    try:
        text = path.read_text("utf-8")
        value = tomllib.loads(text) if path.suffix == ".toml" else yaml.load(text, _Loader)  # noqa: S506
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError, ValueError, RecursionError):
        return None
    return {str(key): inner for key, inner in value.items()} if isinstance(value, dict) else None


def is_known_pattern(pattern: str) -> bool:
    """Return whether every token of a permalink is known."""
    return "[" not in pattern and all(_is_known(token) for token in _TOKEN.findall(pattern))


def _is_known(token: str) -> bool:
    # A token may be followed by an underscore and more text.
    return token in TOKENS or ("_" in token and _is_known(token.rpartition("_")[0]))
