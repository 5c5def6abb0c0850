"""Read YAML as text: every value is what the writer wrote, and every key knows its line.

YAML guesses types, and its guesses surprise: `no` is False, `012` is 10,
`12:30:00` is 45000, `2024-01-02` is a date. Here a scalar is text or, where it
says null, None; what it means is for the caller, who knows the key. Merge keys
are not understood, and a document that would grow out of proportion is refused.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

ryaml: Any
try:
    import ryaml
except ImportError:
    ryaml = None

_MAX_DEPTH = 50
_MAX_NODES = 50_000


class YamlError(ValueError):
    """The text is not YAML that we read; `line` is 0-based within the text."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class UnsureError(Exception):
    """The quick parser might not say what YAML says."""


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


class _Loader(yaml.CSafeLoader):
    # Null is the only guess that stays: `title:` with nothing after it is no title.
    yaml_implicit_resolvers = {  # noqa: RUF012 - the name and kind are PyYAML's
        first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> Iterator[Mapping]:
    mapping = Mapping()
    yield mapping
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise YamlError("a key is not text", key_node.start_mark.line)
        if key == "<<":
            # Left out in silence it could hide a `draft: true`.
            raise YamlError("merge keys are not understood", key_node.start_mark.line)
        if key in mapping:
            # The last one wins, as in every YAML parser; the caller says so to the writer.
            mapping.repeated.append(key)
        mapping[key] = loader.construct_object(value_node)
        mapping.lines[key] = key_node.start_mark.line


def _construct_sequence(loader: _Loader, node: yaml.SequenceNode) -> Iterator[Items]:
    items = Items()
    yield items
    for item_node in node.value:
        items.append(loader.construct_object(item_node))
        items.lines.append(item_node.start_mark.line)


# No other tag is read: what `!!set` or `!!float` make would not be what was written.
_Loader.yaml_constructors = {
    "tag:yaml.org,2002:map": _construct_mapping,
    "tag:yaml.org,2002:null": yaml.CSafeLoader.construct_yaml_null,
    "tag:yaml.org,2002:seq": _construct_sequence,
    "tag:yaml.org,2002:str": yaml.CSafeLoader.construct_yaml_str,
    None: yaml.CSafeLoader.construct_undefined,
}


# What the quick parser takes for another value than was written: anchors, aliases and
# tags, and numbers in their rarer forms. Each pattern begins with the characters that are
# looked for, which is several times as fast as to begin with what stands before them.
_UNSURE = [
    re.compile(pattern)
    for pattern in (
        r"[&*!](?<=[\s\[{,:].)",
        r"0[xXoObB](?<=[\s\[{,:+-]..)",
        r"[+-][0.](?<=[\s\[{,:]..)",
        r"\+\d(?<=[\s\[{,:]..)",
    )
]
_OTHER_FLAG = re.compile(r"True|TRUE|False|FALSE")


def read_quickly(text: str) -> Any:
    """Return what `read` returns, but without the lines and ten times as fast.

    Raises:
        UnsureError: It might not be the same, it is no YAML, or there is no quick parser
            (`everyday-feeds[fast]`): ask `read`.
    """
    padded = f"\n{text}"
    if ryaml is None or any(each.search(padded) for each in _UNSURE):
        raise UnsureError
    if any(mark in padded for mark in ("<<", "\n...", "\n%", "\ufeff")):
        raise UnsureError
    try:
        return _as_text(ryaml.loads(text), _OTHER_FLAG.search(text) is None)
    except (ryaml.InvalidYamlError, ValueError, TypeError, RecursionError):
        raise UnsureError from None


def _as_text(value: Any, flags: bool) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        mapping = Mapping()
        for key, item in value.items():
            if not isinstance(key, str):
                raise UnsureError
            mapping[key] = _as_text(item, flags)
        return mapping
    if isinstance(value, list):
        return [_as_text(item, flags) for item in value]
    if isinstance(value, bool):
        if flags:
            return "true" if value else "false"
    elif isinstance(value, int):
        return str(value)
    raise UnsureError


def read(text: str) -> Any:
    """Return what `text` says: None, text, a list or a `Mapping`, nested.

    Raises:
        YamlError: It is no YAML, has a tag for a Python object, or would be too
            deep or too large when its aliases are followed.
    """
    _refuse_depth(text)
    loader = _Loader(text)
    try:
        value = loader.get_single_data()
        if "&" in text and "*" in text:
            _refuse_growth(value)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(_one_line(error), mark.line if mark else 0) from None
    except yaml.YAMLError as error:
        raise YamlError(" ".join(str(error).split())) from None
    except RecursionError:
        raise YamlError("nested too deeply") from None
    finally:
        loader.dispose()
    return value


def _one_line(error: yaml.MarkedYAMLError) -> str:
    return " ".join(f"{error.context or ''} {error.problem or ''}".split())


def _refuse_depth(text: str) -> None:
    # libyaml's composer recurses in C and takes the process down at some ten
    # thousand levels, so depth is counted before, from the event stream, which
    # does not recurse; and only where the text could be so deep at all.
    if sum(map(text.count, ("[", "{", "- ", "? "))) < 1000:
        return
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _MAX_DEPTH:
                    raise YamlError("nested too deeply", event.start_mark.line if event.start_mark else 0)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return  # the loader says it better


def _refuse_growth(value: object) -> None:
    # Aliases share, so a few hundred bytes can stand for billions of nodes. Sizes
    # are summed over the shared objects, each visited once.
    sizes: dict[int, int] = {}

    def size(node: object) -> int:
        if not isinstance(node, dict | list):
            return 1
        if id(node) not in sizes:
            sizes[id(node)] = _MAX_NODES  # a value that contains itself never ends
            sizes[id(node)] = 1 + sum(map(size, node.values() if isinstance(node, dict) else node))
        return sizes[id(node)]

    if size(value) > _MAX_NODES:
        raise YamlError("aliases make it too large")
