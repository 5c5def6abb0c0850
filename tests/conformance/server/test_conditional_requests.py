"""Validators and conditional requests (RFC 9110, sections 8.8 and 13)."""

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import pytest

from feeds.edition.model import Document
from tests.support.factories import NOW
from tests.support.http_site import CODINGS, FEED, IMF_FIXDATE, edition_of
from tests.support.raw_http import Answer, Server, server
from tests.support.trees import CONFIG, publish


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


# 8.2 to 8.5


def test_validators_equal_those_of_the_manifest(served: Server, documents: dict[str, Document]) -> None:
    with served.connect() as connection:
        for path, document in documents.items():
            answer = connection.ask(path)
            assert answer["ETag"] == f'"{document.etag}"'
            assert IMF_FIXDATE.fullmatch(answer["Last-Modified"])
            assert parsedate_to_datetime(answer["Last-Modified"]) == document.modified
            assert parsedate_to_datetime(answer["Last-Modified"]) <= parsedate_to_datetime(answer["Date"])


def test_the_manifest_has_validators_too(served: Server) -> None:
    answer = served.ask("/manifest.json")
    assert re.fullmatch(r'"[!#-~]+"', answer["ETag"])
    assert served.ask("/manifest.json", If_None_Match=answer["ETag"]).status == 304


def test_last_modified_is_never_later_than_date(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    made = edition_of("a")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    later = {path: replace(each, modified=tomorrow) for path, each in made.documents.items()}
    publish(replace(made, documents=later), tmp_path / "public")
    with server(tmp_path) as running:
        for method in ("GET", "HEAD"):
            answer = running.ask(FEED, method)
            assert answer.status == 200
            if "Last-Modified" in answer:
                assert parsedate_to_datetime(answer["Last-Modified"]) <= parsedate_to_datetime(answer["Date"])
        answer = running.ask(FEED, If_None_Match=answer["ETag"])
        assert answer.status == 304
        if "Last-Modified" in answer:
            assert parsedate_to_datetime(answer["Last-Modified"]) <= parsedate_to_datetime(answer["Date"])


def test_another_process_on_a_copy_gives_the_same_validators(
    served: Server, site: Path, documents: dict[str, Document], tmp_path: Path
) -> None:
    shutil.copytree(site / "public", tmp_path / "public")  # with other dates of files
    shutil.copy(site / "config.yaml", tmp_path)
    with server(tmp_path, PYTHONHASHSEED="7") as other, other.connect() as there, served.connect() as here:
        for path in [*documents, "/", "/manifest.json", "/nope", "/feeds/lost.xml", "/feeds/old-name.xml"]:
            for coding in (None, "gzip", "br", "zstd"):
                one, two = (each.ask(path, Accept_Encoding=coding) for each in (here, there))
                assert (one.status, one.lasting, one.body) == (two.status, two.lasting, two.body), path


def test_each_encoding_has_its_own_strong_etag(
    served: Server, coded: list[str], documents: dict[str, Document]
) -> None:
    for path in coded:
        with served.connect() as connection:
            tags = {coding: connection.ask(path, Accept_Encoding=coding)["ETag"] for coding in CODINGS}
        assert tags == {coding: f'"{documents[path].etag}-{coding}"' for coding in CODINGS}


# 8.6 to 8.10

KNOWN: dict[str, Callable[[Answer], str]] = {
    "etag": lambda first: first["ETag"],
    "modified": lambda first: first["Last-Modified"],
    "later": lambda first: http_date(parsedate_to_datetime(first["Last-Modified"]) + timedelta(seconds=1)),
    "earlier": lambda first: http_date(parsedate_to_datetime(first["Last-Modified"]) - timedelta(seconds=1)),
    "rfc850": lambda first: f"{parsedate_to_datetime(first['Last-Modified']):%A, %d-%b-%y %H:%M:%S} GMT",
    "rfc850_earlier": lambda first: (
        f"{parsedate_to_datetime(first['Last-Modified']) - timedelta(seconds=1):%A, %d-%b-%y %H:%M:%S} GMT"
    ),
    "asctime": lambda first: time.asctime(parsedate_to_datetime(first["Last-Modified"]).timetuple()),
    "asctime_earlier": lambda first: time.asctime(
        (parsedate_to_datetime(first["Last-Modified"]) - timedelta(seconds=1)).timetuple()
    ),
}


CONDITIONS: list[tuple[dict[str, str | list[str]], int]] = [
    # Weak comparison, lists, lines.
    ({"If_None_Match": "{etag}"}, 304),
    ({"If_None_Match": "W/{etag}"}, 304),
    ({"If_None_Match": '"other", {etag}'}, 304),
    ({"If_None_Match": '{etag},"other"'}, 304),
    ({"If_None_Match": ', "other",,W/"x" ,{etag},'}, 304),
    ({"If_None_Match": '"with, comma", {etag}'}, 304),
    ({"If_None_Match": '"", {etag}'}, 304),
    ({"If_None_Match": ['"other"', "{etag}"]}, 304),
    ({"If_None_Match": ["{etag}", '"other"']}, 304),
    ({"If_None_Match": "*"}, 304),
    ({"If_None_Match": '"other"'}, 200),
    ({"If_None_Match": 'W/"other", "another"'}, 200),
    ({"If_None_Match": '"*"'}, 200),
    # The ETag is the whole text between the quotes.
    ({"If_None_Match": '"x{etag}'}, 200),
    # If-None-Match wins, in both directions.
    ({"If_None_Match": '"other"', "If_Modified_Since": "{later}"}, 200),
    ({"If_None_Match": '"other"', "If_Modified_Since": "{modified}"}, 200),
    ({"If_None_Match": "{etag}", "If_Modified_Since": "{earlier}"}, 304),
    ({"If_None_Match": "{etag}", "If_Modified_Since": "not a date"}, 304),
    # Dates.
    ({"If_Modified_Since": "{modified}"}, 304),
    ({"If_Modified_Since": "{later}"}, 304),
    ({"If_Modified_Since": "{earlier}"}, 200),
    ({"If_Modified_Since": "{rfc850}"}, 304),
    ({"If_Modified_Since": "{rfc850_earlier}"}, 200),
    ({"If_Modified_Since": "{asctime}"}, 304),
    ({"If_Modified_Since": "{asctime_earlier}"}, 200),
    ({"If_Modified_Since": "not a date"}, 200),
    ({"If_Modified_Since": ""}, 200),
    ({"If_Modified_Since": "0"}, 200),
    ({"If_Modified_Since": "-1"}, 200),
    ({"If_Modified_Since": "Mon, 31 Feb 2026 00:00:00 GMT"}, 200),
    ({"If_Modified_Since": "Thu, 01 Jan 2026 99:99:99 GMT"}, 200),
    ({"If_Modified_Since": "99999999999999999999"}, 200),
    # Strong comparison.
    ({"If_Match": "{etag}"}, 200),
    ({"If_Match": '"other", {etag}'}, 200),
    ({"If_Match": ['"other"', "{etag}"]}, 200),
    ({"If_Match": "*"}, 200),
    ({"If_Match": '"other"'}, 412),
    ({"If_Match": "W/{etag}"}, 412),
    ({"If_Match": '"other"', "If_None_Match": "{etag}"}, 412),
    ({"If_Match": "{etag}", "If_None_Match": "{etag}"}, 304),
    ({"If_Match": "{etag}", "If_None_Match": '"other"'}, 200),
    ({"If_Unmodified_Since": "{modified}"}, 200),
    ({"If_Unmodified_Since": "{later}"}, 200),
    ({"If_Unmodified_Since": "{earlier}"}, 412),
    ({"If_Unmodified_Since": "not a date"}, 200),
    ({"If_Unmodified_Since": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, 200),
    ({"If_Modified_Since": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, 200),
    ({"If_Unmodified_Since": "{earlier}", "If_None_Match": "{etag}"}, 412),
    ({"If_Unmodified_Since": "{earlier}", "If_Match": "{etag}"}, 200),
    ({"If_Unmodified_Since": "{modified}", "If_Modified_Since": "{modified}"}, 304),
]


@pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("condition", "status"), CONDITIONS)
def test_conditional_requests_follow_rfc_9110(
    served: Server, condition: dict[str, str | list[str]], status: int, method: str, coding: str
) -> None:
    with served.connect() as connection:
        first = connection.ask(FEED, Accept_Encoding=coding)
        known = {name: value(first) for name, value in KNOWN.items()}
        headers = {
            name: values.format(**known) if isinstance(values, str) else [value.format(**known) for value in values]
            for name, values in condition.items()
        }
        answer = connection.ask(FEED, method, Accept_Encoding=coding, **headers)
        # If the first response had more bytes, this would not parse as a response.
        assert connection.ask(FEED, Accept_Encoding=coding).body == first.body
    assert answer.status == status, headers
    if status == 200:
        assert answer.lasting == first.lasting
        assert answer.body == (first.body if method == "GET" else b"")
    if status == 412:
        assert len(answer.body) < 200
        assert first.body[:40] not in answer.body
        assert "Content-Encoding" not in answer


def test_the_etag_of_another_encoding_does_not_match(served: Server) -> None:
    tags = {coding: served.ask(FEED, Accept_Encoding=coding)["ETag"] for coding in ("identity", *CODINGS)}
    for asked in tags:
        for sent, tag in tags.items():
            expected = (304, 200) if sent == asked else (200, 412)
            for headers, status in zip(({"If_None_Match": tag}, {"If_Match": tag}), expected, strict=True):
                assert served.ask(FEED, Accept_Encoding=asked, **headers).status == status, (asked, headers)
    everything = ", ".join(tags.values())
    assert {served.ask(FEED, Accept_Encoding=coding, If_None_Match=everything).status for coding in tags} == {304}


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", [FEED, "/feeds/ai.json", "/feeds/ai.html", "/", "/style.css", "/manifest.json"])
def test_a_304_has_the_headers_of_the_200_without_those_of_the_body(served: Server, path: str, coding: str) -> None:
    whole = served.ask(path, Accept_Encoding=coding)
    for headers in ({"If_None_Match": whole["ETag"]}, {"If_Modified_Since": whole["Last-Modified"]}):
        answer = served.ask(path, Accept_Encoding=coding, **headers)
        assert answer.status == 304
        assert "Date" in answer
        expected = dict(whole.lasting)
        for name in ("content-type", "content-length", "content-encoding"):
            expected.pop(name, None)
        # It is optional with an ETag, and harmless (RFC 9110, section 15.4.5).
        assert answer.lasting | {"last-modified": whole.all("Last-Modified")} == expected


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions_only_apply_to_documents(served: Server, method: str) -> None:
    for path, status in (("/nope", 404), ("/feeds/lost.xml", 410), ("/feeds/old-name.xml", 301)):
        for headers in ({"If_None_Match": "*"}, {"If_Match": '"x"'}, {"If_Modified_Since": http_date(NOW)}):
            assert served.ask(path, method, **headers).status == status, (path, headers)
