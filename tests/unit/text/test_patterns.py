"""A user's pattern finds what Python's own engine finds, and never runs forever."""

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.text.patterns import PatternError, compile_pattern
from tests.unit.test_linear_time import assert_linear

TEXTS = [
    "",
    "a",
    "_",
    "a_b",
    "GPT-4 and language models",
    "Une École d'été",
    "darüber",
    "über uns",
    "x über",
    "Straße ΛΌΓΟΣ λόγος σ",
    "中国人工智能 2026",
    "Привет, мир",
    "éa é_ _é éé",
    "a\nb\n",
    "C++ & C#",
    "١٢٣ ½ Ⅷ",
    "K ſ İ ı",
    "a\u0301 …",
]
PATTERNS = [
    r"language models?\b",
    r"\bGPT-\d",
    r"^open\w+",
    "(?-i:École)",
    "école",
    r"\bécole\b",
    r"\büber\b",
    r"über\b",
    r"\b\w",
    r"\w\b",
    r"\B\w\B",
    r"\B",
    r"\b\b",
    r"é\b",
    r"\b_",
    r"_\b",
    r"\B_",
    r"[^\W\d_]",
    r"^[^\W\d_]+\b",
    r"^\W+$",
    r"[\W_]",
    r"[\s\d]+",
    r"^\S+$",
    r"\b[A-z]+\b",
    r"\b[^a]\b",
    r"\D\b\s",
    r"^.$",
    r"^.{3}\b",
    r"\b.\b",
    "^.*$",
    "(?s)^.*b$",
    r"(?m)^b$",
    r"(?m)^b\b",
    r"b$",
    r"b\Z",
    r"\Aa",
    "λόγοσ",
    "ΛΌΓΟΣ",
    "[а-я]+",
    r"\bмир\b",
    "straße",
    "(?a)\\w+é",
    r"(?a)\bt\b",
    r"(?x) a  # comment",
    "(?P<name>a|b)_(?:b|c)",
    "a{2,}|é{2}",
    "(a*)*b",
    "k",
    "s",
    "[^k]",
    "(?:)",
    "()*",
    "[]]|\\[",
    "a||b",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_finds_what_python_finds(pattern: str) -> None:
    is_found = compile_pattern(pattern)
    for text in TEXTS:
        if not (text == "" and pattern == r"\B"):  # Python's own versions differ there
            assert is_found(text) == bool(re.search(pattern, text, re.IGNORECASE)), text


ATOMS = st.sampled_from(
    ["a", "é", "_", " ", r"\w", r"\W", ".", r"\b", r"\B", "^", "$", "[^a]", "[é_]", r"\d", r"[^\W_]"]
)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from("*+?")).map(lambda parts: f"(?:{parts[0]}){parts[1]}"),
    )


@given(st.recursive(ATOMS, larger, max_leaves=6), st.text("aé_ 1中", max_size=8))
def test_any_pattern_finds_what_python_finds(pattern: str, text: str) -> None:
    if text:
        assert compile_pattern(pattern)(text) == bool(re.search(pattern, text, re.IGNORECASE))


@pytest.mark.slow
def test_a_set_has_the_characters_that_it_has_in_python() -> None:
    assigned = [chr(code) for code in range(0x33000) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]
    for members in (r"\w", r"\W", r"\d", r"\s", r"[\W\d]", r"[^\W\d_]", "[a-zß-ü]", "[α-ω]"):
        is_found, python = compile_pattern(rf"^{members}$"), re.compile(rf"^{members}$", re.IGNORECASE)
        other = [each for each in assigned if each != "\n" and is_found(each) != bool(python.search(each))]
        assert not [each for each in other if each not in "İı"], members  # not the same letter in any language but one


@pytest.mark.parametrize(
    ("pattern", "code", "feature"),
    [
        ("(", "pattern.syntax", ""),
        ("[a", "pattern.syntax", ""),
        ("a(?=b)", "pattern.unsupported", "look-around"),
        ("(?<!a)b", "pattern.unsupported", "look-around"),
        (r"(a)\1", "pattern.unsupported", "a reference to a group"),
        ("(a)?(?(1)b|c)", "pattern.unsupported", "a condition on a group"),
        ("(?>a)b", "pattern.unsupported", "an atomic group"),
        ("a*+b", "pattern.unsupported", "a possessive repeat"),
        ("a{2000}", "pattern.too_large", ""),
        (r"(?:\w{100}){100}", "pattern.too_large", ""),
    ],
)
def test_a_pattern_that_cannot_be_searched_for_says_why(pattern: str, code: str, feature: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    assert (caught.value.code, caught.value.feature) == (code, feature)


@pytest.mark.parametrize(
    "pattern",
    ["(a*)*b", "(a|a)*b", r"(\w+\s?)*$x", r"(\bé*)*b", "(.*)(.*)(.*)(.*)(.*)x", r"(_|\w)*\b!", "a{0,50}a{50}c"],
)
def test_no_pattern_takes_more_than_linear_time(pattern: str) -> None:
    is_found: Callable[[str], bool] = compile_pattern(pattern)
    for unit in ("a", "é", "_", "a ", " ", "éa_"):
        assert_linear(is_found, unit)
