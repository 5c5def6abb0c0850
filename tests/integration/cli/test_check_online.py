"""`feeds check --online` asks servers for sizes and types, and only reports."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from feeds.cli import online
from feeds.errors import FeedsError
from feeds.http import public_addresses, remote_files
from feeds.http.remote_files import RemoteFile, request_files
from tests.support.factories import article
from tests.support.processes import run
from tests.support.sites import Tree
from tests.support.trees import CONFIG

NETWORKS = (ip_network("127.0.0.0/8"),)
LOCAL = CONFIG + "hub: {networks: [127.0.0.0/8]}\n"
ANSWERS: dict[str, tuple[int, dict[str, str]]] = {
    "/a.mp3": (200, {"Content-Length": "31337", "Content-Type": "audio/mpeg"}),
    "/a%20b,%20%C3%A9.mp3?x=1&y=2": (200, {"Content-Length": "5", "Content-Type": "audio/mpeg"}),
    "/get/5": (200, {"Content-Length": "7", "Content-Type": "Audio/OGG; codecs=opus"}),
    "/moved.mp3": (302, {"Location": "/a.mp3"}),
    "/loop.mp3": (302, {"Location": "/loop.mp3"}),
    "/inside.mp3": (302, {"Location": "http://10.0.0.1/a.mp3"}),
    "/local.mp3": (302, {"Location": "file:///etc/passwd"}),
    "/page.mp3": (200, {"Content-Length": "9", "Content-Type": "text/html; charset=utf-8"}),
    "/silent.mp3": (200, {"Content-Type": "audio/mpeg"}),
    "/packed.mp3": (200, {"Content-Length": "9", "Content-Encoding": "gzip", "Content-Type": "audio/mpeg"}),
    "/no-head.mp3": (405, {}),
    "/gone.mp3": (404, {"Content-Length": "9"}),
}


class Host:
    """A server of files; `requests` has the method and the path of each request."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                requests.append(f"{self.command} {self.path}")
                status, headers = ANSWERS.get(self.path, (404, {}))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_HEAD  # noqa: N815

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def host() -> Iterator[Host]:
    running = Host()
    thread = threading.Thread(target=running.server.serve_forever, args=(0.05,))
    thread.start()
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/a.mp3", RemoteFile(31337, "audio/mpeg")),
        ("/a%20b,%20%C3%A9.mp3?x=1&y=2", RemoteFile(5, "audio/mpeg")),
        ("/get/5", RemoteFile(7, "audio/ogg")),
        ("/moved.mp3", RemoteFile(31337, "audio/mpeg")),
        ("/loop.mp3", RemoteFile(failure="more than 5 redirects")),
        ("/inside.mp3", RemoteFile(failure="not a public address and port")),
        ("/silent.mp3", RemoteFile(None, "audio/mpeg")),
        ("/packed.mp3", RemoteFile(None, "audio/mpeg")),
        ("/no-head.mp3", RemoteFile(failure="the server answers 405")),
        ("/gone.mp3", RemoteFile(failure="the server answers 404")),
    ],
)
def test_a_file_is_what_its_server_reports(host: Host, path: str, found: RemoteFile) -> None:
    url = host.url + path
    assert request_files([url, url], NETWORKS) == {url: found}
    assert {each.partition(" ")[0] for each in host.requests} == {"HEAD"}
    assert host.requests.count(f"HEAD {path}") == (1 if "loop" not in path else 6)


def test_a_redirect_to_another_scheme_is_not_followed(host: Host) -> None:
    (found,) = request_files([f"{host.url}/local.mp3"], NETWORKS).values()
    assert found.failure.startswith("no response")


@pytest.mark.parametrize("network", ["127.0.0.1", "localhost", "[::1]"])
def test_no_private_address_is_asked(host: Host, network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = host.server.server_port
    monkeypatch.setattr(public_addresses, "PORTS", frozenset({port}))
    (found,) = request_files([f"http://{network}:{port}/a.mp3"]).values()
    assert found == RemoteFile(failure="not a public address and port")
    assert host.requests == []


def test_a_server_that_does_not_respond_costs_the_timeout_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(remote_files, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (found,) = request_files([f"http://127.0.0.1:{silent.getsockname()[1]}/a.mp3"], NETWORKS).values()
    assert found == RemoteFile(failure="no response within 0.2 s")


def episode(*lines: str) -> str:
    return article(more="actions:\n" + "".join(f"{line}\n" for line in lines))


def checked(root: Path, *options: str) -> list[str]:
    return run("check", "--online", *options, cwd=root, check=False).stdout.splitlines()


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        (["  - {title: A, url: HOST/a.mp3}"], "  - {title: A, url: HOST/a.mp3, length: 31337}"),
        (["  - {title: A, url: 'HOST/a.mp3', length: 0}"], "  - {title: A, url: 'HOST/a.mp3', length: 31337}"),
        (["  - {length: '31:15', url: HOST/a.mp3}"], "  - {length: 31337, url: HOST/a.mp3}"),
        (["  - {url: HOST/get/5, length: 7}"], "  - {url: HOST/get/5, length: 7, type: audio/ogg}"),
        (["  - title: A", "    url: HOST/a.mp3"], "    length: 31337"),
        (["  - url: HOST/a.mp3", "    title: A"], "    length: 31337"),
        (["  - url: HOST/a.mp3", "    length: 12 MB"], "    length: 31337"),
        (["  - length: -5", "    url: HOST/a.mp3"], "  - length: 31337"),
        (["  - url: HOST/get/5", "    length: 7"], "    type: audio/ogg"),
        (["  [{url: HOST/a.mp3}, {url: HOST/get/5, length: 7, type: audio/ogg}]"], "length: 31337"),
    ],
)
def test_the_line_to_write_is_shown(host: Host, tree: Tree, lines: list[str], written: str) -> None:
    text = episode(*(line.replace("HOST", host.url) for line in lines))
    root = tree({"content/news/a.md": text}, LOCAL)
    said = checked(root)
    assert [line[10:] for line in said if line.startswith("  write | ")] == [written.replace("HOST", host.url)]
    assert (root / "content/news/a.md").read_text() == text
    assert len(host.requests) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/gone.mp3", "enclosure.no_response"),
        ("/inside.mp3", "enclosure.no_response"),
        ("/silent.mp3", "enclosure.not_reported"),
        ("/page.mp3", "enclosure.web_page"),
    ],
)
def test_what_a_server_does_not_report_is_a_problem_too(host: Host, tree: Tree, path: str, code: str) -> None:
    root = tree({"content/news/a.md": episode(f"  - url: {host.url}{path}")}, LOCAL)
    value = json.loads("\n".join(checked(root, "--format", "json")))
    assert [each["code"] for each in value["problems"]] == ["enclosure.unknown_length", code]
    assert {each["instead"] for each in value["problems"]} == {None}


def test_the_option_needs_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "find_spec", lambda _name: None)
    with pytest.raises(FeedsError, match="aiohttp: not installed"):
        online.require_client()


def test_without_the_option_no_server_is_asked(host: Host, tree: Tree) -> None:
    root = tree({"content/news/a.md": episode(f"  - url: {host.url}/a.mp3")}, LOCAL)
    done = run("check", cwd=root)
    assert "1 problems" in done.stdout
    assert "write |" not in done.stdout
    assert host.requests == []


def test_only_files_of_the_given_paths_with_unknown_values_are_asked_for(host: Host, tree: Tree) -> None:
    root = tree(
        {
            "content/news/a.md": episode(f"  - url: {host.url}/a.mp3"),
            "content/news/b.md": episode(f"  - url: {host.url}/moved.mp3"),
            "content/news/c.md": episode(f"  - {{url: {host.url}/a.mp3, length: 5}}"),
        },
        LOCAL,
    )
    checked(root, "content/news/b.md", "content/news/c.md")
    assert host.requests == ["HEAD /moved.mp3", "HEAD /a.mp3"]
