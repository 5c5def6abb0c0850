"""An edition can be compared, serialised and read again."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.edition import model
from feeds.edition.diff import compare
from feeds.edition.manifest import from_manifest, to_manifest
from feeds.edition.model import Document, Edition, EditionState, FeedSummary, FileRecord, Membership, Removal
from feeds.edition.paths import classify_path
from feeds.errors import EditionError

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def document(path: str, body: bytes, modified: datetime = MOMENT) -> Document:
    kind, feed = classify_path(path, DOCUMENTS, STATE.moved)
    return Document(path, "text/plain", model.strong_etag(body), len(body), modified, body, kind=kind, feed=feed)


STATE = EditionState(
    url="https://feeds.example/",
    feeds=(FeedSummary("feeds/ai", "AI", "topic", ("tag:b", "tag:a"), 1, MOMENT),),
    files={"news/a.md": FileRecord("tag:a", "0123")},
    removals={"tag:c": Removal(MOMENT, ("feeds/ai",))},
    memberships={"feeds/top": {"tag:a": Membership(MOMENT, active=False)}},
    moved={"feeds/old.xml": "feeds/ai.xml"},
    gone=frozenset({"feeds/gone.xml"}),
    modified=MOMENT,
)
DOCUMENTS = [
    *("index.html", "assets/feeds/a.xml", "feeds/ai.xml", "feeds/ai.html", "feeds/ai/2026-01.xml"),
    *("feeds/ai/2026-01.html", "feeds/providers/a.example.json", "feeds/人工智能.xml", "feeds/2026-01.atom"),
    *("feeds/old.xml", "feeds/providers/2026-02.json"),
]
paths = st.sampled_from(DOCUMENTS)
editions = st.dictionaries(paths, st.binary(max_size=3)).map(
    lambda bodies: Edition({path: document(path, body) for path, body in bodies.items()}, STATE)
)


@given(editions)
def test_an_edition_does_not_differ_from_itself(one: Edition) -> None:
    changes = compare(one, one)
    assert not changes
    assert (changes.added, changes.changed, changes.removed) == ((), (), ())


@given(editions, editions)
def test_applying_the_changes_gives_the_other_edition(one: Edition, other: Edition) -> None:
    assert one.apply(compare(one, other)) == other


@given(editions)
def test_a_manifest_has_everything_except_the_bytes(one: Edition) -> None:
    again = from_manifest(to_manifest(one), "manifest.json")
    assert again == one
    assert all(each.body is None for each in again.documents.values())
    assert to_manifest(again) == to_manifest(one)


def test_a_manifest_without_a_date_has_that_of_its_newest_document() -> None:
    documents = {path: document(path, b"x", MOMENT.replace(day=day)) for path, day in (("a", 3), ("b", 9), ("c", 4))}
    data = re.sub(rb',\n"changed": "[^"]+"', b"", to_manifest(Edition(documents, STATE)))
    assert b"changed" not in data
    assert from_manifest(data, "manifest.json").state.modified == MOMENT.replace(day=9)


def test_kind_and_feed_of_a_document_follow_from_its_path() -> None:
    made = {path: classify_path(path, DOCUMENTS, STATE.moved) for path in DOCUMENTS}
    assert made == {
        "index.html": ("site", None),
        "assets/feeds/a.xml": ("asset", None),
        "feeds/ai.xml": ("feed", "feeds/ai"),
        "feeds/ai.html": ("page", "feeds/ai"),
        "feeds/ai/2026-01.xml": ("archive", "feeds/ai"),
        "feeds/ai/2026-01.html": ("page", "feeds/ai"),
        "feeds/providers/a.example.json": ("feed", "feeds/providers/a.example"),
        "feeds/人工智能.xml": ("feed", "feeds/人工智能"),
        "feeds/2026-01.atom": ("feed", "feeds/2026-01"),
        "feeds/old.xml": ("redirect", None),
        # There is no feed of all providers, so this name looks like a month.
        "feeds/providers/2026-02.json": ("feed", "feeds/providers/2026-02"),
    }


def without_kinds(data: bytes) -> bytes:
    """Return a manifest in the form of version 1."""
    value = json.loads(data)
    value["version"] = 1
    for item in value["documents"].values():
        item.pop("kind", None)
        item.pop("feed", None)
    return "{{\n{}\n}}\n".format(
        ",\n".join(f'"{key}": {json.dumps(part, ensure_ascii=False)}' for key, part in value.items())
    ).encode()


@pytest.mark.parametrize("memory", [True, False])
def test_a_version_1_manifest_reads_as_version_2(memory: bool) -> None:
    data = to_manifest(Edition({path: document(path, b"x") for path in DOCUMENTS}, STATE))
    assert from_manifest(without_kinds(data), "", memory) == from_manifest(data, "", memory)


VALID = json.loads(to_manifest(Edition({"a": document("a", b"x")})))


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[]",
        "{",
        "\ud800",
        "[" * 100_000,
        {"version": 3},
        {"version": 2},
        {"version": 1},
        VALID | {"documents": {"../../etc/passwd": VALID["documents"]["a"]}},
        VALID | {"documents": {"/etc/passwd": VALID["documents"]["a"]}},
        VALID | {"documents": {".git/config": VALID["documents"]["a"]}},
        VALID | {"documents": {"a\\b": VALID["documents"]["a"]}},
        VALID | {"documents": {"a": VALID["documents"]["a"] | {"type": "text/html\r\nX: y"}}},
        VALID | {"documents": {"a": VALID["documents"]["a"] | {"etag": 'a"b'}}},
        VALID | {"documents": {"a": VALID["documents"]["a"] | {"modified": "today"}}},
        VALID | {"documents": {"a": VALID["documents"]["a"] | {"kind": "feeds"}}},
        VALID | {"documents": {"a": VALID["documents"]["a"] | {"kind": ["feed"]}}},
        VALID | {"documents": {"a": VALID["documents"]["a"] | {"kind": "page", "feed": "../../etc/passwd"}}},
        VALID | {"documents": {"a": VALID["documents"]["a"] | {"kind": "page", "feed": ["feeds/a"]}}},
        VALID | {"documents": {"a": None}},
        VALID | {"moved": {"feeds/a.xml": "../../etc/passwd"}},
        VALID
        | {"feeds": [{"path": "feeds/a", "title": "", "kind": "", "window": 0, "updated": "2026", "entries": [7]}]},
    ],
)
def test_a_foreign_manifest_is_rejected(broken: object) -> None:
    data = broken.encode("utf-8", "surrogatepass") if isinstance(broken, str) else json.dumps(broken).encode()
    with pytest.raises(EditionError):
        from_manifest(data, "manifest.json")


def test_the_entity_tag_of_bytes_is_the_same_on_every_machine() -> None:
    assert model.strong_etag(b"Everyday Feeds") == "4b9e53dbb9f6e3ede4677ef0e8df322e"
