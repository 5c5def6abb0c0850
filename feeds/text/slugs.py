"""Slugs, which name a feed in its path."""

import re
import unicodedata
from functools import lru_cache

from feeds.text.unicode import drop_ignorable, fold, is_mark, normalize

_LATIN_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
_NOT_IN_SLUG = re.compile(r"[\W_]+")
_FINAL_SIGMA = re.compile(r"(?<=\w)σ(?!\w)")
_NON_JOINER = "\u200c"
_VIRAMA = 9  # canonical combining class
# Most file systems allow 255 bytes, and a suffix follows the name.
MAX_NAME = 200


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """Return the slug of a topic's name: `Machine Learning` -> `machine-learning`.

    Letters and digits of every script stay, with the marks that belong to them; accents on Latin
    letters are removed. Names that look the same have the same slug. Returns the empty string if
    nothing is left or the slug is too long for a file name.
    """
    if name.isascii():
        name_in_path = _NOT_IN_SLUG.sub("-", name.lower()).strip("-")
    else:
        folded = fold(normalize("NFKD", fold(normalize("NFKC", name))))
        plain = _LATIN_ACCENTS.sub("", normalize("NFKD", folded))
        name_in_path = _FINAL_SIGMA.sub("ς", _join_words(normalize("NFC", plain)))
    if len(name_in_path.encode()) <= MAX_NAME:
        return name_in_path
    return former_slug(name)


def _join_words(text: str) -> str:
    """Return the words of a text with hyphens between them."""
    kept: list[str] = []
    for character in text:
        if character.isalnum() and drop_ignorable(character):
            kept.append(character)
        elif not kept or kept[-1] == "-":
            continue
        elif character == _NON_JOINER and unicodedata.combining(kept[-1]) != _VIRAMA:
            # Persian writes it between the parts of a word.
            kept.append("-")
        elif is_mark(character):
            kept.append(character)
        elif drop_ignorable(character) and unicodedata.category(character) != "Me":
            kept.append("-")
    return "".join(kept).strip("-")


@lru_cache(maxsize=4096)
def former_slug(name: str) -> str:
    """Return the slug that a name had when marks were cut from their letters, for redirects from it."""
    plain = _LATIN_ACCENTS.sub("", normalize("NFKD", name).lower())
    name_in_path = _NOT_IN_SLUG.sub("-", normalize("NFC", plain)).strip("-")
    return name_in_path if len(name_in_path.encode()) <= MAX_NAME else ""
