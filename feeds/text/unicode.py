"""Unicode normalization in linear time, and case folding."""

import re
import unicodedata
from typing import Literal

# No letter has this many combining marks in a row.
_MARKS = re.compile(r"[^\x00-\u02ff\w\s]{31,}")


def normalize(form: Literal["NFC", "NFKD"], value: str) -> str:
    """Normalize `value` to a Unicode normalization form, in linear time.

    Sorting a long run of combining marks takes quadratic time. A grapheme joiner first divides each
    run of more than 30 marks (Unicode Standard Annex 15, Stream-Safe Text Process).
    """
    return unicodedata.normalize(form, value if value.isascii() else _MARKS.sub(_divide, value))


def _divide(run: re.Match[str]) -> str:
    divided = []
    marks = 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > 30:
            divided.append("\u034f")
            marks = 1
        divided.append(character)
    return "".join(divided)


def fold_case(path: str) -> str:
    """Fold case so that paths that are one file on macOS and Windows become equal."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()
