"""YAML as text: each value is the written text, and each key has its line.

YAML guesses types, with surprising results: `no` is False, `012` is 10, `12:30:00` is 45000,
`2024-01-02` is a date. Here a scalar is text, or None for null; the caller knows the key and decides
the type. Merge keys are not supported, and a document that would grow out of proportion is rejected.
"""

from typing import Any

from feeds.parsing.yaml_subset import read_quickly
from feeds.parsing.yaml_types import UnsureError


def read(text: str) -> Any:
    """Parse `text` to None, text, a list or a `Mapping`, nested.

    Raises:
        YamlError: The text is not YAML, has a tag for a Python object, or is too deep or too large
            when its aliases are resolved.
    """
    try:
        return read_quickly(text)
    except UnsureError:
        from feeds.parsing.yaml_full import read_fully  # imported here because most texts do not need PyYAML

        return read_fully(text)
