"""Read the YAML of the config past its mistakes, so that one mistake does not hide the others."""

from typing import Any, NamedTuple

from feeds.parsing import yaml
from feeds.parsing.yaml_types import YamlError

_MAX_MISTAKES = 20


class YamlText(NamedTuple):
    """The values of a YAML text.

    Attributes:
        value: The values; None if a mistake has no correction.
        mistakes: The YAML mistakes, in the order in which they were found.
        is_complete: Whether the whole text was read.
    """

    value: Any
    mistakes: tuple[YamlError, ...]
    is_complete: bool


def read_yaml(text: str) -> YamlText:
    """Return the values of a text; each line with a mistake is read as its suggested correction."""
    lines = text.split("\n")
    mistakes: dict[int, YamlError] = {}
    while True:
        try:
            return YamlText(yaml.read("\n".join(lines)), tuple(mistakes.values()), is_complete=True)
        except YamlError as error:
            is_new = error.line not in mistakes
            if is_new:
                mistakes[error.line] = error
            kind, line = error.suggestion
            if kind != "line" or not is_new or len(mistakes) >= _MAX_MISTAKES:
                return YamlText(None, tuple(mistakes.values()), is_complete=False)
            lines[error.line] = line
