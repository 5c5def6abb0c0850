"""Deltas of feeds for readers that know an older edition (RFC 3229 with the feed manipulator)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from feeds.edition.model import Edition
from tests.support.factories import NOW
from tests.support.http_site import CODINGS, FEED, coding_of, decoded, edition_of, edition_with
from tests.support.processes import until
from tests.support.raw_http import Connection, Server, server
from tests.support.trees import CONFIG, publish


def served_as(connection: Connection, edition: Edition) -> bool:
    # A document of the next edition that is already in the folder has no date yet.
    answer = connection.ask(FEED)
    return answer["ETag"] == f'"{edition.documents[FEED[1:]].etag}"' and "Last-Modified" in answer


def test_changed_bytes_have_a_new_etag_and_a_later_date_within_a_second(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=10)
    made = edition_of("a", now=now)
    publish(made, tmp_path / "public")
    seen = []
    with server(tmp_path) as running, running.connect() as connection:
        for names in (("a",), ("a", "b"), ("a", "b", "c"), ("a",)):
            made = edition_of(*names, before=made, now=now)
            publish(made, tmp_path / "public")
            until(lambda: served_as(connection, made))  # noqa: B023
            answers = [connection.ask(FEED, Accept_Encoding=coding) for coding in ("identity", "gzip", "br", "zstd")]
            assert len({answer["ETag"] for answer in answers}) == 4
            assert len({answer["Last-Modified"] for answer in answers}) == 1
            assert len({decoded(answer) for answer in answers}) == 1
            seen.append((answers[0]["ETag"], parsedate_to_datetime(answers[0]["Last-Modified"]), answers[0].body))
    dates = [date for _, date, _ in seen]
    assert dates == sorted(set(dates))
    assert len({tag for tag, _, _ in seen}) == len({body for _, _, body in seen}) == len(seen)


# RFC 3229 (section 9)


def ids(path: str, body: bytes) -> list[str]:
    """Return the ids of the entries of a feed."""
    if path.endswith(".json"):
        return [str(item["id"]) for item in json.loads(body)["items"]]
    root = ET.fromstring(body)
    name = "channel/item/guid" if path.endswith(".xml") else "{*}entry/{*}id"
    return [str(each.text) for each in root.findall(name)]


def rest_of(path: str, body: bytes) -> object:
    """Return the metadata of a feed."""
    if path.endswith(".json"):
        return {key: value for key, value in json.loads(body).items() if key != "items"}
    root = ET.fromstring(body)
    top = root.find("channel") if path.endswith(".xml") else root
    assert top is not None
    return [
        (each.tag, each.text and each.text.strip(), each.attrib)
        for each in top
        if each.tag.rpartition("}")[2] not in ("item", "entry")
    ]


FORMATS = ("/feeds/ai.xml", "/feeds/ai.atom", "/feeds/ai.json")


# The entries of each edition, with their versions.
EDITIONS = ({"a": 0, "b": 0, "c": 0}, {"a": 0, "b": 1, "c": 0, "d": 0}, {"a": 0, "b": 1, "c": 2, "d": 0, "e": 0})


def fresh_since(number: int) -> set[str]:
    """Return the ids of the new and changed entries of the last edition."""
    old, new = EDITIONS[number], EDITIONS[-1]
    return {f"tag:feeds.example,2026:news/{name}" for name, version in new.items() if old.get(name) != version}


@dataclass(frozen=True, slots=True)
class Past:
    """A server of deltas, and the tags it has served: by edition, path and coding."""

    server: Server
    tags: list[dict[tuple[str, str], str]]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    folder = tmp_path_factory.mktemp("delta")
    (folder / "config.yaml").write_text(f"{CONFIG}serve:\n  delta: true\n")
    made = edition_with(EDITIONS[0], Edition(), NOW)
    publish(made, folder / "public")
    tags = []
    with server(folder) as running, running.connect() as connection:
        for number, versions in enumerate(EDITIONS):
            made = edition_with(versions, made, NOW + timedelta(hours=number))
            publish(made, folder / "public")
            until(lambda: served_as(connection, made))  # noqa: B023
            tags.append(
                {
                    (path, coding): connection.ask(path, Accept_Encoding=coding)["ETag"]
                    for path in FORMATS
                    for coding in ("identity", *CODINGS)
                }
            )
        yield Past(running, tags)


@pytest.mark.parametrize("path", FORMATS)
@pytest.mark.parametrize("sent", ["identity", "gzip", "br"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_delta_has_the_new_and_changed_entries(past: Past, number: int, sent: str, path: str) -> None:
    full = past.server.ask(path)
    answer = past.server.ask(path, A_IM="feed", If_None_Match=past.tags[number][path, sent], Accept_Encoding=sent)
    assert answer.status == 226
    assert answer["IM"] == "feed"
    assert answer["ETag"] == past.tags[-1][path, sent]
    assert answer["Content-Type"] == full["Content-Type"]
    # Its ETag names a coding, so its bytes are in that coding.
    assert coding_of(answer) == sent
    body = decoded(answer)
    assert answer.items("Cache-Control") == {"no-store", "im"}
    assert answer.items("Vary") == {"a-im", "if-none-match", "accept-encoding"}
    for name in ("X-Content-Type-Options", "Content-Security-Policy", "Access-Control-Allow-Origin", "Link"):
        assert answer.all(name) == full.all(name)
    found = ids(path, body)
    assert len(found) == len(set(found))
    assert set(found) == fresh_since(number)
    assert found == [each for each in ids(path, full.body) if each in fresh_since(number)]
    assert rest_of(path, body) == rest_of(path, full.body)
    # The client already has the current version.
    again = past.server.ask(path, A_IM="feed", If_None_Match=answer["ETag"], Accept_Encoding=sent)
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", FORMATS)
def test_an_entry_in_a_delta_equals_the_one_in_the_feed(past: Past, path: str) -> None:
    full = past.server.ask(path)
    answer = past.server.ask(path, A_IM="feed", If_None_Match=past.tags[1][path, "identity"])
    if path.endswith(".json"):
        entries = {item["id"]: item for item in json.loads(full.body)["items"]}
        assert all(entries[item["id"]] == item for item in json.loads(answer.body)["items"])
        return
    one, two = (ET.fromstring(body) for body in (full.body, answer.body))
    name = "channel/item" if path.endswith(".xml") else "{*}entry"
    whole = {ET.canonicalize(ET.tostring(each), strip_text=True) for each in one.findall(name)}
    part = {ET.canonicalize(ET.tostring(each), strip_text=True) for each in two.findall(name)}
    assert part < whole


@pytest.mark.parametrize("path", FORMATS)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"A_IM": "feed", "If_None_Match": "{current}"}, 304),
        ({"A_IM": "feed", "If_None_Match": "{old}, {current}"}, 304),
        ({"A_IM": "feed", "If_None_Match": "{old}, W/{current}"}, 304),
        ({"A_IM": "feed", "If_None_Match": "*"}, 304),
        ({"A_IM": "feed", "If_None_Match": "{old}", "If_Match": "{current}"}, 226),
        ({"A_IM": "feed", "If_None_Match": "{old}", "If_Match": '"nope"'}, 412),
        ({"A_IM": "feed", "If_None_Match": "{old}", "If_Unmodified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 412),
        ({"A_IM": "feed", "If_None_Match": '"unknown"'}, 200),
        ({"A_IM": "feed"}, 200),
        ({"If_None_Match": "{old}"}, 200),
        ({"A_IM": "", "If_None_Match": "{old}"}, 200),
        ({"A_IM": "vcdiff, gzip", "If_None_Match": "{old}"}, 200),
        ({"A_IM": "feed;q=0", "If_None_Match": "{old}"}, 200),
        ({"A_IM": "feeds", "If_None_Match": "{old}"}, 200),
        ({"A_IM": "feed", "If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 200),
        ({"A_IM": "vcdiff, Feed;q=0.5", "If_None_Match": "{old}"}, 226),
        ({"A_IM": ["gzip", "feed"], "If_None_Match": "{old}"}, 226),
        ({"A_IM": "feed", "If_None_Match": "{old}", "If_Modified_Since": "{later}"}, 226),
    ],
)
def test_a_delta_needs_a_im_and_a_known_etag(
    past: Past, path: str, headers: dict[str, str | list[str]], status: int
) -> None:
    full = past.server.ask(path)
    known = {"old": past.tags[0][path, "identity"], "current": full["ETag"], "later": full["Last-Modified"]}
    answer = past.server.ask(
        path,
        **{name: value.format(**known) if isinstance(value, str) else value for name, value in headers.items()},
    )
    assert answer.status == status
    assert ("IM" in answer) == (status == 226)
    if status in (200, 304):
        assert answer["ETag"] == full["ETag"]
        assert answer.items("Vary") >= {"accept-encoding", "a-im"}
        assert "no-store" not in answer.items("Cache-Control")
    if status == 200:
        assert answer.body == full.body


def test_a_delta_names_its_base_among_several_etags(past: Past) -> None:
    tags = [each[FEED, "identity"] for each in past.tags]
    for sent, bases in (([tags[0], '"unknown"'], {0}), (['"x"', tags[1]], {1}), ([tags[0], tags[1]], {0, 1})):
        answer = past.server.ask(FEED, A_IM="feed", If_None_Match=", ".join(sent))
        assert answer.status == 226
        base = tags.index(answer["Delta-Base"])
        assert base in bases
        assert set(ids(FEED, answer.body)) == fresh_since(base)


def test_a_page_is_never_a_delta(past: Past) -> None:
    for path in ("/feeds/ai.html", "/feeds.opml", "/manifest.json"):
        assert past.server.ask(path, A_IM="feed", If_None_Match='"x"').status == 200


def test_deltas_are_off_by_default(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    old = edition_of("a")
    publish(old, tmp_path / "public")
    with server(tmp_path) as running, running.connect() as connection:
        tag = connection.ask(FEED)["ETag"]
        new = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
        publish(new, tmp_path / "public")
        until(lambda: served_as(connection, new))
        full = connection.ask(FEED)
        answer = connection.ask(FEED, A_IM="feed", If_None_Match=tag)
        assert (answer.status, answer.lasting, answer.body) == (200, full.lasting, full.body)
        assert "IM" not in answer
        assert connection.ask(FEED, A_IM="feed", If_None_Match=full["ETag"]).status == 304
