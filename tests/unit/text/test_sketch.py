"""Sketches of texts."""

import pytest

from feeds.text.sketch import resemblance, sketch

LONG = " ".join(f"word{number}" for number in range(200))


@pytest.mark.parametrize(
    "edited",
    [
        LONG.replace("word100", "changed"),
        f"{LONG} and an end",
        f"A beginning {LONG}",
        f"<p>{LONG}</p>",
        LONG.upper(),
        LONG * 20,
    ],
)
def test_an_edited_text_resembles_the_text(edited: str) -> None:
    assert resemblance(sketch([LONG]), sketch([edited])) > 0.75


@pytest.mark.parametrize("other", ["", "Another text", " ".join(f"other{number}" for number in range(200))])
def test_another_text_does_not_resemble_it(other: str) -> None:
    assert resemblance(sketch([LONG]), sketch([other])) < 0.1


def test_a_text_without_spaces_is_compared_by_its_characters() -> None:
    text = "これは長い文章です。とても長いですが、すこしだけ変わります"
    assert resemblance(sketch([text]), sketch([text.replace("すこし", "すこーし")])) > 0.7
    assert resemblance(sketch([text]), sketch(["まったく別のことを書いている"])) < 0.3


def test_a_sketch_has_a_maximum_size_and_none_without_words() -> None:
    assert len(sketch([LONG * 100])) == 48
    assert sketch([None, "", "<>"]) == ""
    assert resemblance("", "") == 0


@pytest.mark.parametrize("damaged", ["é", "AAA", "A" * 1001, "?" * 8, "===="])
def test_a_damaged_sketch_resembles_nothing(damaged: str) -> None:
    assert resemblance(damaged, sketch([LONG])) == 0
