"""A subscriber over real HTTP, and a site that has a hub."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.conftest import CONFIG, article, run

TOPIC = "https://feeds.example/feeds/ai.xml"
HUB = "https://feeds.example/hub"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Got:
    """A request that a subscriber got."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    when: float

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query))

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Subscriber:
    """Confirms what it is asked, and takes what it gets; `answer` may say something else.

    Attributes:
        answer: Returns the status, the headers and the body to a request; None for the usual.
    """

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answer: Callable[[Got], tuple[int, dict[str, str], bytes] | None] = lambda _: None

    def url(self, path: str = "/callback") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def gets(self, mode: str = "") -> list[Got]:
        return [each for each in self.got if each.method == "GET" and mode in ("", each.query.get("hub.mode"))]

    @property
    def posts(self) -> list[Got]:
        return [each for each in self.got if each.method == "POST"]


@contextmanager
def subscriber() -> Iterator[Subscriber]:
    """Run a subscriber on a free port."""
    running = Subscriber()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            got = Got(self.command, self.path, self.headers.items(), body, time.monotonic())
            status, headers, text = running.answer(got) or (
                200,
                {},
                got.query.get("hub.challenge", "").encode(),
            )
            running.got.append(got)
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(text))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.daemon_threads = True
        running.port = httpd.server_port
        thread = threading.Thread(target=httpd.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield running
        finally:
            httpd.shutdown()
            thread.join()


def hub_site(folder: Path, hub: str = "{networks: [127.0.0.0/8]}") -> Path:
    """Make a folder a site with a hub and one entry, and build it."""
    (folder / "config.yaml").write_text(f"{CONFIG}hub: {hub}\n")
    write(folder, "first")
    return folder


def write(folder: Path, name: str, topic: str = "AI") -> None:
    """Write an entry, and build."""
    path = folder / f"content/news/{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(article(name, url=f"https://news.example/{name}", more=f"topics: [{topic}]\n"))
    run("build", cwd=folder)


def form(**values: str) -> bytes:
    """Return a form; `callback` is `hub.callback`, and names with two underscores are as they are."""
    return urlencode({f"hub.{name}": value for name, value in values.items()}).encode()
