"""Hubs are told what changed and nothing else, whatever becomes of them or of us on the way (WebSub)."""

import itertools
import json
import os
import random
import re
import shlex
import subprocess
import sys
import threading
import time
import urllib.request
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

import feeds
from feeds.edition import paths as edition_paths
from feeds.edition.model import Document, Edition, EditionState, strong_etag
from feeds.errors import EditionError, ExportError
from feeds.system.locks import exclusive_lock
from feeds.websub import notify
from feeds.websub.notify import push
from tests.support.factories import NOW, article
from tests.support.processes import free_port, run, until
from tests.support.raw_http import server
from tests.support.trees import CONFIG, PROJECT

Tree = Callable[..., Path]
Answer = tuple[int, Mapping[str, str]]
URL = "https://feeds.example/"
FINE: Answer = (204, {})
ALL = {f"{URL}feeds/all.{suffix}" for suffix in ("xml", "atom", "json")}
AI = {f"{URL}feeds/ai.{suffix}" for suffix in ("xml", "atom", "json")}


class Hub(ThreadingHTTPServer):
    """A hub that writes down what it is told; what it answers can be changed.

    Attributes:
        told: The topics that it said yes to, in the order of the requests.
        tried: The topics of all requests.
        forms: All that was sent.
        answer: Called with the topic and the path, in a thread of its own for each request.
        most: How many requests there were at once at most.
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
        pass  # the other side was killed, or had no patience


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


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_at() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Hub]:
    with hub_at() as running:
        yield running


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a push in this process wait for nothing but what a hub asks for."""
    monkeypatch.setattr(notify, "_SETTLED", 0.0)
    monkeypatch.setattr(notify, "_BACK_OFF", 0.01)


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


# What is told


def test_a_hub_that_was_told_nothing_is_told_every_topic_once_in_a_form_with_both_names(tree: Tree, hub: Hub) -> None:
    built(root := tree(files(ai="Čeština & <more>"), config_with(hub)))
    (told,) = push(feeds.read_config(root / "config.yaml"))
    assert Counter(hub.told) == Counter(hub.tried) == Counter(ALL | AI)
    assert (told.hub, set(told.told), dict(told.failed), told.skipped) == (hub.url, ALL | AI, {}, ())
    for form, (method, path, headers) in zip(hub.forms, hub.requests, strict=True):
        topic = form[1][1]
        assert form == [("hub.mode", "publish"), ("hub.topic", topic), ("hub.url", topic)]
        assert (method, path, headers["Content-Type"]) == ("POST", "/push", "application/x-www-form-urlencoded")
        assert not {"Cookie", "Authorization"} & headers.keys()
    assert remembered(root).keys() == {hub.url}


def test_only_what_changed_is_told(tree: Tree, hub: Hub) -> None:
    root = tree(files(ai="One", b="Two"), config_with(hub))
    push(built(root))
    hub.forget()
    assert push(built(root)) == ()
    tree(files(b="Two, edited"), config_with(hub))
    assert set(push(built(root))[0].told) == ALL
    tree(files(ai="One, edited"), config_with(hub))
    push(built(root))
    assert Counter(hub.tried) == Counter([*ALL, *ALL, *AI])


def test_topics_are_told_as_their_documents_say_self(tree: Tree, hub: Hub) -> None:
    root = tree({"content/news/a.md": article(more="topics: [漢字, C++]\n")}, config_with(hub))
    push(built(root))
    selves = {
        link.get("href")
        for path in (root / "public/feeds").rglob("*.xml")
        for link in ET.parse(path).iterfind("channel/{http://www.w3.org/2005/Atom}link[@rel='self']")
    }
    assert {topic for topic in hub.told if topic.endswith(".xml")} == selves
    assert all(topic.isascii() for topic in hub.told)


def test_archives_pages_and_moved_feeds_are_no_topics() -> None:
    paths = [
        *("feeds/ai.xml", "feeds/ai.html", "feeds/ai/2023-06.xml", "feeds/ai/2023-06.html", "feeds/2023-06.atom"),
        *("feeds/old.xml", "feeds/providers/a.example.json", "feeds/providers/a.example/2023-06.json"),
        *("feeds.opml", "index.html", "assets/feeds/a.xml", "assets/a.json", "sitemap.xml"),
    ]
    moved = {"feeds/old.xml": "feeds/ai.xml"}
    documents = {}
    for path in paths:
        kind, feed = edition_paths.classify_path(path, paths, moved)
        documents[path] = Document(path, "text/plain", "tag", 1, NOW, kind=kind, feed=feed)
    found = edition_paths.topics(Edition(documents, EditionState(URL, moved=moved)))
    topics = {"feeds/ai.xml", "feeds/2023-06.atom", "feeds/providers/a.example.json"}
    assert {document.path for document in found.values()} == topics
    assert found.keys() == {f"{URL}{path}" for path in topics}


def test_a_removed_feed_is_forgotten_and_not_told(tree: Tree, hub: Hub) -> None:
    root = tree(files(ai="One", b="Two"), config_with(hub))
    push(built(root))
    (root / "content/news/ai.md").unlink()
    hub.forget()
    push(built(root))
    assert Counter(hub.tried) == Counter(ALL)
    assert remembered(root)[hub.url].keys() == ALL
    # It is news when it comes back.
    tree(files(ai="One"), config_with(hub))
    hub.forget()
    push(built(root))
    assert set(hub.tried) >= AI


def test_a_hub_that_leaves_the_config_is_forgotten(tree: Tree, hub: Hub, other: Hub) -> None:
    root = tree(files(ai="One"), config_with(hub, other))
    push(built(root))
    tree({}, config_with(other))
    hub.forget()
    push(built(root))
    assert (hub.tried, remembered(root).keys()) == ([], {other.url})
    tree({}, CONFIG)
    assert push(built(root)) == ()
    assert remembered(root) == {}


def test_a_site_without_hubs_tells_nobody_and_remembers_nothing(tree: Tree) -> None:
    root = tree(files(ai="One"))
    assert push(built(root)) == ()
    assert not (root / ".feeds/announced.json").exists()


# What goes wrong


def test_a_dead_hub_delays_itself_alone_and_gets_the_rest_later(tree: Tree, hub: Hub) -> None:
    with free_port() as port:
        late = f"http://127.0.0.1:{port}/push"
        root = tree(files(ai="One"), config_with(late, hub))
        failed, fine = push(built(root))
        assert (failed.hub, failed.told, set(fine.told)) == (late, (), ALL | AI)
        assert len(failed.failed) >= 3
        assert {*failed.failed, *failed.skipped} == ALL | AI
        assert set(failed.failed.values()) == {"Connection refused"}
        hub.forget()
        with hub_at(port) as alive:
            (told,) = push(built(root))
            assert (told.hub, Counter(alive.tried), hub.tried) == (late, Counter(ALL | AI), [])


def test_no_hub_waits_for_another(tree: Tree, hub: Hub, other: Hub) -> None:
    root = tree(many(8), config_with(hub, other))

    def when_the_other_knows(_topic: str, _path: str) -> Answer:
        until(lambda: len(other.told) == 27, 8)
        return FINE

    hub.answer = when_the_other_knows
    slow, quick = push(built(root))
    assert (len(slow.told), len(quick.told)) == (27, 27)


def test_a_hub_is_told_of_a_few_topics_at_once(tree: Tree, hub: Hub) -> None:
    root = tree(many(8), config_with(hub))

    def slowly(_topic: str, _path: str) -> Answer:
        time.sleep(0.02)
        return FINE

    hub.answer = slowly
    push(built(root))
    assert 1 < hub.most <= 4


def test_a_hub_that_does_not_answer_is_given_up_in_time(tree: Tree, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "_TIMEOUT", 0.1)
    done = threading.Event()

    def never(_topic: str, _path: str) -> Answer:
        done.wait(20)
        return FINE

    hub.answer = never
    (told,) = push(built(tree(many(8), config_with(hub))))
    done.set()
    assert set(told.failed.values()) == {"timed out"}
    assert 3 <= len(told.failed) <= 6  # three in a row, and those that were under way
    assert len(told.failed) + len(told.skipped) == 27


def test_a_slow_hub_is_left_before_the_next_push_is_due(tree: Tree, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "_LONGEST", 0.1)

    def slowly(_topic: str, _path: str) -> Answer:
        time.sleep(0.06)
        return FINE

    hub.answer = slowly
    config = built(tree(many(8), config_with(hub)))
    (told,) = push(config)
    assert told.told
    assert len(told.told) + len(told.skipped) == 27
    (rest,) = push(config)
    assert set(rest.told) <= set(told.skipped)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_may_be_better_soon_is_tried_three_times(tree: Tree, hub: Hub, status: int) -> None:
    tries: Counter[str] = Counter()

    def better(topic: str, _path: str) -> Answer:
        tries[topic] += 1
        return FINE if tries[topic] == 3 else (status, {})

    hub.answer = better
    (told,) = push(built(tree(files(ai="One"), config_with(hub))))
    assert set(told.told) == ALL | AI == set(hub.told)
    assert set(tries.values()) == {3}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 301, 302, 303, 304, 101])
def test_what_will_not_be_better_is_tried_once_and_again_by_the_next_push(tree: Tree, hub: Hub, status: int) -> None:
    hub.answer = lambda _topic, _path: (status, {"Location": "/elsewhere"})
    config = built(tree(files(b="One"), config_with(hub)))
    (told,) = push(config)
    assert told.failed == dict.fromkeys(sorted(ALL), f"answers {status}")
    assert Counter(hub.tried) == Counter(ALL)
    assert {(method, path) for method, path, _ in hub.requests} == {("POST", "/push")}
    hub.answer = lambda _topic, _path: FINE
    assert set(push(config)[0].told) == ALL


@pytest.mark.parametrize("form", ["1", "date"])
def test_a_hub_that_asks_for_time_gets_it(tree: Tree, hub: Hub, form: str) -> None:
    tried: dict[str, list[float]] = {}

    def later(topic: str, _path: str) -> Answer:
        times = tried.setdefault(topic, [])
        times.append(time.monotonic())
        in_two = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        return FINE if len(times) == 2 else (503, {"Retry-After": "1" if form == "1" else in_two})

    hub.answer = later
    (told,) = push(built(tree(files(b="One"), config_with(hub))))
    assert set(told.told) == ALL
    assert all(second - first > 0.9 for first, second in tried.values())


def test_a_hub_that_asks_for_too_much_time_is_left_for_the_next_push(tree: Tree, hub: Hub) -> None:
    hub.answer = lambda _topic, _path: (429, {"Retry-After": "3600"})
    (told,) = push(built(tree(many(8), config_with(hub))))
    assert set(told.failed.values()) == {"answers 429"}
    assert 3 <= len(hub.tried) == len(told.failed) <= 6


@pytest.mark.parametrize("nonsense", ["soon", "-1", "9" * 5000, "Sat, 31 Feb 2026 00:00:00 GMT", "٣", "1e9"])
def test_a_retry_after_that_means_nothing_is_ignored_or_too_long(nonsense: str) -> None:
    headers = notify.Message()
    headers["Retry-After"] = nonsense
    wait = notify._patience(503, headers)
    assert wait is None or wait <= 3


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_form_is_followed(tree: Tree, hub: Hub, other: Hub, status: int) -> None:
    hub.answer = lambda _topic, _path: (status, {"Location": f"{other.url}/new"})
    (told,) = push(built(tree(files(b="One"), config_with(hub))))
    assert set(told.told) == ALL
    assert other.forms == hub.forms or Counter(map(str, other.forms)) == Counter(map(str, hub.forms))
    assert {(method, path) for method, path, _ in other.requests} == {("POST", "/push/new")}
    assert {headers["Content-Type"] for _, _, headers in other.requests} == {"application/x-www-form-urlencoded"}


@pytest.mark.parametrize("location", ["/push", "file:///etc/passwd", "ftp://127.0.0.1/", "//", ""])
def test_a_redirect_that_leads_nowhere_is_a_failure(tree: Tree, hub: Hub, location: str) -> None:
    hub.answer = lambda _topic, _path: (307, {"Location": location})
    (told,) = push(built(tree(files(b="One"), config_with(hub))))
    assert (set(told.failed), told.told) == (ALL, ())
    assert len(hub.tried) < 100


def test_what_was_told_is_lost_and_told_once_more(tree: Tree, hub: Hub) -> None:
    config = built(root := tree(files(b="One"), config_with(hub)))
    push(config)
    for broken in ("", "{", "[]", '{"a": 1}', "null"):
        (root / ".feeds/announced.json").write_text(broken)
        hub.forget()
        push(config)
        assert Counter(hub.tried) == Counter(ALL), broken
        assert push(config) == ()


def test_what_could_not_be_remembered_is_not_told(tree: Tree, hub: Hub) -> None:
    config = built(root := tree(files(b="One"), config_with(hub)))
    (root / ".feeds/announced.json").mkdir()
    with pytest.raises(ExportError, match=r"announced\.json"):
        push(config)
    assert hub.tried == []


def test_what_was_told_is_remembered_when_a_push_is_interrupted(
    tree: Tree, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = built(root := tree(many(8), config_with(hub)))

    def interrupted(answers: Iterable[Any]) -> Iterator[Any]:
        for number, each in enumerate(answers):
            if number == 5:
                raise KeyboardInterrupt
            yield each

    whole = notify._ask
    monkeypatch.setattr(notify, "_ask", lambda pending: interrupted(whole(pending)))
    with pytest.raises(KeyboardInterrupt):
        push(config)
    assert len(remembered(root)[hub.url]) == 5
    monkeypatch.setattr(notify, "_ask", whole)
    push(config)
    assert len(remembered(root)[hub.url]) == 27


def test_before_the_first_edition_there_is_nothing_to_tell(tree: Tree, hub: Hub) -> None:
    root = tree({}, config_with(hub))
    with pytest.raises(EditionError, match="run `feeds build`"):
        push(feeds.read_config(root / "config.yaml"))


def test_whatever_fails_on_the_way_a_hub_is_told_of_every_change_once(tree: Tree, hub: Hub) -> None:
    chance = random.Random(1)
    root = tree({}, config_with(hub))
    said: dict[str, list[str]] = {}

    def yes(topic: str, _path: str) -> Answer:
        said.setdefault(topic, []).append(strong_etag((root / "public" / topic.removeprefix(URL)).read_bytes()))
        return FINE

    def perhaps(topic: str, path: str) -> Answer:
        status = chance.choice([204, 204, 500, 404, 302, 429, 429, 429])
        return yes(topic, path) if status == 204 else (status, {})

    hub.answer = perhaps
    for step in range(12):
        tree(files(**{chance.choice(["ai", "b", "c"]): f"Title {step}"}), config_with(hub))
        push(built(root))
    hub.answer = yes
    push(config := built(root))
    assert push(config) == ()
    assert said.keys() == ALL | AI
    for topic, tags in said.items():
        assert all(old != new for old, new in itertools.pairwise(tags)), topic
        assert tags[-1] == remembered(root)[hub.url][topic]
        assert tags[-1] == strong_etag((root / "public" / topic.removeprefix(URL)).read_bytes())


# The command


def test_a_push_says_a_line_for_each_hub(tree: Tree, hub: Hub, other: Hub) -> None:
    other.answer = lambda _topic, _path: (404, {})
    root = tree(many(8), config_with(hub, other))
    built(root)
    done = run("push", cwd=root, check=False)
    assert (done.returncode, done.stdout) == (3, f"{hub.url}: 27 notified\n")
    said = re.fullmatch(r"(.*): 0 notified, (\d+) failed \(answers 404\), (\d+) skipped \(will retry\)\n", done.stderr)
    assert said
    assert (said[1], int(said[2]) + int(said[3])) == (other.url, 27)
    tree({}, config_with(hub))
    built(root)
    assert run("push", "--quiet", cwd=root).stdout == ""
    done = run("push", cwd=root)
    assert (done.stdout, done.stderr) == ("", "")
    assert json.loads(run("push", "--json", cwd=root).stdout) == []


def test_a_push_says_it_for_machines(tree: Tree, hub: Hub) -> None:
    hub.answer = lambda topic, _path: FINE if topic.endswith(".xml") else (404, {})
    built(root := tree(files(b="One"), config_with(hub)))
    done = run("push", "--json", cwd=root, check=False)
    why = {f"{URL}feeds/all.{suffix}": "answers 404" for suffix in ("atom", "json")}
    expected = {"hub": hub.url, "told": [f"{URL}feeds/all.xml"], "failed": why, "left": []}
    assert (done.returncode, json.loads(done.stdout)) == (3, [expected])


def test_a_build_tells_what_it_changed_and_what_could_not_be_told_before(tree: Tree, hub: Hub) -> None:
    root = tree(files(ai="One", b="Two"), config_with(hub))
    for path in (root / "content").rglob("*.md"):
        os.utime(path, (10**9, 10**9))  # long enough ago for a build to see that nothing changed
    # Two, for after three in a row the hub is left alone.
    refused = {f"{URL}feeds/ai.{suffix}" for suffix in ("atom", "json")}
    hub.answer = lambda topic, _path: (404, {}) if topic in refused else FINE
    done = run("build", "--push", cwd=root, check=False)
    assert (done.returncode, Counter(hub.told)) == (3, Counter((ALL | AI) - refused))
    assert done.stdout.startswith("2 entries")
    assert done.stderr == f"{hub.url}: 4 notified, 2 failed (answers 404)\n"
    hub.forget()
    named = run("push", "--verbose", cwd=root, check=False).stderr.splitlines()[1:]
    assert named == [f"  - {topic}: answers 404" for topic in sorted(refused)]
    hub.answer = lambda topic, path: FINE
    hub.forget()
    # Nothing changed, something is pending.
    assert run("build", "--push", cwd=root).stdout == f"{hub.url}: 2 notified\n"
    assert Counter(hub.tried) == Counter(refused)
    hub.forget()
    assert run("build", "--push", cwd=root).stdout == ""
    value = json.loads(run("build", "--push", "--json", cwd=root).stdout)
    assert (value["push"], hub.tried) == ([], [])
    tree(files(b="Edited"), config_with(hub))
    value = json.loads(run("build", "--push", "--json", cwd=root).stdout)
    assert (set(value["push"][0]["told"]), value["documents"]["changed"]) == (ALL, ANY_CHANGED)


ANY_CHANGED = ["feeds/all.atom", "feeds/all.json", "feeds/all.xml"]


def test_without_a_build_that_was_published_no_hub_is_told(tree: Tree, hub: Hub) -> None:
    root = tree(files(ai="One", b="Two", c="Three"), config_with(hub))
    run("build", "--push", "--dry-run", cwd=root)
    assert not (root / "public").exists()
    run("build", cwd=root)
    assert hub.tried == []
    push(feeds.read_config(root / "config.yaml"))
    hub.forget()
    for path in (root / "content/news").iterdir():
        path.unlink()
    assert run("build", "--push", cwd=root, check=False).returncode == 2
    tree({}, "nonsense: true\n")
    assert run("build", "--push", cwd=root, check=False).returncode == 2
    assert hub.tried == []


def test_two_pushes_do_not_tell_twice(tree: Tree, hub: Hub) -> None:
    root = tree(files(b="One"), config_with(hub))
    run("build", cwd=root)
    with exclusive_lock(root / ".feeds", "push.lock"):
        done = run("push", cwd=root, check=False)
        assert (done.returncode, done.stderr) == (3, "feeds: lock: .feeds/push.lock: another push is running\n")
        assert run("build", "--push", cwd=root, check=False).returncode == 3
        assert run("build", "--push", "--skip-if-running", cwd=root).stdout == ""
        assert hub.tried == []
        # A push that takes its time does not keep a build from its work.
        tree(files(b="Edited"), config_with(hub))
        assert "3 changed" in run("build", cwd=root).stdout
    assert run("push", cwd=root).stdout == f"{hub.url}: 3 notified\n"


def test_a_build_that_is_killed_while_a_hub_hangs_is_made_up_for_by_the_next(tree: Tree, hub: Hub, other: Hub) -> None:
    root = tree(files(ai="One"), config_with(hub, other))
    done = threading.Event()

    def never(_topic: str, _path: str) -> Answer:
        done.wait(60)
        return 500, {}

    hub.answer = never
    process = subprocess.Popen([sys.executable, "-m", "feeds", "build", "--push"], cwd=root, stdout=subprocess.DEVNULL)
    try:
        until(lambda: len(hub.tried) >= 4 and len(other.told) == 6)
    finally:
        process.kill()
        process.wait(20)
        done.set()
    assert (root / "public/manifest.json").exists()
    hub.answer = lambda _topic, _path: FINE
    hub.forget()
    run("build", "--push", cwd=root)
    assert Counter(hub.told) == Counter(hub.tried) == Counter(ALL | AI)
    assert remembered(root)[hub.url] == remembered(root)[other.url]
    assert set(other.told) == ALL | AI


def test_the_line_for_cron_of_the_guide_builds_and_tells(tree: Tree, hub: Hub) -> None:
    guide = (PROJECT / "docs/websub.md").read_text("utf-8")
    (line,) = re.findall(r"^```crontab\n(.*)\n```$", guide, re.MULTILINE)
    root = tree(files(b="One"), config_with(hub))
    command = shlex.split(line.split(maxsplit=5)[5].replace("/srv/feeds/config.yaml", str(root / "config.yaml")))
    assert command[0] == "/srv/feeds/.venv/bin/feeds"
    run(*command[1:], cwd=root)
    assert Counter(hub.told) == Counter(ALL)


# What subscribers find: the publisher's part of websub.rocks


class Links(HTMLParser):
    """The links of a page, by their relation."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for relation in (given.get("rel") or "").split():
            if tag in ("link", "a"):
                self.found.append((relation, given.get("href") or ""))


def in_header(headers: Any) -> list[tuple[str, str]]:
    links = ", ".join(headers.get_all("Link") or ())
    return [(rel, url) for url, rel in re.findall(r'<([^>]*)>;\s*rel="([^"]*)"', links)]


def in_body(kind: str, body: bytes) -> list[tuple[str, str]]:
    if kind == "application/feed+json":
        value = json.loads(body)
        return [("self", value["feed_url"]), *(("hub", each["url"]) for each in value.get("hubs", ()))]
    if kind.startswith("text/html"):
        return Links(body.decode()).found
    top = ET.fromstring(body)
    top = top.find("channel") if kind.startswith("application/rss+xml") else top
    assert top is not None
    return [(each.get("rel", ""), each.get("href", "")) for each in top.findall("{http://www.w3.org/2005/Atom}link")]


def discover(links: list[tuple[str, str]]) -> tuple[set[str], str]:
    """Return the hubs and the topic, which must be one."""
    (topic,) = [url for relation, url in links if relation == "self"]
    return {url for relation, url in links if relation == "hub"}, topic


def test_subscribers_find_the_hubs_and_the_one_topic_in_every_format(tree: Tree, hub: Hub) -> None:
    hubs = {hub.url, "https://hub.example/?a=1&b=2"}
    entry = article("Old", "2025-01-02T03:04:05Z", "https://news.example/old", "topics: [漢字]\n")
    given = files(ai="One") | {"content/news/old.md": entry}
    root = tree(given, f"{CONFIG}hubs: [{', '.join(sorted(hubs))}]\nwindow: 1\nfeeds: {{all: {{archive: true}}}}\n")
    edition = feeds.compose(config := feeds.read_config(root / "config.yaml"), feeds.load(config))
    run("build", cwd=root)
    with server(root) as running:
        for path in [path for path in edition.documents if path.startswith("feeds/")]:
            url = next((url for url, each in edition_paths.topics(edition).items() if each.path == path), None)
            page = path.endswith(".html")
            place = urllib.request.Request(f"http://127.0.0.1:{running.port}/{urllib.parse.quote(path)}")
            with urllib.request.urlopen(place, timeout=10) as answer:
                header, body = in_header(answer.headers), in_body(answer.headers["Content-Type"], answer.read())
            if url:
                assert discover(header) == discover(body) == (hubs, url)
            elif page and "/2025-01" not in path:
                # A page is not told of; whoever subscribes to it gets the feed that is.
                assert discover(body) == (hubs, f"{URL}{urllib.parse.quote(path)[:-5]}.xml")
            else:
                assert not [each for each in header + body if each[0] == "hub"], path
                assert page or discover(header) == discover(body), path
    archives = [path for path in edition.documents if "/2025-01." in path]
    assert len(archives) == 4


def test_a_hub_that_fetches_at_once_gets_what_it_is_told_of(tree: Tree, hub: Hub) -> None:
    root = tree(files(b="One"), config_with(hub))
    run("build", cwd=root)
    push(feeds.read_config(root / "config.yaml"))
    with server(root) as running:
        seen: dict[str, str] = {}

        def fetch(topic: str, _path: str) -> Answer:
            seen[topic] = strong_etag(running.ask(topic.removeprefix(URL[:-1])).body)
            return FINE

        for path in ALL:
            assert running.ask(path.removeprefix(URL[:-1])).status == 200
        hub.answer = fetch
        tree(files(b="Edited"), config_with(hub))
        run("build", "--push", cwd=root)
        assert seen == remembered(root)[hub.url]
