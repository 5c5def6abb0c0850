"""A complete YAML parser based on PyYAML that returns the written texts."""

from collections.abc import Iterator
from typing import Any

import yaml

from feeds.parsing.yaml_types import MAX_DEPTH, Items, Mapping, YamlError

_MAX_NODES = 50_000


class _Loader(yaml.CSafeLoader):
    # Null is the only type that is resolved: `title:` without a value is not a title.
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
            raise YamlError("yaml.key_not_text", key_node.start_mark.line)
        if key == "<<":
            # Left out in silence it could hide a `draft: true`.
            raise YamlError("yaml.merge_key", key_node.start_mark.line)
        if key in mapping:
            # The last value wins, as in every YAML parser; the caller reports the duplicate.
            mapping.repeated.append(key)
        mapping[key] = loader.construct_object(value_node)
        mapping.lines[key] = key_node.start_mark.line


def _construct_sequence(loader: _Loader, node: yaml.SequenceNode) -> Iterator[Items]:
    items = Items()
    yield items
    for item_node in node.value:
        items.append(loader.construct_object(item_node))
        items.lines.append(item_node.start_mark.line)


# No other tag is supported: `!!set` or `!!float` would change the written value.
_Loader.yaml_constructors = {
    "tag:yaml.org,2002:map": _construct_mapping,
    "tag:yaml.org,2002:null": yaml.CSafeLoader.construct_yaml_null,
    "tag:yaml.org,2002:seq": _construct_sequence,
    "tag:yaml.org,2002:str": yaml.CSafeLoader.construct_yaml_str,
    None: yaml.CSafeLoader.construct_undefined,
}


def read_fully(text: str) -> Any:
    """Parse `text` to None, text, a list or a `Mapping`, nested.

    Raises:
        YamlError: The text is not YAML, has a tag for a Python object, or is too deep or too large
            when its aliases are resolved.
    """
    _refuse_depth(text)
    loader = _Loader(text)
    try:
        value = loader.get_single_data()
        if "&" in text and "*" in text:
            _refuse_growth(value)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        from feeds.parsing.yaml_mistakes import explain  # most texts have no mistake

        raise explain(text, mark.line if mark else 0, _one_line(error)) from None
    except yaml.YAMLError as error:
        raise YamlError("yaml.syntax", detail=" ".join(str(error).split())) from None
    except RecursionError:
        raise YamlError("yaml.too_deep") from None
    finally:
        loader.dispose()
    return value


def _one_line(error: yaml.MarkedYAMLError) -> str:
    return " ".join(f"{error.context or ''} {error.problem or ''}".split())


def _refuse_depth(text: str) -> None:
    # libyaml's composer recurses in C and crashes the process at about ten thousand levels. So the depth is
    # counted first, in the event stream, which does not recurse. Texts that cannot be that deep skip
    # the count.
    if sum(map(text.count, ("[", "{", "- ", "? "))) < 1000:
        return
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise YamlError("yaml.too_deep", event.start_mark.line if event.start_mark else 0)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return  # the loader gives a better message


def _refuse_growth(value: object) -> None:
    # Aliases share nodes, so a few hundred bytes can stand for billions of nodes. Sizes are added up over
    # the shared nodes, each visited once.
    sizes: dict[int, int] = {}

    def size(node: object) -> int:
        if not isinstance(node, dict | list):
            return 1
        if id(node) not in sizes:
            sizes[id(node)] = _MAX_NODES  # a value that contains itself has no end
            sizes[id(node)] = 1 + sum(map(size, node.values() if isinstance(node, dict) else node))
        return sizes[id(node)]

    if size(value) > _MAX_NODES:
        raise YamlError("yaml.too_large")
