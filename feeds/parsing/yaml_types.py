"""Values of YAML as they were written, with line numbers."""

from typing import Any

from feeds.errors import NO_SUGGESTION, Param, Params, Suggestion


class UnsureError(Exception):
    """It might not be what YAML says: ask a parser of all of it."""


class YamlError(ValueError):
    """The text is not YAML that we read; `line` is 0-based within the text."""

    def __init__(self, code: str, line: int = 0, /, *, suggestion: Suggestion = NO_SUGGESTION, **params: Param) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.params: Params = tuple(params.items())
        self.suggestion = suggestion


class Mapping(dict[str, Any]):
    """A mapping whose keys know their 0-based lines; `repeated` are those that came twice."""

    __slots__ = ("lines", "repeated")

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}
        self.repeated: list[str] = []


class Items(list[Any]):
    """A list whose items know their 0-based lines."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []
