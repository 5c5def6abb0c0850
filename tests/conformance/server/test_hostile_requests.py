"""The server is hard to hurt: whatever is sent to it, nothing leaks, nothing breaks, nobody else waits.

What is sent has a mark in it, and no answer may have the mark: nothing of a request is said
back. Beside the documents lies a secret, which no answer may have either.
"""

import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.content.model import Content
from feeds.edition.folder import load_published_edition
from feeds.edition.model import Edition
from feeds.model import Category
from feeds.pipeline.compose import compose
from tests.support.factories import NOW, SITE, make_entry
from tests.support.processes import until
from tests.support.raw_http import Answer, ClosedError, Connection, Server, request, server
from tests.support.trees import CONFIG, publish

FEED = "/feeds/ai.xml"
MARK = "zq7mark"
SECRET = "do-not-tell-9f2c"


def edition() -> Edition:
    entries = tuple(
        make_entry(f"n{n}", n, categories=(Category("ai", "AI"), Category("x", "漢字"))) for n in range(1, 25)
    )
    return compose(Content(entries), [], replace(SITE, aliases={"feeds/old": "feeds/ai"}), Edition(), NOW).edition


def prepare(folder: Path, config: str = CONFIG) -> Path:
    """Make a folder a site, with secrets in it and around it."""
    (folder / "config.yaml").write_text(f"# {SECRET}\n{config}")
    public = folder / "public"
    publish(edition(), public)
    for name in (
        "secret.txt",
        ".env",
        ".feed.new",
        "feeds/.ai.xml.new",
        "feeds/secret.xml",
        "_secret",
        "secret.txt.gz",
    ):
        (public / name).write_text(SECRET)
    (folder / "secret").mkdir()
    (folder / "secret/secret.txt").write_text(SECRET)
    (folder / "publicly").mkdir()  # begins like the folder that is served
    (folder / "publicly/secret.txt").write_text(SECRET)
    (public / "link.xml").symlink_to(folder / "config.yaml")
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[Server]:
    with server(site) as running:
        yield running


@pytest.fixture(scope="module")
def whole(served: Server) -> Answer:
    return served.ask(FEED)


@pytest.fixture(autouse=True)
def alive(served: Server, whole: Answer) -> Iterator[None]:
    """See after each test that the server still does what it is there for."""
    yield
    answer = served.ask(FEED)
    assert (answer.status, answer.lasting, answer.body) == (200, whole.lasting, whole.body)
    assert served.process.poll() is None


def is_harmless(answer: Answer, site: Path) -> bool:
    """Tell whether an answer says nothing of the request, of the machine and of its secrets."""
    raw = (answer.head + answer.body).lower()
    assert answer.status < 500, answer.head
    for told in (MARK, SECRET, "traceback", "site-packages", str(site).lower(), 'file "', "evil.example"):
        assert told.encode() not in raw, told
    for name in ("X-Injected", "Set-Cookie"):
        assert name not in answer
    if "Location" in answer:
        assert answer["Location"].startswith(SITE.url)
    return True


def refused_or_harmless(served: Server, site: Path, data: bytes, method: str = "GET") -> Answer | None:
    """Send bytes as they are; return what was answered, if the connection was not just closed."""
    with served.connect() as connection:
        # Who refuses may do so before all is read.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.send(data)
        answer = connection.receive_if_any(method)
        if answer is None:
            return None
        assert is_harmless(answer, site)
        return answer


# Paths

CLIMBS = [
    *(
        "/../config.yaml",
        "/../secret/secret.txt",
        "/../publicly/secret.txt",
        "/feeds/../../config.yaml",
        "/./../config.yaml",
    ),
    *("/%2e%2e/config.yaml", "/%2e%2e%2fconfig.yaml", "/..%2fconfig.yaml", "/feeds/..%2f..%2fconfig.yaml"),
    *("/%252e%252e/config.yaml", "/%252e%252e%252fconfig.yaml", "/%25%32%65%25%32%65/config.yaml"),
    *(
        "/..\\config.yaml",
        "/..%5cconfig.yaml",
        "/feeds\\..\\..\\config.yaml",
        "/%5c..%5cconfig.yaml",
        "/..%255cconfig.yaml",
    ),
    *(
        "/%c0%ae%c0%ae/config.yaml",
        "/%c0%ae%c0%ae%c0%afconfig.yaml",
        "/..%c0%afconfig.yaml",
        "/%e0%80%ae%e0%80%ae/config.yaml",
    ),
    *("/..;/config.yaml", "/....//config.yaml", "/.../config.yaml", "/feeds/ai.xml/../../../config.yaml"),
    *(
        "/%uff0e%uff0e/config.yaml",
        "/％２ｅ％２ｅ/config.yaml".encode().decode("latin-1"),
        "/‥/config.yaml".encode().decode("latin-1"),
    ),
    *(
        "/secret.txt",
        "/.env",
        "/.feed.new",
        "/feeds/.ai.xml.new",
        "/feeds/secret.xml",
        "/_secret",
        "/secret.txt.gz",
        "/link.xml",
    ),
    *(
        "/secret.txt%00",
        "/secret.txt%00.xml",
        "/feeds/ai.xml%00",
        "/feeds/ai.xml%00.html",
        "/%00",
        "/%00/../config.yaml",
    ),
    *(
        "/feeds/ai.xml%0a",
        "/feeds/ai.xml%20",
        "/feeds/ai.xml.",
        "/feeds/ai.xml::$DATA",
        "/feeds/ai.xml%3fx",
        "/feeds/ai.xml;a=b",
    ),
    *("/etc/passwd", "//etc/passwd", "/file:///etc/passwd", "/proc/self/environ", "/%2fetc%2fpasswd", "/~root/.bashrc"),
    *(
        "/feeds/%2e/ai.xml",
        "/feeds//ai.xml",
        "//feeds/ai.xml",
        "/feeds%2fai.xml%2f",
        "/feeds/ai.xml/x",
        "/FEEDS/AI.XML",
    ),
    *(
        "/feeds/ai.xml%",
        "/%",
        "/%z",
        "/%0",
        "/%zz%ff",
        "/%ff%fe",
        "/feeds/%ff.xml",
        "/%ed%a0%80.xml",
        "/feeds/%e6%bc.xml",
    ),
    *(
        "/feeds/ai.xml#frag",
        "/{{7*7}}",
        "/${jndi:ldap://evil.example/a}",
        "/<script>",
        "/%3cscript%3e",
        "/'%20or%201=1--",
    ),
    *(
        "/.git/config",
        "/.well-known/../secret.txt",
        "/wp-login.php",
        "/cgi-bin/..%2f..%2fbin/sh",
        "/static/..%2fsecret.txt",
    ),
]


@pytest.mark.parametrize("path", CLIMBS)
def test_no_path_leads_out_of_the_edition(served: Server, site: Path, whole: Answer, path: str) -> None:
    answer = refused_or_harmless(served, site, request(f"{path}?{MARK}"))
    assert answer is None or answer.status in (200, 400, 404)
    if answer and answer.status == 200:  # the same document, written in another way
        assert answer.body == whole.body
    answer = refused_or_harmless(served, site, request(f"{path}{MARK}"))
    assert answer is None or answer.status in (400, 404) or (answer.status, answer.body) == (200, whole.body)


@pytest.mark.parametrize(
    "path",
    [
        *("//evil.example", "//evil.example/", "//evil.example/feeds/ai.xml", "///evil.example/", "/\\evil.example/"),
        *("/%2fevil.example/", "/%2f%2fevil.example", "/%5cevil.example", "//evil.example/%2e%2e", "/.evil.example"),
        *("//evil.example/feeds/old.xml", "/feeds/old.xml//evil.example", "/feeds/old.xml?next=//evil.example/"),
        *(
            "/feeds/old.xml?@evil.example",
            "/@evil.example/feeds/old.xml",
            "/feeds//old.xml",
            "/feeds/old.xml%2f..%2f..",
        ),
        *("/feeds/old.xml%0d%0aLocation:%20//evil.example/", "/feeds", "/feeds/", "/assets", ""),
    ],
)
def test_no_path_leads_to_another_host(served: Server, site: Path, path: str) -> None:
    for host in ("feeds.test", "evil.example"):
        answer = refused_or_harmless(served, site, request(path or "/", Host=host))
        assert answer
        if answer.status == 301:
            assert answer["Location"] == f"{SITE.url}feeds/ai.xml"
        else:
            assert "Location" not in answer


@pytest.mark.parametrize(
    "path",
    [
        f"/{MARK}%0d%0aX-Injected:%20yes",
        f"{FEED}%0d%0aX-Injected:%20yes%0d%0a%0d%0a{MARK}",
        f"{FEED}?a=%0d%0aX-Injected:%20yes",
        f"/feeds/old.xml?a=%0d%0aX-Injected:%20{MARK}",
        f"/feeds/old.xml%0aX-Injected:{MARK}",
        f"/%E5%98%8A%E5%98%8DX-Injected:{MARK}",  # whose low bytes are CR and LF
        f"/%u000d%u000aX-Injected:{MARK}",
    ],
)
def test_a_line_break_in_a_url_makes_no_header(served: Server, site: Path, path: str) -> None:
    assert refused_or_harmless(served, site, request(path))


@pytest.mark.parametrize("size", [5_000, 60_000, 300_000, 1_000_000])
@pytest.mark.parametrize("form", ["/{}", "/feeds/{}.xml", "/feeds/ai.xml?{}", "/{}%2f..%2f", "/%2e%2e/{}"])
def test_a_long_url_costs_only_its_client(served: Server, site: Path, size: int, form: str) -> None:
    answer = refused_or_harmless(served, site, request(form.format((MARK * size)[:size])))
    assert answer is None or answer.status in (200, 400, 404, 413, 414, 431)


def test_a_url_of_many_parts_costs_only_its_client(served: Server, site: Path) -> None:
    for path in (
        "/a" * 20_000,
        "/.." * 10_000,
        "/%2e%2e" * 8_000,
        "//" * 20_000,
        "/?" + "&a=b" * 15_000,
        "/%00" * 15_000,
    ):
        answer = refused_or_harmless(served, site, request(path))
        assert answer is None or answer.status in (200, 400, 404, 414, 431)


# Headers


@pytest.mark.parametrize("count", [50, 90, 500, 5000])
def test_many_headers_cost_only_their_client(served: Server, site: Path, count: int) -> None:
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
def test_a_long_header_costs_only_its_client(served: Server, site: Path, name: str) -> None:
    # A careless pattern would take for ever.
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
def test_a_request_that_is_none_is_refused_or_harmless(served: Server, site: Path, what: str) -> None:
    data = HEADS[what].replace(b"{}", FEED.encode())
    with served.connect(3) as connection:
        connection.send(data)
        # It may wait for more; then nobody sends it.
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
def test_a_strange_host_is_refused_or_does_not_matter(served: Server, site: Path, host: str) -> None:
    answer = refused_or_harmless(served, site, request("/feeds/old.xml", Host=f"{host}"))
    assert answer is None or answer.status in (301, 400, 431)


def test_a_host_that_is_none_is_refused_and_each_that_is_one_is_taken(served: Server) -> None:
    for host in ("a b/<>", "a/b", "a,b", "user@a", "a:b", "[::1", "<a>", "a b"):
        assert served.ask(FEED, Host=host).status == 400, host
    for host in ("a", "A.example:80", "a_b.example:", "127.0.0.1:8000", "[::1]:8000", "xn--nxasmq6b", "a.example."):
        assert served.ask(FEED, Host=host).status == 200, host


def test_a_request_without_a_host_or_with_two_is_refused(served: Server, site: Path) -> None:
    for lines in ("", "Host: a\r\nHost: b\r\n", "Host: a\r\nHost: a\r\n"):
        answer = refused_or_harmless(served, site, f"GET {FEED} HTTP/1.1\r\n{lines}\r\n".encode())
        assert answer
        assert answer.status == 400, lines


def test_the_absolute_form_is_understood(served: Server, site: Path, whole: Answer) -> None:
    for url in (f"http://feeds.test{FEED}", f"https://feeds.test{FEED}", f"http://evil.example:81{FEED}?a=b"):
        answer = refused_or_harmless(served, site, request(url))
        assert answer
        assert (answer.status, answer.lasting, answer.body) == (200, whole.lasting, whole.body)
    answer = refused_or_harmless(served, site, request("http://evil.example/feeds/old.xml"))
    assert answer
    assert answer["Location"] == f"{SITE.url}feeds/ai.xml"


# Whatever else

BYTES = st.binary(max_size=60).map(lambda data: data.translate(None, b"\r\n \0"))


@given(path=BYTES, query=BYTES, value=BYTES)
@example(path=b"", query=b"", value=b"")
def test_no_bytes_in_a_request_break_anything(
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
def test_no_condition_breaks_anything(served: Server, site: Path, value: str) -> None:
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
def test_no_date_breaks_anything(served: Server, site: Path, value: str) -> None:
    for name, others in (("If_Modified_Since", (200, 304)), ("If_Unmodified_Since", (200, 412))):
        answer = served.ask(FEED, **{name: value})
        assert is_harmless(answer, site)
        assert answer.status in others


# Bodies and framing


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("size", [1, 1000, 300_000])
def test_a_body_that_nobody_wants_leaves_the_connection_intact(
    served: Server, whole: Answer, method: str, size: int
) -> None:
    body = (request("/smuggled") * (size // 40 + 1))[:size]
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    for data in (
        request(FEED, method, body),
        request(FEED, method, Transfer_Encoding="chunked") + chunked,
    ):
        with served.connect() as connection:
            connection.send(data)
            answer = connection.receive(method)
            assert answer.status == {"GET": 200, "OPTIONS": 204}.get(method, 405)
            try:
                after = connection.ask(FEED)
            except (ClosedError, BrokenPipeError):
                # To close it is right too; to take a body for a request is not.
                assert size > 1000 or "close" in answer.items("Connection")
                continue
            assert (after.status, after.body) == (200, whole.body)


SMUGGLED = b"GET /feeds/old.xml HTTP/1.1\r\nHost: a\r\n\r\n"
FRAMES = {
    "both": (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "two lengths": (b"Content-Length: 0\r\nContent-Length: 44\r\n", b""),
    "a list of lengths": (b"Content-Length: 0, 44\r\n", b""),
    "a negative length": (b"Content-Length: -1\r\n", b""),
    "a length with a plus": (b"Content-Length: +0\r\n", b""),
    "a length in hex": (b"Content-Length: 0x0\r\n", b""),
    "a length that is none": (b"Content-Length: a\r\n", b""),
    "a huge length": (b"Content-Length: 99999999999999999999999999\r\n", b""),
    "another coding": (b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "chunked twice": (b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"),
    "chunked not last": (b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
    "a hidden chunked": (b"Transfer-Encoding:\x0bchunked\r\n", b"0\r\n\r\n"),
    "a broken chunk": (b"Transfer-Encoding: chunked\r\n", b"zz\r\n"),
    "a huge chunk": (b"Transfer-Encoding: chunked\r\n", b"ffffffffffffffffff\r\n"),
    "a negative chunk": (b"Transfer-Encoding: chunked\r\n", b"-1\r\n"),
    "a long extension": (b"Transfer-Encoding: chunked\r\n", b"0;" + b"a" * 40_000 + b"\r\n\r\n"),
    "many trailers": (b"Transfer-Encoding: chunked\r\n", b"0\r\n" + b"A: b\r\n" * 3000 + b"\r\n"),
}


@pytest.mark.parametrize("what", FRAMES)
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_where_a_request_ends_is_never_a_matter_of_opinion(
    served: Server, site: Path, what: str, method: bytes
) -> None:
    # Either it is refused and the connection closed, or RFC 9112, section 6.3, says where it ends.
    headers, body = FRAMES[what]
    with served.connect(5) as connection:
        connection.send(
            method + b" " + FEED.encode() + b" HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n" + body + SMUGGLED
        )
        with suppress(OSError):
            connection.socket.shutdown(socket.SHUT_WR)
        answers = []
        with suppress(ClosedError):
            while len(answers) < 3:
                answers.append(connection.receive())
        assert all(is_harmless(answer, site) for answer in answers)
        assert len(answers) <= 2
        ambiguous = what not in ("both", "a long extension", "many trailers")
        if ambiguous:
            assert 301 not in [answer.status for answer in answers]


def test_who_waits_to_be_told_to_go_on_is_told_something(served: Server, whole: Answer) -> None:
    with served.connect() as connection:
        connection.send(
            f"POST {FEED} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert connection.receive().status in (405, 417)
    assert served.ask(FEED, Expect="something-else").status in (200, 417)


@pytest.mark.parametrize("unit", ["0-0,", "-1,", "0-,", "1-0,", "9999999999999999999999-,"])
def test_a_thousand_ranges_bring_one_document(served: Server, site: Path, whole: Answer, unit: str) -> None:
    answer = served.ask(FEED, Range=f"bytes={unit * 1000}0-0")
    assert is_harmless(answer, site)
    assert (answer.status, answer.body) == (200, whole.body)


# Many, slow and rude clients


def answered(served: Server, whole: Answer) -> None:
    """See that others are answered, and soon."""
    began = time.monotonic()
    for _ in range(20):
        answer = served.ask(FEED)
        assert (answer.status, answer.body) == (200, whole.body)
    assert time.monotonic() - began < 5


def waiting(served: Server, count: int, data: bytes, stack: ExitStack) -> list[Connection]:
    """Open connections that send this and then nothing."""
    connections = [stack.enter_context(served.connect()) for _ in range(count)]
    for connection in connections:
        connection.send(data)
    return connections


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"G",
        b"GET /feeds/ai.xml HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        b"POST /feeds/ai.xml HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx",
        b"POST /feeds/ai.xml HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"GET /feeds/ai.xml HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
        b"POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
        b"\x16\x03\x01",
    ],
    ids=["nothing", "a letter", "half a header", "half a body", "half a chunk", "a body to come", "waiting", "TLS"],
)
def test_slow_clients_are_waited_for_by_nobody_else(served: Server, whole: Answer, data: bytes) -> None:
    with ExitStack() as stack:
        connections = waiting(served, 250, data, stack)
        answered(served, whole)
        for connection in connections[:50]:  # a little more, and again nothing
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.send(b"a")
        answered(served, whole)


def test_a_slow_client_is_answered_in_the_end(served: Server, whole: Answer) -> None:
    with served.connect() as connection:
        for byte in request(FEED):
            connection.send(bytes([byte]))
        assert connection.receive().body == whole.body


def test_who_does_not_read_is_waited_for_by_nobody_else(served: Server, whole: Answer) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(served.connect(receive_buffer=4096))
            connection.socket.settimeout(0)
            with suppress(BlockingIOError):
                for _ in range(50):
                    connection.socket.send(request(FEED) * 40)
        answered(served, whole)


def test_who_goes_away_in_the_middle_hurts_nobody(served: Server, whole: Answer) -> None:
    for number in range(150):
        connection = served.connect()
        # Not a goodbye but a reset.
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.send((request(FEED) * 5)[: 40 + 7 * number])
        connection.close()
    answered(served, whole)


def test_thousands_of_requests_go_through_one_connection(served: Server, whole: Answer) -> None:
    with served.connect() as connection:
        for number in range(3000):
            answer = connection.ask(FEED, If_None_Match=whole["ETag"] if number % 2 else None)
            assert answer.status == (304 if number % 2 else 200)
        assert answer.lasting["etag"] == whole.lasting["etag"]


def test_requests_that_come_all_at_once_are_answered_in_their_order(served: Server, site: Path) -> None:
    found = load_published_edition(site / "public")
    assert found
    paths = ["/feeds/ai.xml", "/feeds/ai.json", "/nope", "/feeds/all.atom", "/style.css"] * 100
    with served.connect() as connection:
        connection.send(b"".join(request(path) for path in paths))
        for path in paths:
            answer = connection.receive()
            document = found.documents.get(path[1:])
            assert answer.status == (200 if document else 404)
            if document:
                assert answer["ETag"] == f'"{document.etag}"'


def test_hundreds_of_connections_are_served_side_by_side(served: Server, whole: Answer) -> None:
    with ExitStack() as stack:
        connections = waiting(served, 300, request(FEED), stack)
        assert {connection.receive().body for connection in connections} == {whole.body}


# Memory


def questions(seed: int, count: int, tag: str) -> Iterator[tuple[bytes, str]]:
    """Yield requests of every kind, no two alike, and their methods."""
    chance = random.Random(seed)
    known = ["/", FEED, "/feeds/all.atom", "/feeds/ai.json", "/feeds/ai.html", "/manifest.json", "/style.css"]
    known += ["/feeds/old.xml", "/feeds/%E6%BC%A2%E5%AD%97.xml", "/healthz", "/robots.txt"]
    codings = ["gzip", "br", "zstd", "identity", "*", "deflate"]
    for _ in range(count):
        unique = f"{chance.getrandbits(64):x}"
        path = chance.choice(
            [*known, *known, f"/{unique}", f"/feeds/{unique}.xml", f"{FEED}?{unique}", f"/%{unique[:2]}{unique}"]
        )
        method = chance.choice(["GET"] * 8 + ["HEAD", "OPTIONS", unique.upper()])
        headers = {
            "User_Agent": f"Reader-{unique}/1.0 ({chance.randrange(10**6)} subscribers; feed-id={unique})",
            "Accept_Encoding": ", ".join(f"{chance.choice(codings)};q={chance.random():.3f}" for _ in range(3)),
            "If_None_Match": chance.choice([None, f'"{unique}"', tag, f'"{unique}", W/{tag}']),
            "If_Modified_Since": chance.choice(
                [None, f"Thu, 01 Jan {chance.randrange(1970, 9999)} 00:00:00 GMT", unique]
            ),
            "A_IM": chance.choice([None, "feed", unique]),
            "Referer": f"https://{unique}.example/",
            "Host": f"{unique}.example",
            f"X_{unique}": unique,
        }
        yield request(path, method, **headers), method


def flood(served: Server, seed: int, count: int, tag: str) -> None:
    """Ask as many questions, on a new connection now and then."""
    asked = list(questions(seed, count, tag))
    for start in range(0, count, 500):
        with served.connect() as connection:
            for at in range(start, min(start + 500, count), 25):
                batch = asked[at : at + 25]
                connection.send(b"".join(data for data, _ in batch))
                for data, method in batch:
                    assert connection.receive(method).status < 500, data


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc/self/statm, which only Linux has")
def test_memory_does_not_grow_with_what_is_asked(tmp_path: Path) -> None:
    prepare(tmp_path, f"{CONFIG}serve:\n  delta: true\n  access_log: access.log\n")
    with server(tmp_path) as running:
        tag = running.ask(FEED)["ETag"]
        flood(running, 1, 4_000, tag)
        before = running.memory
        flood(running, 2, 8_000, tag)
        # Half of it is what is remembered of clients, which has a limit.
        assert running.memory - before < 3 * 1024 * 1024
        assert running.ask(FEED).status == 200


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc/self/statm, which only Linux has")
def test_nothing_that_is_long_is_remembered(tmp_path: Path) -> None:
    prepare(tmp_path, f"{CONFIG}serve: {{delta: true}}\n")
    names = ("Accept_Encoding", "User_Agent", "If_None_Match", "If_Modified_Since", "A_IM", "Host")

    def send(connection: Connection, name: str, numbers: range) -> None:
        for number in numbers:
            value = f"gzip, reader-{number} (1 subscribers), " + f'"{number}", ' * 20_000
            assert connection.ask(FEED, **{name: value[:150_000]}).status < 500

    with server(tmp_path) as running, running.connect() as connection:
        for name in names:
            send(connection, name, range(20))
        for name in names:
            before = running.memory
            send(connection, name, range(20, 120))  # 15 MB
            assert running.memory - before < 6 * 1024 * 1024, name


# What it may do


def test_it_needs_to_write_nothing() -> None:
    # Not in a folder of pytest's: others may not enter these.
    folder = Path(tempfile.mkdtemp(prefix="feeds-"))
    prefix = []
    log = Path(tempfile.mkdtemp()) / "log"
    try:
        prepare(folder)
        if os.geteuid() == 0:
            setpriv = shutil.which("setpriv")
            if not setpriv:
                pytest.skip("no setpriv: apt-get install util-linux")
            prefix = [
                setpriv,
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "--no-new-privs",
                "--bounding-set=-all",
            ]
        for each in [folder, *folder.rglob("*")]:
            if not each.is_symlink():
                each.chmod(0o555 if each.is_dir() else 0o444)
        command = [*prefix, sys.executable, "-c", f"import feeds.web, os; os.listdir({str(folder)!r})"]
        if subprocess.run(command, cwd="/", capture_output=True).returncode:
            pytest.skip("others may not read this checkout or its interpreter: chmod o+rX them, and the folders above")
        assert subprocess.run([*prefix, "touch", str(folder / "public/new")], capture_output=True).returncode
        with server(folder, cwd=folder, prefix=prefix, log=log, HOME="/nonexistent", TMPDIR="/nonexistent") as running:
            for coding in ("identity", "gzip", "br", "zstd"):
                assert running.ask(FEED, Accept_Encoding=coding).status == 200
            assert running.ask("/readyz").status == 200
            assert running.ask("/metrics").status == 200
    finally:
        for each in [folder, *folder.rglob("*")]:
            if each.is_dir() and not each.is_symlink():
                each.chmod(0o755)
        shutil.rmtree(folder)
        shutil.rmtree(log.parent)


def test_it_opens_no_other_port_and_no_connection(served: Server) -> None:
    # What listens and what is connected, by this process and its workers.
    def sockets() -> list[tuple[str, str]]:
        found = []
        inodes: set[str] = set()
        for pid in served.processes:
            for link in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    inodes.add(str(link.readlink()))
        for table in ("tcp", "tcp6", "udp", "udp6"):
            with suppress(OSError):
                for line in Path(f"/proc/{served.process.pid}/net/{table}").read_text().splitlines()[1:]:
                    each = line.split()
                    if f"socket:[{each[9]}]" in inodes:
                        found.append((each[1], each[2]))
        return found

    if not Path("/proc/self/net/tcp").exists():
        pytest.skip("needs the list of sockets in /proc, which only Linux has")
    mine = f"{socket.inet_aton('127.0.0.1')[::-1].hex().upper()}:{served.port:04X}"
    until(lambda: len(sockets()) <= 2)
    assert {local for local, _ in sockets()} == {mine}
