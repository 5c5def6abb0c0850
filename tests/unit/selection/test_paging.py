"""RFC 5005: walking from the document that is subscribed to finds every entry once."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.content.model import Content
from feeds.edition.model import Edition
from feeds.edition.sink import MemorySink
from feeds.model import Entry, FeedDefinition, Rule, Site, Window
from feeds.pipeline.compose import compose
from feeds.selection.paging import FeedSelection, paginate
from feeds.selection.select import due
from tests.support.exhaustive import examples
from tests.support.factories import NOW, SITE, make_entry
from tests.support.validators import check

ARCHIVED = FeedDefinition("feeds/all", "all", "all", "custom", archive=True)
SMALL = replace(SITE, window=Window(entries=3, recent_period=timedelta(0)))
NAMES = {"a": "http://www.w3.org/2005/Atom", "fh": "http://purl.org/syndication/history/1.0"}
days = st.lists(st.integers(0, 400), max_size=25).map(
    lambda numbers: [
        make_entry(f"n{place}", published=datetime(2024, 6, 1, tzinfo=UTC) + timedelta(days=number))
        for place, number in enumerate(numbers)
    ]
)


def edition_of(
    entries: list[Entry], site: Site = SMALL, spec: FeedDefinition = ARCHIVED, before: Edition = Edition()
) -> Edition:
    return compose(Content(tuple(entries)), [spec], site, before, NOW).edition


def body(edition: Edition, path: str) -> bytes:
    found = edition.documents[path].body
    assert found is not None
    return found


def walk(edition: Edition, suffix: str) -> list[list[str]]:
    """Return the ids in each document of the chain, from the one that is subscribed to."""
    path = f"feeds/all{suffix}"
    chain = []
    while path:
        document = body(edition, path)
        if suffix == ".json":
            value = json.loads(document)
            chain.append([item["id"] for item in value["items"]])
            following = value.get("next_url", "")
        else:
            root = etree.fromstring(document)
            item, identity = (".//a:entry", "a:id") if suffix == ".atom" else (".//item", "guid")
            chain.append([each.findtext(identity, namespaces=NAMES) for each in root.findall(item, NAMES)])
            links = [link.get("href") for link in root.findall(".//a:link[@rel='prev-archive']", NAMES)]
            assert len(links) <= 1
            following = links[0] if links else ""
        path = following.removeprefix(SITE.url)
    return chain


@examples(10, 60)
@given(days, st.sampled_from([".xml", ".atom", ".json"]))
def test_walking_the_chain_gives_every_entry_exactly_once(entries: list[Entry], suffix: str) -> None:
    chain = walk(edition_of(entries), suffix)
    walked = [entry for document in chain for entry in document]
    assert sorted(walked) == sorted(entry.id for entry in entries)
    assert len(chain[0]) >= min(3, len(entries))


@examples(10, 60)
@given(days, days)
def test_an_archive_changes_only_when_an_entry_of_its_month_does(first: list[Entry], second: list[Entry]) -> None:
    old, new = (
        edition_of(first),
        edition_of([*first, *(replace(entry, id=f"{entry.id}x", link=f"{entry.link}x") for entry in second)]),
    )
    months = {f"{entry.published:%Y-%m}" for entry in second}
    for path, document in old.documents.items():
        month = path.removeprefix("feeds/all/").partition(".")[0]
        if path.startswith("feeds/all/") and month not in months and path in new.documents:
            before, after = (walk_out(each.body or b"") for each in (document, new.documents[path]))
            assert before == after


def walk_out(document: bytes) -> bytes:
    """Return an archive without the links to its neighbours, of which there may be new ones."""
    document = re.sub(rb'"next_url":"[^"]*",', b"", document)
    links = (b"-archive", b'rel="next"', b'rel="prev"')
    return b"\n".join(line for line in document.splitlines() if not any(link in line for link in links))


def monthly(count: int) -> list[Entry]:
    return [make_entry(f"n{month}", published=datetime(2025, month, 5, tzinfo=UTC)) for month in range(1, count + 1)]


@pytest.mark.parametrize("suffix", [".xml", ".atom", ".json"])
def test_every_document_of_the_chain_is_valid(suffix: str) -> None:
    edition = edition_of(monthly(8))
    paths = [path for path in edition.documents if path.startswith("feeds/all") and path.endswith(suffix)]
    assert len(paths) == 6
    site_without_icon = {"json-icon", "json-favicon"}
    for path in paths:
        said = check(
            body(edition, path), {".xml": "rss", ".atom": "atom", ".json": "json"}[suffix], f"{SITE.url}{path}"
        )
        assert [each for each in said if each.partition(":")[0] not in site_without_icon] == []


def links(edition: Edition, path: str) -> dict[str, str]:
    root = etree.fromstring(body(edition, path))
    return {
        link.get("rel"): link.get("href").removeprefix(SITE.url)
        for link in root.findall("./a:link", NAMES) + root.findall("./channel/a:link", NAMES)
    }


@pytest.mark.parametrize("suffix", [".xml", ".atom"])
def test_the_documents_link_to_each_other_as_rfc_5005_says(suffix: str) -> None:
    edition = edition_of(monthly(6))
    assert links(edition, f"feeds/all{suffix}")["prev-archive"] == f"feeds/all/2025-03{suffix}"
    newest, middle, oldest = (links(edition, f"feeds/all/2025-0{month}{suffix}") for month in (3, 2, 1))
    assert newest["current"] == middle["current"] == oldest["current"] == f"feeds/all{suffix}"
    assert (middle["prev-archive"], middle["next-archive"]) == (
        f"feeds/all/2025-01{suffix}",
        f"feeds/all/2025-03{suffix}",
    )
    assert "next-archive" not in newest
    assert "prev-archive" not in oldest
    archive, current = (etree.fromstring(body(edition, f"feeds/all{path}{suffix}")) for path in ("/2025-02", ""))
    assert archive.find(".//fh:archive", NAMES) is not None
    assert current.find(".//fh:archive", NAMES) is None
    assert current.find(".//fh:complete", NAMES) is None


def test_an_archive_has_its_own_address_and_its_feeds_id_and_title() -> None:
    edition = edition_of(monthly(6))
    current, archive = (etree.fromstring(body(edition, f"feeds/all{path}.atom")) for path in ("", "/2025-02"))
    for name in ("a:id", "a:title"):
        assert archive.findtext(name, namespaces=NAMES) == current.findtext(name, namespaces=NAMES)
    assert links(edition, "feeds/all/2025-02.atom")["self"] == "feeds/all/2025-02.atom"
    assert (
        json.loads(body(edition, "feeds/all/2025-02.json"))["feed_url"]
        == "https://feeds.example/feeds/all/2025-02.json"
    )


@pytest.mark.parametrize("archive", [True, False])
def test_a_feed_that_holds_everything_says_so(archive: bool) -> None:
    spec = replace(ARCHIVED, archive=archive)
    for count, complete in ((3, True), (4, False)):
        edition = edition_of(monthly(count), spec=spec)
        assert (b"complete" in body(edition, "feeds/all.xml")) is complete
        assert (b"complete" in body(edition, "feeds/all.atom")) is complete


def test_the_rest_of_a_month_too_large_for_a_document_is_in_its_archive() -> None:
    site = replace(SITE, window=Window(entries=3, recent_period=timedelta(0), max_bytes=16 * 1024 + 3000))
    entries = [
        make_entry(f"n{day:02}", published=datetime(2025, 1, day, tzinfo=UTC), content="x" * 600)
        for day in range(1, 10)
    ]
    chain = walk(edition_of(entries, site), ".atom")
    assert 0 < len(chain[0]) < 9
    assert chain[0] + chain[1] == [entry.id for entry in reversed(entries)]


def test_months_that_are_too_many_for_a_document_go_into_archives() -> None:
    site = replace(SITE, window=Window(entries=9, recent_period=timedelta(0), max_bytes=16 * 1024 + 6000))
    entries = [
        make_entry(f"n{month:02}", published=datetime(2025, month, 1, tzinfo=UTC), content="x" * 600)
        for month in range(1, 10)
    ]
    chain = walk(edition_of(entries, site), ".atom")
    assert sorted(entry for document in chain for entry in document) == sorted(entry.id for entry in entries)
    assert len(chain[0]) < 9


def test_a_document_that_was_cut_is_counted_alike_when_it_is_reused() -> None:
    site = replace(SITE, window=Window(entries=9, recent_period=timedelta(0), max_bytes=16 * 1024 + 6000))
    entries = [
        make_entry(f"n{month:02}", published=datetime(2025, month, 1, tzinfo=UTC), content="x" * 600)
        for month in range(1, 10)
    ]
    first = edition_of(entries, site)
    sink = MemorySink(frozenset(first.documents), trusted=True)
    again = compose(Content(tuple(entries)), [ARCHIVED], site, first, NOW, sink).edition
    assert again.documents == first.documents


@examples(15, 100)
@given(days, st.booleans(), st.integers(1, 30))
def test_a_lower_limit_only_moves_entries_out_of_the_main_document(
    entries: list[Entry], archive: bool, limit: int
) -> None:
    ordered = due(entries, NOW)
    selection = FeedSelection(replace(ARCHIVED, archive=archive), ordered)
    whole, cut = paginate(selection, SMALL), paginate(selection, SMALL, limit)
    assert len(cut.main.entries) <= limit
    assert cut.main.entries == ordered[: len(cut.main.entries)]
    assert len(cut.main.entries) <= len(whole.main.entries)
    assert cut == whole or len(whole.main.entries) > limit
    assert cut.main.position.complete == (len(cut.main.entries) == len(ordered))
    if archive:
        assert cut.all_entries == ordered
        assert cut.main.count == len(ordered)


def test_a_feed_without_archive_has_none() -> None:
    edition = edition_of(monthly(8), spec=replace(ARCHIVED, archive=False))
    assert not [path for path in edition.documents if path.startswith("feeds/all/")]
    assert Rule() == ARCHIVED.rule


@given(days, st.sets(st.integers(0, 24)), st.sets(st.integers(0, 24)))
def test_what_is_removed_brings_no_older_entry_into_a_feed(
    entries: list[Entry], first: set[int], second: set[int]
) -> None:
    spec = FeedDefinition("feeds/all", "all", "all", "custom")
    editions = [edition_of(entries, spec=spec)]
    for removed in (first, first | second):
        rest = [entry for place, entry in enumerate(entries) if place not in removed]
        editions.append(edition_of(rest, spec=spec, before=editions[-1]))
    shown = [{item["id"] for item in json.loads(body(each, "feeds/all.json"))["items"]} for each in editions]
    assert shown[0] >= shown[1] >= shown[2]
    # A new entry comes in, and with it none but itself.
    new = make_entry("new", published=datetime(2026, 1, 1, tzinfo=UTC))
    after = edition_of([*rest, new], spec=spec, before=editions[-1])
    shown_after = {item["id"] for item in json.loads(body(after, "feeds/all.json"))["items"]}
    assert shown_after - shown[2] == {new.id}


def test_a_longer_window_is_filled() -> None:
    spec = FeedDefinition("feeds/all", "all", "all", "custom")
    entries = [make_entry(f"n{day}", day) for day in range(1, 9)]
    one = edition_of(entries[:-1], spec=spec, before=edition_of(entries, spec=spec))
    assert len(json.loads(body(one, "feeds/all.json"))["items"]) == 2
    longer = replace(SMALL, window=Window(entries=5, recent_period=timedelta(0)))
    two = edition_of(entries[:-1], site=longer, spec=spec, before=one)
    assert len(json.loads(body(two, "feeds/all.json"))["items"]) == 5
