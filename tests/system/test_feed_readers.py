"""Real readers announce each new entry once, and nothing else.

Each client is a released program. It polls the real server through a recorder, which stores requests and responses.
An announcement is anything that its user would see as new: unread articles, mails, new lines in a file.
"""

import mailbox
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from email.header import decode_header, make_header
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple, Protocol, Self
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import feedparser
import pytest
from reader import make_reader

from tests.support.factories import article
from tests.support.processes import run, serving, until


class Told(NamedTuple):
    """An entry as a client shows it."""

    id: str
    title: str
    link: str


class Client(Protocol):
    """A client with a subscription of one feed, and with its own folder."""

    def __init__(self, folder: Path, url: str) -> None: ...

    def poll(self) -> list[Told]:
        """Poll the server once, and return the announcements."""

    def shown(self) -> list[Told]:
        """Return all that the client shows now, read or not."""


def program(folder: Path, *command: str | Path) -> str:
    """Run a client's program with a folder as its home, and return its output."""
    environment = os.environ | {"HOME": str(folder), "LC_ALL": "C.UTF-8", "no_proxy": "127.0.0.1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


class Newsboat:
    """It stores its entries in SQLite, and read entries stay read."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        (folder / "urls").write_text(f"{url}\n")
        (folder / "config").write_text("")

    def poll(self) -> list[Told]:
        files = ("-u", self._folder / "urls", "-C", self._folder / "config", "-c", self._folder / "cache.db")
        program(self._folder, "newsboat", *files, "-x", "reload")
        news = self._cached("SELECT guid, title, url FROM rss_item WHERE unread")
        self._cached("UPDATE rss_item SET unread = 0")
        return news

    def shown(self) -> list[Told]:
        return self._cached("SELECT guid, title, url FROM rss_item")

    def _cached(self, statement: str) -> list[Told]:
        with closing(sqlite3.connect(self._folder / "cache.db")) as cache, cache:
            return [Told(*row) for row in cache.execute(statement)]


class Rss2email:
    """It mails each entry once, here into a folder, and never sends a correction."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._mailed: list[Told] = []
        addresses = "from = r2e@feeds.example\nto = reader@feeds.example\n"
        mails = f"email-protocol = maildir\nmaildir-path = {folder}\nmaildir-mailbox = mails\n"
        (folder / "config").write_text(f"[DEFAULT]\n{addresses}{mails}[feed.test]\nurl = {url}\n")

    def poll(self) -> list[Told]:
        said = program(self._folder, "r2e", "-c", self._folder / "config", "-d", self._folder / "data.json", "run")
        assert "[WARNING]" not in said
        assert "[ERROR]" not in said
        box = mailbox.Maildir(self._folder / "mails")
        news = [
            Told(mail["X-RSS-ID"], str(make_header(decode_header(mail["Subject"]))), mail["X-RSS-URL"]) for mail in box
        ]
        box.clear()
        self._mailed += news
        return news

    def shown(self) -> list[Told]:
        return self._mailed


class Sfeed:
    """It merges fetched entries into a file of lines; a new line is an announcement."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._seen: set[Told] = set()
        (folder / "sfeedrc").write_text(f'sfeedpath="{folder}/feeds"\nfeeds() {{\n\tfeed test "{url}"\n}}\n')

    def poll(self) -> list[Told]:
        program(self._folder, "sfeed_update", self._folder / "sfeedrc")
        news = [each for each in self.shown() if each not in self._seen]
        self._seen.update(news)
        return news

    def shown(self) -> list[Told]:
        lines = (self._folder / "feeds/test").read_text("utf-8").splitlines()
        return [Told(fields[5], fields[1], fields[2]) for fields in (line.split("\t") for line in lines)]


class Reader:
    """It is opened again for each poll, so that it only knows its stored data."""

    def __init__(self, folder: Path, url: str) -> None:
        self._path, self._url = str(folder / "reader.sqlite"), url
        with make_reader(self._path) as reader:
            reader.add_feed(url)

    def poll(self) -> list[Told]:
        with make_reader(self._path) as reader:
            updated = reader.update_feed(self._url)
            news = list(reader.get_entries(read=False))
            assert len(news) == (updated.new if updated else 0)
            for each in news:
                reader.mark_entry_as_read(each)
        return [Told(each.id, each.title or "", each.link or "") for each in news]

    def shown(self) -> list[Told]:
        with make_reader(self._path) as reader:
            return [Told(each.id, each.title or "", each.link or "") for each in reader.get_entries()]


class Feedparser:
    """It stores nothing: its user keeps the validators and the ids, as its manual recommends."""

    def __init__(self, folder: Path, url: str) -> None:
        self._url = url
        self._validators: dict[str, str] = {}
        self._shown: list[Told] = []
        self._seen: set[str] = set()

    def poll(self) -> list[Told]:
        parsed: Any = feedparser.parse(self._url, **self._validators)
        assert not parsed.bozo
        if parsed.status == 304:
            return []
        self._validators = {"etag": parsed.etag, "modified": parsed.modified}
        self._shown = [Told(each.id, each.title, each.link) for each in parsed.entries]
        news = [each for each in self._shown if each.id not in self._seen]
        self._seen.update(each.id for each in news)
        return news

    def shown(self) -> list[Told]:
        return self._shown


class Exchange(NamedTuple):
    """A request of a client, and its response."""

    path: str
    asked: dict[str, str]
    status: int
    answered: dict[str, str]
    body: bytes


class Recorder(ThreadingHTTPServer):
    """Pass every request on to another server, and store it with its response."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        self.origin = ""
        self.exchanges: list[Exchange] = []

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    def taken(self) -> list[Exchange]:
        """Return the exchanges since the last call."""
        taken, self.exchanges = self.exchanges, []
        return taken


class _Passing(BaseHTTPRequestHandler):
    server: Recorder
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with closing(HTTPConnection(urlsplit(self.server.origin).netloc, timeout=30)) as connection:
            connection.putrequest("GET", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            body = answer.read()
        asked, answered = ({name.lower(): each[name] for name in each} for each in (self.headers, answer.headers))
        # Stored before it is sent, so that the record is complete when a client has its response.
        self.server.exchanges.append(Exchange(self.path, asked, answer.status, answered, body))
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


TITLES = {
    "plain": "A plain title",
    "entities": "Tom & Jerry’s friends at AT&T",
    "less": "I <3 feeds, and 1 < 2",
    "tag": "The <title> element",
    "cjk": "人工智能的未来",
    "right-to-left": "מה זה RSS? العربية",
    "emoji": "Go 👩‍🚀 ✨",
    "quotes": "“double”, 'single' and 100 %",
    "end-of-cdata": "a ]]> b",
    "漢字-é": "A file name in every script",
}


class Site:
    """A feed in several states, each of which can be published to the server."""

    def __init__(self, folder: Path, recorder: Recorder) -> None:
        self.recorder = recorder
        self.feed = f"{recorder.url}feeds/ai"
        self.states: dict[str, list[Told]] = {}
        self._folder = folder
        self._entries: dict[str, Told] = {}
        folder.joinpath("config.yaml").write_text(
            f"site: {{title: Test, url: '{recorder.url}', tag: 'x.example,2026'}}"
        )

    def write(self, name: str, title: str, day: int, url: str = "", more: str = "") -> None:
        url = url or f"https://news.example/{quote(name)}?a=1&b=2"
        path = self._folder / f"content/news/{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(article(title, f"2026-01-{day:02}T03:04:05Z", url, f"topics: [AI]\n{more}"), "utf-8")
        self._entries[name] = Told(f"tag:x.example,2026:news/{quote(name)}", title, url)

    def remove(self, name: str) -> None:
        (self._folder / f"content/news/{name}.md").unlink()
        del self._entries[name]

    def build(self, state: str) -> None:
        run("build", cwd=self._folder)
        shutil.copytree(self._folder / "public", self._folder / state)
        self.states[state] = list(self._entries.values())

    @property
    def served(self) -> Path:
        return self._folder / "served"

    def put(self, state: str) -> None:
        """Publish a state to the server in one step."""
        link = self._folder / "next"
        link.symlink_to(self._folder / state)
        link.replace(self.served)

    def serve(self, state: str) -> None:
        """Publish a state, and wait until the server serves it."""
        self.put(state)
        expected = (self.served / "manifest.json").read_bytes()

        def there() -> bool:
            with urlopen(f"{self.recorder.origin}/manifest.json") as answer:
                return bool(answer.read() == expected)

        until(there)


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a site whose server runs behind a recorder."""
    folder = tmp_path_factory.mktemp("site")
    with Recorder() as recorder:
        site = Site(folder, recorder)
        for day, (name, title) in enumerate(TITLES.items(), 1):
            site.write(name, title, day)
        site.build("first")
        site.write("new", "Another one", 20)
        site.build("new")
        site.write("plain", "Another title", 1)
        site.write("less", TITLES["less"], 3, more="excerpt: Another text.\n")
        site.build("edited")
        dated = "updatedDateTime: 2026-02-01T00:00:00Z\n"
        site.write("cjk", "人工智能的未來", 5, "https://news.example/elsewhere", dated)
        site.write("emoji", TITLES["emoji"], 7, more=f"{dated}excerpt: 🧑🏽‍🔬 works.\n")
        site.build("edited with a date")
        site.remove("entities")
        site.build("removed")
        yield site


@pytest.fixture
def site(states: Site) -> Iterator[Site]:
    """Yield the site with a new server, because a server does not return to an older edition."""
    states.put("first")
    folder = states.served.parent
    with serving(states.served, "--config", str(folder / "config.yaml"), cwd=folder) as states.recorder.origin:
        yield states


def needs(command: str, package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        not shutil.which(command), reason=f"{package} is not installed: apt-get install {package}"
    )


CLIENTS = [
    pytest.param(
        client,
        suffix,
        marks=marks if suffix in default else [*marks, pytest.mark.exhaustive],
        id=f"{client.__name__.lower()}{suffix}",
    )
    for client, suffixes, default, marks in (
        (Newsboat, (".xml", ".atom"), [".atom"], [needs("newsboat", "newsboat")]),
        (Rss2email, (".xml", ".atom"), [".xml"], [needs("r2e", "rss2email")]),
        (Sfeed, (".xml", ".atom"), [".atom"], [needs("sfeed_update", "sfeed"), needs("curl", "curl")]),
        (Reader, (".xml", ".atom", ".json"), [".xml", ".json"], []),
        (Feedparser, (".xml", ".atom"), [".xml", ".atom"], []),
    )
    for suffix in suffixes
]
"""Each client with the formats it reads; by default each client reads one or two of them."""


@pytest.mark.parametrize(("client", "suffix"), CLIENTS)
def test_a_reader_announces_each_new_entry_once_and_nothing_else(
    client: type[Client], suffix: str, site: Site, tmp_path: Path
) -> None:
    def poll() -> tuple[list[Told], Exchange]:
        site.recorder.taken()
        news = subscriber.poll()
        (exchange,) = site.recorder.taken()
        assert exchange.path == f"/feeds/ai{suffix}"
        return news, exchange

    # sfeed's file has a line for each id with each title and link that it had.
    known_by: Callable[[Told], object] = (lambda each: each) if client is Sfeed else (lambda each: each.id)
    told: set[object] = set()
    subscriber = client(tmp_path, site.feed + suffix)
    for state, entries in site.states.items():
        site.serve(state)
        news, exchange = poll()
        assert exchange.status == 200
        assert sorted(news) == sorted(each for each in entries if known_by(each) not in told), state
        told |= {known_by(each) for each in news}
        tag = exchange.answered["etag"]
        for _ in range(2):
            news, exchange = poll()
            assert news == []
            asked_with_tag = exchange.asked.get("if-none-match") == tag
            assert exchange.status == (304 if asked_with_tag else 200)
            assert exchange.answered["etag"] == tag
        # newsboat sends an ETag from its third poll on, and sfeed never does. If no entry was new or edited, reader
        # keeps its old ETag.
        assert asked_with_tag or client is Sfeed or (client is Reader and state == "removed")
        shown = subscriber.shown()
        assert len(shown) == len({known_by(each) for each in shown})
        if client is Rss2email:
            assert {each.id for each in shown} >= {each.id for each in entries}
        else:
            assert set(shown) >= set(entries), "edited entries are shown in their current version"


def test_a_reader_that_honours_max_age_does_not_poll_earlier(site: Site, tmp_path: Path) -> None:
    site.recorder.taken()
    with make_reader(str(tmp_path / "reader.sqlite")) as reader:
        reader.set_tag((), ".reader.update", {"interval": 1})
        reader.add_feed(f"{site.feed}.atom")
        reader.update_feeds()
        feed = reader.get_feed(f"{site.feed}.atom")
        assert feed.update_after
        assert feed.last_retrieved
        assert feed.update_after - feed.last_retrieved >= timedelta(minutes=30)
        reader.update_feeds()
    assert len(site.recorder.taken()) == 1
