"""A real server and a raw HTTP client, which corrects nothing in requests and responses."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.support.processes import Process, free_port, start, until

Headers = Mapping[str, str | Sequence[str] | None]


class ClosedError(ConnectionError):
    """The server closed the connection; `seen` has the received part of the response."""

    def __init__(self, seen: bytes) -> None:
        super().__init__(f"closed after {seen[:80]!r}")
        self.seen = seen


@dataclass(frozen=True, slots=True)
class Answer:
    """One unchanged response: `fields` in their order, `head` and `body` byte for byte, `body` without chunks."""

    status: int
    fields: tuple[tuple[str, str], ...]
    head: bytes
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def __getitem__(self, name: str) -> str:
        values = self.all(name)
        assert len(values) == 1, f"{name} is there {len(values)} times: {self.head!r}"
        return values[0]

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def items(self, name: str) -> set[str]:
        """Return the members of a list in lower case, from any number of lines."""
        return {item.strip().lower() for value in self.all(name) for item in value.split(",") if item.strip()}

    @property
    def lasting(self) -> dict[str, list[str]]:
        """All headers except Date, which always differs."""
        return {key.lower(): self.all(key) for key, _ in self.fields if key.lower() != "date"}


class Connection:
    """One connection; it sends and receives only on request."""

    def __init__(self, port: int, timeout: float = 10, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._reader.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str | Sequence[str] | None) -> Answer:
        self.send(request(path, method, body, **headers))
        return self.receive(method)

    def receive(self, method: str = "GET") -> Answer:
        """Return the next answer, to a request with this method; it must be whole and well-formed.

        Raises:
            ClosedError: The response is missing or incomplete.
        """
        head = self._head(b"")
        while (status := _status(head)) // 100 == 1:
            head = self._head(b"")
        fields = tuple(_field(line, head) for line in head[:-4].split(b"\r\n")[1:])
        answer = Answer(status, fields, head, b"")
        if method == "HEAD" or status in (204, 304):
            return answer
        if "Transfer-Encoding" in answer:
            assert answer.items("Transfer-Encoding") == {"chunked"}
            assert "Content-Length" not in answer
            body = self._chunks(head)
        elif "Content-Length" in answer:
            body = self._exactly(int(answer["Content-Length"]), head)
        else:
            body = self._reader.read()
        return Answer(status, fields, head, body)

    def receive_if_any(self, method: str = "GET") -> Answer | None:
        """Return the next answer, or None if the connection is closed before its first byte."""
        try:
            return self.receive(method)
        except ClosedError as closed:
            if closed.seen:
                raise
            return None

    def _head(self, head: bytes) -> bytes:
        while not head.endswith(b"\r\n\r\n"):
            line = self._line(head)
            head += line
            assert len(head) < 65536, head[:200]
        return head

    def _line(self, seen: bytes) -> bytes:
        try:
            line = self._reader.readline(65536)
        except ConnectionResetError:
            raise ClosedError(seen) from None
        if not line.endswith(b"\n"):
            raise ClosedError(seen + line)
        assert line.endswith(b"\r\n"), line
        return line

    def _exactly(self, size: int, seen: bytes) -> bytes:
        try:
            data = self._reader.read(size)
        except ConnectionResetError:
            raise ClosedError(seen) from None
        if len(data) != size:
            raise ClosedError(seen + data)
        return data

    def _chunks(self, seen: bytes) -> bytes:
        body = b""
        while size := int(self._line(seen + body).split(b";")[0], 16):
            body += self._exactly(size, seen + body)
            assert self._line(seen + body) == b"\r\n"
        assert self._line(seen + body) == b"\r\n"
        return body


def _status(head: bytes) -> int:
    line = head.split(b"\r\n", 1)[0]
    found = re.fullmatch(rb"HTTP/1\.[01] ([1-5]\d\d)( [\t\x20-\x7e]*)?", line)
    assert found, head[:200]
    return int(found[1])


def _field(line: bytes, head: bytes) -> tuple[str, str]:
    found = re.fullmatch(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]*?)[ \t]*", line)
    assert found, head
    return found[1].decode(), found[2].decode()


def request(path: str, method: str = "GET", body: bytes = b"", **headers: str | Sequence[str] | None) -> bytes:
    """Return a request; `_` in the name of a header is a hyphen, a list is several lines, None is no line."""
    given: Headers = {"Host": "feeds.test"} | ({"Content-Length": str(len(body))} if body else {}) | headers
    lines = [f"{method} {path} HTTP/1.1"]
    for name, values in given.items():
        each = [values] if isinstance(values, str) else values or ()
        lines += [f"{name.replace('_', '-')}: {value}" for value in each]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    process: Process
    log: Path

    def connect(self, timeout: float = 10, receive_buffer: int | None = None) -> Connection:
        return Connection(self.port, timeout, receive_buffer)

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str | Sequence[str] | None) -> Answer:
        with self.connect() as connection:
            return connection.ask(path, method, body, **headers)

    @property
    def said(self) -> str:
        """Its output on standard output and standard error."""
        return self.log.read_text("utf-8", "replace")

    @property
    def processes(self) -> list[int]:
        """Its process and those of its workers, if the system shows them."""
        found = [self.process.pid]
        for each in found:
            with suppress(FileNotFoundError):
                for thread in Path(f"/proc/{each}/task").iterdir():
                    found += map(int, (thread / "children").read_text().split())
        return found

    @property
    def memory(self) -> int:
        """The resident memory of all its processes in bytes."""
        pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in self.processes)
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def server(
    site: Path,
    *arguments: str,
    cwd: Path | None = None,
    prefix: Sequence[str] = (),
    log: Path | None = None,
    port: int | None = None,
    **environment: str,
) -> Iterator[Server]:
    """Run `feeds serve` for the site in a folder on a free port, and check that it never fails.

    Args:
        site: A folder with `config.yaml`, and with `public` if there is an edition.
        prefix: A command to run it with.
        log: The file for its output; by default next to the site's config.
        port: A certain port instead of any free one.
    """
    with free_port() if port is None else nullcontext(port) as port:
        command = ["serve", "--config", str(site / "config.yaml"), "--port", str(port), *arguments]
        log = log or site / "log"
        with log.open("wb") as output:
            process: Process
            if prefix:
                process = subprocess.Popen(
                    [*prefix, sys.executable, "-m", "feeds", *command],
                    cwd=cwd or site,
                    env=os.environ | environment,
                    stdout=output,
                    stderr=output,
                )
            else:
                process = start(command, cwd or site, environment, output, output)
        running = Server(port, process, log)
        try:
            expected = (200,) if (site / "public/manifest.json").exists() else (200, 404, 503)
            until(lambda: process.poll() is not None or running.ask("/manifest.json").status in expected)
            assert process.poll() is None, running.said
            yield running
        finally:
            workers = running.processes[1:] if process.poll() is None else []
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                # It must not outlive the tests; a kill counts as a failure.
                for each in (*workers, process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(each, signal.SIGKILL)
                process.wait(20)
                raise
    assert "Traceback" not in running.said, running.said
    assert "panicked" not in running.said, running.said
