"""Entries that tell one story are found, and one of them stands for it."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Entry, Related
from feeds.selection.clusters import collapse, stories
from tests.support.factories import make_entry


def linked(name: str, *others: str, day: int = 1) -> Entry:
    related = tuple(Related(other, f"https://news.example/{other}") for other in others)
    return make_entry(name, day, related=related)


def names(groups: list[list[Entry]]) -> list[str]:
    return ["".join(entry.title[-1] for entry in group) for group in groups]


def test_entries_that_name_each_other_are_one_story() -> None:
    assert names(stories([linked("a", "b"), linked("c"), linked("b", "d"), linked("d")])) == ["abd", "c"]


def test_what_two_entries_both_name_does_not_join_them() -> None:
    assert names(stories([linked("a", "x"), linked("b", "x")])) == ["a", "b"]


def test_an_entry_is_found_by_its_original_too() -> None:
    one = make_entry("a", original="https://orig.example/a")
    assert names(stories([one, make_entry("b", related=(Related("A", "https://orig.example/a"),))])) == ["ab"]


def test_the_first_that_came_stands_for_the_story_and_lists_the_others() -> None:
    old, new, other = linked("a", "b", day=1), linked("b", day=5), linked("c", day=2)
    since = {old.id: datetime(2026, 2, 1, tzinfo=UTC)}
    (one, two) = collapse([new, other, old], lambda entry: since.get(entry.id, entry.published), {})
    assert (one.id, two.id) == (new.id, other.id)
    assert [item.link for item in one.merged] == [old.link]
    (one, _) = collapse([new, other, old], lambda entry: entry.published, {})
    assert one.id == old.id
    assert one.published == old.published
    assert one.updated == new.published


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3)), max_size=10, unique_by=lambda x: x[0]
    )
)
def test_every_entry_is_in_one_story_and_no_story_is_lost(graph: list[tuple[int, list[int]]]) -> None:
    entries = [linked(str(name), *map(str, others)) for name, others in graph]
    groups = stories(entries)
    assert sorted(entry.id for group in groups for entry in group) == sorted(entry.id for entry in entries)
    collapsed = collapse(entries, lambda entry: entry.published, {})
    assert len(collapsed) == len(groups)
    for entry, group in zip(collapsed, groups, strict=True):
        shown = {item.link for item in entry.merged} | {entry.link}
        assert {each.link for each in group} <= shown
        assert entry.link not in {item.link for item in entry.merged}
