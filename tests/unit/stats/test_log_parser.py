"""A line of an access log gives one request or none, and never an error."""

import gzip
import json
import subprocess
import sys
import time
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import LogError
from feeds.stats.log_files import read_lines
from feeds.stats.log_parser import Request, parse

MOMENT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
NGINX = '203.0.113.7 - - [04/May/2026:03:02:01 +0000] "GET /feeds/ai.xml HTTP/1.1" 200 5120 "-" "Newsboat/2.32"'
CADDY: dict[str, Any] = {
    "level": "info",
    "ts": 1777863721.25,
    "logger": "http.log.access",
    "msg": "handled request",
    "request": {
        "remote_ip": "10.0.0.2",
        "remote_port": "41342",
        "client_ip": "203.0.113.7",
        "proto": "HTTP/2.0",
        "method": "GET",
        "host": "feeds.example",
        "uri": "/feeds/ai.xml?x=1",
        "headers": {"User-Agent": ["Newsboat/2.32"], "If-None-Match": ['"abc"'], "Accept-Encoding": ["gzip, br"]},
        "tls": {"resumed": False, "version": 772, "cipher_suite": 4865, "proto": "h2", "server_name": "feeds.example"},
    },
    "bytes_read": 0,
    "user_id": "",
    "duration": 0.00093,
    "size": 5120,
    "status": 200,
    "resp_headers": {"Server": ["Caddy"], "Content-Type": ["application/rss+xml; charset=utf-8"]},
}
OURS: dict[str, Any] = {
    "time": "2026-05-04T03:02:01Z",
    "method": "GET",
    "path": "/feeds/ai.xml",
    "status": 200,
    "bytes": 5120,
    "seconds": 0.0004,
    "agent": "Newsboat/2.32",
    "conditional": False,
    "coding": "br",
}


def nginx(
    request: str = "GET /feeds/ai.xml HTTP/1.1", agent: str = "Newsboat/2.32", client: str = "203.0.113.7"
) -> str:
    return f'{client} - - [04/May/2026:03:02:01 +0000] "{request}" 200 5120 "-" "{agent}"'


def caddy(**values: Any) -> str:
    request = CADDY["request"] | values.pop("request", {})
    return json.dumps(CADDY | {"request": request} | values)


def read(line: str) -> Request:
    found = parse(line)
    assert found
    return found


@pytest.mark.parametrize("end", ["", "\n", ' "198.51.100.4" 0.001\n'])
def test_a_line_of_nginx_is_a_request(end: str) -> None:
    assert parse(NGINX + end) == Request(
        MOMENT, "203.0.113.7", "GET", "/feeds/ai.xml", 200, 5120, "Newsboat/2.32", None
    )


def test_a_line_of_caddy_is_a_request() -> None:
    moment = MOMENT.replace(microsecond=250000)
    expected = Request(moment, "203.0.113.7", "GET", "/feeds/ai.xml", 200, 5120, "Newsboat/2.32", conditional=True)
    assert parse(caddy()) == expected


def test_a_line_of_feeds_serve_is_a_request() -> None:
    expected = Request(MOMENT, None, "GET", "/feeds/ai.xml", 200, 5120, "Newsboat/2.32", conditional=False)
    assert parse(json.dumps(OURS)) == expected
    assert read(json.dumps(OURS | {"client": "5f2c91"})).client == "5f2c91"


@pytest.mark.parametrize(
    "line",
    [
        NGINX.replace("03:02:01 +0000", "05:02:01 +0200"),
        NGINX.replace("04/May/2026:03:02:01 +0000", "03/May/2026:22:02:01 -0500"),
        json.dumps(OURS | {"time": "2026-05-04T05:02:01+02:00"}),
        json.dumps(OURS | {"time": "2026-05-04T03:02:01"}),
        caddy(ts=1777863721),
        caddy(ts="2026-05-04T03:02:01.000Z"),
        caddy(ts="2026-05-04T05:02:01.000+0200"),
    ],
)
def test_a_time_is_converted_from_the_zone_of_the_log_to_utc(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    assert read(line).moment == MOMENT
    assert read(line).moment.tzinfo is UTC
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/feeds/ai.xml?utm_source=x&y", "/feeds/ai.xml"),
        ("/feeds/k%C3%BCnstliche-intelligenz.xml", "/feeds/künstliche-intelligenz.xml"),
        (r"/feeds/k\xC3\xBCnstliche-intelligenz.xml", "/feeds/künstliche-intelligenz.xml"),
        ("http://feeds.example/feeds/ai.xml", "/feeds/ai.xml"),
        ("https://feeds.example", "/"),
        ("/a b.xml", "/a b.xml"),
        ("/%1b[31m%e2%80%ae.xml", "/\ufffd[31m\ufffd.xml"),
        ("/%ff", "/\ufffd"),
        ("*", "*"),
    ],
)
def test_a_path_is_decoded_and_has_no_query(target: str, path: str) -> None:
    assert read(nginx(f"GET {target} HTTP/1.1")).path == path
    assert read(nginx(f"GET {target}")).path == path


@pytest.mark.parametrize(
    ("written", "agent"),
    [
        (r"a \x22b\x22 c", 'a "b" c'),
        (r"a \"b\" \\ c", 'a "b" \\ c'),
        (r"\xE6\xBC\xA2", "漢"),
        (r"\x1B[2J", "\ufffd[2J"),
        ("漢", "漢"),
        ("-", ""),
        ("", ""),
        ("x" * 5000, "x" * 500),
    ],
)
def test_a_user_agent_is_kept_with_control_characters_replaced(written: str, agent: str) -> None:
    assert read(nginx(agent=written)).agent == agent


@pytest.mark.parametrize(
    ("written", "client"),
    [
        ("2001:db8::1", "2001:db8::1"),
        ("feeds.example:443 203.0.113.7", "203.0.113.7"),  # Apache's vhost_combined
        ("127.0.0.1", None),
        ("unix:", None),
        ("-", None),
    ],
)
def test_a_client_is_its_address_unless_that_is_a_local_proxy(written: str, client: str | None) -> None:
    assert read(nginx(client=written)).client == client


def test_a_user_may_have_any_name() -> None:
    assert read(NGINX.replace("- -", "- john [doe] x")).path == "/feeds/ai.xml"


@pytest.mark.parametrize("request_line", [r"\x16\x03\x01\x02\x00\x01\x00\x01\xFC", "", "-", "get /", "GET"])
def test_a_request_that_is_not_http_has_no_path(request_line: str) -> None:
    found = read(nginx(request_line, "-"))
    assert (found.method, found.path, found.status) == ("", "", 200)


@pytest.mark.parametrize(
    ("line", "conditional"),
    [
        (NGINX, None),
        (NGINX.replace(" 200 ", " 304 "), True),
        (caddy(request={"headers": {"If-Modified-Since": ["x"]}}), True),
        (caddy(request={"headers": {}}), False),
        (caddy(request={"headers": None}), None),
        (caddy(request={"headers": {}}, status=304), True),
        (json.dumps(OURS | {"conditional": None}), None),
    ],
)
def test_a_request_is_conditional_if_the_log_says_so(line: str, conditional: bool | None) -> None:
    assert read(line).conditional is conditional


def test_the_common_log_format_has_no_agent() -> None:
    assert read(NGINX.rpartition(' "-" ')[0].replace("5120", "-")) == Request(
        MOMENT, "203.0.113.7", "GET", "/feeds/ai.xml", 200, 0, ""
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\n",
        "nonsense",
        NGINX[:60],
        NGINX.replace("May", "Foo"),
        NGINX.replace("04/May", "31/Feb"),
        NGINX.replace("2026", "0000"),
        NGINX.replace("04/May/2026:03:02:01 +0000", "01/Jan/0001:00:00:01 +2300"),
        "{",
        "{}",
        '{"request": 1, "ts": 1, "status": 1}',
        "[" * 100_000,
        '{"a":' * 100_000,
        caddy(ts=1e300),
        caddy(ts=float("nan")),
        caddy(status="200"),
        caddy(size=-1),
        caddy(logger="http.log.error"),  # it repeats a request of http.log.access
        json.dumps({"level": "info", "ts": 1777863721.2, "msg": "serving initial configuration"}),
        json.dumps(OURS | {"time": "yesterday"}),
        json.dumps(OURS | {"bytes": 10**30}),
        json.dumps(OURS | {"path": None}),
        json.dumps(OURS | {"agent": ["x"]}),
    ],
)
def test_a_line_without_a_request_gives_none(line: str) -> None:
    assert parse(line) is None


def edited(line: str) -> st.SearchStrategy[str]:
    """Return the line with other values."""
    return st.builds(
        lambda start, end, new: line[: min(start, end)] + new + line[max(start, end) :],
        st.integers(0, len(line)),
        st.integers(0, len(line)),
        st.text(max_size=8),
    )


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner))
objects = st.one_of(
    st.fixed_dictionaries({}, optional=dict.fromkeys(OURS | {"client": 0}, values)).map(lambda new: OURS | new),
    st.fixed_dictionaries({}, optional=dict.fromkeys(CADDY, values)).map(lambda new: CADDY | new),
    st.fixed_dictionaries({}, optional=dict.fromkeys(CADDY["request"], values)).map(
        lambda new: CADDY | {"request": CADDY["request"] | new}
    ),
)


@given(
    st.binary(max_size=200).map(lambda data: data.decode("utf-8", "replace"))
    | st.text(max_size=200)
    | edited(NGINX)
    | edited(caddy())
    | objects.map(json.dumps)
)
def test_any_line_gives_a_request_with_printable_text_or_none(line: str) -> None:
    found = parse(line)
    if found:
        for attribute in fields(found):
            value = getattr(found, attribute.name)
            assert not isinstance(value, str) or (value.isprintable() and len(value) <= 500)
        assert found.moment.tzinfo is UTC
        assert found.status >= 0
        assert found.size >= 0


def test_lines_are_read_from_files_gzipped_files_and_standard_input(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\ntw\xff\r\n")
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(b"three\nfour", mtime=0))
    logs = [str(tmp_path / "a.log"), str(tmp_path / "b.log.gz")]
    assert list(read_lines(logs)) == ["one\n", "tw\ufffd\r\n", "three\n", "four"]
    program = "from feeds.stats.log_files import read_lines; print(list(read_lines('-')))"
    done = subprocess.run([sys.executable, "-c", program], input=b"five\n", capture_output=True, check=True)
    assert done.stdout == b"['five\\n']\n"


def test_an_overlong_line_is_read_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"x" * 200_000)
    assert max(map(len, read_lines([str(tmp_path / "a.log")]))) == 64 * 1024


@pytest.mark.parametrize(
    "data",
    [b"nonsense", gzip.compress(b"x" * 1000, mtime=0)[:-20], gzip.compress(b"x" * 99, mtime=0)[:12] + b"\xff" * 20],
)
def test_an_unreadable_log_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.log.gz"
    path.write_bytes(data)
    for log in (str(path), str(tmp_path / "none.log"), str(tmp_path)):
        with pytest.raises(LogError, match=f"^log: {log}: ."):
            list(read_lines([log]))
