"""Long, malformed and contradictory headers."""

import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.factories import SITE
from tests.support.hostile_requests import FEED, MARK, SECRET, is_harmless, refused_or_harmless
from tests.support.raw_http import Answer, Server, request

# Headers


@pytest.mark.parametrize("count", [50, 90, 500, 5000])
def test_many_headers_affect_only_their_client(served: Server, site: Path, count: int) -> None:
    lines = "".join(f"X-{MARK}-{number}: {MARK}\r\n" for number in range(count)).encode()
    answer = refused_or_harmless(served, site, f"GET {FEED} HTTP/1.1\r\nHost: a\r\n".encode() + lines + b"\r\n")
    assert answer is None or answer.status in (200, 400, 413, 431)
    assert count > 90 or (answer and answer.status == 200)


@pytest.mark.parametrize(
    "name",
    [
        *("Accept-Encoding", "If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "A-IM", "Range"),
        *(
            "Accept",
            "Cookie",
            "User-Agent",
            "Referer",
            "X-Forwarded-For",
            "Host",
            "Content-Length",
            "Transfer-Encoding",
        ),
        *("Connection", "Expect", "Upgrade", "Origin", "Access-Control-Request-Headers"),
    ],
)
def test_a_long_header_affects_only_its_client(served: Server, site: Path, name: str) -> None:
    # A careless pattern would take exponential time.
    for unit in (
        "a",
        " ",
        ",",
        '"',
        'W/"',
        '"",',
        "gzip;q=0.1,",
        "*;q=0, ",
        ";q=",
        "\t \t,",
        "0-0,",
        "(",
        "9",
        "feedid",
    ):
        value = f"1 subscribers {unit * 60_000}"[:60_000]
        for method in ("GET", "OPTIONS"):
            began = time.monotonic()
            answer = refused_or_harmless(
                served, site, f"{method} {FEED} HTTP/1.1\r\n{name}: {value}\r\nHost: a\r\n\r\n".encode()
            )
            assert answer is None or answer.status in (101, 200, 204, 304, 400, 405, 406, 412, 413, 417, 431)
            assert time.monotonic() - began < 5


HEADS = {
    "a bare LF": b"GET {} HTTP/1.1\nHost: a\n\n",
    "a bare CR": b"GET {} HTTP/1.1\r\nHost: a\r\nX: a\rX-Injected: b\r\n\r\n",
    "a NUL in a value": b"GET {} HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    "a NUL in a path": b"GET {}\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a folded line": b"GET {} HTTP/1.1\r\nHost: a\r\nX: a\r\n X-Injected: b\r\n\r\n",
    "a space before the colon": b"GET {} HTTP/1.1\r\nHost : a\r\n\r\n",
    "a name with a space": b"GET {} HTTP/1.1\r\nHost: a\r\nX Y: a\r\n\r\n",
    "a line without a colon": b"GET {} HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
    "a name that is empty": b"GET {} HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n",
    "bytes beyond ASCII": b"GET {} HTTP/1.1\r\nHost: a\r\nUser-Agent: \xff\xfe\r\nReferer: \xe6\xbc\xa2\r\n\r\n",
    "bytes beyond ASCII in a path": b"GET /\xff\xfe\xe6\xbc HTTP/1.1\r\nHost: a\r\n\r\n",
    "letters beyond ASCII in a path": "GET /feeds/漢字.xml HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
    "a header name beyond ASCII": b"GET {} HTTP/1.1\r\nHost: a\r\n\xe6\xbc\xa2: a\r\n\r\n",
    "an underscore for a hyphen": b"GET {} HTTP/1.1\r\nHost: a\r\nIf_None_Match: *\r\nContent_Length: 5\r\n\r\n",
    "two spaces": b"GET  {}  HTTP/1.1\r\nHost: a\r\n\r\n",
    "a space in the path": b"GET {} x HTTP/1.1\r\nHost: a\r\n\r\n",
    "no path": b"GET HTTP/1.1\r\nHost: a\r\n\r\n",
    "an empty path": b"GET  HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path without a slash": b"GET feeds/ai.xml HTTP/1.1\r\nHost: a\r\n\r\n",
    "only a query": b"GET ?a=b HTTP/1.1\r\nHost: a\r\n\r\n",
    "an asterisk": b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    "an asterisk for OPTIONS": b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "an authority": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
    "CONNECT with a path": b"CONNECT {} HTTP/1.1\r\nHost: a\r\n\r\n",
    "an authority for GET": b"GET evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "another scheme": b"GET ftp://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "userinfo": b"GET http://a:b@evil.example{} HTTP/1.1\r\nHost: a\r\n\r\n",
    "a broken absolute form": b"GET http:// HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/0.9": b"GET {}\r\n\r\n",
    "HTTP/1.2": b"GET {} HTTP/1.2\r\nHost: a\r\n\r\n",
    "HTTP/3.0": b"GET {} HTTP/3.0\r\nHost: a\r\n\r\n",
    "HTTP/9.99": b"GET {} HTTP/9.99\r\nHost: a\r\n\r\n",
    "http in lower case": b"GET {} http/1.1\r\nHost: a\r\n\r\n",
    "another protocol": b"SSH-2.0-zq7mark\r\n\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2 + b"\r\n\r\n",
    "the preface of HTTP/2 and nonsense": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 64,
    "zeros": bytes(2000),
    "all bytes": bytes(range(256)) * 8 + b"\r\n\r\n",
    "line breaks before it": b"\r\n\r\n\r\nGET {} HTTP/1.1\r\nHost: a\r\n\r\n",
    "only line breaks": b"\r\n" * 500 + b"x\r\n\r\n",
    "an empty method": b" {} HTTP/1.1\r\nHost: a\r\n\r\n",
    "a long method": b"A" * 5000 + b" {} HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method with a mark": b"zq7mark {} HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method of signs": b"!#$%&'*+-.^_`|~ {} HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method with a comma": b"GE,T {} HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method in brackets": b"<script> {} HTTP/1.1\r\nHost: a\r\n\r\n",
    "an upgrade": b"GET {} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    "a websocket": b"GET {} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
}


@pytest.mark.parametrize("what", HEADS)
def test_a_malformed_request_is_rejected_or_harmless(served: Server, site: Path, what: str) -> None:
    data = HEADS[what].replace(b"{}", FEED.encode())
    with served.connect(3) as connection:
        connection.send(data)
        # The server may wait for more data, which never arrives.
        with suppress(OSError):  # it has closed already
            connection.socket.shutdown(socket.SHUT_WR)
        raw = b""
        with suppress(ConnectionResetError):
            while part := connection.socket.recv(65536):
                raw += part
    assert b"\r\nx-injected" not in raw.lower()
    assert b"HTTP/1.1 5" not in raw.replace(b"HTTP/1.1 505", b"")
    for told in (MARK, SECRET, "Traceback", "site-packages", str(site), "evil.example"):
        assert told.encode() not in raw


def test_trace_is_not_echoed(served: Server, site: Path) -> None:
    for method in ("TRACE", "TRACK", "DEBUG"):
        answer = refused_or_harmless(served, site, request(FEED, method, X_Mark=MARK, Cookie=f"{MARK}=1"))
        assert answer
        assert answer.status == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8080"},
        {"Host": "127.0.0.1"},
        {"Host": "[::1]:80"},
        {"X_Forwarded_Host": "evil.example"},
        {
            "X_Forwarded_Host": "evil.example",
            "X_Forwarded_Proto": "https",
            "X_Forwarded_Port": "1",
            "X_Forwarded_For": "1",
        },
        {"X_Forwarded_Prefix": "/evil.example", "X_Script_Name": "/evil.example", "Script_Name": "/evil.example"},
        {"Forwarded": "for=evil.example;host=evil.example;proto=https"},
        {"X_Original_URL": "/nope", "X_Rewrite_URL": "/nope", "X_Original_Host": "evil.example"},
        {"X_HTTP_Method_Override": "DELETE", "X_HTTP_Method": "PUT", "X_Method_Override": "POST"},
        {
            "X_Host": "evil.example",
            "X_Real_IP": "evil.example",
            "Via": "evil.example",
            "Origin": "https://evil.example",
        },
        {
            "Referer": "https://evil.example/",
            "User_Agent": "<script>evil.example</script>",
            "Cookie": "host=evil.example",
        },
    ],
)
@pytest.mark.parametrize(
    "path", [FEED, "/", "/nope", "/feeds/old.xml", "/robots.txt", "/manifest.json", "/metrics", "/readyz"]
)
def test_no_url_comes_from_the_request(served: Server, site: Path, path: str, headers: dict[str, str]) -> None:
    plain, answer = served.ask(path), refused_or_harmless(served, site, request(path, **headers))
    assert answer
    if path != "/metrics":
        assert (answer.status, answer.lasting, answer.body) == (plain.status, plain.lasting, plain.body)


@pytest.mark.parametrize(
    "host", ["a b", "evil.example/..", "a,b", "<script>", "a\tb", "", "a:99999", "[::1", "\xff", "a" * 9000, "%00"]
)
def test_an_unknown_host_is_rejected_or_ignored(served: Server, site: Path, host: str) -> None:
    answer = refused_or_harmless(served, site, request("/feeds/old.xml", Host=f"{host}"))
    assert answer is None or answer.status in (301, 400, 431)


def test_an_invalid_host_header_is_rejected_and_a_valid_one_accepted(served: Server) -> None:
    for host in ("a b/<>", "a/b", "a,b", "user@a", "a:b", "[::1", "<a>", "a b"):
        assert served.ask(FEED, Host=host).status == 400, host
    for host in ("a", "A.example:80", "a_b.example:", "127.0.0.1:8000", "[::1]:8000", "xn--nxasmq6b", "a.example."):
        assert served.ask(FEED, Host=host).status == 200, host


def test_host_header_is_required_exactly_once(served: Server, site: Path) -> None:
    for lines in ("", "Host: a\r\nHost: b\r\n", "Host: a\r\nHost: a\r\n"):
        answer = refused_or_harmless(served, site, f"GET {FEED} HTTP/1.1\r\n{lines}\r\n".encode())
        assert answer
        assert answer.status == 400, lines


def test_the_absolute_form_of_a_request_is_accepted(served: Server, site: Path, whole: Answer) -> None:
    for url in (f"http://feeds.test{FEED}", f"https://feeds.test{FEED}", f"http://evil.example:81{FEED}?a=b"):
        answer = refused_or_harmless(served, site, request(url))
        assert answer
        assert (answer.status, answer.lasting, answer.body) == (200, whole.lasting, whole.body)
    answer = refused_or_harmless(served, site, request("http://evil.example/feeds/old.xml"))
    assert answer
    assert answer["Location"] == f"{SITE.url}feeds/ai.xml"


# Random input

BYTES = st.binary(max_size=60).map(lambda data: data.translate(None, b"\r\n \0"))


@given(path=BYTES, query=BYTES, value=BYTES)
@example(path=b"", query=b"", value=b"")
def test_random_bytes_in_a_request_are_harmless(
    served: Server, site: Path, path: bytes, query: bytes, value: bytes
) -> None:
    head = b"GET /" + path + b"?" + query + b" HTTP/1.1\r\nHost: a\r\n"
    for name in (
        b"Accept-Encoding",
        b"If-None-Match",
        b"If-Modified-Since",
        b"User-Agent",
        b"Range",
        b"A-IM",
        b"Origin",
    ):
        head += name + b": " + value + b"\r\n"
    refused_or_harmless(served, site, head + b"\r\n")


QUOTED = st.text(st.sampled_from('Ww/", *\\abc\t'), max_size=40)


@given(QUOTED)
@example('"')
@example('"a')
@example('W/"')
@example("W/")
@example('","')
def test_random_etags_in_conditions_are_harmless(served: Server, site: Path, value: str) -> None:
    for name in ("If_None_Match", "If_Match"):
        answer = served.ask(FEED, **{name: value})
        assert is_harmless(answer, site)
        assert answer.status in ((200, 304) if name == "If_None_Match" else (200, 412))
        if "*" not in value:
            assert answer.status != 304


@given(st.text(st.sampled_from("Thu, 0123456789 JanFeb:GMT-+Z"), max_size=40))
@example("Thu, 01 Jan 10000 00:00:00 GMT")
@example("Thu, 01 Jan 0000 00:00:00 GMT")
@example("Fri, 31 Dec 9999 23:59:60 GMT")
@example("Thu, 01 Jan 1970 00:00:00 -9999")
@example("Thu, 01 Jan 1970 00:00:00 +99999999999")
@example("Monday, 01-Jan-00 00:00:00 GMT")
@example("Sun Jan 99 00:00:00 1970")
def test_random_dates_in_conditions_are_harmless(served: Server, site: Path, value: str) -> None:
    for name, others in (("If_Modified_Since", (200, 304)), ("If_Unmodified_Since", (200, 412))):
        answer = served.ask(FEED, **{name: value})
        assert is_harmless(answer, site)
        assert answer.status in others
