"""YAML values as written texts with line numbers."""

from typing import Any


class UnsureError(Exception):
    """The fast parser cannot decide; use the complete parser."""


class YamlError(ValueError):
    """The text is not supported YAML; `line` is 0-based within the text."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


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
