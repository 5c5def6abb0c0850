"""The edition is a function of the content, the previous edition and the time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.content.model import Content
from feeds.edition.diff import compare, compare_feeds
from feeds.edition.manifest import from_manifest, to_manifest
from feeds.edition.model import Edition, strong_etag
from feeds.edition.paths import classify_path
from feeds.errors import Problem
from feeds.model import Asset, Category, Condition, Entry, FeedDefinition, Rule, Window
from feeds.pipeline.compose import compose
from tests.support.exhaustive import examples
from tests.support.factories import NOW, SITE, make_entry
from tests.support.strategies import entry_lists

LATER = NOW + timedelta(hours=1)


def edition_of(entries: list[Entry], before: Edition = Edition(), now: datetime = NOW) -> Edition:
    return compose(Content(tuple(entries)), [], SITE, before, now).edition


def asset_of(body: bytes, path: str = "assets/a.txt") -> Asset:
    kind = "image/png" if path.endswith(".png") else "text/plain"
    return Asset(path, kind, strong_etag(body), len(body))


class AssetBodies:
    """Has the bytes of assets by their hashes."""

    def __init__(self, *bodies: bytes) -> None:
        self._bodies = {strong_etag(body): body for body in bodies}

    def read_asset(self, asset: Asset) -> bytes | Problem:
        return self._bodies[asset.etag]


ASSETS = AssetBodies(b"a", b"b", b"x")


def test_another_file_does_not_replace_an_unreadable_one() -> None:
    file = replace(make_entry(), source="n/a.md", digest="a")
    other = replace(make_entry(title="Other"), source="n/b.md", digest="b")
    one = edition_of([file])
    two = compose(Content((other,), unreadable=frozenset({"n/a.md"})), [], SITE, one, LATER)
    assert [(each.path, each.code) for each in two.problems] == [("n/b.md", "id.taken")]
    three = edition_of([file], two.edition, LATER)
    assert bodies(three)["feeds/all.xml"] == bodies(one)["feeds/all.xml"]
    assert compare_feeds(one, three, frozenset())[0].edited == ()


def bodies(edition: Edition) -> dict[str, bytes | None]:
    return {path: document.body for path, document in edition.documents.items()}


@pytest.mark.slow
@examples(6, 50)
@given(entry_lists(5), st.randoms())
def test_the_order_of_the_content_does_not_change_the_bytes(entries: list[Entry], random: object) -> None:
    one = edition_of(entries)
    random.shuffle(entries)  # type: ignore[attr-defined]
    other = edition_of(entries)
    assert bodies(one) == bodies(other)
    assert to_manifest(one) == to_manifest(other)


@pytest.mark.slow
@examples(6, 50)
@given(entry_lists(4), entry_lists(4))
def test_unchanged_bytes_keep_their_date_and_changed_bytes_get_a_later_one(
    first: list[Entry], second: list[Entry]
) -> None:
    one = edition_of(first)
    other = edition_of(second, one, LATER)
    for path, document in other.documents.items():
        before = one.documents.get(path)
        if before and before.body == document.body:
            assert document.modified == before.modified
        elif before:
            assert document.modified > before.modified
    assert (
        not compare(other, edition_of(second, other, LATER + timedelta(days=1)))
        or max(entry.published for entry in second) > LATER
    )


def test_without_a_previous_edition_a_document_has_the_date_of_its_newest_entry() -> None:
    assert edition_of([make_entry(day=3), make_entry("b", 5)]).documents["feeds/all.xml"].modified == datetime(
        2026, 1, 5, tzinfo=UTC
    )


def test_a_removal_moves_the_date_forward() -> None:
    one = edition_of([make_entry("a", 1), make_entry("b", 5)])
    other = edition_of([make_entry("a", 1)], one)
    assert other.documents["feeds/all.xml"].modified == NOW


def test_two_changes_in_one_second_have_two_dates() -> None:
    one = edition_of([make_entry("a", 1)])
    two = edition_of([make_entry("b", 1)], one)
    three = edition_of([make_entry("c", 1)], two)
    dates = [edition.documents["feeds/all.xml"].modified for edition in (two, three)]
    assert dates == [NOW, NOW + timedelta(seconds=1)]


def test_an_edition_changes_if_a_document_changes_or_is_added_or_removed() -> None:
    asset = asset_of(b"a")
    made, seen = Edition(), []
    for assets in ((asset,), (asset,), (), (asset,), (asset_of(b"b"),)):
        made = compose(Content((make_entry("a", 5),), assets=assets), [], SITE, made, NOW, assets=ASSETS).edition
        seen.append(made.state.modified)
    assert seen[0] == datetime(2026, 1, 5, tzinfo=UTC)
    assert seen[1:] == [seen[0], NOW, *(NOW + timedelta(seconds=number) for number in (1, 2))]


def test_the_time_of_a_build_only_decides_which_entries_are_due() -> None:
    entry = make_entry("a", published=NOW)
    assert edition_of([entry], now=NOW - timedelta(seconds=1)).documents.keys() == edition_of([]).documents.keys()
    assert to_manifest(edition_of([entry], now=NOW)) == to_manifest(edition_of([entry], now=LATER))


def test_a_document_over_a_megabyte_loses_its_oldest_entries_with_a_warning() -> None:
    entries = [make_entry(f"n{day}", day, content="<p>" + "x" * 100_000 + "</p>") for day in range(1, 21)]
    composed = compose(Content(tuple(entries)), [], SITE, Edition(), NOW)
    edition, problems = composed.edition, composed.problems
    sizes = [document.size for path, document in edition.documents.items() if path.startswith("feeds/all.")]
    assert max(sizes) <= 1024 * 1024
    assert edition.state.feeds[0].entry_count == 10
    said = f"over 1024 KB; cut from 20 to 10 entries: {-(-max(sizes) // 1024)} KB now"
    assert str(problems[0]) == f"feeds/all.xml: {said}"


def test_no_document_of_any_format_is_over_a_megabyte() -> None:
    # Every "&" is five bytes in a page and nine in a feed.
    entries = [make_entry(f"n{day:02}", day, content="<p>" + "x&amp; " * 8_000 + "</p>") for day in range(1, 31)]
    edition = edition_of(entries)
    sizes = {path: each.size for path, each in edition.documents.items() if path.startswith("feeds/")}
    assert max(sizes.values()) <= 1024 * 1024
    assert 1 < edition.state.feeds[0].entry_count < 30


def test_a_feed_keeps_at_least_one_entry() -> None:
    site = replace(SITE, window=Window(warn_bytes=10, max_bytes=20))
    edition = compose(Content((make_entry("a", 1), make_entry("b", 2))), [], site, Edition(), NOW).edition
    assert edition.state.feeds[0].entry_count == 1


def test_a_large_document_is_reported() -> None:
    entries = tuple(make_entry(f"n{day}", day, content="<p>" + "x" * 200_000 + "</p>") for day in (1, 2, 3))
    assert compose(Content(entries), [], SITE, Edition(), NOW).problems[0].code == "size.feed_large"


def test_an_edition_has_every_document_the_design_names() -> None:
    entry = make_entry(categories=(Category("ai", "AI"),))
    content = Content((entry,), assets=(asset_of(b"x", "assets/a.png"),))
    edition = compose(content, [], SITE, Edition(), NOW, assets=ASSETS).edition
    assert set(edition.documents) == {
        *(f"feeds/{name}{suffix}" for name in ("all", "ai") for suffix in (".xml", ".atom", ".json", ".html")),
        "feeds.opml",
        "index.html",
        "404.html",
        "style.css",
        "site.js",
        "sitemap.xml",
        "feed.css",
        "assets/a.png",
    }
    assert {document.type for document in edition.documents.values()} == {
        "application/rss+xml; charset=utf-8",
        "application/atom+xml; charset=utf-8",
        "application/feed+json",
        "text/html; charset=utf-8",
        "text/x-opml; charset=utf-8",
        "text/css; charset=utf-8",
        "text/javascript; charset=utf-8",
        "application/xml; charset=utf-8",
        "image/png",
    }


@pytest.mark.slow
@examples(6, 50)
@given(entry_lists(), st.integers(0, 40))
def test_an_edition_stays_the_same_until_its_next_due_time(entries: list[Entry], days: int) -> None:
    specs = [
        FeedDefinition("feeds/all", "All", "All", "custom", archive=days % 2 == 0),
        FeedDefinition(
            "feeds/best",
            "Best",
            "Best",
            "custom",
            Rule(quality=50, keep_quality=20),
            order_by_first_match=True,
            limit=3,
        ),
        FeedDefinition(
            "feeds/stories",
            "Stories",
            "Stories",
            "custom",
            Rule(any=Condition(topics=frozenset({"AI"}))),
            collapse=True,
        ),
    ]
    content = Content(tuple(entries))
    first = compose(Content(tuple(entries[1:])), specs, SITE, Edition(), NOW - timedelta(days=days)).edition
    now = compose(content, specs, SITE, first, NOW)
    until = now.next_due or NOW + timedelta(days=1000)
    assert until > NOW
    for moment in (NOW, until - timedelta(seconds=1)):
        again = compose(content, specs, SITE, now.edition, moment)
        assert not compare(now.edition, again.edition)
        assert to_manifest(again.edition) == to_manifest(now.edition)
        assert again.next_due == now.next_due


@pytest.mark.slow
@examples(6, 50)
@given(entry_lists())
def test_another_clock_makes_the_same_edition(entries: list[Entry]) -> None:
    past = tuple(entry for entry in entries if entry.updated <= NOW)
    one, two = (
        compose(Content(past), [], SITE, Edition(), moment).edition for moment in (NOW, NOW + timedelta(days=3000))
    )
    assert {path: each.body for path, each in one.documents.items()} == {
        path: each.body for path, each in two.documents.items()
    }
    assert to_manifest(one) == to_manifest(two)


def test_a_manifest_read_back_is_as_good_as_the_edition_before() -> None:
    one = edition_of([make_entry("a", 1), make_entry("b", 2)])
    remembered = from_manifest(to_manifest(one), "manifest.json")
    two = [make_entry("a", 1)]
    assert to_manifest(edition_of(two, one, LATER)) == to_manifest(edition_of(two, remembered, LATER))


def test_the_paths_of_a_version_1_manifest_give_the_kinds_of_its_documents() -> None:
    entries = [make_entry(f"n{n}", published=datetime(2025, 1 + n % 12, 2, tzinfo=UTC)) for n in range(24)]
    content = Content(tuple(entries), assets=(asset_of(b"x"),))
    site = replace(SITE, window=Window(entries=3, recent_period=timedelta(0)))
    rule = Rule(any=Condition(collections=frozenset({"news"})))
    specs = [FeedDefinition(f"feeds/{name}", name, name, "custom", rule=rule, archive=True) for name in ("old", "gone")]
    before = compose(content, specs, site, Edition(), NOW, assets=ASSETS).edition
    renamed = [replace(specs[0], path="feeds/new")]
    site = replace(site, aliases={"feeds/old": "feeds/new"})
    made = compose(content, renamed, site, before, NOW, assets=ASSETS).edition
    kinds = {document.kind for document in made.documents.values()}
    assert kinds == {"feed", "archive", "page", "site", "asset", "redirect"}
    redirects = made.state.gone | made.state.moved.keys()
    for edition, paths in ((before, before.state.gone), (made, redirects)):
        for path, document in edition.documents.items():
            assert (document.kind, document.feed) == classify_path(path, edition.documents, paths), path
    assert made.documents["feeds/new/2025-01.html"].feed == "feeds/new"
    assert made.documents["feeds/new/2025-01.html"].in_archive
