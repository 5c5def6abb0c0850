"""The schema is the one source of defaults, ranges, choices and help texts."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from feeds.config.model import Config, Serving
from feeds.config.reader import read_config
from feeds.config.schema import CONFIG, config_schema
from feeds.errors import ConfigError
from feeds.model import ContentFilter, Policy, Protection, Site
from tests.support.trees import PROJECT

Tree = Callable[..., Path]
NAMES = {"providers": "a.example", "feeds": "x"}


def keys(table: dict[str, Any], parents: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the path and schema of each key, also in mappings."""
    for key, schema in table.items():
        path = (*parents, key)
        yield path, schema
        mapping = schema["anyOf"][1] if "anyOf" in schema else schema
        if "additionalProperties" in mapping and key in NAMES:
            mapping, path = mapping["additionalProperties"], (*path, NAMES[key])
        yield from keys(mapping.get("properties", {}), path)


KEYS = dict(keys(CONFIG))
DEFAULTS = [path for path, schema in KEYS.items() if "default" in schema]
RANGES = [path for path, schema in KEYS.items() if "minimum" in schema]
CHOICES = [path for path, schema in KEYS.items() if isinstance(schema.get("default"), str) and "enum" in schema]


def with_values(values: dict[tuple[str, ...], object]) -> dict[str, Any]:
    """Return a complete config in which keys have these values."""
    config: dict[str, Any] = {
        "site": {
            "title": "T",
            "url": "https://a.example/",
            "tag": "a.example,2026",
            "image": {"url": "https://a.example/a.png"},
        },
        "providers": {"a.example": {"credit": "A"}},
        "feeds": {"x": {"quality": 1}},
    }
    for path, value in values.items():
        section = config
        for key in path[:-1]:
            section = section.setdefault(key, {})
        section[path[-1]] = value
    return config


def written(config: dict[str, Any]) -> str:
    """Return a config as one line, so that no key changes the line of another."""
    return yaml.safe_dump(config, default_flow_style=True, width=sys.maxsize, sort_keys=False)


def read(tree: Tree, config: dict[str, Any]) -> Config:
    return replace(read_config(tree(config=written(config)) / "config.yaml"), config_hash="")


def refused(tree: Tree, config: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as caught:
        read(tree, config)
    return [(each.key, each.code) for each in caught.value.problems]


def is_valid(config: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(config_schema()).is_valid(config)


def test_writing_a_default_changes_nothing(tree: Tree) -> None:
    assert len(DEFAULTS) > 20
    defaults = {path: KEYS[path]["default"] for path in DEFAULTS}
    assert is_valid(with_values(defaults))
    assert read(tree, with_values(defaults)) == read(tree, with_values({}))


def test_a_config_without_settings_is_the_dataclasses_defaults(tree: Tree) -> None:
    config, site = read(tree, with_values({})), Site("", "", "", "")
    assert (config.serving, config.protect, config.limits) == (Serving(), Protection(), ContentFilter())
    assert (config.site.window, config.site.max_age, config.site.tombstones) == (
        site.window,
        site.max_age,
        site.tombstones,
    )
    assert (config.site.language, config.site.pages) == (site.language, site.pages)
    assert config.site.policies == {"a.example": Policy(credit="A")}


@pytest.mark.parametrize("path", RANGES, ids=".".join)
def test_the_reader_has_the_range_of_the_schema(tree: Tree, path: tuple[str, ...]) -> None:
    least, most = KEYS[path]["minimum"], KEYS[path].get("maximum")
    for value in [least, *([] if most is None else [most])]:
        assert is_valid(with_values({path: value}))
        read(tree, with_values({path: value}))
    for value, code in [
        (least - 1, "config.not_whole"),
        *([] if most is None else [(most + 1, "config.over_maximum")]),
    ]:
        assert not is_valid(with_values({path: value}))
        assert refused(tree, with_values({path: value})) == [(".".join(path), code)]


@pytest.mark.parametrize("path", CHOICES, ids=".".join)
def test_the_reader_has_the_choices_of_the_schema(tree: Tree, path: tuple[str, ...]) -> None:
    for value in KEYS[path]["enum"]:
        assert is_valid(with_values({path: value}))
        read(tree, with_values({path: value}))
    assert not is_valid(with_values({path: "other"}))
    assert refused(tree, with_values({path: "other"})) == [(".".join(path), "config.not_one_of")]


def other_value(schema: dict[str, Any]) -> object:
    """Return a valid value that is not the default."""
    if "minimum" in schema:
        return schema.get("default", schema["minimum"]) + 1
    if isinstance(schema["default"], bool):
        return not schema["default"]
    return schema.get("enum", [None, "de"])[1]


@pytest.mark.parametrize("path", sorted({*DEFAULTS, *RANGES}), ids=".".join)
def test_every_setting_is_used(tree: Tree, path: tuple[str, ...]) -> None:
    values = {path: other_value(KEYS[path])}
    assert is_valid(with_values(values))
    assert read(tree, with_values(values)) != read(tree, with_values({}))


def test_every_default_and_maximum_is_in_the_help_text() -> None:
    for path in DEFAULTS:
        default = KEYS[path]["default"]
        shown = str(default).lower() if isinstance(default, bool) else default
        assert KEYS[path]["description"].endswith(f" Default: `{shown}`."), path
    assert str(KEYS["tombstones",]["maximum"]) in KEYS["tombstones",]["description"]


def test_the_stored_schema_is_current() -> None:
    stored = json.loads((PROJECT / "schema/config.json").read_text("utf-8"))
    assert stored == config_schema(), "run `feeds schema config > schema/config.json`"


def test_the_tables_of_the_docs_are_current() -> None:
    command = [sys.executable, str(PROJECT / "docs/tables.py"), "--check"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_example_of_protect_in_the_docs_has_the_defaults() -> None:
    page = (PROJECT / "docs/config.md").read_text("utf-8")
    example = yaml.safe_load(page.partition("```yaml\nprotect:")[2].partition("```")[0])
    limits = {name: {key: KEYS["protect", name, key]["default"] for key in ("count", "share")} for name in example}
    assert example == limits
