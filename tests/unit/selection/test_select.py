"""Which feeds there are, and which entries each has."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.content.model import Content
from feeds.edition.model import FeedSummary
from feeds.errors import Problem
from feeds.model import (
    Category,
    Condition,
    Entry,
    FeedDefinition,
    FeedDocument,
    Organization,
    Provider,
    Related,
    Rule,
    Topic,
)
from feeds.selection import select as selection_select
from feeds.selection.entry_index import EntryIndex
from feeds.selection.paging import paginate
from feeds.selection.rules import Matcher
from feeds.selection.select import PreviousState, Selection, due
from feeds.selection.topics import Taxonomy
from feeds.text import slugs
from tests.support.factories import NOW, SITE, make_entry
from tests.support.strategies import entry_lists, moments

AI, ROBOTS = Category("ai", "AI"), Category("robots", "Robots")


def feeds_of(content: Content, *custom: FeedDefinition) -> dict[str, FeedDocument]:
    return {feed.spec.path: feed for feed in both(select(content, *custom))[0]}


def select(content: Content, *custom: FeedDefinition, now: datetime = NOW) -> Selection:
    entries = due(content.entries, now)
    return selection_select.select(replace(content, entries=entries), custom, SITE, PreviousState(), now)


def both(selected: Selection) -> tuple[tuple[FeedDocument, ...], tuple[Problem, ...]]:
    return tuple(paginate(selection, SITE).main for selection in selected.feeds), selected.problems


def names(feed: FeedDocument) -> list[str]:
    return [entry.id.rpartition("/")[2] for entry in feed]


ANYTHING = Rule(none=Condition(types=frozenset({"nothing"})))


def custom(rule: Rule = ANYTHING, **more: int) -> FeedDefinition:
    return FeedDefinition("feeds/mine", "Mine", "Mine", "custom", rule, **more)


@given(entry_lists(), moments)
def test_a_feed_is_sorted_limited_and_holds_no_future(entries: list[Entry], now: datetime) -> None:
    spec = custom(Rule(none=Condition(types=frozenset({"video"}))), limit=3)
    for feed in both(select(Content(tuple(entries)), spec, now=now))[0]:
        keys = [(-entry.published.timestamp(), entry.id) for entry in feed]
        assert keys == sorted(keys)
        assert all(entry.published <= now and entry.updated <= now for entry in feed)
        assert feed.updated == max((entry.updated for entry in feed), default=SITE.tag_date)
        assert feed.spec.path != "feeds/mine" or len(feed.entries) <= 3


@given(entry_lists(), st.randoms())
def test_the_order_of_the_entries_given_makes_no_difference(entries: list[Entry], random: object) -> None:
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert select(Content(tuple(entries))) == select(Content(tuple(shuffled)))


def test_there_is_a_feed_of_all_and_one_per_topic_and_provider() -> None:
    entries = (
        make_entry("a", 1, categories=(AI,), provider=Provider("News", "news.example")),
        make_entry("b", 2, categories=(ROBOTS,), provider=Provider("Nobody")),
    )
    made = feeds_of(Content(entries), custom(Rule(any=Condition(topics=frozenset({"AI"})))))
    assert {path: names(feed) for path, feed in made.items()} == {
        "feeds/all": ["b", "a"],
        "feeds/mine": ["a"],
        "feeds/ai": ["a"],
        "feeds/robots": ["b"],
        "feeds/providers/news.example": ["a"],
    }
    assert made["feeds/ai"].title == "AI – Test"


def test_a_childs_entries_are_in_its_parents_feed_too() -> None:
    topics = (
        Topic("ai", "AI"),
        Topic("ml", "Machine Learning", "AI"),
        Topic("rl", "Reinforcement Learning", "machine learning"),
    )
    made = feeds_of(Content((make_entry(categories=(Category("x", "reinforcement LEARNING"),)),), topics))
    assert names(made["feeds/ai"]) == names(made["feeds/ml"]) == names(made["feeds/rl"]) == ["a"]
    assert made["feeds/rl"].entries[0].categories == (Category("rl", "Reinforcement Learning"),)


def test_a_topic_that_is_declared_has_a_feed_even_without_entries() -> None:
    feed = feeds_of(Content((), (Topic("ai", "AI"),)))["feeds/ai"]
    assert feed.entries == ()
    assert feed.updated == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("parent", ["Nowhere", "AI", "Loop"])
def test_a_parent_that_is_none_is_said_and_does_no_harm(parent: str) -> None:
    topics = (Topic("ai", "AI", parent, source="t.yaml"), Topic("loop", "Loop", "AI", source="l.yaml"))
    _, problems = both(select(Content((), topics)))
    assert {problem.key for problem in problems} == {"parent"}


def test_two_topics_with_one_slug_are_said_with_both_names_and_do_not_mix() -> None:
    entries = (
        make_entry("a", 1, categories=(Category("c", "C++"),)),
        make_entry("b", 2, categories=(Category("c", "C#"),)),
    )
    feeds, problems = both(select(Content(entries)))
    assert {feed.spec.path: names(feed) for feed in feeds} == {"feeds/all": ["b", "a"], "feeds/c": ["a"]}
    assert str(problems[0]) == (
        "news/b.md: topics: the topic 'C#' (news/b.md) and the topic 'C++' (news/a.md) would both be /feeds/c.xml"
        " (give one of them another name or _id)"
    )
    assert [entry.categories for entry in feeds[0]] == [(Category("C#", "C#"),), (Category("c", "C++"),)]


@pytest.mark.parametrize(
    "spellings",
    [
        ("Café", "Cafe\u0301"),
        ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
        ("STRASSE", "Straße"),
        ("ＡＩ", "AI"),
        ("İstanbul", "ISTANBUL"),
        ("Ελλάς", "ΕΛΛΆΣ"),
    ],
)
def test_a_topic_is_one_however_it_is_spelt(spellings: tuple[str, str]) -> None:
    entries = tuple(
        make_entry(name, number, categories=(Category(slugs.slug(spelling), spelling),))
        for number, (name, spelling) in enumerate(zip("ab", spellings, strict=True), 1)
    )
    feeds, problems = both(select(Content(entries)))
    assert not problems
    assert [names(feed) for feed in feeds] == [["b", "a"], ["b", "a"]]
    assert len({entry.categories for entry in feeds[0]}) == 1


def test_letters_with_other_marks_are_other_topics() -> None:
    entries = tuple(
        make_entry(name, categories=(Category(slugs.slug(topic), topic),))
        for name, topic in (("a", "खेल"), ("b", "खाल"))
    )
    feeds, problems = both(select(Content(entries)))
    assert not problems
    assert {feed.spec.path: names(feed) for feed in feeds[1:]} == {"feeds/खेल": ["a"], "feeds/खाल": ["b"]}


@pytest.mark.parametrize(("name", "kind"), [("All", "all"), ("Mine", "custom")])
def test_a_topic_does_not_take_the_path_of_another_feed(name: str, kind: str) -> None:
    entry = make_entry(categories=(Category(name.lower(), name),))
    feeds, problems = both(select(Content((entry,)), custom()))
    assert len(feeds) == 2
    assert f"the topic feed '{name}' (news/a.md) and the {kind} feed" in str(problems[0])


def test_a_topic_of_symbols_has_no_feed_and_that_is_said() -> None:
    feeds, problems = both(select(Content((make_entry(categories=(Category("", "!!!"),)),))))
    assert len(feeds) == 1
    assert problems[0].code == "topic.entry_no_slug"


ENTRY = make_entry(categories=(AI, ROBOTS), provider=Provider("P", "p.example"), type="Video", quality=60, heat=0)


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        (ANYTHING, True),
        (Rule(any=Condition(topics=frozenset({"AI", "Nothing"}))), True),
        (Rule(any=Condition(topics=frozenset({"Nothing"}))), False),
        (Rule(any=Condition(topics=frozenset({"Nothing"}), providers=frozenset({"p.example"}))), True),
        (Rule(all=Condition(topics=frozenset({"ai", "Robots"}), types=frozenset({"video"}))), True),
        (Rule(all=Condition(topics=frozenset({"AI", "Nothing"}))), False),
        (Rule(none=Condition(collections=frozenset({"news"}))), False),
        (Rule(any=Condition(collections=frozenset({"news"})), none=Condition(types=frozenset({"article"}))), True),
        (Rule(quality=60), True),
        (Rule(quality=60.5), False),
        (Rule(heat=0), True),
        (Rule(heat=1), False),
    ],
)
def test_a_rule_takes_what_it_says(rule: Rule, taken: bool) -> None:
    assert bool(feeds_of(Content((ENTRY,)), custom(rule))["feeds/mine"].entries) is taken


def test_an_entry_without_the_number_has_not_enough_of_it() -> None:
    assert feeds_of(Content((make_entry(),)), custom(Rule(quality=-100)))["feeds/mine"].entries == ()


def test_entries_with_one_link_are_all_published_and_named() -> None:
    link = "https://news.example/same"
    content = Content((make_entry("old", 1, link=link), make_entry("new", 2, link=link)))
    made = select(content)
    assert names(feeds_of(content)["feeds/all"]) == ["new", "old"]
    (note,) = made.problems
    assert (note.path, note.level, note.code) == ("news/new.md", "note", "link.shared")
    assert note.params == (("others", "news/old.md"),)


def test_of_unique_links_the_entry_stays_that_was_there_first() -> None:
    link, spec = "https://news.example/same", replace(custom(), unique_links=True)
    content = Content((make_entry("old", 1, link=link), make_entry("new", 2, link=link), make_entry("other", 3)))
    made = select(content, spec)
    assert names(feeds_of(content, spec)["feeds/mine"]) == ["other", "old"]
    assert names(feeds_of(content, spec)["feeds/all"]) == ["other", "new", "old"]
    (note,) = made.problems
    assert (note.path, note.level, note.code) == ("news/new.md", "note", "link.stands_back")
    assert dict(note.params) == {"other": "news/old.md", "feeds": "mine"}
    earlier = make_entry("earlier", published=datetime(2025, 1, 1, tzinfo=UTC), link=link)
    listed = FeedSummary("feeds/mine", "", "custom", (content.entries[0].id,), 1, NOW)
    past = PreviousState(listings={"feeds/mine": listed})
    both_there = replace(content, entries=due((*content.entries, earlier), NOW))
    again = selection_select.select(both_there, (spec,), SITE, past, NOW).feeds
    (mine,) = (feed for feed in again if feed.spec.path == "feeds/mine")
    assert [entry.source for entry in mine.entries] == ["news/other.md", "news/old.md"]


def test_a_story_that_is_collapsed_names_the_entries_that_stand_back() -> None:
    first = make_entry("a", 1)
    content = Content((first, make_entry("b", 2, related=(Related("A", first.link),))))
    (note,) = select(content, replace(custom(), collapse=True)).problems
    assert (note.path, note.code, dict(note.params)) == (
        "news/b.md",
        "link.stands_back",
        {"other": "news/a.md", "feeds": "mine"},
    )


def test_the_same_moment_is_ordered_by_id() -> None:
    assert names(feeds_of(Content(tuple(make_entry(name) for name in "cab")))["feeds/all"]) == ["a", "b", "c"]


def test_the_window_is_the_newest_fifty_and_all_of_the_last_two_days() -> None:
    start = datetime(2026, 1, 10, tzinfo=UTC)
    hourly = tuple(make_entry(f"n{hour:03}", published=start - timedelta(hours=hour)) for hour in range(100))
    daily = tuple(make_entry(f"n{day:03}", published=start - timedelta(days=day)) for day in range(100))
    mine = feeds_of(Content(hourly), custom(limit=10))
    assert len(mine["feeds/all"].entries) == 50
    assert len(mine["feeds/mine"].entries) == 10
    half_hourly = tuple(make_entry(f"n{n:03}", published=start - timedelta(minutes=30 * n)) for n in range(200))
    assert len(feeds_of(Content(half_hourly))["feeds/all"].entries) == 97
    assert len(feeds_of(Content(daily))["feeds/all"].entries) == 50


def test_what_is_due_is_decided_by_the_moment_only() -> None:
    entry = make_entry(published=NOW, updated=NOW + timedelta(hours=1))
    assert due([entry], NOW - timedelta(seconds=1)) == ()
    assert due([entry], NOW)[0].updated == NOW
    assert due([entry], NOW + timedelta(hours=1)) == (entry,)


def test_a_provider_is_called_what_its_organization_says_or_what_most_entries_say() -> None:
    entries = tuple(
        make_entry(str(number), provider=Provider(name, "p.example")) for number, name in enumerate(["B", "A", "A"])
    )
    path = "feeds/providers/p.example"
    assert feeds_of(Content(entries))[path].spec.name == "A"
    assert feeds_of(Content(entries, (), (Organization("p.example", "P"),)))[path].spec.name == "P"


def test_of_two_entries_with_one_id_each_is_asked_by_itself() -> None:
    one, two = make_entry("a", type="video"), make_entry("b", id=make_entry("a").id, type="article")
    taxonomy = Taxonomy((), ())
    matcher = Matcher(Rule(all=Condition(types=("article",))), taxonomy)
    assert EntryIndex((one, two), taxonomy, SITE).matching(matcher) == [two]
