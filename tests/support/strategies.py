"""Strategies for property tests: every field of an entry, with values as found on the web."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from feeds.model import Category, Entry, Image, Person, Provider, Related
from feeds.text import slugs
from feeds.text.html.sanitiser import sanitise
from feeds.text.plain import line
from feeds.text.urls import url
from tests.support.factories import make_entry

AWKWARD = [
    "<b>bold</b>",
    "]]>",
    "&amp;",
    "&",
    "a < b",
    '"quoted"',
    "漢字",
    "שלום",
    "👩‍🚀",
    "&#8217;",
    "<script>",
    "{{ x }}",
    "%s",
]

plain = st.lists(
    st.sampled_from(AWKWARD)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=8),
    min_size=1,
    max_size=4,
).map(lambda parts: line("x " + " ".join(parts)))


def _not_mojibake(value: str) -> bool:
    # feedparser treats text as UTF-8 that was read as Latin-1 if it could be that.
    try:
        return value.encode("latin-1").decode("utf-8") == value
    except UnicodeError:
        return True


plain = plain.filter(_not_mojibake)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2027, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
urls = st.builds(
    lambda base, number: url(f"{base}{number}") or "",
    st.sampled_from(
        ["https://news.example/", "https://a.example/é?q=&", 'http://b.example/"x y"/', "https://c.example/#"]
    ),
    st.integers(0, 20),
)
images = st.builds(
    Image,
    urls,
    st.none() | st.integers(1, 4000),
    st.none() | st.integers(1, 4000),
    st.none() | plain,
    st.none() | plain,
)
providers = st.builds(Provider, plain, st.none() | st.sampled_from(["a.example", "b.example"]))
topics = st.sampled_from(["AI", "Robots", "C++", "C#", "Été"]).map(lambda name: Category(slugs.slug(name), name))
# Made once, because making and validating a strategy takes as long as drawing from it.
fields = {
    "title": plain,
    "link": urls,
    "summary": st.none() | plain,
    "content": st.none() | plain.map(lambda value: sanitise(value, url).html or None),
    "type": st.sampled_from([None, "article", "video"]),
    "provider": st.none() | providers,
    "authors": st.lists(st.builds(Person, plain), max_size=2).map(tuple),
    "categories": st.lists(topics, max_size=3, unique=True).map(tuple),
    "tags": st.lists(plain, max_size=2, unique=True).map(tuple),
    "images": st.lists(images, max_size=2).map(tuple),
    "original": st.none() | urls,
    "related": st.lists(st.builds(Related, plain, urls, st.none() | plain), max_size=2).map(tuple),
    "quality": st.none() | st.integers(0, 100),
    "heat": st.none() | st.integers(-1, 100),
}
edited_after = st.sampled_from([0, 0, 1, 10**6]).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def entry_lists(draw: st.DrawFn, max_size: int = 8) -> list[Entry]:
    """Draw entries with different ids; links may be the same."""
    made = []
    for number in range(draw(st.integers(0, max_size))):
        published = draw(moments)
        updated = published + draw(edited_after)
        values = {name: draw(each) for name, each in fields.items()}
        made.append(make_entry(f"n{number}", published=published, updated=updated, **values))
    return made
