"""A document of a feed is reused exactly if rendering it again would give the same bytes."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.content.model import Content
from feeds.edition.manifest import from_manifest, to_manifest
from feeds.edition.model import Edition
from feeds.edition.sink import MemorySink
from feeds.formats import registry
from feeds.model import Entry, FeedDefinition, Site, Window
from feeds.pipeline.compose import ComposeResult, compose
from tests.support.factories import NOW, SITE, make_entry

ARCHIVED = FeedDefinition("feeds/all", "all", "all", "custom", archive=True)
EXCERPTS = FeedDefinition("feeds/excerpts", "excerpts", "excerpts", "custom", archive=True, content="excerpt")
FEEDS = (ARCHIVED, EXCERPTS)
SMALL = replace(SITE, window=Window(entries=1, recent_period=timedelta(0)))
SUFFIXES = (".xml", ".atom", ".json", ".html")


def composed(
    entries: Sequence[Entry],
    before: Edition = Edition(),
    site: Site = SMALL,
    feeds: Sequence[FeedDefinition] = FEEDS,
    damaged: frozenset[str] = frozenset(),
    now: datetime = NOW,
) -> ComposeResult:
    """Compose an edition that may reuse the documents of the previous one, except damaged ones."""
    intact = frozenset(before.documents) - damaged
    return compose(Content(tuple(entries)), feeds, site, before, now, MemorySink(intact, trusted=True))


def in_months(*months: int) -> list[Entry]:
    """Return an entry for each month of 2024, given by number."""
    return [
        make_entry(f"n{place}", published=datetime(2024, month, 3, place, tzinfo=UTC), content="<p>Text.</p>")
        for place, month in enumerate(months)
    ]


SITES = [
    replace(SITE, pages=pages, window=Window(entries=entries, recent_period=timedelta(0), max_bytes=max_bytes))
    for pages in (True, False)
    for entries in (1, 3)
    for max_bytes in (22_000, 1_000_000)
]
contents = st.lists(
    st.tuples(
        st.integers(0, 6),  # name
        st.sampled_from([1, 2, 2, 3, 5]),  # month
        st.sampled_from([10, 900, 2500, 9000]),  # size; the last is shortened
        st.booleans(),
    ),
    unique_by=lambda values: values[0],
    max_size=7,
).map(
    lambda drawn: [
        make_entry(
            f"n{name}",
            published=datetime(2024, month, 1 + name, tzinfo=UTC),
            content=f"<p>{'x' * size}</p>",
            title=f"Title {changed}",
        )
        for name, month, size, changed in drawn
    ]
)
steps = st.lists(
    st.tuples(contents, st.sampled_from([FEEDS, FEEDS, FEEDS[:1]]), st.integers(0, 40), st.integers(0, 30)),
    min_size=2,
    max_size=4,
)


@settings(max_examples=60)
@given(st.sampled_from(SITES), steps)
def test_an_edition_with_reused_documents_equals_one_with_all_rendered(
    site: Site, steps: list[tuple[list[Entry], Sequence[FeedDefinition], int, int]]
) -> None:
    before, now = Edition(), NOW
    for entries, feeds, days, damage in steps:
        now += timedelta(days=days)
        damaged = frozenset(sorted(before.documents)[damage : damage + 1])
        reused = composed(entries, before, site, feeds, damaged, now)
        rendered = compose(Content(tuple(entries)), feeds, site, before, now)
        assert reused == rendered
        assert to_manifest(reused.edition) == to_manifest(rendered.edition)
        assert {path: each.body for path, each in reused.edition.documents.items()} == {
            path: each.body for path, each in rendered.edition.documents.items()
        }
        before = reused.edition


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """The number of times that `render_entry` rendered an entry, by its title and the suffix of the format."""
    counts: Counter[tuple[str, str]] = Counter()

    def counting(feed_format: registry.Format) -> registry.Format:
        def render_entry(entry: Entry, site: Site, body: str) -> bytes:
            counts[entry.title, feed_format.suffix] += 1
            return feed_format.render_entry(entry, site, body)

        return feed_format._replace(render_entry=render_entry)

    monkeypatch.setattr(registry, "FORMATS", tuple(map(counting, registry.FORMATS)))
    return counts


def titles(counts: Counter[tuple[str, str]]) -> set[str]:
    """Return the titles of the rendered entries, each rendered once in each format."""
    names = {title for title, _ in counts}
    assert counts == dict.fromkeys(((name, suffix) for name in names for suffix in SUFFIXES), 1)
    return names


MONTHS = (1, 1, 2, 3, 3, 4, 5)  # n0 and n1 in January, ..., n6 alone in the current document


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(lambda entries: edited(entries, 6), {"New"}, id="edited in the current document"),
        pytest.param(lambda entries: edited(entries, 3), {"New", "Title n4"}, id="edited in a month"),
        pytest.param(
            lambda entries: [*entries, make_entry("new", title="New", published=datetime(2024, 2, 9, tzinfo=UTC))],
            {"New", "Title n2", "Title n6"},
            id="added to a month",
        ),
        pytest.param(lambda entries: without(entries, 3), {"Title n4", "Title n6"}, id="removed from a month"),
        pytest.param(
            lambda entries: without(entries, 2),
            {"Title n0", "Title n1", "Title n3", "Title n4", "Title n6"},
            id="removed with its month, whose neighbours have new links",
        ),
        pytest.param(lambda entries: edited(entries, 6)[::-1], {"New"}, id="in another order of files"),
        pytest.param(lambda entries: entries, set(), id="nothing"),
    ],
)
def test_one_changed_entry_of_an_archived_feed_renders_its_month_and_the_current_document_alone(
    rendered: Counter[tuple[str, str]], changed: object, expected: set[str]
) -> None:
    assert callable(changed)
    entries = in_months(*MONTHS)
    before = composed(entries, feeds=[ARCHIVED]).edition
    rendered.clear()
    composed(changed(entries), before, feeds=[ARCHIVED])
    assert titles(rendered) == expected


def edited(entries: list[Entry], index: int) -> list[Entry]:
    return [*entries[:index], replace(entries[index], title="New", digest="new"), *entries[index + 1 :]]


def without(entries: list[Entry], index: int) -> list[Entry]:
    return [*entries[:index], *entries[index + 1 :]]


def test_a_forgotten_removal_renders_the_current_document_alone(rendered: Counter[tuple[str, str]]) -> None:
    entries = in_months(*MONTHS)
    full = composed(entries, feeds=[ARCHIVED]).edition
    before = composed(without(entries, 1), full, feeds=[ARCHIVED]).edition
    assert b"deleted-entry" in (before.documents["feeds/all.atom"].body or b"")
    rendered.clear()
    later = NOW + SMALL.tombstones + timedelta(days=1)
    after = composed(without(entries, 1), before, feeds=[ARCHIVED], now=later).edition
    assert b"deleted-entry" not in (after.documents["feeds/all.atom"].body or b"")
    assert titles(rendered) == {"Title n6"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_damaged_month_is_rendered_again_alone(rendered: Counter[tuple[str, str]], suffix: str) -> None:
    entries = in_months(*MONTHS)
    before = composed(entries, feeds=[ARCHIVED]).edition
    rendered.clear()
    composed(entries, before, feeds=[ARCHIVED], damaged=frozenset({f"feeds/all/2024-03{suffix}"}))
    assert titles(rendered) == {"Title n3", "Title n4"}


def test_an_unchanged_current_document_is_not_trimmed_again(rendered: Counter[tuple[str, str]]) -> None:
    site = replace(SITE, window=Window(entries=9, recent_period=timedelta(0), max_bytes=22_000))
    entries = [
        make_entry(f"n{day}", published=datetime(2024, 5, day, tzinfo=UTC), content=f"<p>{'x' * 900}</p>")
        for day in range(1, 10)
    ]
    old = make_entry("old", published=datetime(2024, 1, 1, tzinfo=UTC))
    # The second build pages with the archives of the first.
    before = composed([*entries, old], site=site, feeds=[ARCHIVED]).edition
    before = composed([*entries, old], before, site, [ARCHIVED]).edition
    assert "feeds/all/2024-05.xml" in before.documents
    rendered.clear()
    after = composed([*entries, replace(old, title="Edited", digest="new")], before, site, [ARCHIVED])
    assert titles(rendered) == {"Edited"}
    assert [(feed.path, feed.entry_count) for feed in after.edition.state.feeds] == [
        (feed.path, feed.entry_count) for feed in before.state.feeds
    ]


def test_a_manifest_without_hashes_of_archives_is_read_and_every_month_rendered_once(
    rendered: Counter[tuple[str, str]],
) -> None:
    entries = in_months(*MONTHS)
    made = composed(entries, feeds=[ARCHIVED]).edition
    manifest = json.loads(to_manifest(made))
    assert sorted(manifest["feeds"][0].pop("archives")) == ["2024-01", "2024-02", "2024-03", "2024-04"]
    manifest["feeds"][0]["fingerprint"] = "of the whole feed"
    older = from_manifest(json.dumps(manifest).encode(), "manifest.json")
    rendered.clear()
    after = composed(entries, older, feeds=[ARCHIVED]).edition
    assert titles(rendered) == {f"Title n{number}" for number in range(7)}
    assert to_manifest(after) == to_manifest(made)
    assert from_manifest(to_manifest(after), "manifest.json").state == after.state
