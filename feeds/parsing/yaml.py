"""Read YAML as text: every value is what the writer wrote, and every key knows its line.

YAML guesses types, and its guesses surprise: `no` is False, `012` is 10,
`12:30:00` is 45000, `2024-01-02` is a date. Here a scalar is text or, where it
says null, None; what it means is for the caller, who knows the key. Merge keys
are not understood, and a document that would grow out of proportion is refused.
"""

from typing import Any

from feeds.parsing.yaml_subset import read_quickly
from feeds.parsing.yaml_types import UnsureError


def read(text: str) -> Any:
    """Return what `text` says: None, text, a list or a `Mapping`, nested.

    Raises:
        YamlError: It is no YAML, has a tag for a Python object, or would be too
            deep or too large when its aliases are followed.
    """
    try:
        return read_quickly(text)
    except UnsureError:
        from feeds.parsing.yaml_full import read_fully  # most texts have no need of PyYAML

        return read_fully(text)
