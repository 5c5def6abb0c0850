"""Usual mistakes in YAML: finds the mistake that makes a text unreadable, and the corrected line.

It only runs for texts that PyYAML rejects, so it need not be fast.
"""

import json
import re

import yaml

from feeds.errors import NO_SUGGESTION, Suggestion
from feeds.parsing.yaml_types import MAX_DEPTH, YamlError

_ENTRY = re.compile(r"([ ]*(?:- +)?)([A-Za-z_][\w.-]*)(:[ ]*)(.*)")
_NO_SPACE = re.compile(r"([ ]*(?:- +)?)([A-Za-z_][\w-]*):([^\s:/].*)")
_SPACES = re.compile("[\u00a0\u2007\u202f]")
_SPACE_AFTER_COLON = re.compile(":[\u00a0\u2007\u202f]")
_SMART_QUOTES = "“”„‟‘’‚‛"
_RESERVED = "@`%&*!|>"
_QUOTED = re.compile(r"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^']|'')*+')(?:\s+#.*)?""")
_WORDS = re.compile(r"[^\W_][^:#\[\]{}]*+")


def explain(text: str, line: int, detail: str) -> YamlError:
    """Return the mistake at or just before the line where the parser gave up.

    Args:
        text: The YAML.
        line: The 0-based line that the parser names.
        detail: The message of the parser, for any other mistake.
    """
    lines = text.split("\n")
    mistake = _explain(lines, line, detail)
    kind, written = mistake.suggestion
    if kind and not _is_readable([*lines[: mistake.line], written]):
        mistake.suggestion = NO_SUGGESTION
    return mistake


def _is_readable(lines: list[str]) -> bool:
    """Return whether PyYAML reads lines as one mapping that is not too deep.

    Counts the depth in the event stream: libyaml's composer recurses in C and crashes the process on deep texts.
    """
    documents = depth = 0
    try:
        for event in yaml.parse("\n".join(lines), Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
            elif isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            elif not depth and isinstance(event, yaml.NodeEvent):
                return False
            if depth > MAX_DEPTH or (depth == 1 and isinstance(event, yaml.SequenceStartEvent)):
                return False
    except yaml.YAMLError:
        return False
    return documents == 1


def _explain(lines: list[str], line: int, detail: str) -> YamlError:
    for number in range(min(line, len(lines) - 1), max(line - 3, -1), -1):
        # A line above may look wrong and be valid.
        is_right = number < line and _is_readable(lines[: number + 1])
        if not is_right and (mistake := _find(lines, number)):
            return mistake
    # The parser searches the end of a quoted text down to the end of the file.
    for number, written in enumerate(lines[: line + 1]):
        match = _ENTRY.fullmatch(written)
        if match and _is_open_quote(match[4].strip()):
            return YamlError("yaml.unbalanced_quote", number, suggestion=_quote(match))
    for number in range(min(line, len(lines) - 1), max(line - 2, -1), -1):
        if _WORDS.fullmatch(lines[number]):
            return YamlError("yaml.no_key", number)
    return YamlError("yaml.syntax", line, detail=detail)


def _find(lines: list[str], number: int) -> YamlError | None:
    """Return the usual mistake in a line, if it has one."""
    written = lines[number]
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" in indent:
        candidates = (written.expandtabs(2).rstrip(), written.expandtabs(4).rstrip(), written.strip())
        readable = [candidate for candidate in candidates if _is_readable([*lines[:number], candidate])]
        suggestion = Suggestion("line", readable[0]) if readable else NO_SUGGESTION
        return YamlError("yaml.tab", number, suggestion=suggestion)
    if _SPACES.search(indent) or _SPACE_AFTER_COLON.search(written):
        return YamlError("yaml.no_break_space", number, suggestion=Suggestion("line", _SPACES.sub(" ", written)))
    match = _ENTRY.fullmatch(written)
    if match is None:
        return None
    value = match[4].strip()
    if value[:1] == "\t":
        return YamlError("yaml.tab", number, suggestion=_quote(match))
    if value[:1] in _SMART_QUOTES and value:
        return YamlError("yaml.smart_quotes", number, suggestion=_straighten(match))
    if not match[3].endswith(" ") and (bare := _NO_SPACE.fullmatch(written)):
        suggestion = Suggestion("line", f"{bare[1]}{bare[2]}: {bare[3]}")
        return YamlError("yaml.missing_space", number, suggestion=suggestion)
    if value[:1] and value[0] in _RESERVED:
        return YamlError("yaml.reserved_character", number, suggestion=_quote(match), character=value[0])
    if _is_open_quote(value):
        return YamlError("yaml.unbalanced_quote", number, suggestion=_quote(match))
    if value[:1] in ("'", '"') and not _QUOTED.fullmatch(value):
        return YamlError("yaml.text_after_quote", number, suggestion=_quote(match))
    if value[:1] not in ("'", '"', "[", "{") and (": " in value or value.endswith(":")):
        return YamlError("yaml.colon_in_value", number, suggestion=_quote(match))
    return None


def _is_open_quote(value: str) -> bool:
    """Return whether a value begins with a quote that has no end on its line."""
    return value[:1] in ("'", '"') and value[1:].replace("\\" + value[0], "").count(value[0]) == 0


def _quote(match: re.Match[str]) -> Suggestion:
    """Return the line with its value in quotes."""
    value = match[4].strip()
    if _is_open_quote(value):
        value = value[1:]
    elif len(value) > 2 and value[0] == value[-1] and value[0] in ("'", '"'):
        value = value[1:-1]
    return Suggestion("line", f"{match[1]}{match[2]}: {json.dumps(value, ensure_ascii=False)}")


def _straighten(match: re.Match[str]) -> Suggestion:
    value = match[4].strip()
    inner = value[1:-1] if len(value) > 1 and value[-1] in _SMART_QUOTES else ""
    if not inner or any(quote in inner for quote in _SMART_QUOTES):
        return _quote(match)
    return Suggestion("line", f"{match[1]}{match[2]}: {json.dumps(inner, ensure_ascii=False)}")
