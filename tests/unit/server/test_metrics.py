"""`feeds stats` reads the log, and operators can rotate it."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from feeds.config.model import Serving
from feeds.content.model import Content
from feeds.edition.model import Edition
from feeds.pipeline.compose import compose
from feeds.server import app
from feeds.server.config import ServerConfig
from feeds.server.metrics import Observer
from feeds.stats import log_parser
from tests.support.factories import NOW, SITE, make_entry
from tests.support.processes import until
from tests.support.trees import publish


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    publish(compose(Content((make_entry(),)), [], SITE, Edition(), NOW).edition, tmp_path / "public")
    return app.create_app(ServerConfig(tmp_path / "public", Serving(access_log=str(tmp_path / "log")))).test_client()


def requests_in(path: Path) -> list[log_parser.Request | None]:
    return [log_parser.parse(line) for line in path.read_text("utf-8").splitlines()]


def test_each_request_is_a_log_line_that_the_log_parser_reads(client: FlaskClient, tmp_path: Path) -> None:
    tag = client.get("/feeds/all.xml", headers={"User-Agent": 'A "reader" é'}).headers["ETag"]
    client.get("/feeds/all.xml?x=%20y", headers={"If-None-Match": tag})
    client.get("/feeds/%E6%BC%A2.xml\n")
    until(lambda: len(requests_in(tmp_path / "log")) == 3)
    first, second, third = requests_in(tmp_path / "log")
    assert first
    assert second
    assert third
    assert (first.path, first.status, first.conditional) == ("/feeds/all.xml", 200, False)
    assert (second.status, second.size, second.conditional) == (304, 0, True)
    assert third.status == 404
    assert "127.0.0.1" not in (tmp_path / "log").read_text("utf-8")


def test_a_rotated_log_is_opened_again(client: FlaskClient, tmp_path: Path) -> None:
    client.get("/feeds/all.xml")
    until((tmp_path / "log").exists)
    until(lambda: len(requests_in(tmp_path / "log")) == 1)
    (tmp_path / "log").rename(tmp_path / "log.1")
    client.get("/feeds/all.atom")
    until((tmp_path / "log").exists)
    until(lambda: len(requests_in(tmp_path / "log")) == 1)
    assert len(requests_in(tmp_path / "log.1")) == 1


def test_declared_subscribers_and_saved_bytes_are_counted(client: FlaskClient) -> None:
    agent = "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)"
    first = client.get("/feeds/all.xml", headers={"User-Agent": agent})
    client.get("/feeds/all.xml", headers={"User-Agent": agent, "If-None-Match": first.headers["ETag"]})
    said = client.get("/metrics").text
    assert 'feeds_requests_total{kind="feed",status="200"} 1' in said
    assert 'feeds_requests_total{kind="feed",status="304"} 1' in said
    assert f"feeds_bytes_saved_total {len(first.data)}" in said
    assert 'feeds_subscribers{feed="/feeds/all.xml",reader="Feedly"} 16' in said


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/feeds/ai.xml", "feed"),
        ("/feeds/2026-01.xml", "feed"),
        ("/feeds/providers/12306.example.xml", "feed"),
        ("/feeds/ai/2026-01.atom", "archive"),
        ("/feeds/providers/12306.example/2026-01.json", "archive"),
        ("/feeds/ai/2026-01.html", "page"),
        ("/", "page"),
        ("/feeds.opml", "opml"),
        ("/elsewhere", "other"),
    ],
)
def test_a_request_is_counted_by_the_kind_of_its_path(path: str, kind: str) -> None:
    observer = Observer()
    observer.record({"PATH_INFO": path}, 200, 1)
    assert f'feeds_requests_total{{kind="{kind}",status="200"}} 1' in observer.metrics(()).decode()


def test_prometheus_reads_the_metrics_with_types_and_help() -> None:
    observer = Observer()
    agent = 'A "quoted"\\ Reader/1.0 (16 subscribers)'
    observer.record({"PATH_INFO": "/feeds/\xe6\xbc\xa2.xml", "HTTP_USER_AGENT": agent}, 200, 1_234_567)
    observer.record({"PATH_INFO": "/feeds/ai.xml"}, 304, 0, whole=100)
    text = observer.metrics([("feeds_documents", "gauge", 3), ("feeds_reloads_total", "counter", 2)]).decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert all(family.documentation and family.type in ("counter", "gauge") for family in families.values())
    values = {
        (sample.name, *sample.labels.values()): sample.value for each in families.values() for sample in each.samples
    }
    readers = {key: value for key, value in values.items() if key[0] == "feeds_subscribers"}
    assert [(key[1], value) for key, value in readers.items()] == [("/feeds/%E6%BC%A2.xml", 16)]
    assert {key: value for key, value in values.items() if key not in readers} == {
        ("feeds_requests_total", "feed", "200"): 1,
        ("feeds_requests_total", "feed", "304"): 1,
        ("feeds_bytes_sent_total",): 1_234_567,
        ("feeds_bytes_saved_total",): 100,
        ("feeds_not_modified_ratio",): 0.5,
        ("feeds_documents",): 3,
        ("feeds_reloads_total",): 2,
    }
