"""Tables in plain text: aligned by cells in every script, and cut only in columns that allow it."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from feeds.text.tables import cut_text, table_lines

CELLS = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30)


def test_wide_characters_take_two_cells() -> None:
    assert table_lines([("漢字", "1"), ("abcd", "22")], right={1}) == ["漢字   1", "abcd  22"]


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6), st.integers(40, 90))
def test_each_column_begins_at_one_place_and_a_line_keeps_the_limit(
    rows: list[tuple[str, str, str]], width: int
) -> None:
    lines = table_lines([*rows, ("x" * 30, "y", "z" * 30)], {1}, width, (2, 0))
    numbers = max(cell_len(row[1]) for row in [*rows, ("", "y", "")])
    # The two columns of text can be cut to ten cells each.
    assert max(map(cell_len, lines)) <= max(width, 10 + 2 + numbers + 2 + 10)
    assert lines[-1].split()[1] == "y"


@given(CELLS, st.integers(1, 40))
def test_a_text_that_is_cut_ends_with_an_ellipsis(text: str, width: int) -> None:
    shown = cut_text(text, width)
    assert cell_len(shown) <= width
    assert shown == text or shown.endswith("…")
