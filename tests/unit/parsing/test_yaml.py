"""The surprises of YAML, and texts that could crash a process."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.parsing import yaml
from feeds.parsing.yaml_full import read_fully
from feeds.parsing.yaml_subset import read_quickly
from feeds.parsing.yaml_types import Items, Mapping, UnsureError, YamlError
from tests.support.exhaustive import examples
from tests.support.trees import CORPUS, PROJECT, needs_corpus


@pytest.mark.parametrize(
    "value",
    [
        "no",
        "yes",
        "on",
        "012",
        "0x1f",
        "12:30:00",
        "2024-01-02",
        "1_000",
        "1e3",
        ".inf",
        "=",
        "2024-01-02T03:04:05Z",
    ],
)
def test_a_value_is_the_written_text(value: str) -> None:
    assert yaml.read(f"key: {value}") == {"key": value}


@pytest.mark.parametrize("value", ["", "~", "null"])
def test_an_empty_value_is_none(value: str) -> None:
    assert yaml.read(f"key: {value}") == {"key": None}


def test_a_quoted_null_is_text() -> None:
    assert yaml.read('key: "null"') == {"key": "null"}


def test_a_key_has_its_line() -> None:
    mapping = yaml.read("a: 1\nb:\n  c: 2\n")
    assert mapping.lines == {"a": 0, "b": 1}
    assert mapping["b"].lines == {"c": 2}


def test_the_last_of_repeated_keys_wins_and_is_reported() -> None:
    mapping = yaml.read("a: 1\na: 2\n")
    assert mapping == {"a": "2"}
    assert mapping.repeated == ["a"]


@pytest.mark.parametrize(
    ("source", "code", "detail"),
    [
        ("a: b: c", "yaml.colon_in_value", ""),
        ("a: [1", "yaml.syntax", "flow sequence"),
        ("a: !!python/object:os.system x", "yaml.reserved_character", "!"),
        ("a: !!int x", "yaml.reserved_character", "!"),
        ("a: !!set {b, c}", "yaml.reserved_character", "!"),
        ("a: !!float .nan", "yaml.reserved_character", "!"),
        ("- !!int 1", "yaml.syntax", "2002:int"),
        ("<<: {a: b}", "yaml.merge_key", ""),
        ("? [a]\n: b", "yaml.key_not_text", ""),
        ('a: "\\ud800"', "yaml.syntax", "escape"),
        ("a: 1\n---\nb: 2", "yaml.syntax", "single document"),
        ("a: *b", "yaml.reserved_character", "*"),
    ],
)
def test_invalid_yaml_is_reported(source: str, code: str, detail: str) -> None:
    with pytest.raises(YamlError) as caught:
        yaml.read(source)
    assert caught.value.code == code
    assert detail in str(dict(caught.value.params))


def test_an_error_has_its_line() -> None:
    with pytest.raises(YamlError) as caught:
        yaml.read("a: 1\nb: 2\nc: d: e\n")
    assert caught.value.line == 2


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_a_document_a_hundred_thousand_levels_deep_is_refused(opening: str) -> None:
    with pytest.raises(YamlError):
        yaml.read(opening * 100_000)


def test_an_alias_bomb_is_refused() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    with pytest.raises(YamlError, match=r"^yaml\.too_large$"):
        yaml.read(bomb)


def test_a_value_that_contains_itself_is_rejected() -> None:
    with pytest.raises(YamlError, match=r"^yaml\.too_large$"):
        yaml.read("a: &x [*x]")


def test_a_few_aliases_are_allowed() -> None:
    assert yaml.read("a: &x [1]\nb: *x") == {"a": ["1"], "b": ["1"]}


def test_blocks_nested_a_thousand_deep_are_refused() -> None:
    blocks = "".join(" " * depth + f"k{depth}:\n" for depth in range(1200))
    with pytest.raises(YamlError, match=r"^yaml\.too_deep$"):
        yaml.read(blocks + "x: &a b\ny: *a\n")
    with pytest.raises(YamlError, match=r"^yaml\.too_deep$"):
        yaml.read(f"x: {'[' * 990}{']' * 990}\ny: &a b\nz: *a\n")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
@pytest.mark.parametrize(
    "mistake",
    ["a:\n\t{}", "a:\u00a0{}", "a: “{}", "a:{}", "a: @{}", 'a: "{}', "a: b: {}", 'a: "b" {}', "a: {}\nb: c: d"],
)
def test_deep_nesting_beside_a_usual_mistake_does_not_crash_the_parser(mistake: str, opening: str) -> None:
    """libyaml's composer recurses in C, so a crash would end the process of the tests."""
    with suppress(YamlError):
        yaml.read(mistake.replace("{}", opening * 100_000))


scalars = st.sampled_from(
    [
        "no",
        "012",
        "0x1f",
        "+5",
        "-0",
        "1.0",
        "1e3",
        ".inf",
        "True",
        "true",
        "~",
        "Null",
        "",
        "2024-01-02",
        "12:30",
        "1_000",
        "<<",
        "&x a",
        "*x",
        "!t a",
        "!!int 3",
        '"q\\n"',
        "'it''s'",
        "a: b",
        "a #c",
        "#c",
        "- a",
        "[a, 1]",
        "{a: 1}",
        "|\n  x\n   y",
        ">\n  x\n  y",
    ]
) | st.text(alphabet="ab01 :-#'\"\n&*!|>[]{},.~?%@`é", max_size=12)
documents = st.lists(st.tuples(st.sampled_from("abc?<1"), scalars), max_size=4).map(
    lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs)
) | st.text(alphabet="ab01 :-#'\"\n&*!|>[]{},.~?", max_size=30)


@st.composite
def front_matter(draw: st.DrawFn, indent: int = 0, depth: int = 0) -> str:
    """Draw a mapping like those that people write: nested, with comments, blank lines and some mistakes."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        key, space = draw(st.sampled_from(["a", "b", "c-d", "null"])), " " * indent
        kind = draw(st.sampled_from(["scalar", "scalar", "mapping", "texts", "mappings", "comment", "slip"]))
        inner = indent + draw(st.sampled_from([0, 1, 2, 2, 2]))
        if depth == 2 or kind == "scalar":
            lines.append(f"{space}{key}: {draw(scalars)}")
        elif kind == "comment":
            lines.append(draw(st.sampled_from(["", "  # said", "# key: x", "\t", "   "])))
        elif kind == "slip":
            lines.append(" " * inner + draw(st.sampled_from(["- x", "a: 1", "loose", "-", "- - x", "---", "..."])))
        elif kind == "mapping":
            lines += [f"{space}{key}:", draw(front_matter(inner, depth + 1))]
        elif kind == "texts":
            lines.append(f"{space}{key}:")
            lines += [f"{' ' * inner}- {draw(scalars)}" for _ in range(draw(st.integers(0, 2)))]
        else:
            lines.append(f"{space}{key}:")
            for _ in range(draw(st.integers(1, 2))):
                gap = draw(st.integers(1, 2))
                mapping = draw(front_matter(inner + 1 + gap, depth + 1))
                lines.append(f"{' ' * inner}-{' ' * gap}{mapping.lstrip(' ')}")
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"]))


def placed(value: Any) -> Any:
    """Return a value with the lines of its keys and items, and with its repeated keys."""
    if isinstance(value, Mapping):
        return {key: (value.lines[key], placed(item)) for key, item in value.items()}, value.repeated
    if isinstance(value, Items):
        return [(line, placed(item)) for line, item in zip(value.lines, value, strict=True)]
    return value


def check_quick(document: str) -> bool:
    """Return whether the fast parser has a result, which must be that of PyYAML."""
    try:
        quick = read_quickly(document)
    except UnsureError:
        return False
    assert placed(quick) == placed(read_fully(document)), document
    return True


# The fuzzer tries many more.
@examples(100, 1000)
@given(documents | front_matter())
@example("a:\n- a: \n- loose\n  a: no")
def test_the_fast_parser_agrees_with_pyyaml_or_refuses(document: str) -> None:
    check_quick(document)


def front_matter_of(folder: Path) -> list[str]:
    texts = [path.read_text("utf-8", "replace") for path in sorted(folder.rglob("*.md"))]
    return [text.split("---\n", 2)[1] for text in texts if text.startswith("---\n") and text.count("---\n") > 1]


def test_the_fast_parser_reads_nearly_all_sample_content_like_pyyaml() -> None:
    answered = [check_quick(document) for document in front_matter_of(PROJECT / "content")]
    assert sum(answered) > 0.9 * len(answered) > 50


@needs_corpus
def test_the_fast_parser_reads_nearly_all_real_content_like_pyyaml() -> None:
    answered = [check_quick(document) for document in front_matter_of(CORPUS)]
    assert sum(answered) > 0.9 * len(answered) > 50
