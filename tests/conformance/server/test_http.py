"""What is served keeps RFC 9110, 9111, 9112, 8288 and 5861, and RFC 3229 where it is asked to.

Everything is tried on the real server with the bytes of HTTP; nothing here knows how it works.
"""

import gzip
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feeds.content.model import Content
from feeds.edition.folder import load_published_edition
from feeds.edition.model import Document, Edition, strong_etag
from feeds.model import Category
from feeds.pipeline.compose import compose
from tests.support.factories import NOW, SITE, article, make_entry
from tests.support.processes import run, until
from tests.support.raw_http import Answer, Connection, Server, request, server
from tests.support.trees import CONFIG, publish

HUBS = ("https://hub.example/", "https://two.hub.example/push?site=1")
FEED = "/feeds/ai.xml"
CODINGS = {"gzip": ".gz", "br": ".br", "zstd": ".zst"}
IMF_FIXDATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT"
)
SITE_CONFIG = f"""{CONFIG}hubs: [{", ".join(HUBS)}]
aliases:
  old-name: ai
feeds:
  all:
    archive: true
"""


def plain(data: bytes) -> bytes:
    return data


def unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


DECODE: dict[str, Callable[[bytes], bytes]] = {
    "identity": plain,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": unzstd,
}


def coding_of(answer: Answer) -> str:
    return answer["Content-Encoding"].lower() if "Content-Encoding" in answer else "identity"


def decoded(answer: Answer) -> bytes:
    return DECODE[coding_of(answer)](answer.body)


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site that was built twice, so that it has feeds that moved and that are gone."""
    folder = tmp_path_factory.mktemp("site")
    files = {
        "config.yaml": SITE_CONFIG,
        "content/news/a.md": article("Čeština", "2026-01-02T03:04:05Z", more="topics: [AI, 漢字]\n"),
        "content/news/b.md": article(
            "Older", "2025-11-02T03:04:05Z", "https://news.example/b", "provider: {domain: news.example}\n"
        ),
        "content/news/c.md": article("Gone", url="https://news.example/c", more="topics: [Lost]\n"),
        "content/assets/small.json": "{}",
        "content/assets/drawing.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><!--{"x" * 2000}--></svg>',
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    run("build", cwd=folder)
    (folder / "content/news/c.md").unlink()
    run("build", "--accept-removals", "--accept-new-ids", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def edition(site: Path) -> Edition:
    found = load_published_edition(site / "public")
    assert found
    assert found.state.moved["feeds/old-name.xml"] == "feeds/ai.xml"
    assert "feeds/lost.xml" in found.state.gone
    return found


@pytest.fixture(scope="module")
def served(edition: Edition, site: Path) -> Iterator[Server]:
    with server(site) as running:
        yield running


@pytest.fixture(scope="module")
def documents(edition: Edition) -> dict[str, Document]:
    """Return the documents that are there, by their paths in URLs."""
    away = edition.state.moved.keys() | edition.state.gone
    return {f"/{quote(path)}": each for path, each in edition.documents.items() if path not in away}


@pytest.fixture(scope="module")
def feeds(documents: dict[str, Document]) -> list[str]:
    """Return the paths of the documents that readers subscribe to, and their archives."""
    found = [path for path in documents if path.startswith("/feeds/") and path.endswith((".xml", ".atom", ".json"))]
    assert {FEED, "/feeds/ai.atom", "/feeds/ai.json", f"/feeds/{quote('漢字')}.xml"} <= set(found)
    return found


@pytest.fixture(scope="module")
def coded(documents: dict[str, Document], site: Path) -> list[str]:
    """Return the paths of the documents that have coded twins."""
    found = [path for path, each in documents.items() if (site / "public" / f"{each.path}.zst").exists()]
    assert {FEED, "/feeds/ai.json", "/feeds/ai.html", "/feeds.opml"} <= set(found)
    return found


ROBOTS = b"User-agent: *\nDisallow: /private\n"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server of a site without pages and hubs, with robots and another time to be fresh."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "config.yaml").write_text(f"{CONFIG}pages: false\nmax_age: 5\n")
    site = replace(SITE, pages=False, max_age=300)
    made = compose(Content((make_entry(),)), [], site, Edition(), NOW).edition
    robots = Document("robots.txt", "text/plain", strong_etag(ROBOTS), len(ROBOTS), NOW, ROBOTS)
    publish(replace(made, documents={**made.documents, robots.path: robots}), folder / "public")
    with server(folder) as running:
        yield running


# 8.1


def test_a_document_has_its_type_its_length_and_its_bytes(
    served: Server, documents: dict[str, Document], site: Path
) -> None:
    with served.connect() as connection:
        for path, document in documents.items():
            answer = connection.ask(path)
            assert answer.status == 200, path
            assert answer["Content-Type"] == document.type
            assert int(answer["Content-Length"]) == len(answer.body) == document.size
            assert answer.body == (site / "public" / document.path).read_bytes()


def test_an_answer_has_one_date_and_it_is_now(served: Server) -> None:
    for path, status in ((FEED, 200), ("/nope", 404)):
        answer = served.ask(path)
        assert answer.status == status
        assert IMF_FIXDATE.fullmatch(answer["Date"])
        assert abs(parsedate_to_datetime(answer["Date"]) - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/feeds/ai.xml", "application/rss+xml; charset=utf-8"),
        ("/feeds/ai.atom", "application/atom+xml; charset=utf-8"),
        ("/feeds/ai.json", "application/feed+json"),
        ("/feeds/ai.html", "text/html; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/manifest.json", "application/json"),
        ("/style.css", "text/css; charset=utf-8"),
    ],
)
def test_each_kind_of_document_has_its_media_type(served: Server, path: str, expected: str) -> None:
    assert served.ask(path)["Content-Type"] == expected


def test_the_start_page_is_at_the_root(served: Server, site: Path) -> None:
    for path in ("/", "/?utm_source=x"):
        answer = served.ask(path)
        assert (answer.status, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert answer.body == (site / "public/index.html").read_bytes()


def test_the_manifest_is_served_as_it_is(served: Server, site: Path) -> None:
    assert served.ask("/manifest.json").body == (site / "public/manifest.json").read_bytes()


def test_a_query_changes_nothing(served: Server) -> None:
    assert served.ask(f"{FEED}?utm_source=a&b=%00").lasting == served.ask(FEED).lasting


def test_a_path_may_have_escaped_what_needs_no_escape(served: Server) -> None:
    assert served.ask("/%66eeds/%61i.xml").body == served.ask(FEED).body


# 8.2 to 8.5


def test_validators_are_those_of_the_manifest(served: Server, documents: dict[str, Document]) -> None:
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


def test_another_process_on_a_copy_gives_the_same_answers(
    served: Server, site: Path, documents: dict[str, Document], tmp_path: Path
) -> None:
    shutil.copytree(site / "public", tmp_path / "public")  # with other dates of files
    shutil.copy(site / "config.yaml", tmp_path)
    with server(tmp_path, PYTHONHASHSEED="7") as other, other.connect() as there, served.connect() as here:
        for path in [*documents, "/", "/manifest.json", "/nope", "/feeds/lost.xml", "/feeds/old-name.xml"]:
            for coding in (None, "gzip", "br", "zstd"):
                one, two = (each.ask(path, Accept_Encoding=coding) for each in (here, there))
                assert (one.status, one.lasting, one.body) == (two.status, two.lasting, two.body), path


def test_a_strong_tag_is_another_one_for_each_coding(
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
    # The tag is the whole of what is between quotes.
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
def test_a_condition_is_answered_as_rfc_9110_says(
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
        # Had there been more of it, this would not be an answer.
        assert connection.ask(FEED, Accept_Encoding=coding).body == first.body
    assert answer.status == status, headers
    if status == 200:
        assert answer.lasting == first.lasting
        assert answer.body == (first.body if method == "GET" else b"")
    if status == 412:
        assert len(answer.body) < 200
        assert first.body[:40] not in answer.body
        assert "Content-Encoding" not in answer


def test_the_tag_of_another_coding_is_another_one(served: Server) -> None:
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
def test_a_304_has_the_headers_of_the_200_but_not_those_of_a_body(served: Server, path: str, coding: str) -> None:
    whole = served.ask(path, Accept_Encoding=coding)
    for headers in ({"If_None_Match": whole["ETag"]}, {"If_Modified_Since": whole["Last-Modified"]}):
        answer = served.ask(path, Accept_Encoding=coding, **headers)
        assert answer.status == 304
        assert "Date" in answer
        expected = dict(whole.lasting)
        for name in ("content-type", "content-length", "content-encoding"):
            expected.pop(name, None)
        # It is not needed where there is a tag, and does no harm (RFC 9110, section 15.4.5).
        assert answer.lasting | {"last-modified": whole.all("Last-Modified")} == expected


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions_do_not_touch_what_is_no_document(served: Server, method: str) -> None:
    for path, status in (("/nope", 404), ("/feeds/lost.xml", 410), ("/feeds/old-name.xml", 301)):
        for headers in ({"If_None_Match": "*"}, {"If_Match": '"x"'}, {"If_Modified_Since": http_date(NOW)}):
            assert served.ask(path, method, **headers).status == status, (path, headers)


# 8.11 to 8.13


def test_every_answer_of_a_negotiated_url_varies(served: Server, coded: list[str]) -> None:
    with served.connect() as connection:
        for path in coded:
            for coding in (None, "identity", "gzip", "br", "zstd", "nonsense", "identity;q=0"):
                answer = connection.ask(path, Accept_Encoding=coding)
                assert answer.status == (406 if coding == "identity;q=0" else 200)
                assert answer.items("Vary") == {"accept-encoding"}
                again = connection.ask(path, Accept_Encoding=coding, If_None_Match="*")
                assert again.status == (406 if coding == "identity;q=0" else 304)
                assert again.items("Vary") == {"accept-encoding"}


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        (None, "identity"),
        ("", "identity"),
        ("identity", "identity"),
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("GZip", "gzip"),
        ("x-gzip", "gzip"),
        ("X-GZIP;q=0.5", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate, br", "br"),
        ("gzip, zstd", "zstd"),
        ("gzip,deflate", "gzip"),
        ("br;q=0.5, gzip;q=1.0", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0.5, zstd;q=0.5, gzip;q=0.5", "br"),
        ("br;q=0.001, zstd;q=0.002", "zstd"),
        ("gzip;q=0.001", "gzip"),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("gzip;q=0.4, identity;q=0.5", "identity"),
        ("gzip;Q=0.4, Identity;q=0.5", "identity"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.0, br;q=0.000", "identity"),
        ("deflate", "identity"),
        ("compress, sdch, dcb", "identity"),
        ("*", "br"),
        ("br;q=0, *", "zstd"),
        ("br;q=0, zstd;q=0, *;q=0.1", "gzip"),
        ("gzip, *;q=0.5", "gzip"),
        ("identity;q=0.5, *;q=0.1", "identity"),
        ("*;q=0, gzip", "gzip"),
        ("*;q=0, identity", "identity"),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0, *", "br"),
        ("gzip ; q=1 ,\tbr ; q=0.9", "gzip"),
        ("gzip;q=1.", "gzip"),
        ("gzip;q=0.5;foo=1", "gzip"),
        ("gzip;foo=1;q=0.5, identity;q=0.6", "identity"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("*;q=0, identity;q=0", None),
        ("identity;q=0, deflate", None),
        ("identity;q=0, gzip;q=0, br;q=0, zstd;q=0", None),
    ],
)
def test_the_coding_is_what_the_client_likes_best(
    served: Server, documents: dict[str, Document], site: Path, accepted: str | None, expected: str | None
) -> None:
    for path in (FEED, "/feeds/ai.html", "/assets/drawing.svg"):
        answer = served.ask(path, Accept_Encoding=accepted)
        assert answer.items("Vary") == {"accept-encoding"}
        if expected is None:
            assert answer.status == 406
            assert answer.body[:40] != (site / "public" / documents[path].path).read_bytes()[:40]
            continue
        assert (answer.status, coding_of(answer)) == (200, expected)
        assert answer["Content-Type"] == documents[path].type
        tag = documents[path].etag + ("" if expected == "identity" else f"-{expected}")
        assert answer["ETag"] == f'"{tag}"'
        assert int(answer["Content-Length"]) == len(answer.body)
        assert decoded(answer) == (site / "public" / documents[path].path).read_bytes()


def test_codings_may_be_in_several_lines(served: Server) -> None:
    assert coding_of(served.ask(FEED, Accept_Encoding=["gzip;q=0.5", "br"])) == "br"
    assert coding_of(served.ask(FEED, Accept_Encoding=["gzip", "br;q=0.5"])) == "gzip"


def best(accepted: dict[str, float]) -> str | None:
    """Return what RFC 9110, section 12.5.3, and our order of equals lead to, the long way round."""
    rest = accepted.get("*")
    named = {"gzip": accepted["x-gzip"]} if "x-gzip" in accepted else {}
    weights = {coding: (named | accepted).get(coding, rest) for coding in ("br", "zstd", "gzip", "identity")}
    liked = [(weight, -place, coding) for place, (coding, weight) in enumerate(weights.items()) if weight]
    if liked:
        return max(liked)[2]
    return "identity" if weights["identity"] is None else None


NAMES = st.sampled_from(["gzip", "br", "zstd", "identity", "*", "deflate", "x-gzip"])
WEIGHTS = st.integers(0, 1000).map(lambda number: number / 1000) | st.sampled_from([0.0, 1.0])


@given(st.dictionaries(NAMES, WEIGHTS, min_size=1).filter(lambda each: not {"gzip", "x-gzip"} <= each.keys()))
def test_any_weights_are_heeded(served: Server, accepted: dict[str, float]) -> None:
    answer = served.ask(FEED, Accept_Encoding=", ".join(f"{name};q={weight:.3g}" for name, weight in accepted.items()))
    expected = best(accepted)
    assert answer.status == (200 if expected else 406)
    if expected:
        assert coding_of(answer) == expected
        assert decoded(answer) == served.ask(FEED).body


@pytest.mark.parametrize(
    "accepted",
    [
        *(";;;", ",,,", "=", "*;*", "q=1", ";q=1", "gzip;q=", "gzip;q=abc", "gzip;q=-1", "gzip;q=nan", "gzip;q=inf"),
        *("gzip;q=1e3", "gzip;q=2", "gzip;q=0.5;q=0.1", "gzip;;q=1", "gzip;q=0.5;x=y", '"gzip"', "gzip/br", "gzip br"),
        *("\xff\xfe", "gzip;q=٣".encode().decode("latin-1"), "gzip;q=0,gzip", "identity;q=nan", "*;q=", "\x0b"),
        *("gzip;q=0.1234567890", "gzip;q=1_0", "br;level=5", "gzip;q==1", "*" * 500, "gzip," * 2000),
    ],
)
def test_nonsense_in_accept_encoding_harms_nobody(served: Server, accepted: str) -> None:
    answer = served.ask(FEED, Accept_Encoding=accepted)
    if answer.status == 400:  # characters that no header may have
        return
    assert answer.status in (200, 406)
    assert answer.items("Vary") == {"accept-encoding"}
    if answer.status == 200:
        assert decoded(answer) == served.ask(FEED).body


@given(st.text(st.sampled_from("gzipbrx-*;,q=01.5 identy\t"), max_size=40))
def test_whatever_is_in_accept_encoding_the_document_is_the_same(served: Server, accepted: str) -> None:
    answer = served.ask(FEED, Accept_Encoding=accepted)
    assert answer.status in (200, 406)
    if answer.status == 200:
        assert decoded(answer) == served.ask(FEED).body


def test_coded_bytes_are_those_that_were_exported(served: Server, coded: list[str], site: Path) -> None:
    with served.connect() as connection:
        for path in coded:
            body = connection.ask(path).body
            for coding, suffix in CODINGS.items():
                answer = connection.ask(path, Accept_Encoding=coding)
                assert coding_of(answer) == coding
                assert answer.body == Path(f"{site}/public{path.replace(quote('漢字'), '漢字')}{suffix}").read_bytes()
                assert decoded(answer) == body
                assert answer.body[4:8] == bytes(4) or coding != "gzip"  # no date in it


def test_small_documents_and_pictures_are_never_coded(
    served: Server, documents: dict[str, Document], coded: list[str]
) -> None:
    others = documents.keys() - set(coded)
    assert {"/icon.png", "/assets/small.json"} <= others
    assert {path for path, each in documents.items() if each.size < 512 or each.type == "image/png"} <= others
    for path in others:
        answer = served.ask(path, Accept_Encoding="gzip, br, zstd")
        assert (answer.status, coding_of(answer)) == (200, "identity")
        assert answer["ETag"] == f'"{documents[path].etag}"'


def test_a_coded_twin_that_is_not_whole_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    public = tmp_path / "public"
    publish(edition_of("a", "b"), public)
    broken = {
        "feeds/ai.xml": lambda suffix, data: None,
        "feeds/ai.atom": lambda suffix, data: (public / f"feeds.opml{suffix}").read_bytes(),
        "feeds/ai.json": lambda suffix, data: data[:-20],
        "feeds/ai.html": lambda suffix, data: b"",
        "feeds/all.xml": lambda suffix, data: data[:10] + bytes(20) + data[30:],
    }
    for path, damage in broken.items():
        for suffix in CODINGS.values():
            twin = public / f"{path}{suffix}"
            data = damage(suffix, twin.read_bytes())
            twin.unlink()
            if data is not None:
                twin.write_bytes(data)
    with server(tmp_path) as running:
        for path in broken:
            for coding in CODINGS:
                for _ in range(2):
                    answer = running.ask(f"/{path}", Accept_Encoding=coding)
                    assert (answer.status, decoded(answer)) == (200, (public / path).read_bytes()), path


def test_where_the_coded_twins_stayed_behind_documents_go_as_they_are_and_that_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(f"{CONFIG}serve: {{access_log: access.log}}\n")
    made = edition_of("a", "b")
    publish(made, tmp_path / "public")
    for suffix in CODINGS.values():
        for twin in (tmp_path / "public").rglob(f"*{suffix}"):
            twin.unlink()
    with server(tmp_path) as running, running.connect() as connection:
        for _ in range(3):
            for path in ("/feeds/ai.xml", "/feeds/ai.atom", "/feeds/ai.html"):
                answer = connection.ask(path, Accept_Encoding="gzip, deflate, br, zstd")
                assert (answer.status, coding_of(answer)) == (200, "identity")
        assert running.said.count(" without ") == len(CODINGS)
        # Where they come after all they are sent, with the next edition at the latest.
        publish(edition_of("a", "b", "c", before=made, now=NOW + timedelta(hours=1)), tmp_path / "public")
        until(lambda: coding_of(connection.ask("/feeds/ai.xml", Accept_Encoding="gzip")) == "gzip")


# 8.14


def test_head_is_get_without_the_body(served: Server, documents: dict[str, Document]) -> None:
    others = ["/", "/manifest.json", "/nope", "/feeds/lost.xml", "/feeds/old-name.xml", "/robots.txt", "/favicon.ico"]
    with served.connect() as connection:
        for path in [*documents, *others]:
            for coding in ("identity", "gzip", "br", "zstd", "identity;q=0"):
                got, head = (connection.ask(path, method, Accept_Encoding=coding) for method in ("GET", "HEAD"))
                assert (head.status, head.body) == (got.status, b"")
                assert head.lasting == got.lasting


# 8.15


def test_caches_are_told_the_same_of_every_document(served: Server, documents: dict[str, Document]) -> None:
    with served.connect() as connection:
        for path in ["/", *documents]:
            for headers in ({}, {"If_None_Match": "*"}, {"Accept_Encoding": "br"}):
                answer = connection.ask(path, **headers)
                assert answer["Cache-Control"] == "max-age=1800, stale-while-revalidate=600, stale-if-error=86400"


def test_max_age_is_what_the_edition_says(bare: Server) -> None:
    answer = bare.ask("/feeds/all.xml")
    assert answer["Cache-Control"] == "max-age=300, stale-while-revalidate=600, stale-if-error=86400"


def test_the_manifest_is_asked_for_each_time(served: Server) -> None:
    assert served.ask("/manifest.json")["Cache-Control"] == "no-cache"


def test_nobody_is_told_apart(served: Server) -> None:
    for path in (FEED, "/", "/nope", "/feeds/lost.xml", "/feeds/old-name.xml"):
        answer = served.ask(path, Cookie="a=b", Authorization="Basic eDp5")
        for name in ("Set-Cookie", "Pragma", "WWW-Authenticate", "Expires"):
            assert name not in answer
        assert not answer.items("Cache-Control") & {"private", "public"}
        assert not answer.items("Vary") & {"*", "cookie", "user-agent", "origin", "accept"}


# 8.16


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-0"},
        {"Range": "bytes=-1"},
        {"Range": "bytes=999999999-"},
        {"Range": "bytes=0-1,2-3,0-1"},
        {"Range": "lines=1-2"},
        {"Range": "nonsense"},
        {"Range": "bytes=0-0", "If_Range": '"other"'},
        {"Range": "bytes=0-0", "If_Range": "{etag}"},
    ],
)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_range_is_ignored(served: Server, headers: dict[str, str], coding: str) -> None:
    whole = served.ask(FEED, Accept_Encoding=coding)
    headers = {name: value.format(etag=whole["ETag"]) for name, value in headers.items()}
    answer = served.ask(FEED, Accept_Encoding=coding, **headers)
    assert (answer.status, answer.lasting, answer.body) == (200, whole.lasting, whole.body)
    assert "Content-Range" not in answer


# 8.17


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE", "get", "QUERY"])
@pytest.mark.parametrize("path", [FEED, "/", "/manifest.json"])
def test_what_cannot_be_done_says_what_can(served: Server, method: str, path: str) -> None:
    answer = served.ask(path, method)
    assert answer.status == 405
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"feeds.test" not in answer.body  # nothing is echoed


@pytest.mark.parametrize("path", [FEED, "/", "/manifest.json"])
def test_options_says_what_can_be_done(served: Server, path: str) -> None:
    answer = served.ask(path, "OPTIONS")
    assert (answer.status, answer.body) == (204, b"")
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    assert "Content-Length" not in answer


def test_a_browser_may_ask_from_every_origin(served: Server) -> None:
    answer = served.ask(
        FEED,
        "OPTIONS",
        Origin="https://reader.example",
        Access_Control_Request_Method="GET",
        Access_Control_Request_Headers="a-im, if-none-match",
    )
    assert answer.status == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert {"get", "head"} <= answer.items("Access-Control-Allow-Methods")
    assert {"if-none-match", "if-modified-since", "a-im"} <= answer.items("Access-Control-Allow-Headers")
    assert int(answer["Access-Control-Max-Age"]) > 0
    for path in (FEED, "/manifest.json", "/"):
        for headers in ({"If_None_Match": "*"}, {}):
            answer = served.ask(path, Origin="https://reader.example", **headers)
            assert answer["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in answer


def test_a_browser_may_read_what_it_is_told_where_there_is_no_document(served: Server) -> None:
    for path, method, status in (
        ("/nope", "GET", 404),
        ("/feeds/lost.xml", "GET", 410),
        ("/feeds/lost.html", "GET", 410),
        ("/feeds/old-name.xml", "GET", 301),
        (FEED, "POST", 405),
        (FEED, "OPTIONS", 204),
    ):
        answer = served.ask(path, method, Origin="https://reader.example")
        assert (answer.status, answer["Access-Control-Allow-Origin"]) == (status, "*")
    for coding in ("identity", "gzip;q=0, identity;q=0"):
        assert served.ask(FEED, If_Match='"x"', Accept_Encoding=coding)["Access-Control-Allow-Origin"] == "*"
    for headers in ({}, {"If_None_Match": "*"}):
        # Last-Modified may be read anyway.
        assert served.ask(FEED, **headers).items("Access-Control-Expose-Headers") == {"etag", "link"}
    assert "Access-Control-Allow-Origin" not in served.ask("/metrics")


# 8.18


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [{}, {"If_None_Match": "*"}, {"Accept": "text/html"}])
@pytest.mark.parametrize(
    "path",
    [
        *("/nope", "/feeds", "/feeds/", "/feeds/ai", "/feeds/ai.xml/", "/feeds/AI.xml", "/feeds/ai.rss", "/index.htm"),
        *("/feeds/providers/", "/_headers", "/.nojekyll", "/feeds/ai.xml.gz", "/index.html.br", "/feeds/ai.xml.zst"),
        *("/assets/", "/config.yaml", "/.well-known/security.txt", "/nope?x=y"),
    ],
)
def test_what_is_not_there_is_a_short_lived_404(
    served: Server, path: str, headers: dict[str, str], method: str
) -> None:
    answer = served.ask(path, method, **headers)
    assert answer.status == 404
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Cache-Control"] == "max-age=60"
    assert answer["X-Content-Type-Options"] == "nosniff"
    for name in ("ETag", "Last-Modified", "Location"):
        assert name not in answer
    assert answer.body == (served.ask("/something-else").body if method == "GET" else b"")


# 8.19


@pytest.mark.parametrize("accepted", ["text/html", "application/json", "image/*", "*/*;q=0", "nonsense"])
def test_a_url_with_a_suffix_ignores_accept(served: Server, accepted: str) -> None:
    for path in (FEED, "/feeds/ai.json", "/feeds/ai.html"):
        asked, first = served.ask(path, Accept=accepted), served.ask(path)
        assert (asked.status, asked.lasting, asked.body) == (200, first.lasting, first.body)


# 8.21 and 8.23


def links(answer: Answer) -> list[tuple[str, dict[str, str]]]:
    """Return the links of the Link header, which must be one line, its parameters quoted."""
    found = []
    rest = answer["Link"]
    while rest:
        link = re.match(r'<([^<>\s"]*)>((?:\s*;\s*[a-z]+="[^"]*")*)\s*(?:,\s*|$)', rest)
        assert link, rest
        found.append((link[1], dict(re.findall(r'([a-z]+)="([^"]*)"', link[2]))))
        rest = rest[link.end() :]
    return found


def test_a_feed_links_to_itself_its_page_and_the_hubs(served: Server, feeds: list[str]) -> None:
    with served.connect() as connection:
        for path in feeds:
            for coding in ("identity", "br"):
                found = links(connection.ask(path, Accept_Encoding=coding))
                selves = [url for url, link in found if "self" in link["rel"].split()]
                assert selves == [f"{SITE.url}{path[1:]}"]
                assert [url for url, link in found if link["rel"] == "hub"] == list(HUBS)
                pages = [(url, link["type"]) for url, link in found if link["rel"] == "alternate"]
                assert len(pages) == 1
                if path.count("/") == 2:  # no archive
                    assert pages == [(f"{SITE.url}{path[1:].rpartition('.')[0]}.html", "text/html")]


def test_self_and_hubs_are_those_in_the_document(served: Server, feeds: list[str]) -> None:
    atom = "{http://www.w3.org/2005/Atom}link"
    for path in feeds:
        answer = served.ask(path)
        if path.endswith(".json"):
            value = json.loads(answer.body)
            inside = [("self", value["feed_url"]), *(("hub", hub["url"]) for hub in value.get("hubs", ()))]
        else:
            root = ET.fromstring(answer.body)
            top = root.find("channel") if path.endswith(".xml") else root
            assert top is not None
            inside = [(link.get("rel", ""), link.get("href", "")) for link in top.findall(atom)]
        in_header = {(link["rel"], url) for url, link in links(answer) if link["rel"] in ("self", "hub")}
        assert in_header == {(rel, url) for rel, url in inside if rel in ("self", "hub")}, path


def test_a_site_without_pages_and_hubs_has_no_links_to_them(bare: Server) -> None:
    found = links(bare.ask("/feeds/all.xml"))
    assert [(url, link["rel"]) for url, link in found] == [(f"{SITE.url}feeds/all.xml", "self")]
    assert bare.ask("/").status == 404


# 8.22


def test_what_is_served_cannot_run_anything(served: Server, documents: dict[str, Document], feeds: list[str]) -> None:
    for path in ["/", "/manifest.json", *documents]:
        for headers in ({}, {"If_None_Match": "*"}):
            answer = served.ask(path, **headers)
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "Referrer-Policy" in answer
            policy = [each.strip() for each in answer["Content-Security-Policy"].split(";")]
            assert "default-src 'none'" in policy
            assert not {"'unsafe-inline'", "'unsafe-eval'"} & {
                each for rule in policy if not rule.startswith("style-src") for each in rule.split()
            }
            assert not [each for each in policy if each.startswith("script-src") and "*" in each]
            if path in feeds or path.startswith(("/assets/", "assets/")):
                assert "sandbox" in policy
            else:
                assert "'unsafe-inline'" not in " ".join(policy)


# 8.24 is in test_hostile.py; 8.25


def test_a_renamed_feed_leads_on(served: Server, edition: Edition) -> None:
    for method in ("GET", "HEAD"):
        for suffix in (".xml", ".atom", ".json", ".html"):
            answer = served.ask(f"/feeds/old-name{suffix}?x=y", method)
            assert answer.status == 301
            assert answer["Location"] == f"{edition.state.url}feeds/ai{suffix}"
            assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_removed_feed_is_gone(served: Server) -> None:
    for method in ("GET", "HEAD"):
        for suffix in (".xml", ".atom", ".json", ".html"):
            answer = served.ask(f"/feeds/lost{suffix}", method)
            assert answer.status == 410
            assert answer["X-Content-Type-Options"] == "nosniff"
            if suffix == ".html":
                assert answer["Content-Security-Policy"] == served.ask("/")["Content-Security-Policy"]
            for name in ("ETag", "Location", "Link"):
                assert name not in answer


# Beside the documents


def test_robots_are_welcome(served: Server) -> None:
    answer = served.ask("/robots.txt")
    assert answer.status == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"Disallow: /\n" not in answer.body


def test_the_robots_of_the_edition_come_first(bare: Server) -> None:
    answer = bare.ask("/robots.txt")
    assert (answer.status, answer["Content-Type"], answer.body) == (200, "text/plain", ROBOTS)
    assert answer["ETag"] == f'"{strong_etag(ROBOTS)}"'


def test_the_icon_of_the_site_is_the_favicon(served: Server, site: Path) -> None:
    answer = served.ask("/favicon.ico")
    assert (answer.status, answer["Content-Type"]) == (200, "image/png")
    assert answer.body == (site / "public/icon.png").read_bytes()


# Connections (RFC 9112)


def test_a_connection_survives_answers_of_every_kind(served: Server) -> None:
    asked = [
        ({"path": FEED}, 200),
        ({"path": FEED, "method": "HEAD"}, 200),
        ({"path": FEED, "If_None_Match": "*"}, 304),
        ({"path": FEED, "method": "HEAD", "If_None_Match": "*"}, 304),
        ({"path": FEED, "If_Match": '"x"'}, 412),
        ({"path": FEED, "method": "HEAD", "If_Match": '"x"'}, 412),
        ({"path": FEED, "Accept_Encoding": "identity;q=0"}, 406),
        ({"path": FEED, "Accept_Encoding": "br"}, 200),
        ({"path": FEED, "method": "OPTIONS"}, 204),
        ({"path": FEED, "method": "POST", "body": b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"}, 405),
        ({"path": "/nope"}, 404),
        ({"path": "/nope", "method": "HEAD"}, 404),
        ({"path": "/feeds/lost.xml"}, 410),
        ({"path": "/feeds/old-name.xml"}, 301),
        ({"path": "/healthz"}, 200),
        ({"path": "/"}, 200),
    ]
    with served.connect() as connection:
        for _ in range(2):
            for question, status in asked:
                answer = connection.ask(**question)
                assert answer.status == status, question
    with served.connect() as connection:  # all at once
        connection.send(b"".join(request(**question) for question, _ in asked))
        answers = [connection.receive(question.get("method", "GET")) for question, _ in asked]
        assert [answer.status for answer in answers] == [status for _, status in asked]


def test_a_client_of_http_1_0_is_answered_and_the_connection_closed(served: Server) -> None:
    whole = served.ask(FEED)
    with served.connect() as connection:
        connection.send(f"GET {FEED} HTTP/1.0\r\n\r\n".encode())
        answer = connection.receive()
        assert (answer.status, answer.body, answer["ETag"]) == (200, whole.body, whole["ETag"])
        assert "Transfer-Encoding" not in answer
        assert connection.socket.recv(1) == b""


def test_who_asks_for_it_gets_the_connection_closed(served: Server) -> None:
    with served.connect() as connection:
        assert connection.ask(FEED, Connection="close").status == 200
        assert connection.socket.recv(1) == b""


# Changes: 8.3 and 8.4


def edition_of(*names: str, before: Edition = Edition(), now: datetime = NOW) -> Edition:
    """Return an edition with these entries, all of the topic AI."""
    return edition_with(dict.fromkeys(names, 0), before, now)


def edition_with(versions: dict[str, int], before: Edition, now: datetime) -> Edition:
    """Return an edition with these entries, each in its version."""
    entries = tuple(
        make_entry(
            name,
            day,
            title=f"Title {name}, version {version}",
            updated=datetime(2026, 1, day, version, tzinfo=UTC),
            categories=(Category("ai", "AI"),),
        )
        for day, (name, version) in enumerate(versions.items(), 1)
    )
    return compose(Content(entries), [], SITE, before, now).edition


def served_as(connection: Connection, edition: Edition) -> bool:
    # What lies in the folder already, and is not known to the edition that is served, has no date.
    answer = connection.ask(FEED)
    return answer["ETag"] == f'"{edition.documents[FEED[1:]].etag}"' and "Last-Modified" in answer


def test_changed_bytes_have_another_tag_and_a_later_date_even_within_a_second(tmp_path: Path) -> None:
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
    """Return what a feed says of itself."""
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
# The entries of each edition, and in which version.
EDITIONS = ({"a": 0, "b": 0, "c": 0}, {"a": 0, "b": 1, "c": 0, "d": 0}, {"a": 0, "b": 1, "c": 2, "d": 0, "e": 0})


def fresh_since(number: int) -> set[str]:
    """Return the ids of what is new or changed in the last edition."""
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
def test_who_knows_an_older_edition_gets_what_is_new_or_changed(past: Past, number: int, sent: str, path: str) -> None:
    full = past.server.ask(path)
    answer = past.server.ask(path, A_IM="feed", If_None_Match=past.tags[number][path, sent], Accept_Encoding=sent)
    assert answer.status == 226
    assert answer["IM"] == "feed"
    assert answer["ETag"] == past.tags[-1][path, sent]
    assert answer["Content-Type"] == full["Content-Type"]
    # Its tag is that of a coding, and so its bytes are in that.
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
    # What it has now is current.
    again = past.server.ask(path, A_IM="feed", If_None_Match=answer["ETag"], Accept_Encoding=sent)
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", FORMATS)
def test_an_entry_in_a_delta_is_the_one_in_the_feed(past: Past, path: str) -> None:
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
def test_a_delta_is_only_for_who_asks_and_knows_an_older_edition(
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


def test_of_several_older_editions_a_delta_names_the_one_it_is_from(past: Past) -> None:
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


def test_a_delta_has_to_be_switched_on(tmp_path: Path) -> None:
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
