"""A suggestion removes its problem and causes no new one."""

from pathlib import Path

import pytest

from feeds.cli import suggestions
from feeds.config import reader
from feeds.config.file import ConfigFile
from feeds.content import frontmatter
from feeds.content.schema import ENTRY
from feeds.errors import NO_SUGGESTION, Problem, Suggestion, problem
from feeds.model import Site, SourceFile
from tests.support.trees import CONFIG

SITE = Site("", "https://a.example/", "a.example,2026", "https://a.example/")
HEAD = "---\ntitle: T\npublishedDateTime: 2026-01-05\nwebUrl: https://a.example/a\n"


def problems_of(text: str) -> list[Problem]:
    parsed = frontmatter.parse(text.encode(), SourceFile("a.md", "a.md", ""), SITE)
    meant = [(key, line, suggestions.similar_key(key)) for key, line in parsed.unknown]
    unknown = [
        problem("a.md", line, key, "entry.unknown_key", suggestion=Suggestion("key", new) if new else NO_SUGGESTION)
        for key, line, new in meant
    ]
    return [*parsed.problems, *unknown]


def suggested(text: str) -> tuple[list[Problem], list[tuple[Problem, str]]]:
    """Return the problems of a file, and those with a replacement."""
    lines = text.split("\n")
    found = problems_of(text)
    pairs = [(each, suggestions.suggest_replacement(each, lines[each.line - 1])) for each in found if each.line]
    return found, [(each, line) for each, line in pairs if line and suggestions.is_improvement(each, lines, line)]


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("description: Words", "excerpt: Words"),
        ("summary: Words", "excerpt: Words"),
        ("lang: en", "locale: en"),
        ("image: /a.png", "images: [{url: /a.png}]"),
        ("categories: [x]", "topics: [x]"),
        ("keywords: drones", "tags: [drones]"),
        ("qualty: 3", "quality: 3"),
        ("topics: AI", "topics: [AI]"),
        ("originalUrl: b.example/x", None),
        ("date: 2026-01-05", None),
        ("link: https://b.example/", None),
        ("author: Ann", None),
        ("layout: post", None),
        ("permalink: /a/", None),
        ("length: long", None),
        ("locale: in English", None),
        ("topics: [a]\nlang: soon or later", None),
    ],
)
def test_a_foreign_key_gets_the_key_with_its_meaning_or_none(written: str, instead: str | None) -> None:
    text = f"{HEAD}{written}\n---\n"
    before, found = suggested(text)
    assert [line for _, line in found] == ([instead] if instead else [])
    for each, line in found:
        lines = text.split("\n")
        after = problems_of("\n".join([*lines[: each.line - 1], line, *lines[each.line :]]))
        assert len(after) == len(before) - 1


@pytest.mark.parametrize("date", ["5 January 2026", "soon", "2026-02-30"])
def test_no_date_is_invented(date: str) -> None:
    assert suggested(f"---\ntitle: T\npublishedDateTime: {date}\nwebUrl: https://a.example/\n---\n")[1] == []


def test_a_missing_key_is_suggested_on_the_line_with_its_value() -> None:
    text = "---\ntitle: T\ndate: 2026-01-05\nlink: https://a.example/a\n---\n"
    before, found = suggested(text)
    assert len(before) == 4
    assert {line for _, line in found} == {"publishedDateTime: 2026-01-05", "webUrl: https://a.example/a"}


@pytest.mark.parametrize(
    ("written", "code", "instead"),
    [
        ("title: a: b", "yaml.colon_in_value", 'title: "a: b"'),
        ("title: @me", "yaml.reserved_character", 'title: "@me"'),
        ("title: %50 off", "yaml.reserved_character", 'title: "%50 off"'),
        ("title: *new* things", "yaml.reserved_character", 'title: "*new* things"'),
        ("title: & more", "yaml.reserved_character", 'title: "& more"'),
        ('title: "open', "yaml.unbalanced_quote", 'title: "open"'),
        ('title: "The "best" one"', "yaml.text_after_quote", 'title: "The \\"best\\" one"'),
        ("\ttitle: T", "yaml.tab", "title: T"),
        ("title:\u00a0T", "yaml.no_break_space", "title: T"),
        ("title: “a”: b", "yaml.smart_quotes", 'title: "“a”: b"'),
        ("title:T", "yaml.missing_space", "title: T"),
        ("just some words", "yaml.no_key", None),
    ],
)
def test_a_yaml_mistake_is_named_on_its_line_with_its_remedy(written: str, code: str, instead: str | None) -> None:
    text = f"---\ntype: news\n{written}\npublishedDateTime: 2026-01-05\nwebUrl: https://a.example/\n---\n"
    (found, *others), pairs = suggested(text)
    assert (found.line, found.code, others) == (3, code, [])
    assert [line for _, line in pairs] == ([instead] if instead else [])
    if instead:
        assert problems_of(text.replace(written, instead)) == []


def test_a_correct_line_above_a_mistake_is_not_reported() -> None:
    text = "---\ntitle: T\ntype: &kind news\nbody: |\n  a: b: c\nx: [a\npublishedDateTime: 2026-01-05\n---\n"
    (found,) = problems_of(text)
    assert found.code == "yaml.syntax"


def test_keys_of_other_generators_map_to_known_keys() -> None:
    table = suggestions._OTHER_GENERATORS
    assert set(filter(None, table.values())) <= set(ENTRY)
    assert not set(table) & set(ENTRY) - {"category"}


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("windw: 10", "window: 10"),
        ("windw: many", None),
        ("previous: b.example", None),
        ("title: a: b", None),
        ("previous: https://b.example/a: b", 'previous: "https://b.example/a: b"'),
        ("previous: a: b", None),
        ("executor: @a:b", None),
        ("collections: {include: [a], exlude: [b]}", None),
        ("hubs: https://hub.example/", None),
        ("hubs: hub", "hubs: [hub]"),
        ("feeds:\n  x:\n    clusters: colapse", "    clusters: collapse"),
        ("feeds:\n  x:\n    any: {types: [a]}\n    archiv: true\n    limit: 5", None),
        ("feeds:\n  x:\n    title: a: b\n    quality: 5", '    title: "a: b"'),
    ],
)
def test_a_suggested_line_for_the_config_adds_no_mistake(written: str, instead: str | None) -> None:
    text = CONFIG + written
    lines = text.split("\n")
    _, mistakes = reader.parse(ConfigFile("config.yaml", Path(), text, (), ""))
    assert mistakes
    pairs = [(each, suggestions.suggest_replacement(each, lines[each.line - 1])) for each in mistakes]
    found = [line for each, line in pairs if line and suggestions.is_improvement(each, lines, line)]
    assert found == ([instead] if instead else [])
