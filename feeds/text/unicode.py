"""Unicode in linear time: normalization, case folding, and grapheme clusters."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any, Literal

# No letter has this many combining marks in a row.
_MARKS = re.compile(r"[^\x00-\u02ff\w\s]{31,}")
# Unicode's Default_Ignorable_Code_Point, of the assigned characters: they have no shape of their own.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Between two of these characters a grapheme cluster always ends. Most scripts consist of them.
_SEPARATE = re.compile(
    "[\x20-\x7e\xc0-\u02ff\u0370-\u0373\u0376-\u0482\u048a-\u052f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]{2}"
)


def normalize(form: Literal["NFC", "NFKC", "NFKD"], value: str) -> str:
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
    return path.lower() if path.isascii() else normalize("NFC", path).casefold()


def fold(text: str) -> str:
    """Fold case for comparison: canonical caseless matching (Unicode Standard, definition D145).

    The Turkish `İ` becomes `i`, not `i` with a dot above.
    """
    if text.isascii():
        return text.lower()
    return normalize("NFC", normalize("NFC", text).casefold().replace("i\u0307", "i"))


@lru_cache(maxsize=4096)
def fold_name(name: str) -> str:
    """Fold a name so that names that look the same become equal: compatibility caseless matching (D146).

    In addition to case, full-width letters, ligatures, invisible characters and kinds of spaces are equal.
    """
    if name.isascii():
        return " ".join(name.lower().split())
    folded = normalize("NFKC", fold(normalize("NFKC", name)))
    return " ".join(drop_ignorable(fold(folded)).split())


def drop_ignorable(text: str) -> str:
    """Remove the characters that have no shape of their own, such as joiners and variation selectors."""
    return text if text.isascii() else _IGNORABLE.sub("", text)


def is_mark(character: str) -> bool:
    """Return whether a character is a visible part of the letter before it."""
    return unicodedata.category(character) in ("Mn", "Mc") and not _IGNORABLE.match(character)


def cut(text: str, length: int) -> str:
    """Return at most `length` characters from the beginning, without a part of a grapheme cluster.

    Nothing remains of a text that begins with a longer cluster.
    """
    if len(text) <= length or length <= 0:
        return text[: max(length, 0)]
    if _SEPARATE.fullmatch(text, length - 1, length + 1):
        return text[:length]  # the usual case
    end = 0
    for cluster in _clusters().finditer(text):
        if cluster.end() > length:
            break
        end = cluster.end()
    return text[:end]


@cache
def _clusters() -> Any:
    # Imported here because few texts need it.
    import regex

    # The first part saves counting all regional indicators before each one; two of them are a flag.
    return regex.compile(r"[\U0001f1e6-\U0001f1ff]{2}[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]*|\X")
