"""A hub that records its requests, and sites that notify it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import feeds
from tests.support.factories import NOW, article
from tests.support.trees import CONFIG

Tree = Callable[..., Path]


Answer = tuple[int, Mapping[str, str]]


URL = "https://feeds.example/"


FINE: Answer = (204, {})


ALL = {f"{URL}feeds/all.{suffix}" for suffix in ("xml", "atom", "json")}


AI = {f"{URL}feeds/ai.{suffix}" for suffix in ("xml", "atom", "json")}


class Hub(ThreadingHTTPServer):
    """A hub that records its requests; its responses can be changed.

    Attributes:
        told: The topics that it confirmed, in the order of the requests.
        tried: The topics of all requests.
        forms: All received forms.
        answer: Called with the topic and the path, in a new thread for each request.
        most: The largest number of concurrent requests.
    """

    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Asked)
        self.told: list[str] = []
        self.tried: list[str] = []
        self.forms: list[list[tuple[str, str]]] = []
        self.requests: list[tuple[str, str, Mapping[str, str]]] = []
        self.answer: Callable[[str, str], Answer] = lambda topic, path: FINE
        self.most = self._now = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/push"

    def take(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        form = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
        topic = dict(form)["hub.topic"]
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self.tried.append(topic)
            self.forms.append(form)
            self.requests.append((method, path, headers))
        answer = self.answer(topic, path)
        with self._lock:
            self._now -= 1
            if 200 <= answer[0] < 300:
                self.told.append(topic)
        return answer

    def forget(self) -> None:
        for each in (self.told, self.tried, self.forms, self.requests):
            each.clear()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # the other side was killed, or timed out


class Asked(BaseHTTPRequestHandler):
    server: Hub

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        status, headers = self.server.take(self.command, self.path, dict(self.headers), body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET = _take  # noqa: N815 - the library calls them so

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def hub_at(port: int = 0) -> Iterator[Hub]:
    with Hub(port) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()


def files(**titles: str) -> dict[str, str]:
    """Return a file for each title; those of `ai…` have that topic."""
    return {
        f"content/news/{name}.md": article(
            title, url=f"https://news.example/{name}", more="topics: [AI]\n" if name.startswith("ai") else ""
        )
        for name, title in titles.items()
    }


def many(count: int) -> dict[str, str]:
    return {
        f"content/news/{n}.md": article(f"T {n}", url=f"https://news.example/{n}", more=f"topics: [T{n}]\n")
        for n in range(count)
    }


def config_with(*hubs: Hub | str, more: str = "") -> str:
    urls = ", ".join(each if isinstance(each, str) else each.url for each in hubs)
    return f"{CONFIG}pages: false\nhubs: [{urls}]\n{more}"


def built(root: Path) -> feeds.Config:
    config = feeds.read_config(root / "config.yaml")
    feeds.build(config, NOW, accept_removals=True)
    return config


def remembered(root: Path) -> dict[str, dict[str, str]]:
    value: dict[str, dict[str, str]] = json.loads((root / ".feeds/announced.json").read_text())
    return value
