"""What an edition remembers of the one before it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from unittest import mock

import pytest
from lxml import etree

from feeds.content.model import Content
from feeds.edition.manifest import from_manifest, to_manifest
from feeds.edition.model import Edition
from feeds.edition.sink import DocumentSink
from feeds.errors import EditionError
from feeds.model import Category, Entry, FeedDefinition, Related, Rule, Site
from feeds.pipeline.compose import ComposeResult, compose
from feeds.selection import recognition
from feeds.selection.recognition import KnownEntry, make_record, recognise
from feeds.selection.stable_ids import IdChange
from feeds.store.serialize import with_derived_fields
from tests.support.factories import NOW, SITE, make_entry
from tests.support.validators import check

LATER = NOW + timedelta(hours=1)
AI = (Category("ai", "AI"),)
AT = "{http://purl.org/atompub/tombstones/1.0}"


def build(
    entries: list[Entry],
    before: ComposeResult | None = None,
    now: datetime = NOW,
    specs: tuple[FeedDefinition, ...] = (),
    site: Site = SITE,
    broken: tuple[str, ...] = (),
) -> ComposeResult:
    """Compose as a build does, which knows the edition before from its manifest."""
    known = from_manifest(to_manifest(before.edition), "manifest.json") if before else Edition()
    return compose(Content(tuple(entries), unreadable=frozenset(broken)), specs, site, known, now)


def ids(composed: ComposeResult, path: str = "feeds/all") -> list[str]:
    return [
        item["id"].rpartition("/")[2]
        for item in json.loads(composed.edition.documents[f"{path}.json"].body or b"")["items"]
    ]


def tombstones(composed: ComposeResult, path: str = "feeds/all") -> list[tuple[str, str]]:
    root = etree.fromstring(composed.edition.documents[f"{path}.atom"].body)
    return [(each.get("ref").rpartition("/")[2], each.get("when")) for each in root.findall(f"{AT}deleted-entry")]


def test_a_renamed_file_with_the_same_link_keeps_its_id() -> None:
    one = build([make_entry("a"), make_entry("b", 2)])
    moved = make_entry("new", link="https://news.example/a", title="Title a")
    two = build([moved, make_entry("b", 2)], one)
    assert ids(two) == ["b", "a"]
    assert two.id_changes == ()
    assert two.edition.documents["feeds/all.xml"] == one.edition.documents["feeds/all.xml"]
    assert (two.problems[0].path, two.problems[0].code) == ("news/new.md", "id.renamed_file")
    assert two.problems[0].suggestion == ("insert", "id: tag:feeds.example,2026:news/a")
    assert ids(build([moved, make_entry("b", 2)], two)) == ["b", "a"]


def test_an_id_that_is_written_down_is_kept_without_memory() -> None:
    own = make_entry("new", link="https://news.example/a", id="tag:feeds.example,2026:news/a", has_own_id=True)
    two = build([own], build([make_entry("a")]))
    assert (ids(two), two.problems, two.id_changes) == (["a"], (), ())


def test_an_id_that_changes_is_named() -> None:
    one = build([make_entry("a")])
    two = build([make_entry("a", id="tag:other.example,2026:news/a")], one)
    assert two.id_changes == (IdChange("news/a.md", "tag:feeds.example,2026:news/a", "tag:other.example,2026:news/a"),)
    # An id given on purpose is not overruled by where the entry was.
    own = make_entry("new", link="https://news.example/a", has_own_id=True)
    assert build([own], one).id_changes == (IdChange("news/new.md", "tag:feeds.example,2026:news/a", own.id),)


def test_a_removed_entry_leaves_a_tombstone_in_the_feeds_that_had_it() -> None:
    one = build([make_entry("a", categories=AI), make_entry("b", 2)])
    two = build([make_entry("b", 2)], one)
    expected = [("a", "2026-06-01T12:00:00+00:00")]
    assert tombstones(two) == expected
    assert tombstones(build([make_entry("b", 2)], two, LATER)) == expected
    document = two.edition.documents["feeds/all.atom"].body or b""
    assert check(document, "atom", "https://feeds.example/feeds/all.atom") == []
    assert b"deleted" not in (two.edition.documents["feeds/all.xml"].body or b"")


def test_a_tombstone_is_only_where_the_entry_was() -> None:
    one = build([make_entry("a", categories=AI), make_entry("b", 2, categories=(Category("x", "X"),))])
    two = build([make_entry("b", 2, categories=(Category("x", "X"), *AI))], one)
    assert tombstones(two, "feeds/x") == []
    assert [ref for ref, _ in tombstones(two, "feeds/ai")] == ["a"]


def test_a_tombstone_goes_after_its_days_or_when_the_entry_is_back() -> None:
    two = build([], build([make_entry("a")]))
    assert tombstones(build([], two, NOW + timedelta(days=29)))
    assert not tombstones(build([], two, NOW + timedelta(days=31)))
    assert not tombstones(build([make_entry("a")], two, LATER))
    assert not tombstones(build([], build([make_entry("a")]), site=replace(SITE, tombstones=timedelta(0))))


def test_an_entry_that_left_the_window_or_its_topic_is_not_removed() -> None:
    one = build([make_entry("a", categories=AI), make_entry("c", categories=AI)])
    two = build([make_entry("a"), make_entry("c", categories=AI)], one)
    assert tombstones(two, "feeds/ai") == []


def test_a_file_that_cannot_be_read_is_not_removed_and_keeps_its_id() -> None:
    one = build([make_entry("a"), make_entry("b", 2)])
    two = build([make_entry("b", 2)], one, broken=("news/a.md",))
    assert tombstones(two) == []
    assert "news/a.md" in two.edition.state.files
    assert ids(build([make_entry("a"), make_entry("b", 2)], two)) == ["b", "a"]


def test_a_feed_that_is_gone_is_remembered_until_it_is_back() -> None:
    one = build([make_entry("a", categories=AI)])
    two = build([make_entry("a")], one)
    assert {"feeds/ai.xml", "feeds/ai.atom", "feeds/ai.json", "feeds/ai.html"} <= two.edition.state.gone
    assert b"no longer exists" in (two.edition.documents["feeds/ai.html"].body or b"")
    assert "feeds/ai.xml" not in two.edition.documents
    three = build([make_entry("a")], two, LATER)
    assert three.edition.state.gone == two.edition.state.gone
    assert build([make_entry("a", categories=AI)], three).edition.state.gone == frozenset()


def test_a_feed_with_an_alias_is_found_where_it_is_now() -> None:
    site = replace(SITE, aliases={"feeds/old": "feeds/ai", "feeds/lost": "feeds/nowhere"})
    made = build([make_entry("a", categories=AI)], site=site)
    documents, state = made.edition.documents, made.edition.state
    assert state.moved == {f"feeds/old{suffix}": f"feeds/ai{suffix}" for suffix in (".xml", ".atom", ".json", ".html")}
    assert documents["feeds/old.xml"].body == documents["feeds/ai.xml"].body
    assert b'content="0; url=https://feeds.example/feeds/ai.html"' in (documents["feeds/old.html"].body or b"")
    assert ("aliases.lost", "alias.no_feed") in [(each.key, each.code) for each in made.problems]


def test_a_wrong_alias_is_reported_at_its_line_with_the_feed_that_was_probably_meant() -> None:
    aliases = {"feeds/old": "feeds/aii", "feeds/ai": "feeds/all"}
    site = replace(SITE, aliases=aliases, alias_sources={"feeds/old": ("c.yaml", 8), "feeds/ai": ("c.yaml", 9)})
    problems = build([make_entry("a", categories=AI)], site=site).problems
    found = {problem.code: problem for problem in problems if problem.code.startswith("alias.")}
    places = {code: (problem.path, problem.line) for code, problem in found.items()}
    assert places == {"alias.no_feed": ("c.yaml", 8), "alias.feed_exists": ("c.yaml", 9)}
    assert "did you mean 'ai'?" in found["alias.no_feed"].message


TOP = FeedDefinition("feeds/top", "Top", "Top", "custom", Rule(quality=80, keep_quality=60), order_by_first_match=True)


def quality(**numbers: int) -> list[Entry]:
    return [make_entry(name, day, quality=number) for day, (name, number) in enumerate(numbers.items(), 1)]


def test_a_late_riser_surfaces_enters_once_and_leaves_below_the_lower_bound() -> None:
    one = build(quality(a=10, b=90, c=90), specs=(TOP,))
    assert ids(one, "feeds/top") == ["c", "b"]
    two = build(quality(a=85, b=90, c=90), one, NOW, (TOP,))
    assert ids(two, "feeds/top") == ["a", "c", "b"]
    three = build(quality(a=85, b=61, c=59), two, LATER, (TOP,))
    assert ids(three, "feeds/top") == ["a", "b"]
    # Back again, and not at the top: it has been announced.
    four = build(quality(a=85, b=61, c=99), three, LATER + timedelta(hours=1), (TOP,))
    assert ids(four, "feeds/top") == ["a", "c", "b"]


COLLAPSED = FeedDefinition("feeds/all", "all", "all", "custom", collapse=True)


def test_a_story_keeps_its_id_and_a_new_member_updates_it_without_announcing_it() -> None:
    first = make_entry("a", 5)
    one = build([first], specs=(COLLAPSED,))
    earlier = make_entry("b", 2, related=(Related("A", first.link),))
    two = build([first, earlier], one, NOW, (COLLAPSED,))
    later = make_entry("c", 9, related=(Related("A", first.link),))
    three = build([first, earlier, later], two, LATER, (COLLAPSED,))
    assert ids(one) == ids(two) == ids(three) == ["a"]
    (item,) = json.loads(three.edition.documents["feeds/all.json"].body or b"")["items"]
    assert item["date_published"] == "2026-01-05T00:00:00+00:00"
    # When the last member joined, not when that was published.
    assert item["date_modified"] == LATER.isoformat()
    assert later.link in item["content_html"]
    assert earlier.link in item["content_html"]


@pytest.mark.parametrize("spec", [TOP, COLLAPSED])
def test_what_a_feed_remembers_survives_the_manifest(spec: FeedDefinition) -> None:
    made = build(quality(a=90, b=70), specs=(spec,))
    assert from_manifest(to_manifest(made.edition), "manifest.json").state == made.edition.state
    assert made.edition.state.memberships[spec.path]


def test_nothing_that_is_not_published_is_in_the_manifest() -> None:
    future = make_entry("secret", published=datetime(2099, 1, 1, tzinfo=UTC))
    assert b"secret" not in to_manifest(build([future, make_entry("a")]).edition)


def files(**links: str) -> list[Entry]:
    """Return entries of files with these links."""
    return [make_entry(name, link=f"https://news.example/{link}", title=link) for name, link in links.items()]


def by_link(composed: ComposeResult) -> dict[str, str]:
    items = json.loads(composed.edition.documents["feeds/all.json"].body or b"")["items"]
    return {item["url"].rpartition("/")[2]: item["id"].rpartition("/")[2] for item in items}


def test_an_id_follows_its_story_when_files_are_shifted() -> None:
    one = build(files(a="x", b="y", c="z"))
    two = build(files(a="new", b="x", c="y", d="z"), one)
    assert by_link(two) == {"x": "a", "y": "b", "z": "c"}
    assert (len(two.published), two.rejected_count) == (3, 1)
    # The new file would have the id of another entry, so it is rejected.
    (rejected,) = [problem for problem in two.problems if problem.level == "error"]
    assert (rejected.path, rejected.code, rejected.params) == ("news/a.md", "id.taken", (("other", "news/b.md"),))


def test_an_id_is_not_given_away_to_a_new_file_of_the_old_name() -> None:
    two = build(files(b="x"), build(files(a="x")))
    assert by_link(two) == {"x": "a"}
    assert by_link(build(files(a="other", b="x"), two)) == {"x": "a"}


def test_a_corrected_url_is_an_edit() -> None:
    assert by_link(build(files(a="y"), build(files(a="x")))) == {"y": "a"}


def test_files_with_one_link_keep_their_names_in_another_folder() -> None:
    def both(folder: str) -> list[Entry]:
        return [
            make_entry(
                name,
                link="https://news.example/same",
                id=f"tag:feeds.example,2026:{folder}/{name}",
                source=f"{folder}/{name}.md",
            )
            for name in "ab"
        ]

    two = build(both("stories"), build(both("news")))
    assert {known.id for known in two.edition.state.files.values()} == {
        f"tag:feeds.example,2026:news/{name}" for name in "ab"
    }


def test_new_files_with_the_link_of_a_removed_one_are_new() -> None:
    two = build([make_entry(f"n{number}", link="https://news.example/x") for number in range(7)], build(files(a="x")))
    assert two.id_changes == ()


def test_an_entry_that_could_not_be_read_for_a_while_has_its_old_place() -> None:
    one = build(quality(a=90, b=90, c=90), specs=(TOP,))
    two = build(quality(a=90, b=90, c=90)[1:], one, NOW, (TOP,), broken=("news/a.md",))
    assert ids(two, "feeds/top") == ["c", "b"]
    assert ids(build(quality(a=90, b=90, c=90), two, LATER, (TOP,)), "feeds/top") == ["c", "b", "a"]
    # Nor does one lose it that was held back and published again.
    three = build(quality(a=90, b=90, c=90)[1:], one, NOW, (TOP,))
    assert ids(build(quality(a=90, b=90, c=90), three, LATER, (TOP,)), "feeds/top") == ["c", "b", "a"]


def test_of_two_new_files_with_one_id_the_first_is_published_if_it_is_due() -> None:
    one, two = make_entry("x", source="n/a.md"), make_entry("x", source="n/b.md", title="Second")
    made = build([two, one])
    assert [record.id for record in made.edition.state.files.values()] == [one.id]
    assert [(each.path, each.key, each.code) for each in made.problems] == [("n/b.md", "id", "id.duplicate")]
    assert dict(made.problems[0].params) == {"other": "n/a.md", "id": "tag:feeds.example,2026:news/x"}
    later = make_entry("x", source="n/a.md", published=NOW + timedelta(days=1))
    assert list(build([two, later]).edition.state.files) == ["n/b.md"]


def test_a_file_that_cannot_be_read_keeps_its_id_from_another_file_that_names_it() -> None:
    one = build(files(c="x"))
    given = make_entry("a", id="tag:feeds.example,2026:news/c", has_own_id=True)
    two = build([given], one, broken=("news/c.md",))
    three = build([given, *files(b="x")], two)
    assert by_link(three) == {"x": "c"}
    assert ("news/a.md", "id.taken") in [(each.path, each.code) for each in three.problems]


def test_a_renamed_feed_remembers_what_it_did() -> None:
    one = build(quality(a=10, b=90), specs=(TOP,))
    two = build(quality(a=90, b=90), one, NOW, (TOP,))
    site = replace(SITE, aliases={"feeds/top": "feeds/best"})
    best = replace(TOP, path="feeds/best")
    three = build(quality(a=90, b=90)[:1], two, LATER, (best,), site)
    assert [ref for ref, _ in tombstones(three, "feeds/best")] == ["b"]
    assert ids(build(quality(a=90, b=90), two, LATER, (best,), site), "feeds/best") == ["a", "b"]


def test_a_story_with_two_entries_of_one_link_keeps_its_id() -> None:
    first = make_entry("a", 1)
    one = build([first], specs=(COLLAPSED,))
    again = make_entry("b", 2, link=first.link)
    assert ids(build([first, again], one, LATER, (COLLAPSED,))) == ["a"]


def test_what_is_forgotten_is_forgotten_at_once() -> None:
    site = replace(SITE, tombstones=timedelta(days=1))
    one = build(quality(a=90, b=90), specs=(TOP,), site=site)
    two = build(quality(a=90), one, LATER, (TOP,), site)
    assert len(two.edition.state.memberships["feeds/top"]) == 2
    three = build(quality(a=90), two, LATER + timedelta(days=1), (TOP,), site)
    assert (len(three.edition.state.memberships["feeds/top"]), three.edition.state.removals) == (1, {})
    assert to_manifest(build(quality(a=90), three, LATER + timedelta(days=2), (TOP,), site).edition) == to_manifest(
        three.edition
    )


def test_the_page_of_an_archive_that_is_gone_is_no_archive() -> None:
    spec = FeedDefinition("feeds/all", "all", "all", "all", archive=True)
    site = replace(SITE, window=replace(SITE.window, entries=1, recent_period=timedelta(0)))
    entries = [make_entry(f"n{month}", published=datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 2, 3)]
    one = build(entries, specs=(spec,), site=site)
    store = DocumentSink(frozenset(one.edition.documents), trusted=True)
    two = compose(Content(tuple(entries)), (), site, one.edition, LATER, store)
    assert {"feeds/all/2026-02.html", "feeds/all/2026-02.xml"} <= two.edition.state.gone
    store = DocumentSink(frozenset(two.edition.documents), trusted=True)
    assert compose(Content(tuple(entries)), (), site, two.edition, LATER, store).edition == two.edition


def test_there_are_never_so_many_tombstones_that_a_feed_gets_large() -> None:
    one = build(
        [make_entry(f"n{number:04}") for number in range(400)],
        specs=(FeedDefinition("feeds/all", "all", "all", "custom", archive=True),),
    )
    assert len(tombstones(build([], one))) == 250


def test_once_archived_a_month_stays_archived() -> None:
    spec = FeedDefinition("feeds/all", "all", "all", "custom", archive=True)
    site = replace(SITE, window=replace(SITE.window, entries=3, recent_period=timedelta(0)))
    entries = [make_entry(f"n{day}", published=datetime(2026, 1 + day // 3, 1 + day, tzinfo=UTC)) for day in range(9)]
    one = build(entries, specs=(spec,), site=site)
    assert "feeds/all/2026-02.xml" in one.edition.documents
    two = build(entries[:-1], one, LATER, (spec,), site)
    assert "feeds/all/2026-02.xml" not in two.edition.state.gone
    assert two.edition.documents["feeds/all/2026-02.xml"] == one.edition.documents["feeds/all/2026-02.xml"]


def test_an_edition_remembers_nothing_that_would_break_a_document() -> None:
    value = json.loads(to_manifest(build(quality(a=90), specs=(TOP,)).edition))
    identity = "tag:feeds.example,2026:news/a"
    for broken in ("", "no iri", "tag:x\u0000", "tag:\ud800", 'tag:"<'):
        text = json.dumps(value).replace(identity, json.dumps(broken)[1:-1])
        with pytest.raises(EditionError):
            from_manifest(text.encode(), "manifest.json")
    for moment in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+10:00"):
        text = json.dumps(value).replace("2026-01-01T00:00:00Z", moment)
        with pytest.raises(EditionError):
            from_manifest(text.encode(), "manifest.json")
    with pytest.raises(EditionError):
        from_manifest(json.dumps(value).replace('"size": ', '"size": 1e999, "x": ').encode(), "manifest.json")


def older(manifest: bytes, version: int, entries: list[Entry]) -> bytes:
    """Return a manifest as earlier versions of the program wrote it."""
    value = json.loads(manifest)
    links = {entry.source: sha256(entry.link.encode()).hexdigest()[:16] for entry in entries}
    value["files"] = {path: [record[0], links[path], record[2]] for path, record in value["files"].items()}
    value["version"] = version
    del value["former"]
    for item in value["documents"].values() if version == 1 else ():
        item.pop("kind", None)
        item.pop("feed", None)
    return json.dumps(value).encode()


@pytest.mark.parametrize("version", [1, 2])
def test_an_edition_of_an_older_manifest_is_continued(version: int) -> None:
    entries = [make_entry("a"), make_entry("b", 2, summary="One two three four"), make_entry("c", 3)]
    one = build(entries)
    known = from_manifest(older(to_manifest(one.edition), version, entries), "manifest.json")
    again = compose(Content(tuple(entries)), (), SITE, known, LATER)
    assert again.problems == one.problems == ()
    assert {path: document.body for path, document in again.edition.documents.items()} == {
        path: document.body for path, document in one.edition.documents.items()
    }
    assert again.edition.state.files == one.edition.state.files
    # A file may be renamed or edited at the same time.
    moved = replace(entries[0], id="tag:feeds.example,2026:news/new", source="news/new.md")
    edited = make_entry("b", 2, title="Edited", summary="Other")
    both = compose(Content((moved, edited, entries[2])), (), SITE, known, LATER)
    assert ids(both) == ["c", "b", "a"]


def variant(entry: Entry, **values: object) -> Entry:
    """Return the entry after an edit, in another file if `source` is given."""
    if "source" in values:
        place = str(values["source"]).rpartition(".")[0]
        values.setdefault("id", f"tag:feeds.example,2026:{place}")
    return with_derived_fields(replace(entry, **values))  # type: ignore[arg-type]


TEXT = " ".join(f"word{number}" for number in range(60))
NOTE = make_entry("a", summary=TEXT)


@pytest.mark.parametrize(
    "renamed",
    [
        variant(NOTE, source="news/A.md"),
        variant(NOTE, source="news/caf%C3%A9.md"),
        variant(NOTE, source="blog/2026/a.md", collection="blog/2026"),
        variant(NOTE, source="blog/a.html", collection="blog", categories=AI),
        variant(NOTE, source="news/2026-02-02-a.md", published=NOW, updated=NOW),
        variant(NOTE, source="news/b.md", link="http://www.news.example/a/"),
        variant(NOTE, source="news/b.md", title="New", summary=TEXT.replace("word30", "edited")),
        variant(NOTE, source="news/b.md", title="New", published=NOW, updated=NOW, summary=f"{TEXT} more"),
        variant(NOTE, source="news/b.md", link="https://news.example/b"),
        variant(NOTE, source="news/b.md", summary="All is new"),
    ],
)
@pytest.mark.parametrize("is_held_back", [False, True])
def test_a_renamed_entry_keeps_its_id(renamed: Entry, is_held_back: bool) -> None:
    one = build([NOTE, make_entry("z", 2)])
    before = build([make_entry("z", 2)], one) if is_held_back else one
    two = build([renamed, make_entry("z", 2)], before, LATER)
    assert sorted(ids(two)) == ["a", "z"]
    assert (two.id_changes, two.withdrawn, tombstones(two)) == ((), (), [])
    assert two.edition.state.former == {}


@pytest.mark.parametrize(
    "other",
    [
        variant(NOTE, source="news/b.md", title="Another", published=NOW, updated=NOW, summary="Another text"),
        variant(NOTE, source="news/b.md", title="Another", link="https://news.example/b", summary="Another text"),
    ],
)
def test_another_note_is_another_entry_though_it_has_the_same_page_or_date(other: Entry) -> None:
    two = build([other], build([NOTE]))
    assert ids(two) == ["b"]
    assert [ref for ref, _ in tombstones(two)] == ["a"]
    codes = {(each.path, each.code) for each in two.problems}
    assert ("news/a.md", "id.withdrawn") in codes
    assert (("news/b.md", "id.not_recognised") in codes) == (other.link == NOTE.link)


def test_another_entry_in_the_file_of_a_removed_one_does_not_get_its_id() -> None:
    other = make_entry("a", title="Another", link="https://news.example/b", published=NOW, summary="Another text")
    one = build([NOTE])
    for before in (one, build([], one)):
        two = build([other], before, LATER)
        assert ids(two) == []
        (left_out,) = [each for each in two.problems if each.level == "error"]
        assert (left_out.path, left_out.code) == ("news/a.md", "id.reserved")
        assert left_out.suggestion == ("insert", f"id: {NOTE.id}-2")
        named = variant(other, id=f"{NOTE.id}-2", has_own_id=True)
        three = build([named, variant(NOTE, source="news/back.md")], two, LATER + timedelta(hours=1))
        assert sorted(ids(three)) == ["a", "a-2"]
        assert tombstones(three) == []


def test_a_copy_that_sorts_first_does_not_take_the_id() -> None:
    original = make_entry("y", id="tag:feeds.example,2026:same", has_own_id=True)
    copy = variant(original, source="a/x.md", id=original.id, title="Copy", link="https://news.example/x")
    two = build([copy, original], build([original]))
    assert [record.id for record in two.edition.state.files.values()] == [original.id]
    assert list(two.edition.state.files) == ["news/y.md"]
    assert [(each.path, each.code) for each in two.problems] == [("a/x.md", "id.taken")]
    # It does not inherit the id either.
    three = build([copy], two, LATER)
    assert ids(three) == []
    assert ("a/x.md", "id.reserved") in [(each.path, each.code) for each in three.problems]


def test_a_note_that_is_split_or_merged_gives_one_note_the_id() -> None:
    first, second = " ".join(TEXT.split()[:40]), " ".join(TEXT.split()[40:])
    parts = [variant(NOTE, source="news/one.md", summary=first), variant(NOTE, source="news/two.md", summary=second)]
    split = build(parts, build([NOTE]))
    assert {entry.id.rpartition("/")[2]: path for path, entry in split.edition.state.files.items()} == {
        "a": "news/one.md",
        "two": "news/two.md",
    }
    merged = build([variant(NOTE, source="news/all.md")], split, LATER)
    assert ids(merged) == ["a"]
    assert [(each.path, each.id.rpartition("/")[2]) for each in merged.withdrawn] == [("news/two.md", "two")]


@pytest.mark.slow
def test_many_entries_with_one_link_are_recognised_in_linear_time() -> None:
    def entries(folder: str, edit: str) -> list[Entry]:
        return [
            make_entry(
                f"n{number}",
                link="https://news.example/same",
                title="Notes",
                summary=f"{TEXT} {number} {edit}",
                source=f"{folder}/n{number}.md",
                id=f"tag:feeds.example,2026:{folder}/n{number}",
            )
            for number in range(count)
        ]

    compared = []
    for count in (200, 400):
        known = [KnownEntry(entry.source, make_record(entry)) for entry in entries("old", "")]
        with mock.patch.object(recognition, "resemblance", wraps=recognition.resemblance) as counted:
            claims = recognise(entries("new", "edited"), known).claims
        assert {path.rpartition("/")[2]: each.path.rpartition("/")[2] for path, each in claims.items()} == {
            f"n{number}.md": f"n{number}.md" for number in range(count)
        }
        compared.append(counted.call_count)
    assert compared[1] <= 2.1 * compared[0]
