"""A subscriber over real HTTP, and a site that has a hub."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from feeds.content.model import Content
from feeds.edition.model import Edition
from feeds.model import Category
from feeds.pipeline.compose import compose
from feeds.websub.protocol import key_of
from feeds.websub.storage import open_storage
from feeds.websub.subscription_store import Delivery, Subscription, SubscriptionStore
from tests.support.factories import NOW, SITE, make_entry
from tests.support.processes import until
from tests.support.raw_http import Answer, Server
from tests.support.trees import CONFIG, publish

HUB = "https://feeds.example/hub"
AI = "https://feeds.example/feeds/ai.xml"
FORM = "application/x-www-form-urlencoded"
LOOPBACK = "{networks: [127.0.0.0/8]}"
_addresses = itertools.count(2)


@dataclass(frozen=True, slots=True)
class Got:
    """A request to a subscriber."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.path).query, keep_blank_values=True)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Subscriber:
    """Confirms all requests and accepts all deliveries; it has its own host.

    Attributes:
        reply: Returns the status, the headers and the body to a request; None for the usual.
    """

    host: str
    port: int = 0
    got: list[Got] = field(default_factory=list)
    reply: Callable[[Got], Reply | None] = lambda _: None

    def url(self, path: str = "/callback") -> str:
        return f"http://{self.host}:{self.port}{path}"

    def asked(self, mode: str) -> list[Got]:
        return [each for each in self.got if ("hub.mode", mode) in each.query]

    @property
    def told(self) -> list[Got]:
        return [each for each in self.got if each.method == "POST"]


@contextmanager
def subscriber(host: str = "") -> Iterator[Subscriber]:
    """Run a subscriber on a free port of an unused address."""
    number = next(_addresses)
    running = Subscriber(host or f"127.9.{number // 250}.{1 + number % 250}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            got = Got(self.command, self.path, self.headers.items(), body)
            status, headers, text = running.reply(got) or (200, {}, dict(got.query).get("hub.challenge", "").encode())
            running.got.append(got)
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(text))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # the hub reads only a part
                self.wfile.write(text)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((running.host, 0), Handler) as httpd:
        httpd.daemon_threads = True
        running.port = httpd.server_port
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield running
        finally:
            httpd.shutdown()
            thread.join()


class HubSite:
    """A site with a hub; the test makes its editions."""

    def __init__(self, folder: Path, hub: str = LOOPBACK) -> None:
        self.folder = folder
        self.entries = [make_entry("first", categories=(Category("ai", "AI"),))]
        self.edition = Edition()
        (folder / "config.yaml").write_text(f"{CONFIG}hub: {hub}\n")
        self.publish()

    def publish(self, *names: str, topics: tuple[str, ...] = ("AI",)) -> None:
        """Publish entries with these topics in addition to the existing ones."""
        categories = tuple(Category(topic.lower(), topic) for topic in topics)
        self.entries += (make_entry(name.replace(" ", "-"), categories=categories) for name in names)
        now = NOW + timedelta(hours=len(self.entries))
        self.edition = compose(Content(tuple(self.entries)), [], replace(SITE, hubs=(HUB,)), self.edition, now).edition
        publish(self.edition, self.folder / "public")

    def bytes_of(self, topic: str = AI) -> bytes:
        return (self.folder / "public" / topic.removeprefix("https://feeds.example/")).read_bytes()

    @contextmanager
    def store(self) -> Iterator[SubscriptionStore]:
        with closing(open_storage(self.folder / ".feeds", SITE.url)) as storage:
            yield storage.subscriptions

    def subscription(self, callback: str, topic: str = AI) -> Subscription | None:
        return subscription_in(self.folder, callback, topic)


def subscription_in(folder: Path, callback: str, topic: str) -> Subscription | None:
    """Return a subscription of the site in a folder."""
    with closing(open_storage(folder / ".feeds", SITE.url)) as storage:
        return storage.subscriptions.find([key_of(topic, callback)]).get(key_of(topic, callback), (None,))[0]


def deliveries(store: SubscriptionStore) -> list[Delivery]:
    return [record.delivery for record in store.records()]


def ask(served: Server, **values: str) -> Answer:
    """Send the hub a form; each value is of `hub.<name>`, and each call is from another client."""
    return post(served, urlencode({f"hub.{name}": value for name, value in values.items()}).encode())


def post(served: Server, body: bytes, **headers: str) -> Answer:
    client = f"198.51.{next(_addresses) // 250}.{next(_addresses) % 250}"
    return served.ask("/hub", "POST", body, **({"Content_Type": FORM, "X_Forwarded_For": client} | headers))


def subscribe(served: Server, sub: Subscriber, callback: str = "", **values: str) -> None:
    """Subscribe to the current version, and wait for the verification."""
    callback = callback or sub.url()
    folder = served.log.parent
    until(lambda: _serves(served, (folder / "public/manifest.json").read_bytes()))
    before = len(sub.asked("subscribe"))
    answer = ask(served, **({"mode": "subscribe", "callback": callback, "topic": AI} | values))
    assert answer.status == 202, answer.body
    until(lambda: len(sub.asked("subscribe")) > before)
    until(lambda: subscription_in(folder, callback, values.get("topic", AI)) is not None)


def _serves(served: Server, manifest: bytes) -> bool:
    # A document of the next edition that is already in the folder has no date yet.
    answer = served.ask("/manifest.json")
    return answer.body == manifest and "Last-Modified" in answer
