"""Slugs: the readable part of a feed's path."""

import re
from functools import lru_cache

from feeds.text.unicode import normalize

_LATIN_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
_NOT_IN_SLUG = re.compile(r"[\W_]+")
# File systems end at 255 bytes, and a suffix comes after it.
MAX_NAME = 200


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """Return what a topic is called in a path: `Machine Learning` -> `machine-learning`.

    Letters and digits of every script stay, accents on Latin letters go. Empty if
    the name has neither, or more than a file name can hold.
    """
    plain = normalize("NFKD", name).lower()
    plain = _LATIN_ACCENTS.sub("", plain)
    made = _NOT_IN_SLUG.sub("-", normalize("NFC", plain)).strip("-")
    return made if len(made.encode()) <= MAX_NAME else ""
