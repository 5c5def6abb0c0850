"""YAML values as written texts with line numbers."""

from typing import Any

from feeds.errors import NO_SUGGESTION, Param, Params, Suggestion


class UnsureError(Exception):
    """The fast parser cannot decide; use the complete parser."""


MAX_DEPTH = 50
"""Most levels of nested lists and mappings."""


class ParseError(ValueError):
    """A text cannot be read; the error has the code, parameters and suggestion of a problem."""

    def __init__(self, code: str, line: int = 0, /, *, suggestion: Suggestion = NO_SUGGESTION, **params: Param) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.params: Params = tuple(params.items())
        self.suggestion = suggestion


class YamlError(ParseError):
    """The text is not supported YAML; `line` is 0-based within the text."""


class Mapping(dict[str, Any]):
    """A mapping with the 0-based line of each key; `repeated` lists duplicate keys."""

    __slots__ = ("lines", "repeated")

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}
        self.repeated: list[str] = []


class Items(list[Any]):
    """A list with the 0-based line of each item."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []
