"""Slow clients, many connections, and memory."""

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
from pathlib import Path

import pytest

from feeds.edition.folder import load_published_edition
from tests.support.hostile_requests import FEED, prepare
from tests.support.processes import until
from tests.support.raw_http import Answer, Connection, Server, request, server
from tests.support.trees import CONFIG

# Many, slow and rude clients


def answered(served: Server, whole: Answer) -> None:
    """Check that other clients get fast responses."""
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
def test_slow_clients_delay_no_other_client(served: Server, whole: Answer, data: bytes) -> None:
    with ExitStack() as stack:
        connections = waiting(served, 250, data, stack)
        answered(served, whole)
        for connection in connections[:50]:  # a little more, and again nothing
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.send(b"a")
        answered(served, whole)


def test_a_slow_client_gets_its_response(served: Server, whole: Answer) -> None:
    with served.connect() as connection:
        for byte in request(FEED):
            connection.send(bytes([byte]))
        assert connection.receive().body == whole.body


def test_clients_that_do_not_read_delay_no_other_client(served: Server, whole: Answer) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(served.connect(receive_buffer=4096))
            connection.socket.settimeout(0)
            with suppress(BlockingIOError):
                for _ in range(50):
                    connection.socket.send(request(FEED) * 40)
        answered(served, whole)


def test_clients_that_disconnect_are_harmless(served: Server, whole: Answer) -> None:
    for number in range(150):
        connection = served.connect()
        # A reset instead of a regular close.
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.send((request(FEED) * 5)[: 40 + 7 * number])
        connection.close()
    answered(served, whole)


def test_one_connection_serves_thousands_of_requests(served: Server, whole: Answer) -> None:
    with served.connect() as connection:
        for number in range(3000):
            answer = connection.ask(FEED, If_None_Match=whole["ETag"] if number % 2 else None)
            assert answer.status == (304 if number % 2 else 200)
        assert answer.lasting["etag"] == whole.lasting["etag"]


def test_pipelined_requests_are_answered_in_order(served: Server, site: Path) -> None:
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


def test_hundreds_of_connections_are_served_concurrently(served: Server, whole: Answer) -> None:
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
    """Send that many requests, now and then on a new connection."""
    asked = list(questions(seed, count, tag))
    for start in range(0, count, 500):
        with served.connect() as connection:
            for at in range(start, min(start + 500, count), 25):
                batch = asked[at : at + 25]
                connection.send(b"".join(data for data, _ in batch))
                for data, method in batch:
                    assert connection.receive(method).status < 500, data


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc/self/statm, which only Linux has")
def test_memory_does_not_grow_with_different_requests(tmp_path: Path) -> None:
    prepare(tmp_path, f"{CONFIG}serve:\n  delta: true\n  access_log: access.log\n")
    with server(tmp_path) as running:
        tag = running.ask(FEED)["ETag"]
        flood(running, 1, 4_000, tag)
        before = running.memory
        flood(running, 2, 8_000, tag)
        # Half of the requests also fill the limited caches about clients.
        assert running.memory - before < 3 * 1024 * 1024
        assert running.ask(FEED).status == 200


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc/self/statm, which only Linux has")
def test_long_header_values_are_not_cached(tmp_path: Path) -> None:
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


# Permissions of the process


def test_the_server_needs_no_write_access() -> None:
    # Not in pytest's folders, because other users may not enter these.
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


def test_the_server_opens_no_other_port_and_no_connection(served: Server) -> None:
    # The listening and connected sockets of this process and its workers.
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
