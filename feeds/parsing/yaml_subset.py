"""A fast line-by-line parser for the YAML that front matter usually has; it rejects the rest.

It gives the same result as a complete parser for each text that it accepts: keys and values on one
line, nested by indentation, plain or quoted. Values are the written texts, see `yaml`.
"""

import re
from typing import Any

from feeds.parsing.yaml_types import Items, Mapping, UnsureError

_LINE = re.compile(r"^( *)(- +)?(?:([A-Za-z_][\w-]*):(?: +|$))?(.*)$", re.MULTILINE)
# Characters other than newline that YAML treats as line breaks, and white space that it does not know.
_ODD = ("\t", "\r", "\x85", "\u2028", "\u2029", "\ufeff")
_NULLS = frozenset({"null", "Null", "NULL", "~"})
_INDICATORS = frozenset("[]{}&*!|>%@`#?-:,")
_ESCAPED = re.compile(r'(?:[^"\\]|\\["\\/n])*')
_ESCAPE = re.compile(r"\\(.)")
_MAX_DEPTH = 40


def read_quickly(text: str) -> Any:
    """Parse a text to a nested `Mapping`, or None if it is empty.

    Raises:
        UnsureError: The text uses more of YAML than this parser knows, or is invalid.
    """
    if any(mark in text for mark in _ODD):
        raise UnsureError
    root = Mapping()
    # The open containers, outermost first, and the indentation of their lines.
    open_, indents = [root], [0]  # type: list[Any], list[int]
    waiting: str | None = None  # the key whose value may be on the lines below
    for number, (spaces, dash, key, value) in enumerate(_LINE.findall(text)):
        if not (key or dash):
            if value and value[0] != "#":
                raise UnsureError
            continue
        indent = len(spaces)
        if dash:
            if waiting is not None and indent >= indents[-1]:
                items = Items()
                open_[-1][waiting] = items
                open_.append(items)
                indents.append(indent)
            waiting = None
            while indents[-1] > indent:
                open_.pop()
                indents.pop()
            items = open_[-1]
            if indents[-1] != indent or items.__class__ is not Items:
                raise UnsureError
            items.lines.append(number)
            if not key:
                items.append(_scalar(value))
                continue
            indent += len(dash)
            mapping = Mapping()
            items.append(mapping)
            open_.append(mapping)
            indents.append(indent)
        elif waiting is not None and indent > indents[-1]:
            mapping = open_[-1][waiting] = Mapping()
            open_.append(mapping)
            indents.append(indent)
        else:
            while indents[-1] > indent or (indents[-1] == indent and open_[-1].__class__ is Items):
                open_.pop()
                indents.pop()
            mapping = open_[-1]
            if indents[-1] != indent or mapping.__class__ is not Mapping:
                raise UnsureError
        if len(indents) > _MAX_DEPTH or key in _NULLS:
            raise UnsureError
        if key in mapping:
            mapping.repeated.append(key)
        mapping.lines[key] = number
        mapping[key], waiting = (_scalar(value), None) if value else (None, key)
    return root or None


def _scalar(value: str) -> str | None:
    """Return the value of a scalar on one line."""
    first = value[:1]
    if value[-1:] == " ":
        value = value.rstrip(" ")
    if first == '"':
        inner = value[1:-1]
        if len(value) < 2 or value[-1] != '"':
            raise UnsureError
        if "\\" in inner:
            if not _ESCAPED.fullmatch(inner):
                raise UnsureError
            return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], inner)
        if '"' in inner:
            raise UnsureError
        return inner
    if first == "'":
        inner = value[1:-1]
        if len(value) < 2 or value[-1] != "'" or "'" in inner.replace("''", ""):
            raise UnsureError
        return inner.replace("''", "'")
    if not value or (first in _INDICATORS and not (first == "-" and value[1:2] not in ("", " ", "-"))):
        raise UnsureError
    if ": " in value or " #" in value or value[-1] == ":":
        raise UnsureError
    return None if value in _NULLS else value
