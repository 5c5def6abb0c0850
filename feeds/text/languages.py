"""Language tags (RFC 5646)."""

import re

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


def is_language(value: str) -> bool:
    """Return whether a text has the form of a language tag (RFC 5646)."""
    return bool(_LANGUAGE.fullmatch(value))


# Languages whose usual script is written from right to left, and such scripts (ISO 15924).
_RTL_LANGUAGES = frozenset(
    "ar arc arz ary ckb dv fa glk he iw khw ks lrc mzn nqo pnb prs ps sd sdh skr syr ug ur yi ydd".split()
)
_RTL_SCRIPTS = frozenset("adlm arab aran hebr mand mend nkoo rohg samr syrc syre syrj syrn thaa".split())


def is_right_to_left(tag: str) -> bool:
    """Return whether text in a language is written from right to left; a script in the tag decides."""
    language, *subtags = tag.lower().replace("_", "-").split("-")
    # A script follows the language and at most three extended languages.
    for subtag in subtags[:4]:
        if len(subtag) == 4 and subtag.isalpha():
            return subtag in _RTL_SCRIPTS
        if len(subtag) != 3:
            break
    return language in _RTL_LANGUAGES
