"""Names and words are compared as people see them, and text is cut between characters."""

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from feeds.text import plain, slugs, unicode
from feeds.text.markup import strip_tags

CLUSTERS = regex.compile(r"\X")
# Few characters, of all kinds that clusters consist of.
pieces = st.sampled_from(
    ["a", " ", "é", "e\u0301", "漢", "\u0300", "👩‍👩‍👧‍👦", "👍🏽", "❤️", "\u200d", "क्षि", "த", "ி", "한", "\u1112\u1161\u11ab", "\u0600", "\u202b", "\u2067", "\u202c", "\u2069"]
)  # fmt: skip
names = st.lists(pieces, max_size=60).map("".join) | st.text(max_size=60)
letters = st.text(st.characters(exclude_characters="ı", exclude_categories=("Cs",)), max_size=30)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("खेल", "खेल"),
        ("खाल", "खाल"),
        ("தமிழ்", "தமிழ்"),
        ("ข่าวสาร", "ข่าวสาร"),
        ("مُدُن", "مُدُن"),
        ("می‌خواهم", "می-خواهم"),
        ("ශ්‍රී", "ශ්රී"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("Ελλάς", "ελλάς"),
        ("ＡＩ", "ai"),
        ("❤️ Love", "love"),
        ("co\u00adoperate", "cooperate"),
        ("\u3164", ""),
    ],
)
def test_a_slug_keeps_the_marks_of_its_letters(name: str, slug: str) -> None:
    assert slugs.slug(name) == slug


@given(letters)
def test_names_that_look_the_same_have_one_slug_and_one_key(name: str) -> None:
    for make in (slugs.slug, unicode.fold_name):
        made = make(name)
        assert make(made) == made
        for form in ("NFC", "NFD"):
            assert make(unicodedata.normalize(form, name)) == made  # type: ignore[arg-type]
        assert make(name.upper()) == made
        assert make(name.lower()) == made


@given(names, st.integers(0, 70))
def test_a_cut_splits_no_grapheme_cluster(text: str, length: int) -> None:
    made = unicode.cut(text, length)
    assert text.startswith(made)
    assert len(made) <= length
    ends = [match.end() for match in CLUSTERS.finditer(text)]
    assert len(made) == max((end for end in ends if end <= length), default=0)


def test_a_flag_stays_whole() -> None:
    assert unicode.cut("🇫🇷🇩🇪🇮🇹", 3) == "🇫🇷"
    assert plain.shorten("🇫🇷🇩🇪🇮🇹", 4) == "🇫🇷…"
    assert plain.shorten("ক্ষি" * 5, 11) == "ক্ষি" * 2 + "…"


@given(names, st.integers(2, 40))
def test_shortened_text_is_within_its_length_and_closes_its_directions(text: str, length: int) -> None:
    made = plain.shorten(plain.close_directions(text), length)
    assert len(made) <= length
    assert plain.close_directions(made) == made


@given(names)
def test_closing_the_directions_of_a_text_leaves_nothing_to_close(text: str) -> None:
    made = plain.close_directions(text)
    assert plain.close_directions(made) == made
    assert sum(made.count(each) for each in "\u2066\u2067\u2068") == made.count("\u2069")
    assert sum(made.count(each) for each in "\u202a\u202b\u202d\u202e") == made.count("\u202c")


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("a\u202eb", "a\u202eb\u202c"),
        ("\u2067a\u202bb\u2069c", "\u2067a\u202bb\u202c\u2069c"),
        ("a\u202cb\u2069", "ab"),
        ("\u2067a\u202cb", "\u2067ab\u2069"),
        ("\u2067a\u2069", "\u2067a\u2069"),
    ],
)
def test_a_direction_that_is_left_open_is_closed_at_the_end(text: str, closed: str) -> None:
    assert plain.line(text) == closed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A <b>bold</b> move", "A bold move"),
        ('<a href="x">Link</a> and <EM class="y">more</EM>', "Link and more"),
        ("One<br>Two", "One Two"),
        ("<p>One</p><p>Two</p>", " One  Two "),
        ("a<!-- note -->b", "ab"),
        ("<b>it</b> &lt;b&gt;", "it &lt;b&gt;"),
        ("<p>Cut from a page", " Cut from a page"),
        ('See <a href="x">the li', "See the li"),
        ("<p> and <br> are elements", None),
        ("The <title> element matters", None),
        ("The <b> element", None),
        ("The <br> element", None),
        ("List<String> and Map<S, T>", None),
        ("if a <b and c> d", None),
        ("<think> first", None),
        ("I <3 <script>alert(1)</script>", None),
    ],
)
def test_tags_are_dropped_where_they_are_markup(text: str, shown: str | None) -> None:
    assert strip_tags(text) == (text if shown is None else shown)
