"""The slugs that each generator makes of a title or a file name."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

_NOT_JEKYLL = re.compile(r"(?:[^\w]|_)+")
_NOT_PRETTY = re.compile(r"[^\w.~!$&'()+,;=@]+")
_NOT_PELICAN = re.compile(r"[^\w\s-]")
_BLANKS = re.compile(r"[-\s]+")
_NOT_MKDOCS = re.compile(r"[^\w\- ]")
_NOT_ASTRO = re.compile(r"[^\w\- ]")
_PLAIN_WORDS = re.compile(r"[A-Za-z0-9._/]++(?:[ -][A-Za-z0-9._/]++)*+")
_TAG = re.compile(r"<[^<>]*+>")
# Letters that Unicode does not decompose, in the transliteration that the generators' libraries use.
_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d",
        "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "‘": "'", "’": "'", "“": '"', "”": '"',
        "–": "-", "—": "--", "…": "...", "€": "EUR", "×": "x", "«": "<<", "»": ">>", "\u00a0": " ",
    }
)  # fmt: skip


def to_ascii(text: str) -> str:
    """Return a text of Latin letters in ASCII; letters of other scripts are left out."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return plain.encode("ascii", "ignore").decode()


def is_latin(text: str) -> bool:
    """Return whether `to_ascii` keeps every letter."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return not any(not character.isascii() and character.isalnum() for character in plain)


def jekyll(text: str, *, pretty: bool = False) -> str:
    """Return the slug of Jekyll; a pretty one keeps some punctuation."""
    return (_NOT_PRETTY if pretty else _NOT_JEKYLL).sub("-", _with_marks(text)).strip("-").lower()


def jekyll_pretty(text: str) -> str:
    """Return Jekyll's slug of a name, whose case stays."""
    slug = _NOT_PRETTY.sub("-", _with_marks(text))
    return slug[1 if slug[:1] == "-" else 0 : -1 if slug[-1:] == "-" and len(slug) > 1 else None]


def _with_marks(text: str) -> str:
    # Combining marks are letters to Jekyll, and a composed letter is one for this module's patterns.
    return unicodedata.normalize("NFC", text)


def hugo(text: str) -> str:
    """Return a path as Hugo writes it: lower case, and a hyphen for spaces; other characters are left out."""
    if _PLAIN_WORDS.fullmatch(text):  # the usual form
        return text.replace(" ", "-").lower()
    kept: list[str] = []
    wants_hyphen = was_hyphen = False
    for position, character in enumerate(text):
        if _is_hugo(text, position, character):
            was_hyphen = character == "-"
            if wants_hyphen and not was_hyphen:
                kept.append("-")
            wants_hyphen = False
            kept.append(character)
        elif kept and not was_hyphen and character.isspace():
            wants_hyphen = True
    return "".join(kept).lower()


def _is_hugo(text: str, position: int, character: str) -> bool:
    if character in "./\\_#+~-@":
        return True
    if character == "%":
        digits = text[position + 1 : position + 3]
        return len(digits) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in digits)
    return unicodedata.category(character)[0] in "LM" or unicodedata.category(character) == "Nd"


def hugo_name(text: str) -> str:
    """Return the name of a file or folder in a path of Hugo, in which each space is a hyphen."""
    return hugo(text.replace(" ", "-"))


def zola(text: str) -> str:
    """Return the slug of Zola: ASCII letters and digits with single hyphens."""
    slug = "".join(character if character.isalnum() else "-" for character in to_ascii(text).lower())
    return "-".join(part for part in slug.split("-") if part)


def pelican(text: str) -> str:
    """Return the slug of Pelican with its default substitutions."""
    slug = _NOT_PELICAN.sub("", to_ascii(unicodedata.normalize("NFKC", _TAG.sub("", text))))
    return _BLANKS.sub("-", slug.strip()).lower().strip()


def mkdocs(text: str) -> str:
    """Return the slug of the blog plugin of Material for MkDocs."""
    slug = _TAG.sub("", unicodedata.normalize("NFC", text)).strip().lower()
    return _NOT_MKDOCS.sub("", slug).replace(" ", "-")


def astro(text: str) -> str:
    """Return the slug of Astro, which is that of GitHub's headings."""
    return _NOT_ASTRO.sub("", text.lower()).replace(" ", "-")


def unchanged(text: str) -> str:
    return text


SLUGS: Mapping[str, Callable[[str], str]] = {
    "jekyll": jekyll_pretty,
    "hugo": hugo,
    "zola": zola,
    "eleventy": unchanged,
    "astro": astro,
    "pelican": pelican,
    "mkdocs": mkdocs,
}
"""The function that makes a slug, by preset."""


@cache
def slug_function(preset: str) -> Callable[[str], str]:
    """Return the function that makes slugs in a tree; by default, that of topics."""
    from feeds.text.slugs import slug

    return SLUGS.get(preset, slug)
