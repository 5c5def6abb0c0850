"""Language tags (RFC 5646)."""

import re

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


def is_language(value: str) -> bool:
    """Return whether a text has the form of a language tag (RFC 5646)."""
    return bool(_LANGUAGE.fullmatch(value))
