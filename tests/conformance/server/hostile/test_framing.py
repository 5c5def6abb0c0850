"""Bodies, message framing and ranges."""

import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.hostile_requests import FEED, is_harmless
from tests.support.raw_http import Answer, ClosedError, Server, request

# Bodies and framing


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("size", [1, 1000, 300_000])
def test_an_unexpected_body_leaves_the_connection_usable(served: Server, whole: Answer, method: str, size: int) -> None:
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
                # The server may also close the connection. It must not treat a body as a request.
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
def test_ambiguous_framing_is_rejected_or_follows_rfc_9112(
    served: Server, site: Path, what: str, method: bytes
) -> None:
    # Either the server rejects it and closes the connection, or it ends as RFC 9112, section 6.3, requires.
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


@pytest.mark.parametrize(
    "coding", ["chunked, chunked", "CHUNKED,chunked", "gzip, chunked", "chunked\r\nTransfer-Encoding: chunked"]
)
def test_another_transfer_coding_than_chunked_ends_the_connection(served: Server, coding: str) -> None:
    # RFC 9112, section 6.1. The second request comes when the first one was answered, as over a slow line.
    with served.connect(5) as connection:
        connection.send(
            f"GET {FEED} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {coding}\r\n\r\n".encode() + b"0\r\n\r\n"
        )
        assert connection.receive().status in (400, 501)
        with suppress(OSError):
            connection.send(SMUGGLED)
        with pytest.raises((ClosedError, OSError)):
            connection.receive()


def test_expect_100_continue_is_answered(served: Server, whole: Answer) -> None:
    with served.connect() as connection:
        connection.send(
            f"POST {FEED} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert connection.receive().status in (405, 417)
    assert served.ask(FEED, Expect="something-else").status in (200, 417)


@pytest.mark.parametrize("unit", ["0-0,", "-1,", "0-,", "1-0,", "9999999999999999999999-,"])
def test_a_thousand_ranges_give_one_document(served: Server, site: Path, whole: Answer, unit: str) -> None:
    answer = served.ask(FEED, Range=f"bytes={unit * 1000}0-0")
    assert is_harmless(answer, site)
    assert (answer.status, answer.body) == (200, whole.body)
