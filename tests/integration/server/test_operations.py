"""Whoever runs the server can see how it is, change the edition under it, and stop it, at no one's cost."""

import gzip
import json
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import brotli
import pytest
import zstandard
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from feeds.content.model import Content
from feeds.edition.manifest import to_manifest
from feeds.edition.model import Document, Edition, strong_etag
from feeds.model import Category
from feeds.pipeline.compose import compose
from tests.conformance.server.test_http import decoded
from tests.support.factories import NOW, SITE, article, make_entry
from tests.support.processes import free_port, run, until
from tests.support.raw_http import Answer, ClosedError, Server, request, server
from tests.support.trees import CONFIG, publish

FEED = "/feeds/ai.xml"


def edition_of(
    *names: str, before: Edition = Edition(), now: datetime = NOW, aliases: dict[str, str] | None = None
) -> Edition:
    """Return an edition with these entries, all of the topic AI."""
    entries = tuple(make_entry(name, day, categories=(Category("ai", "AI"),)) for day, name in enumerate(names, 1))
    return compose(Content(entries), [], replace(SITE, aliases=aliases or {}), before, now).edition


def site(folder: Path, serve: str = "", edition: Edition | None = None) -> Path:
    """Make a folder a site, with an edition if one is given."""
    (folder / "config.yaml").write_text(CONFIG + (f"serve: {{{serve}}}\n" if serve else ""))
    if edition:
        publish(edition, folder / "public")
    return folder


def tag_of(edition: Edition, path: str = FEED) -> str:
    return f'"{edition.documents[path[1:]].etag}"'


def serves(running: Server, edition: Edition) -> bool:
    """Tell whether this edition is the one that is served.

    What lies in the folder already, and is not known to the edition that is served, has no date.
    """
    answer = running.ask("/manifest.json")
    return answer.body == to_manifest(edition) and "Last-Modified" in answer


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server whose edition stays."""
    with server(site(tmp_path_factory.mktemp("operations"), edition=edition_of("a", "b"))) as running:
        yield running


# Health


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_server_with_an_edition_is_alive_and_ready(served: Server, path: str, method: str) -> None:
    answer = served.ask(path, method)
    assert answer.status == 200
    assert answer["Cache-Control"] == "no-store"
    assert bool(answer.body) == (method == "GET")


def test_before_the_first_edition_readers_are_told_to_come_again(tmp_path: Path) -> None:
    with server(site(tmp_path)) as running:  # not even the folder is there
        for path in (FEED, "/", "/manifest.json", "/nope"):
            for method in ("GET", "HEAD"):
                for headers in ({}, {"If_None_Match": "*"}, {"Accept_Encoding": "identity;q=0"}):
                    answer = running.ask(path, method, **headers)
                    assert answer.status == 503
                    assert int(answer["Retry-After"]) > 0
                    assert answer["Cache-Control"] == "no-store"
                    assert "ETag" not in answer
        assert running.ask(FEED, "POST").status in (405, 503)
        assert running.ask("/healthz").status == 200
        assert running.ask("/readyz").status == 503
        assert metrics(running)
        publish(edition_of("a"), tmp_path / "public")
        until(lambda: running.ask("/readyz").status == 200)
        assert running.ask(FEED).status == 200


def test_an_edition_that_is_too_old_is_not_called_ready_and_served_all_the_same(tmp_path: Path) -> None:
    old = edition_of("a")
    site(tmp_path, "max_edition_age: 60", old)
    before = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    for path in (tmp_path / "public").rglob("*"):
        os.utime(path, (before, before))
    with server(tmp_path) as running:
        assert running.ask("/readyz").status == 503
        assert running.ask("/healthz").status == 200
        assert running.ask(FEED).status == 200
        new = edition_of("a", "b", before=old, now=datetime.now(UTC))
        publish(new, tmp_path / "public")
        until(lambda: running.ask("/readyz").status == 200)
        assert number(running, "feeds_edition_age_seconds") < 60


def test_an_edition_that_was_just_made_is_not_too_old_however_old_its_entries_are(tmp_path: Path) -> None:
    with server(site(tmp_path, "max_edition_age: 60", edition_of("a"))) as running:
        assert running.ask("/readyz").status == 200
        assert number(running, "feeds_edition_age_seconds") < 60


# Numbers


def metrics(running: Server) -> list[Sample]:
    answer = running.ask("/metrics")
    assert answer.status == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(answer.body.decode()))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    assert all(family.type in ("counter", "gauge", "summary", "histogram") for family in families)
    samples = [sample for family in families for sample in family.samples]
    keys = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in samples]
    assert len(keys) == len(set(keys))
    return samples


def number(running: Server, name: str, **labels: str) -> float:
    """Return a metric, over all labels that are not said."""
    found = [each for each in metrics(running) if each.name == name and labels.items() <= each.labels.items()]
    return sum(each.value for each in found)


def test_metrics_are_those_that_are_documented(served: Server) -> None:
    served.ask(FEED)
    found = {sample.name: sample.labels.keys() for sample in metrics(served)}
    for name in ("feeds_bytes_sent_total", "feeds_bytes_saved_total", "feeds_edition_age_seconds"):
        assert found[name] == set()
    for name in ("feeds_reloads_total", "feeds_reloads_refused_total"):
        assert found[name] == set()
    assert found["feeds_requests_total"] == {"kind", "status"}
    assert any(name.startswith("feeds_reload_seconds") for name in found)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (FEED, {}, 200),
        (FEED, {"Accept_Encoding": "br"}, 200),
        (FEED, {"If_None_Match": "*"}, 304),
        ("/", {}, 200),
        ("/nope", {}, 404),
        (FEED, {"Accept_Encoding": "identity;q=0"}, 406),
        (FEED, {"If_Match": '"x"'}, 412),
    ],
)
def test_each_answer_is_counted_once(served: Server, path: str, headers: dict[str, str], status: int) -> None:
    before = number(served, "feeds_requests_total", status=str(status)), number(served, "feeds_bytes_sent_total")
    answers = [served.ask(path, **headers) for _ in range(3)]
    assert {answer.status for answer in answers} == {status}
    # To ask for the numbers is a request, too.
    asked = 2 if status == 200 else 0
    after = number(served, "feeds_requests_total", status=str(status)), number(served, "feeds_bytes_sent_total")
    assert after[0] - before[0] in (3, 3 + asked)
    assert after[1] - before[1] >= sum(len(answer.body) for answer in answers)


def test_what_a_304_and_a_coding_save_is_counted(served: Server) -> None:
    whole = served.ask(FEED)
    for headers, sent in (({"If_None_Match": whole["ETag"]}, 0), ({"Accept_Encoding": "br"}, None)):
        before = number(served, "feeds_bytes_saved_total")
        answer = served.ask(FEED, **headers)
        assert sent is None or len(answer.body) == sent
        assert number(served, "feeds_bytes_saved_total") - before == len(whole.body) - len(answer.body)


def test_subscribers_are_those_that_hosted_readers_tell_of(served: Server) -> None:
    for count in (20, 22):
        for path in (FEED, "/feeds/all.atom"):
            served.ask(
                path,
                User_Agent=f"Feedly/1.0 (+http://www.feedly.com/fetcher.html; {count} subscribers; like FeedFetcher-Google)",
            )
    served.ask(
        FEED, User_Agent='NewsBlur "Feed" Fetcher - 5 subscribers - https://www.newsblur.example', If_None_Match="*"
    )
    found = {
        (sample.labels["feed"], sample.labels["reader"]): sample.value
        for sample in metrics(served)
        if sample.name == "feeds_subscribers"
    }
    by = {reader: value for (feed, reader), value in found.items() if "ai.xml" in feed or feed.endswith("ai")}
    assert {reader.lower(): value for reader, value in by.items()} == {"feedly": 22, "newsblur": 5}
    assert len(found) == 3


def test_subscribers_are_understood_as_in_the_statistics_of_a_log(tmp_path: Path) -> None:
    with server(site(tmp_path, "delta: true", edition_of("a"))) as running:
        running.ask(FEED, User_Agent="Feedly/1.0 (5 subscribers; feed-id=a)")
        running.ask(FEED, User_Agent="Feedly/1.0 (6 subscribers; feed-id=b)")
        running.ask(FEED, User_Agent="Feedly/1.0 (7 subscribers; feed-id=b)")
        running.ask(FEED, User_Agent="Inoreader/1.0 (12 Subscribers)", If_None_Match="*")
        running.ask(FEED, User_Agent="Feedspot/1.0 (9 readers; x)")
        for path in ("/healthz", "/", "/nope"):
            running.ask(path, User_Agent="Other/1.0 (3 subscribers)")
        found = {each.labels["reader"]: each.value for each in metrics(running) if each.name == "feeds_subscribers"}
        assert found == {"Feedly": 12, "Inoreader": 12, "Feedspot": 9}
        assert number(running, "feeds_not_modified_ratio") == 1 / 5


def test_what_strangers_send_does_not_become_labels(tmp_path: Path) -> None:
    with server(site(tmp_path, edition=edition_of("a"))) as running, running.connect() as connection:
        documents = len(edition_of("a").documents)
        for start in range(0, 3000, 50):
            asked = []
            for n in range(start, start + 50):
                path, method = ((f"/zq7mark{n}", "GET"), (FEED, "GET"), (FEED, f"ZQ7MARK{n}"))[n % 3]
                agent = f"zq7mark{n}/1.0 ({n} subscribers)"
                asked.append((request(path, method, User_Agent=agent, Host=f"zq7mark{n}"), method))
            connection.send(b"".join(data for data, _ in asked))
            for _, method in asked:
                connection.receive(method)
        samples = metrics(running)
        others = [sample for sample in samples if sample.name != "feeds_subscribers"]
        assert len(others) < 100
        assert "zq7mark" not in str(others).lower()
        subscribers = [sample for sample in samples if sample.name == "feeds_subscribers"]
        assert len({sample.labels["feed"] for sample in subscribers}) <= documents
        assert len(subscribers) <= 5000
        assert all(len(sample.labels["reader"]) <= 100 for sample in subscribers)


# The access log


def logged(path: Path, count: int) -> list[dict[str, object]]:
    """Return the lines of a log as soon as there are so many; each must be an object of its own."""

    def lines() -> list[str]:
        return path.read_text("utf-8").splitlines(keepends=True)

    until(lambda: len(lines()) >= count and lines()[-1].endswith("\n"))
    found = [json.loads(line) for line in lines()]
    assert all(isinstance(each, dict) for each in found)
    return found


@pytest.fixture(scope="module")
def logging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """Yield a server with an access log, which lies beside the config wherever the server runs."""
    folder = site(tmp_path_factory.mktemp("log"), "access_log: access.log", edition_of("a", "b"))
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with server(folder, cwd=elsewhere) as running:
        yield running, folder / "access.log"
    assert not list(elsewhere.iterdir())


Log = tuple[Server, Path]


def last(logging: Log, path: str, method: str = "GET", **headers: str | None) -> tuple[Answer, dict[str, object]]:
    """Ask, and return the answer and the line that tells of it."""
    running, log = logging
    count = len(logged(log, 1))
    answer = running.ask(path, method, **headers)
    return answer, logged(log, count + 1)[-1]


def test_a_request_is_a_line_of_json(logging: Log) -> None:
    began = datetime.now(UTC)
    answer, line = last(logging, f"{FEED}?a=b", User_Agent="Reader/1.0", Accept_Encoding="gzip")
    moment = datetime.fromisoformat(str(line["time"]))
    assert moment.utcoffset() == timedelta(0)
    assert abs(moment - began) < timedelta(seconds=30)
    assert isinstance(line["seconds"], float)
    assert 0 <= line["seconds"] < 30
    assert str(line["path"]).split("?")[0] == FEED
    assert {key: line[key] for key in ("method", "status", "bytes", "agent", "conditional", "coding")} == {
        "method": "GET",
        "status": 200,
        "bytes": len(answer.body),
        "agent": "Reader/1.0",
        "conditional": False,
        "coding": "gzip",
    }


@pytest.mark.parametrize(
    ("path", "method", "headers", "expected"),
    [
        (FEED, "GET", {}, {"status": 200, "conditional": False}),
        (FEED, "HEAD", {}, {"status": 200, "method": "HEAD", "bytes": 0}),
        (FEED, "GET", {"If_None_Match": "*"}, {"status": 304, "bytes": 0, "conditional": True}),
        (FEED, "GET", {"If_None_Match": '"x"'}, {"status": 200, "conditional": True}),
        (FEED, "GET", {"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, {"status": 200, "conditional": True}),
        (FEED, "GET", {"Accept_Encoding": "br"}, {"coding": "br"}),
        (FEED, "GET", {"Accept_Encoding": "zstd"}, {"coding": "zstd"}),
        (FEED, "POST", {}, {"status": 405, "method": "POST"}),
        (FEED, "OPTIONS", {}, {"status": 204, "method": "OPTIONS", "bytes": 0}),
        ("/nope", "GET", {}, {"status": 404, "path": "/nope"}),
        ("/nope", "HEAD", {}, {"status": 404, "bytes": 0}),
        ("/%E6%BC%A2.xml", "GET", {}, {"status": 404, "path": "/%E6%BC%A2.xml"}),
        (FEED, "GET", {"User_Agent": None}, {"agent": ""}),
    ],
)
def test_the_log_tells_what_was_answered(
    logging: Log, path: str, method: str, headers: dict[str, str | None], expected: dict[str, object]
) -> None:
    answer, line = last(logging, path, method, **headers)
    assert {key: line[key] for key in expected} == expected
    assert (line["status"], line["bytes"]) == (answer.status, len(answer.body))


def test_the_log_does_not_tell_who_asked(logging: Log) -> None:
    _, line = last(
        logging,
        FEED,
        X_Forwarded_For="203.0.113.7",
        Forwarded="for=203.0.113.7",
        X_Real_IP="203.0.113.7",
        Cookie="203.0.113.7",
        Authorization="203.0.113.7",
    )
    assert "client" not in line
    assert "203.0.113.7" not in json.dumps(line)
    assert "127.0.0.1" not in logging[1].read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        '"quoted"',
        "back\\slash",
        '", "client": "x',
        "tab\there",
        "\x85\xa0\xff",
        "\xe2\x80\xa8",
        "{}",
        "\x7f" * 3,
        "漢字".encode().decode("latin-1"),
    ],
)
def test_nothing_that_is_sent_makes_another_line(logging: Log, text: str) -> None:
    running, log = logging
    count = len(logged(log, 1))
    running.ask(FEED)  # so that there is a line in any case
    with running.connect() as connection:
        connection.send(
            request(f"/nope?{text}".replace(" ", "%20").replace("\t", "%09"), User_Agent=text, Referer=text)
        )
        refused = connection.receive().status == 400
    expected = count + (1 if refused else 2)
    found = logged(log, expected)
    assert len(found) == expected
    assert all(line.keys() == found[0].keys() for line in found)


def test_a_line_break_in_a_path_stays_in_its_line(logging: Log) -> None:
    _, line = last(logging, '/%0a{"status":%20200}%0d%0a%e2%80%a8%00%c2%85')
    assert line["status"] == 404
    assert not set(str(line["path"])) & set("\n\r\0\x85\u2028")


def test_many_at_once_are_logged_one_by_one(logging: Log) -> None:
    running, log = logging
    count = len(logged(log, 1))

    def ask() -> None:
        with running.connect() as connection:
            for _ in range(100):
                connection.ask(FEED)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = logged(log, count + 800)
    assert len(found) == count + 800
    assert {line["status"] for line in found[count:]} == {200}


def test_addresses_are_logged_where_that_is_wanted_and_a_dash_is_standard_output(tmp_path: Path) -> None:
    with server(site(tmp_path, "access_log: '-', log_clients: true", edition_of("a"))) as running:
        asked = {
            "/none": (None, "127.0.0.1"),
            # What a proxy on the same machine says, and nobody that it was told by.
            "/one": ("203.0.113.7", "203.0.113.7"),
            "/two": ("198.51.100.1, 2001:db8::7", "2001:db8::7"),
            "/nonsense": ('203.0.113.7, "x', "127.0.0.1"),
        }
        for path, (forwarded, client) in asked.items():
            running.ask(path, X_Forwarded_For=forwarded)
            until(lambda: f'"{path}"' in running.said)  # noqa: B023
            line = next(json.loads(line) for line in running.said.splitlines() if f'"{path}"' in line)
            assert line["client"] == client


def test_a_log_is_continued_and_complete_after_a_stop(tmp_path: Path) -> None:
    folder = site(tmp_path, "access_log: access.log", edition_of("a"))
    for number in (1, 2):
        with server(folder) as running, running.connect() as connection:
            connection.send(request("/feeds/all.xml") * 200)
            for _ in range(200):
                connection.receive()
        lines = (tmp_path / "access.log").read_text("utf-8").splitlines()
        assert sum(json.loads(line)["path"] == "/feeds/all.xml" for line in lines) == 200 * number


def test_a_log_that_cannot_be_opened_is_a_mistake_of_the_operator(tmp_path: Path) -> None:
    for place in ("missing/access.log", "public"):
        done = run("serve", cwd=site(tmp_path, f"access_log: {place}", edition_of("a")), check=False)
        assert done.returncode == 2
        assert place in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="what cannot be written to is Linux's")
def test_a_log_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    # That no Traceback is said is seen by `server`.
    with server(site(tmp_path, "access_log: /dev/full", edition_of("a"))) as running, running.connect() as connection:
        for _ in range(300):
            assert connection.ask(FEED).status == 200
        assert running.ask("/healthz").status == 200


# Another edition


def test_a_new_edition_is_served_without_a_restart(tmp_path: Path) -> None:
    old = edition_of("a")
    with server(site(tmp_path, edition=old)) as running, running.connect() as connection:
        reloads = number(running, "feeds_reloads_total")
        first = connection.ask(FEED, Accept_Encoding="br")
        new = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
        publish(new, tmp_path / "public")
        until(lambda: serves(running, new))
        for path, document in new.documents.items():
            answer = connection.ask(f"/{path}")
            assert (answer.status, answer["ETag"]) == (200, f'"{document.etag}"')
            assert parsedate_to_datetime(answer["Last-Modified"]) == document.modified
        for coding in ("identity", "gzip", "br", "zstd"):
            answer = connection.ask(FEED, Accept_Encoding=coding)
            assert strong_etag(decoded(answer)) == new.documents[FEED[1:]].etag
        assert connection.ask(FEED, Accept_Encoding="br", If_None_Match=first["ETag"]).status == 200
        # What did not change is known to who had it.
        same = connection.ask("/style.css", If_None_Match=tag_of(old, "/style.css"))
        assert same.status == 304
        assert number(running, "feeds_reloads_total") == reloads + 1
        assert number(running, "feeds_reloads_refused_total") == 0


def test_a_feed_that_was_asked_for_and_is_renamed_or_removed_is_not_served_any_more(tmp_path: Path) -> None:
    def edition(*topics: str, before: Edition = Edition(), now: datetime = NOW, **aliases: str) -> Edition:
        entries = tuple(make_entry(each, day, categories=(Category(each, each),)) for day, each in enumerate(topics, 1))
        renamed = {f"feeds/{old}": f"feeds/{new}" for old, new in aliases.items()}
        return compose(Content(entries), [], replace(SITE, aliases=renamed), before, now).edition

    old = edition("one", "two", "stays")
    new = edition("new", "stays", before=old, now=NOW + timedelta(hours=1), one="new")
    assert "feeds/one.xml" in new.state.moved
    assert "feeds/two.xml" in new.state.gone
    with server(site(tmp_path, edition=old)) as running, running.connect() as connection:
        for _ in range(2):
            for name in ("one", "two", "stays"):
                for suffix in (".xml", ".atom", ".json", ".html"):
                    for coding in ("identity", "gzip", "br", "zstd"):
                        assert connection.ask(f"/feeds/{name}{suffix}", Accept_Encoding=coding).status == 200
        publish(new, tmp_path / "public")
        until(lambda: serves(running, new))
        for _ in range(2):
            for suffix in (".xml", ".atom", ".json", ".html"):
                for coding in ("identity", "gzip", "br", "zstd"):
                    statuses = [
                        connection.ask(f"/feeds/{name}{suffix}", method, Accept_Encoding=coding).status
                        for name in ("one", "two", "stays", "new")
                        for method in ("GET", "HEAD")
                    ]
                    assert statuses == [301, 301, 410, 410, 200, 200, 200, 200], (suffix, coding)


def test_what_is_built_while_it_serves_is_served(tmp_path: Path) -> None:
    (tmp_path / "content/news").mkdir(parents=True)
    (tmp_path / "config.yaml").write_text(CONFIG)
    with server(tmp_path) as running:
        for number in range(2):
            url = f"https://news.example/{number}"
            text = f'---\ntitle: "Story {number}"\npublishedDateTime: 2026-01-0{number + 1}\nwebUrl: {url}\n---\n'
            (tmp_path / f"content/news/{number}.md").write_text(text)
            run("build", cwd=tmp_path)
            until(lambda: f"Story {number}".encode() in running.ask("/feeds/all.xml").body)  # noqa: B023


def test_what_is_removed_is_not_served_any_more_although_nothing_else_changes(tmp_path: Path) -> None:
    (tmp_path / "content/assets").mkdir(parents=True)
    (tmp_path / "config.yaml").write_text(CONFIG + "  base: https://feeds.example/\n")
    (tmp_path / "content/news").mkdir()
    (tmp_path / "content/news/a.md").write_text(article())
    run("build", cwd=tmp_path)
    (tmp_path / "content/assets/a.txt").write_text("hello\n")  # by now the newest document
    run("build", cwd=tmp_path)
    with server(tmp_path) as running:
        assert running.ask("/assets/a.txt").body == b"hello\n"
        (tmp_path / "content/assets/a.txt").unlink()
        run("build", "--accept-removals", cwd=tmp_path)
        until(lambda: running.ask("/assets/a.txt").status == 404)
        assert number(running, "feeds_reloads_refused_total") == 0


def test_who_begins_anew_without_a_manifest_is_served(tmp_path: Path) -> None:
    old = edition_of("a")
    old = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
    new = edition_of("a", "c")
    assert new.state.modified < old.state.modified
    with server(site(tmp_path, edition=old)) as running:
        assert running.ask(FEED)["ETag"] == tag_of(old)
        manifest = tmp_path / "public/manifest.json"
        manifest.write_bytes(b"{")
        until(lambda: number(running, "feeds_reloads_refused_total") > 0)

        def is_begun_anew() -> bool:
            # That there is no manifest is seen by a look, of which nothing tells.
            manifest.unlink(missing_ok=True)
            time.sleep(0.5)
            publish(new, tmp_path / "public")
            end = time.monotonic() + 2
            while not (served := serves(running, new)) and time.monotonic() < end:
                time.sleep(0.05)
            return served

        until(is_begun_anew)
        assert running.ask(FEED)["ETag"] == tag_of(new)


def torn(folder: Path, edition: Edition) -> None:
    data = to_manifest(edition)
    (folder / "manifest.json").write_bytes(data[: len(data) // 2])


def of_another_version(folder: Path, edition: Edition) -> None:
    (folder / "manifest.json").write_bytes(to_manifest(edition).replace(b'"version": 2', b'"version": 999'))


def without_a_document(folder: Path, edition: Edition) -> None:
    publish(edition, folder)
    (folder / "feeds/ai.atom").unlink()


def with_half_a_document(folder: Path, edition: Edition) -> None:
    publish(edition, folder)
    path = folder / "feeds/ai.atom"
    path.write_bytes(path.read_bytes()[:-100])


def with_the_manifest_first(folder: Path, edition: Edition) -> None:
    (folder / "manifest.json").write_bytes(to_manifest(edition))


def older(folder: Path, edition: Edition) -> None:
    publish(replace(edition, state=replace(edition.state, changed=NOW - timedelta(days=9))), folder)


def empty(folder: Path, edition: Edition) -> None:
    (folder / "manifest.json").write_bytes(b"")


def gone(folder: Path, edition: Edition) -> None:
    (folder / "manifest.json").unlink()


def all_gone(folder: Path, edition: Edition) -> None:
    shutil.rmtree(folder)


BAD: list[Callable[[Path, Edition], None]] = [
    *(torn, of_another_version, empty, without_a_document, with_half_a_document, with_the_manifest_first, older),
    *(gone, all_gone),
]


@pytest.fixture(scope="module")
def reloading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    folder = site(tmp_path_factory.mktemp("reloading"), edition=edition_of("a"))
    with server(folder) as running:
        yield running, folder / "public"


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_edition_is_refused_and_the_last_good_one_stays(
    reloading: tuple[Server, Path], bad: Callable[[Path, Edition], None]
) -> None:
    running, folder = reloading
    clock = NOW + timedelta(days=1 + BAD.index(bad))
    # Each case begins with an edition of its own.
    good = edition_of("a", f"good-{bad.__name__}", now=clock)
    good = replace(good, state=replace(good.state, changed=clock))
    shutil.rmtree(folder, ignore_errors=True)
    publish(good, folder)
    until(lambda: serves(running, good))
    # What was never asked for is to be there as well, if its file still is.
    paths = [FEED, "/manifest.json", "/style.css"]
    first = [running.ask(path) for path in paths]
    refused, said = number(running, "feeds_reloads_refused_total"), len(running.said)
    bad(folder, edition_of("a", "b", "c", before=good, now=clock + timedelta(hours=1)))
    if bad not in (gone, all_gone):
        until(lambda: number(running, "feeds_reloads_refused_total") > refused)
        assert str(folder) in running.said[said:] or "manifest.json" in running.said[said:]
        assert running.said.count("\n", said) < 20
    for _ in range(3):
        for path, before in zip(paths, first, strict=True):
            answer = running.ask(path)
            assert (answer.status, answer.lasting, answer.body) == (200, before.lasting, before.body)
    assert running.ask("/readyz").status == 200
    # A later good one is taken.
    later = edition_of("a", "later", before=good, now=clock + timedelta(hours=2))
    shutil.rmtree(folder, ignore_errors=True)
    publish(later, folder)
    until(lambda: serves(running, later))
    assert running.ask(FEED)["ETag"] == tag_of(later)


def is_put_off(answer: Answer) -> bool:
    return (answer.status, answer["Cache-Control"]) == (503, "no-store") and int(answer["Retry-After"]) > 0


def test_a_document_that_is_half_copied_is_not_sent(tmp_path: Path) -> None:
    made = edition_of("a", "b")
    with server(site(tmp_path, edition=made)) as running:
        folder = tmp_path / "public"
        cached = running.ask(FEED)
        (folder / "manifest.json").write_bytes(b"{")
        for path in ("feeds/ai.atom", "feeds/ai.xml", "index.html"):
            (folder / path).write_bytes((folder / path).read_bytes()[:1000])
            for suffix in (".gz", ".br", ".zst"):
                (folder / f"{path}{suffix}").unlink()
        assert running.ask(FEED).body == cached.body
        for path in ("/feeds/ai.atom", "/"):
            for headers in ({}, {"Accept_Encoding": "gzip"}, {"If_None_Match": "*"}):
                assert is_put_off(running.ask(path, **headers)), (path, headers)
        assert running.ask("/feeds/ai.json").status == 200
        assert running.said.count("and perhaps other documents: ") == 1
        # The rest of the copy comes.
        new = edition_of("a", "b", "c", before=made, now=NOW + timedelta(hours=1))
        shutil.rmtree(folder)
        publish(new, folder)
        until(lambda: serves(running, new))
        assert running.ask("/feeds/ai.atom")["ETag"] == tag_of(new, "/feeds/ai.atom")


def test_what_an_older_edition_left_in_the_folder_is_not_sent(tmp_path: Path) -> None:
    old = edition_of("a")
    made = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
    with server(site(tmp_path, edition=made)) as running:
        cached = running.ask(FEED)
        publish(old, tmp_path / "public")
        until(lambda: number(running, "feeds_reloads_refused_total") > 0)
        assert running.ask(FEED).body == cached.body
        assert is_put_off(running.ask("/feeds/ai.atom"))


def test_where_the_folder_is_gone_nobody_is_told_that_there_is_no_such_document(tmp_path: Path) -> None:
    made = edition_of("a")
    with server(site(tmp_path, edition=made)) as running:
        cached = running.ask(FEED)
        (tmp_path / "public").rename(tmp_path / "elsewhere")
        assert running.ask(FEED).body == cached.body
        for path in ("/", "/feeds/ai.atom", "/style.css"):
            assert is_put_off(running.ask(path))
        assert running.ask("/nope").status == 404
        (tmp_path / "elsewhere").rename(tmp_path / "public")
        assert running.ask("/").status == 200


def test_a_copy_is_taken_when_the_rest_of_it_has_come(tmp_path: Path) -> None:
    old = edition_of("a")
    new = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
    publish(new, tmp_path / "new")
    with server(site(tmp_path, edition=old)) as running:
        folder = tmp_path / "public"
        shutil.copy(tmp_path / "new/manifest.json", folder)
        until(lambda: number(running, "feeds_reloads_refused_total") > 0)
        assert running.ask(FEED)["ETag"] == tag_of(old)
        # In no good order, as some tools do; nothing touches the manifest again.
        for path in sorted(new.documents):
            for each in (tmp_path / "new").glob(f"{path}*"):
                if each.is_file():
                    shutil.copy(each, folder / each.relative_to(tmp_path / "new"))
        until(lambda: serves(running, new))
        assert running.ask(FEED)["ETag"] == tag_of(new)


def test_a_site_that_is_swapped_by_a_link_is_taken_as_a_whole(tmp_path: Path) -> None:
    old = edition_of("a")
    new = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
    for name, edition in (("old", old), ("new", new)):
        publish(edition, tmp_path / name)
    (tmp_path / "public").symlink_to("old")
    with server(site(tmp_path)) as running:
        assert running.ask(FEED)["ETag"] == tag_of(old)
        (tmp_path / "next").symlink_to("new")
        (tmp_path / "next").rename(tmp_path / "public")
        until(lambda: serves(running, new))
        assert running.ask(FEED)["ETag"] == tag_of(new)


@dataclass
class Readers:
    """Clients that ask for documents without a pause, and what became of their requests."""

    running: Server
    paths: list[str]
    answers: int = 0
    slowest: float = 0
    wrong: list[str] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    def ask(self, seed: int) -> None:
        codings = ("identity", "gzip", "br", "zstd")
        number = seed
        while not self.stop.is_set():
            try:
                with self.running.connect() as connection:
                    while not self.stop.is_set():
                        number += 7
                        path, coding = self.paths[number % len(self.paths)], codings[number % 4]
                        began = time.monotonic()
                        connection.send(request(path, Accept_Encoding=coding))
                        self.check(path, connection.receive(), time.monotonic() - began)
            except ClosedError as closed:
                if closed.seen:
                    self.wrong.append(f"torn: {closed.seen[:80]!r}")
            except ConnectionRefusedError:
                return
            except OSError as error:
                # Closed before a byte of the answer; what was read would be in `seen`.
                if isinstance(error, TimeoutError):
                    self.wrong.append(f"timeout: {error}")

    def check(self, path: str, answer: Answer, seconds: float) -> None:
        self.answers += 1
        self.slowest = max(self.slowest, seconds)
        self.statuses.add(answer.status)
        if answer.status == 200:
            tag = re.fullmatch(r'"([0-9a-f]+)(?:-(?:gzip|br|zstd))?"', answer["ETag"])
            if not tag or strong_etag(decoded(answer)) != tag[1]:
                self.wrong.append(f"{path}: the tag is not that of the bytes")
        elif answer.status >= 500:
            self.wrong.append(f"{path}: {answer.head!r}")


@contextmanager
def reading(running: Server, paths: list[str], count: int = 3) -> Iterator[Readers]:
    """Let clients ask until the end."""
    readers = Readers(running, paths)
    threads = [threading.Thread(target=readers.ask, args=(seed,)) for seed in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield readers
    finally:
        readers.stop.set()
        for thread in threads:
            thread.join(20)
    assert not readers.wrong, readers.wrong[:5]


def large(count: int, version: str, modified: datetime) -> Edition:
    """Return an edition of so many documents, each of 4 KB."""
    documents = {}
    for n in range(count):
        body = (f"<rss><!-- {n} {version} -->" + f"<item>{n * n} {version}</item>\n" * 200)[:4096].encode()
        path = f"feeds/n{n}.xml"
        documents[path] = Document(
            path,
            "application/rss+xml; charset=utf-8",
            strong_etag(body),
            len(body),
            modified,
            body,
            kind="feed",
            feed=f"feeds/n{n}",
        )
    return Edition(documents, edition_of("a").state)


def lay(edition: Edition, folder: Path, coded: bool = True) -> None:
    """Put an edition into a folder as an export does, but without its care, which takes time."""
    (folder / "feeds").mkdir(parents=True, exist_ok=True)
    for path, document in edition.documents.items():
        assert document.body
        (folder / path).write_bytes(document.body)
        if coded:
            (folder / f"{path}.gz").write_bytes(gzip.compress(document.body, 1, mtime=0))
            (folder / f"{path}.br").write_bytes(brotli.compress(document.body, quality=1))
            (folder / f"{path}.zst").write_bytes(zstandard.compress(document.body, 1))
    (folder / ".manifest.json.new").write_bytes(to_manifest(edition))
    (folder / ".manifest.json.new").rename(folder / "manifest.json")


def test_nobody_waits_while_a_large_edition_is_loaded(tmp_path: Path) -> None:
    made = large(1200, "x", NOW)
    lay(made, tmp_path / "public")
    slowest = []
    with server(site(tmp_path)) as running:
        with reading(running, [f"/{path}" for path in made.documents], count=2) as readers:
            until(lambda: readers.answers > 1200)
            # A machine that is busy may be slow once; a server that lets readers wait is so each time.
            for hours in (1, 2, 3):
                later = NOW + timedelta(hours=hours)
                # All of it is made anew, because each document has another date.
                made = replace(
                    made, documents={path: replace(each, modified=later) for path, each in made.documents.items()}
                )
                readers.slowest, asked = 0, readers.answers
                (tmp_path / "next.json").write_bytes(to_manifest(made))
                (tmp_path / "next.json").rename(tmp_path / "public/manifest.json")
                until(lambda: serves(running, made))  # noqa: B023
                until(lambda: readers.answers > asked + 300)  # noqa: B023
                slowest.append(readers.slowest)
                if slowest[-1] < 0.5:
                    break
        assert readers.statuses == {200}
        assert min(slowest) < 0.5, f"requests took {slowest} seconds"
        answer = running.ask("/feeds/n1199.xml", Accept_Encoding="br")
        assert parsedate_to_datetime(answer["Last-Modified"]) == made.documents["feeds/n1199.xml"].modified


def test_while_editions_are_exported_every_answer_is_whole_and_has_its_own_tag(tmp_path: Path) -> None:
    made = edition_of("a", "b")
    with server(site(tmp_path, "cache_mb: 1", made)) as running:
        paths = [f"/{path}" for path in made.documents] + ["/", "/manifest.json"]
        with reading(running, paths) as readers:
            for number in range(12):
                names = [f"e{number}-{n}" for n in range(number % 5 + 1)]
                made = edition_of(*names, before=made, now=NOW + timedelta(hours=number + 1))
                publish(made, tmp_path / "public")
                if number % 4 == 3:
                    until(lambda: serves(running, made))  # noqa: B023
        assert readers.answers > 50
        # A document may be gone for a moment; a server that fails may not be.
        assert readers.statuses <= {200, 404, 410}
        until(lambda: serves(running, made))
        assert running.ask(FEED)["ETag"] == tag_of(made)


def test_a_small_memory_serves_a_large_edition(tmp_path: Path) -> None:
    made = large(300, "x", NOW)  # more than 1 MB, and their codings
    lay(made, tmp_path / "public")
    with server(site(tmp_path, "cache_mb: 1")) as running, running.connect() as connection:
        for _ in range(2):
            for path, document in made.documents.items():
                for coding in ("identity", "br"):
                    answer = connection.ask(f"/{path}", Accept_Encoding=coding)
                    assert answer.status == 200
                    assert strong_etag(decoded(answer)) == document.etag


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="where memory is read is Linux's")
def test_memory_does_not_grow_with_editions(tmp_path: Path) -> None:
    made = large(300, "x", NOW)
    lay(made, tmp_path / "public", coded=False)
    with server(site(tmp_path, "delta: true")) as running, running.connect() as connection:

        def turn(number: int) -> None:
            changed = large(300, f"version {number}", NOW + timedelta(hours=number))
            lay(changed, tmp_path / "public", coded=False)
            until(lambda: serves(running, changed))
            for path in changed.documents:
                connection.ask(f"/{path}")

        for number in range(1, 4):
            turn(number)
        before = running.memory
        for number in range(4, 9):
            turn(number)
        # One edition is more than 1 MB.
        assert running.memory - before < 5 * 1024 * 1024


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="where memory is read is Linux's")
def test_deltas_take_no_more_memory_than_there_is_room_for(tmp_path: Path) -> None:
    site(tmp_path, "delta: true, cache_mb: 1")
    old = large(2000, "x", NOW)
    lay(old, tmp_path / "public", coded=False)
    with server(tmp_path) as running, running.connect() as connection:
        tags = {path: connection.ask(path)["ETag"] for path in ("/feeds/n0.xml", "/feeds/n1999.xml")}
        before = running.memory
        for number in range(2000):
            connection.ask(f"/feeds/n{number}.xml")
        assert running.memory - before < 3 * 1024 * 1024
        tags["/feeds/n1999.xml"] = connection.ask("/feeds/n1999.xml")["ETag"]
        fresh = large(2000, "y", NOW + timedelta(hours=1)).documents
        new = replace(old, documents=dict(old.documents) | {path[1:]: fresh[path[1:]] for path in tags})
        lay(new, tmp_path / "public", coded=False)
        until(lambda: serves(running, new))
        # Of what was sent long ago nothing is known, so all of it is sent.
        statuses = [connection.ask(path, A_IM="feed", If_None_Match=tag).status for path, tag in tags.items()]
        assert statuses == [200, 226]


# The end


def test_a_stop_under_load_tears_no_answer(tmp_path: Path) -> None:
    made = edition_of("a", "b")
    with server(site(tmp_path, edition=made)) as running:
        with reading(running, [f"/{path}" for path in made.documents], count=8) as readers:
            until(lambda: readers.answers > 500)
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(20) == 0
        assert readers.statuses == {200}


def test_every_answer_that_was_given_is_in_the_log_after_a_stop(tmp_path: Path) -> None:
    folder = site(tmp_path, "access_log: access.log", edition_of("a"))
    with server(folder) as running, reading(running, ["/feeds/all.xml"], count=8) as readers:
        until(lambda: readers.answers > 500)
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(20)
    lines = (tmp_path / "access.log").read_text("utf-8").splitlines()
    assert sum(json.loads(line)["path"] == "/feeds/all.xml" for line in lines) >= readers.answers


def test_who_reads_slowly_gets_the_rest_after_a_stop(tmp_path: Path) -> None:
    made, body = edition_of("a"), os.urandom(12_000_000)
    picture = Document("assets/a.png", "image/png", strong_etag(body), len(body), NOW, body, kind="asset")
    site(tmp_path, edition=replace(made, documents={**made.documents, picture.path: picture}))
    with server(tmp_path) as running, running.connect(receive_buffer=4096) as connection:
        connection.send(request("/assets/a.png"))
        assert connection.socket.recv(1, 2)  # MSG_PEEK: it has begun
        running.process.send_signal(signal.SIGTERM)
        answer = connection.receive()
        assert (answer.status, strong_etag(answer.body)) == (200, picture.etag)
        assert running.process.wait(20) == 0


def test_who_is_silent_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    with server(site(tmp_path, edition=edition_of("a"))) as running, ExitStack() as stack:
        idle = [stack.enter_context(running.connect()) for _ in range(20)]
        for connection in idle[:5]:
            assert connection.ask(FEED).status == 200
        for connection in idle[5:10]:
            connection.send(b"GET /feeds/ai.xml HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        for connection in idle[10:15]:
            connection.send(b"POST /feeds/ai.xml HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
        assert running.ask(FEED).status == 200
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(15) == 0


def test_an_interrupt_from_the_keyboard_stops_it_too(tmp_path: Path) -> None:
    with server(site(tmp_path, edition=edition_of("a"))) as running:
        assert running.ask(FEED).status == 200
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(15) == 0
        assert "KeyboardInterrupt" not in running.said


def test_a_stopped_server_leaves_no_process_and_its_port_is_free(tmp_path: Path) -> None:
    folder = site(tmp_path, edition=edition_of("a"))

    def files() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in (folder / "public").rglob("*") if path.is_file()}

    before = files()
    with free_port() as port:
        with server(folder, port=port) as running:
            processes = running.processes
            for path in (FEED, "/nope", "/metrics"):
                running.ask(path, Accept_Encoding="br")
        assert not [pid for pid in processes if Path(f"/proc/{pid}").exists()]
        with server(folder, port=port) as again:
            assert again.ask(FEED).status == 200
    # It has only read.
    assert files() == before
