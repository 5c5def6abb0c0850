"""Slugs, which name a feed in its path."""

import re
from functools import lru_cache

from feeds.text.unicode import normalize

_LATIN_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
_NOT_IN_SLUG = re.compile(r"[\W_]+")
# Most file systems allow 255 bytes, and a suffix follows the name.
MAX_NAME = 200


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """Return the slug of a topic's name: `Machine Learning` -> `machine-learning`.

    Letters and digits of every script stay; accents on Latin letters are removed. Returns the empty
    string if nothing is left or the slug is too long for a file name.
    """
    plain = normalize("NFKD", name).lower()
    plain = _LATIN_ACCENTS.sub("", plain)
    name_in_path = _NOT_IN_SLUG.sub("-", normalize("NFC", plain)).strip("-")
    return name_in_path if len(name_in_path.encode()) <= MAX_NAME else ""
