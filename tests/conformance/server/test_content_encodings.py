"""Content encodings and Accept-Encoding (RFC 9110, sections 8.4 and 12.5.3)."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.edition.model import Document
from tests.support.factories import NOW
from tests.support.http_site import CODINGS, FEED, coding_of, decoded, edition_of
from tests.support.processes import until
from tests.support.raw_http import Server, server
from tests.support.trees import CONFIG, publish

# 8.11 to 8.13


def test_every_response_of_a_negotiated_url_has_vary(served: Server, coded: list[str]) -> None:
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
def test_the_encoding_is_the_one_the_client_prefers(
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


def test_accept_encoding_may_be_in_several_lines(served: Server) -> None:
    assert coding_of(served.ask(FEED, Accept_Encoding=["gzip;q=0.5", "br"])) == "br"
    assert coding_of(served.ask(FEED, Accept_Encoding=["gzip", "br;q=0.5"])) == "gzip"


def best(accepted: dict[str, float]) -> str | None:
    """Return the expected coding by RFC 9110, section 12.5.3, and our order of equals, computed independently."""
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
def test_every_q_value_is_honoured(served: Server, accepted: dict[str, float]) -> None:
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
def test_an_invalid_accept_encoding_is_harmless(served: Server, accepted: str) -> None:
    answer = served.ask(FEED, Accept_Encoding=accepted)
    if answer.status == 400:  # characters that no header may have
        return
    assert answer.status in (200, 406)
    assert answer.items("Vary") == {"accept-encoding"}
    if answer.status == 200:
        assert decoded(answer) == served.ask(FEED).body


@given(st.text(st.sampled_from("gzipbrx-*;,q=01.5 identy\t"), max_size=40))
def test_every_accept_encoding_decodes_to_the_same_document(served: Server, accepted: str) -> None:
    answer = served.ask(FEED, Accept_Encoding=accepted)
    assert answer.status in (200, 406)
    if answer.status == 200:
        assert decoded(answer) == served.ask(FEED).body


def test_encoded_bytes_are_the_exported_copies(served: Server, coded: list[str], site: Path) -> None:
    with served.connect() as connection:
        for path in coded:
            body = connection.ask(path).body
            for coding, suffix in CODINGS.items():
                answer = connection.ask(path, Accept_Encoding=coding)
                assert coding_of(answer) == coding
                assert answer.body == Path(f"{site}/public{path.replace(quote('漢字'), '漢字')}{suffix}").read_bytes()
                assert decoded(answer) == body
                assert answer.body[4:8] == bytes(4) or coding != "gzip"  # no date in it


def test_small_documents_and_pictures_are_never_compressed(
    served: Server, documents: dict[str, Document], coded: list[str]
) -> None:
    others = documents.keys() - set(coded)
    assert {"/icon.png", "/assets/small.json"} <= others
    assert {path for path, each in documents.items() if each.size < 512 or each.type == "image/png"} <= others
    for path in others:
        answer = served.ask(path, Accept_Encoding="gzip, br, zstd")
        assert (answer.status, coding_of(answer)) == (200, "identity")
        assert answer["ETag"] == f'"{documents[path].etag}"'


def test_an_incomplete_compressed_copy_is_not_sent(tmp_path: Path) -> None:
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


def test_without_compressed_copies_documents_are_uncompressed_with_one_warning(tmp_path: Path) -> None:
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
        # Copies that arrive later are sent, at the latest with the next edition.
        publish(edition_of("a", "b", "c", before=made, now=NOW + timedelta(hours=1)), tmp_path / "public")
        until(lambda: coding_of(connection.ask("/feeds/ai.xml", Accept_Encoding="gzip")) == "gzip")
