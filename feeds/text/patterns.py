"""Search with the regular expressions of users, in time linear in the text.

Python's own engine can take exponential time. Python parses the pattern, and RE2 searches with
an automaton that never backtracks. RE2 knows word characters and case for ASCII only, so each set
of characters is written out as Python understands it. RE2 has no look-around and no
back-references; a pattern that uses one is rejected.
"""

import array
import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

MAX_PATTERNS = 100
"""Most patterns of one kind in a condition."""
_MAX_MEMORY = 2**21  # bytes of a compiled pattern
_LAST = 0x10FFFF
_UNDERSCORE = ord("_")
# Upper bounds: of the code points with upper and lower case, and of those that are word characters.
_CASED, _WORDS = 0x20000, 0x40000
_REFUSED = {
    "ASSERT": "look-around",
    "ASSERT_NOT": "look-around",
    "FAILURE": "look-around",
    "GROUPREF": "a reference to a group",
    "GROUPREF_EXISTS": "a condition on a group",
    "ATOMIC_GROUP": "an atomic group",
    "POSSESSIVE_REPEAT": "a possessive repeat",
}
_CATEGORIES = {"DIGIT": r"\d+", "SPACE": r"\s+", "WORD": r"\w+"}
_POSITIONS = {
    "AT_BEGINNING_STRING": r"\A",
    "AT_END_STRING": r"\z",
    "AT_BOUNDARY": r"\b",
    "AT_NON_BOUNDARY": r"\B",
}
# RE2 finds word boundaries for ASCII only. Underscores are word characters in RE2, so each letter outside of
# ASCII, and each underscore, is put between two underscores first.
_MARKED = re.compile(r"[^\W0-9A-Za-z]")
_WHOLE = r"\A(?:_(?s:.)_|[^_])*?"
Ranges = list[tuple[int, int]]
"""Inclusive ranges of code points, in order."""


class PatternError(ValueError):
    """A pattern is no regular expression, or one that cannot be searched for.

    Attributes:
        code: The key of the text in `messages.MESSAGES`.
        feature: What a pattern cannot contain, for `pattern.unsupported`.
    """

    def __init__(self, code: str, feature: str = "") -> None:
        super().__init__(code, feature)
        self.code = code
        self.feature = feature


@lru_cache(maxsize=128)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Compile a pattern in Python's syntax to a function that searches a text, ignoring case.

    Raises:
        PatternError: The pattern is invalid, uses an unsupported construct, or is too large.
    """
    import re2  # imported here because few sites have patterns

    try:
        # A private module, but the only parser of the syntax; its output has been stable since Python 3.11.
        parsed = import_module("re._parser").parse(pattern, re.IGNORECASE)
        flags = parsed.state.flags
        writer = _Writer(marks=r"\b" in pattern.lower() and not flags & re.ASCII)
        expression = writer.sequence(parsed, flags)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError("pattern.syntax") from error
    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        search = re2.compile((_WHOLE if writer.marks else "") + expression, options).search
    except re2.error as error:
        raise PatternError("pattern.too_large") from error

    def is_found(text: str) -> bool:
        if writer.marks:
            text = _MARKED.sub(r"_\g<0>_", text)
        return search(text.encode("utf-8", "replace")) is not None

    return is_found


class _Writer:
    """Writer of RE2 syntax from Python's parsed pattern.

    Attributes:
        marks: Whether non-ASCII letters and underscores are put between underscores in the searched text.
    """

    def __init__(self, marks: bool) -> None:
        self.marks = marks

    def sequence(self, nodes: Iterable[Any], flags: int) -> str:
        return "".join(self._node(str(kind), value, flags) for kind, value in nodes)

    def _node(self, kind: str, value: Any, flags: int) -> str:
        match kind:
            case "LITERAL" | "NOT_LITERAL":
                ranges = _cases(value, value) if flags & re.IGNORECASE else [(value, value)]
                return self._set(ranges if kind == "LITERAL" else _all_but(ranges))
            case "ANY":
                return self._set([(0, _LAST)] if flags & re.DOTALL else _all_but([(10, 10)]))
            case "IN":
                return self._set(_members(value, flags))
            case "AT":
                return _position(str(value), flags)
            case "BRANCH":
                return f"(?:{'|'.join(self.sequence(branch, flags) for branch in value[1])})"
            case "SUBPATTERN":
                _, added, removed, inner = value
                return f"(?:{self.sequence(inner, (flags | added) & ~removed)})"
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = value
                end = "" if str(most) == "MAXREPEAT" else most
                return f"(?:{self.sequence(inner, flags)}){{{least},{end}}}"
        raise PatternError("pattern.unsupported", _REFUSED.get(kind, kind))

    def _set(self, ranges: Ranges) -> str:
        if not self.marks:
            return _written(ranges)
        plain = _written(_all_but([*_all_but(ranges), (_UNDERSCORE, _UNDERSCORE)]))
        if ranges and (ranges[-1][1] > 0x7F or any(first <= _UNDERSCORE <= last for first, last in ranges)):
            return f"(?:_{_written(ranges)}_|{plain})"
        return plain


def _position(kind: str, flags: int) -> str:
    if kind == "AT_BEGINNING":
        return "(?m:^)" if flags & re.MULTILINE else r"\A"
    if kind == "AT_END":
        return "(?m:$)" if flags & re.MULTILINE else r"\n?\z"
    return _POSITIONS[kind]


def _members(items: Iterable[Any], flags: int) -> Ranges:
    """Return the characters of a bracketed set."""
    ranges: Ranges = []
    is_negated = False
    for kind, value in items:
        match str(kind):
            case "NEGATE":
                is_negated = True
            case "CATEGORY":
                name = str(value).removeprefix("CATEGORY_")
                category = _category(name.removeprefix("NOT_"), flags & re.ASCII)
                ranges += _all_but(category) if name.startswith("NOT_") else category
            case _:
                first, last = value if str(kind) == "RANGE" else (value, value)
                ranges += _cases(first, last) if flags & re.IGNORECASE else [(first, last)]
    return _all_but(ranges) if is_negated else _all_but(_all_but(ranges))


@cache
def _category(name: str, flags: int) -> Ranges:
    every = array.array("I", range(_WORDS)).tobytes().decode("utf-32", "surrogatepass")
    return [(match.start(), match.end() - 1) for match in re.compile(_CATEGORIES[name], flags).finditer(every)]


def _fold(code: int) -> int:
    """Return a character in its case-folded form."""
    character = chr(code)
    folded = next((form for form in (character.casefold(), character.lower()) if len(form) == 1), character)
    return ord(folded)


@cache
def _folded() -> dict[int, list[int]]:
    """Map each case-folded character to the characters that differ from it only in case."""
    by_folded: dict[int, list[int]] = {}
    for code in range(_CASED):
        folded = _fold(code)
        if folded != code:
            by_folded.setdefault(folded, []).append(code)
    return by_folded


def _cases(first: int, last: int) -> Ranges:
    ranges = [(first, last)]
    for code in range(first, min(last + 1, _CASED)):
        folded = _fold(code)
        ranges += [(variant, variant) for variant in (folded, *_folded().get(folded, ()))]
    return _all_but(_all_but(ranges))


def _all_but(ranges: Ranges) -> Ranges:
    """Return the complement of the ranges, in order."""
    complement = []
    start = 0
    for first, last in sorted(ranges):
        if first > start:
            complement.append((start, first - 1))
        start = max(start, last + 1)
    return [*complement, (start, _LAST)] if start <= _LAST else complement


def _written(ranges: Ranges) -> str:
    if not ranges:
        return r"[^\x00-\x{10ffff}]"  # matches nothing
    return "[" + "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in ranges) + "]"
