"""Front matter in TOML, JSON and `Key: value` lines, read to the same values as YAML.

Each value is the written text or a nested `Mapping` or `Items`, and each key has its line.
"""

import json
import re
import tomllib
from datetime import date, datetime, time
from typing import Any

from feeds.parsing.yaml_types import Items, Mapping, ParseError

_TOML_KEY = re.compile(r"[ \t]*+(?:\"([^\"\n]*+)\"|'([^'\n]*+)'|([A-Za-z0-9_-]++))[ \t]*+[=.]")
_TOML_TABLE = re.compile(r"[ \t]*+\[++[ \t]*+\"?([A-Za-z0-9_-]++)")
_JSON_KEY = re.compile(r"[ \t]*+\"([^\"\\\n]*+)\"[ \t]*+:")
_HEADER = re.compile(r"[ ]{0,3}([A-Za-z0-9_-]++)[ \t]*+:[ \t]*+(.*+)")
_TOML_END = re.compile(r"^\+\+\+[ \t]*+$", re.MULTILINE)
_AT = re.compile(r"line (\d++)")
_MAX_DEPTH = 50


def find_form(content: str, forms: tuple[str, ...]) -> str:
    """Return the form of a text's front matter; empty if it has none of these forms.

    Raises:
        ParseError: The front matter is a program.
    """
    start = content.lstrip("\n ")
    if start.startswith(("---js\n", "---javascript\n")):
        raise ParseError("file.front_matter_program", 1)
    if "yaml" in forms and start.startswith("---") and not start.startswith(("---toml\n", "---json\n")):
        return "yaml"
    if "toml" in forms and (start.startswith(("+++\n", "---toml\n"))):
        return "toml"
    if "json" in forms and (start.startswith(("{\n", '{"', "---json\n"))):
        return "json"
    if "headers" in forms and not start.startswith("---") and _is_headers(start):
        return "headers"
    return "none" if "none" in forms else ""


def _is_headers(start: str) -> bool:
    first = start.partition("\n")[0]
    match = _HEADER.fullmatch(first)
    return bool(match and match[2] and not match[2].startswith("//"))


def read_toml(content: str) -> tuple[Mapping, str, int]:
    """Return the values between two lines `+++`, the body, and the 1-based line of the first value.

    Raises:
        ParseError: The values are not TOML, or have no end; the line is 1-based.
    """
    skipped = len(content) - len(content.lstrip("\n "))
    begin = content.index("\n", skipped) + 1
    first = content.count("\n", 0, begin) + 1
    end = _TOML_END.search(content, begin)
    if end is None:
        raise ParseError("file.unclosed_toml", first - 1)
    text = content[begin : end.start()]
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = _AT.search(str(error))
        reason = " ".join(str(error).split())
        raise ParseError("file.bad_toml", first + int(at[1]) - 1 if at else first, reason=reason) from None
    mapping = _mapping(values, 0)
    _find_lines(mapping, text, _TOML_KEY, _TOML_TABLE)
    return mapping, content[end.end() :], first


def read_json(content: str) -> tuple[Mapping, str, int]:
    """Return the values of an object at the start of a text, the body, and the 1-based line of the object.

    Raises:
        ParseError: The text does not start with an object.
    """
    skipped = content.index("{")
    first = content.count("\n", 0, skipped) + 1
    try:
        values, end = json.JSONDecoder().raw_decode(content, skipped)
    except (ValueError, RecursionError) as error:
        line = first + getattr(error, "lineno", first) - first
        raise ParseError("file.bad_json", line, reason=getattr(error, "msg", "nested too deeply")) from None
    body = content[end:]
    if content.lstrip("\n ").startswith("---json"):
        body = body.lstrip().removeprefix("---")
    mapping = _mapping(values, 0)
    _find_lines(mapping, content[skipped:end], _JSON_KEY, None)
    return mapping, body, first


def read_headers(content: str) -> tuple[Mapping, str, int]:
    """Return the values of the lines `Key: value` before the first empty line, the body, and the first line.

    An indented line continues the value above it.
    """
    lines = content.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    mapping, last, number = Mapping(), "", first
    for number in range(first, len(lines)):
        line = lines[number]
        if not line.strip():
            break
        if line.startswith(("    ", "\t")) and last:
            mapping[last] = f"{mapping[last]}\n{line.strip()}".strip()
        elif match := _HEADER.fullmatch(line):
            last = match[1]
            if last in mapping:
                mapping.repeated.append(last)
            mapping[last], mapping.lines[last] = match[2].strip(), number - first
        else:
            break
    return mapping, "\n".join(lines[number:]), first + 1


def to_values(value: Any, depth: int = 0) -> Any:
    """Return a value of JSON or TOML as YAML has it: texts, mappings and lists."""
    if depth > _MAX_DEPTH:
        raise ParseError("yaml.too_deep", 1)
    if isinstance(value, dict):
        return _mapping(value, depth)
    if isinstance(value, list):
        items = Items()
        items.extend(to_values(item, depth + 1) for item in value)
        items.lines.extend([0] * len(items))
        return items
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)


def _mapping(values: dict[str, Any], depth: int) -> Mapping:
    mapping = Mapping()
    for key, value in values.items():
        mapping[str(key)] = to_values(value, depth + 1)
    return mapping


def _find_lines(mapping: Mapping, text: str, key: re.Pattern[str], table: re.Pattern[str] | None) -> None:
    """Add the line of each key at the top level of a text; a key that is not found has the first line."""
    for number, line in enumerate(text.split("\n")):
        match = (table and table.match(line)) or key.match(line)
        if match and (name := next(filter(None, match.groups()), "")) in mapping:
            mapping.lines.setdefault(name, number)
    for name in mapping:
        mapping.lines.setdefault(name, 0)
