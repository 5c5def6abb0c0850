"""Known keys of the front matter in the trees of other generators."""

from functools import lru_cache

from feeds.content.presets.table import ignored_keys
from feeds.model import TreeFormat
from feeds.parsing.fields import Fields

OWN_KEYS = (
    "provider",
    "originalUrl",
    "ampWebUrl",
    "cdnAmpWebUrl",
    "related",
    "featuredContent",
    "actions",
    "levels",
    "ratings",
    "quality",
    "heat",
)
"""Keys of Everyday Feeds that keep their meaning in every tree."""
EVERYDAY_KEYS = ("name", "length", "price", "category", "highlight", "items", "secured")
"""More keys of Everyday Feeds that keep their meaning in its own format."""


def unknown_keys(fields: Fields, tree: TreeFormat) -> tuple[tuple[str, int], ...]:
    """Return the keys that neither Everyday Feeds nor a generator knows, with their 1-based lines."""
    theirs = tuple(key for keys in tree.keys.values() for key in keys)
    held = tuple(key for key, _ in tree.held or ())
    known = _known_keys(tree.preset, (*theirs, *held, *(tree.until or ()), *tree.keys))
    unknown = [key for key in fields.data if key.lower() not in known]
    return tuple((key, fields.line(key)) for key in sorted(unknown))


@lru_cache(maxsize=8)
def _known_keys(preset: str, keys: tuple[str, ...]) -> frozenset[str]:
    """Return all known keys at the top level, in lower case."""
    known = set(map(str.lower, EVERYDAY_KEYS)) if preset == "everyday" else set(ignored_keys())
    return frozenset((*known, *(key.partition(".")[0].lower() for key in (*keys, *OWN_KEYS))))
