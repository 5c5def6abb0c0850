"""The schemas and the readers know the same keys, and the readers accept all valid values."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from feeds.config import schema
from feeds.config.reader import read_config
from feeds.config.schema import FEED, config_schema
from feeds.content import frontmatter
from feeds.content.schema import ENTRY, entry_schema
from feeds.model import SourceFile
from tests.support.factories import SITE
from tests.support.trees import CONFIG, CORPUS, DATA, PROJECT, needs_corpus

Tree = Callable[..., Path]


class Loader(yaml.SafeLoader):
    """YAML as editors read it (1.2): a date is a text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own
        first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read(text: str) -> Any:
    return yaml.load(text, Loader)


def mistakes(made: dict[str, Any], value: Any) -> list[str]:
    found = jsonschema.Draft202012Validator(made).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in found]


def front_matter(path: Path) -> Any:
    return read(re.split(r"^---\s*$", path.read_text("utf-8"), maxsplit=2, flags=re.MULTILINE)[1])


def test_every_key_of_the_page_about_the_config_is_in_the_schema() -> None:
    page = (PROJECT / "docs/config.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE)
    keys = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    known = {key for table in vars(schema).values() if isinstance(table, dict) for key in table}
    assert len(keys) > 45
    assert keys - known == set()


@pytest.mark.parametrize("path", [PROJECT / "config.yaml", DATA / "site/config.yaml"], ids=["project", "quirks"])
def test_configs_are_valid(path: Path) -> None:
    assert mistakes(config_schema(), read(path.read_text("utf-8"))) == []


def test_the_sample_content_is_valid() -> None:
    paths = sorted((PROJECT / "content").glob("[!_a]*/*.md"))
    assert len(paths) > 60
    assert {path.name: found for path in paths if (found := mistakes(entry_schema(), front_matter(path)))} == {}


@needs_corpus
def test_the_schema_rejects_no_real_content_that_the_reader_accepts() -> None:
    refused = 0
    for path in sorted(CORPUS.glob("_[!d]*/**/*.md")):
        try:
            value = front_matter(path)
        except (yaml.YAMLError, IndexError):
            continue
        parsed = frontmatter.parse(path.read_bytes(), SourceFile(path.name, path.name, ""), SITE)
        if parsed.status == "published" and not parsed.problems:
            refused += bool(mistakes(entry_schema(), value))
    assert refused == 0


def example(made: dict[str, Any]) -> Any:
    """Return the example of a part of a schema."""
    if "examples" in made:
        return made["examples"][0]
    if "anyOf" in made:
        return [example(made["anyOf"][1])]
    if "properties" in made:
        return {key: example(each) for key, each in made["properties"].items()}
    return None


def test_the_reader_accepts_every_example_of_an_entry() -> None:
    value = {key: example(each) for key, each in ENTRY.items()}
    assert mistakes(entry_schema(), value) == []
    text = f"---\n{yaml.safe_dump(value, allow_unicode=True)}---\n"
    parsed = frontmatter.parse(text.encode(), SourceFile("a.md", "news/a.md", "news"), SITE)
    assert (parsed.status, parsed.problems, parsed.unknown) == ("published", (), ())


def test_the_reader_accepts_every_example_of_a_config(tree: Tree) -> None:
    value = {key: example(each) for key, each in schema.CONFIG.items()}
    value["providers"] = {"example.com": example(schema.CONFIG["providers"]["additionalProperties"])}
    value["aliases"] = {"old": "new"}
    needed: dict[str, Any] = {"quality": 80, "heat": 50}
    value["feeds"] = {
        key.replace("_", "-"): needed | {key: example(each), "none": {"types": ["video"]}} for key, each in FEED.items()
    }
    assert mistakes(config_schema(), value) == []
    assert len(read_config(tree(config=yaml.safe_dump(value)) / "config.yaml").feeds) == len(FEED)


@pytest.mark.parametrize(
    "more",
    ["outptu: x\n", "window: many\n", "feeds: {a: {qualty: 1}}\n", "feeds: {a: }\n", "serve: {delta: perhaps}\n"],
)
def test_the_schema_rejects_values_that_the_reader_rejects(more: str) -> None:
    assert mistakes(config_schema(), read(CONFIG + more))


def test_a_draft_may_be_incomplete_and_an_entry_may_not() -> None:
    assert mistakes(entry_schema(), {"draft": True}) == []
    assert mistakes(entry_schema(), {"title": "A title"})
