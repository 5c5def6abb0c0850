"""A rule takes the entries that match it, and names the condition that excludes an entry."""

from datetime import UTC, datetime
from typing import Any

import pytest

from feeds.model import Category, Condition, Entry, Provider, Rule, Topic
from feeds.selection.rules import Matcher, RuleContext, listed, properties
from feeds.selection.topics import Taxonomy
from tests.support.factories import make_entry

TAXONOMY = Taxonomy([Topic("ai", "AI"), Topic("robots", "Robots", "AI")], [])
ENTRY = make_entry(
    title="OpenAI’s C++ compiler: a  first look",
    summary="What the Machine\nLearning team did",
    content="<p>A <b>robot</b>&nbsp;dog &amp; cat</p>",
    categories=(Category("robots", "Robots"),),
    provider=Provider("P", "p.example"),
    type="Video",
    quality=60,
    heat=0,
    published=datetime(2026, 1, 10, tzinfo=UTC),
)


def refusal(rule: Rule, entry: Entry = ENTRY, inside: bool = False) -> str | None:
    """Return the part of the rule that keeps the entry out, and what of it does."""
    subject = RuleContext(entry, properties(entry, TAXONOMY), lambda _: entry)
    matcher = Matcher(rule, TAXONOMY)
    part = next((part for part in matcher.parts(subject, inside) if not part.holds), None)
    assert matcher.matches(subject, inside) == (part is None)
    if part is None:
        return None
    blamed = [asked for asked in part.properties if subject.is_true(asked) == (part.name == "none")]
    return f"{part.name}: {part.required or listed(blamed)}"


def any_of(**values: Any) -> Rule:
    return Rule(any=Condition(**{key: frozenset(value) for key, value in values.items()}))


@pytest.mark.parametrize(
    "rule",
    [
        Rule(),
        any_of(topics=["AI"]),
        any_of(topics=["robots", "Nothing"]),
        any_of(title=["openai’s"]),
        any_of(title=["c++"]),
        any_of(title=["A first LOOK"]),
        any_of(text=["machine learning"]),
        any_of(text=["robot dog & cat"]),
        any_of(title=["OpenAI's"]),
        any_of(title_pattern=[r"^open\w+"]),
        any_of(text_pattern=["(?-i:OpenAI)"]),
        any_of(text_pattern=[r"robots?\b.*cat"]),
        any_of(topics=["Nothing"], title=["compiler"]),
        Rule(all=Condition(topics=frozenset({"AI", "Robots"}), types=frozenset({"video"}))),
        Rule(after=datetime(2026, 1, 10, tzinfo=UTC)),
        Rule(before=datetime(2026, 1, 10, 0, 0, 1, tzinfo=UTC)),
        Rule(quality=60, heat=0),
    ],
)
def test_a_rule_takes_what_it_says(rule: Rule) -> None:
    assert refusal(rule) is None


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        (any_of(topics=["Nothing"]), "any: topic 'Nothing'"),
        (any_of(title=["compile"]), "any: title 'compile'"),
        (any_of(title=["machine"]), "any: title 'machine'"),
        (any_of(text=["nbsp"]), "any: text 'nbsp'"),
        (Rule(all=Condition(title=frozenset({"compiler", "robot"}))), "all: title 'robot'"),
        (Rule(none=Condition(text=frozenset({"robot", "bird"}))), "none: text 'robot'"),
        (Rule(none=Condition(title_pattern=frozenset({"c\\+\\+"}))), "none: title_pattern 'c\\\\+\\\\+'"),
        (Rule(after=datetime(2026, 1, 11, tzinfo=UTC)), "after: 2026-01-11"),
        (Rule(before=datetime(2026, 1, 10, tzinfo=UTC)), "before: 2026-01-10"),
        (Rule(quality=60.5), "quality: 60.5"),
        (Rule(heat=1), "heat: 1"),
    ],
)
def test_a_rule_says_what_kept_an_entry_out(rule: Rule, part: str) -> None:
    assert refusal(rule) == part


def test_once_in_an_entry_stays_until_it_is_below_the_lower_bound() -> None:
    rule = Rule(quality=80, keep_quality=60)
    assert refusal(rule) == "quality: 80"
    assert refusal(rule, inside=True) is None
    assert refusal(Rule(quality=80, keep_quality=61), inside=True) == "quality: 61"


def test_an_entry_without_the_number_has_not_enough_of_it() -> None:
    assert refusal(Rule(quality=-100), make_entry()) == "quality: -100"


@pytest.mark.parametrize(
    ("word", "title", "taken"),
    [
        ("人工智能", "中国人工智能发展", True),
        ("Zürich", "In Zu\u0308rich", True),
        ("GRÖSSE", "Die Größe", True),
        ("don't", "I don’t", True),
        ("C", "C++ is out", False),
        ("C", "C is out", True),
        ("C++", "(C++)", True),
        ("robot", "robots", False),
        ("तार", "तारा चमका", False),
        ("तार", "कीतार", False),
        ("तार", "एक तार", True),
        ("x", "x\u0302", False),
        ("istanbul", "Yeni İstanbul", True),
        ("İstanbul", "ISTANBUL", True),
        ("straße", "STRASSE", True),
        ("ก", "กิน", False),
        ("ก่ก", "ก่ก่ก", True),
        ("AI", "❤️AI", True),
    ],
)
def test_a_word_is_found_as_people_read_it(word: str, title: str, taken: bool) -> None:
    assert (refusal(any_of(title=[word]), make_entry(title=title)) is None) is taken
