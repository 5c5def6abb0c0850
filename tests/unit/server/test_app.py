"""The server sends the exported bytes with exact headers."""

import pickle
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from feeds import web
from feeds.config.model import Hub, Serving
from feeds.content.model import Content
from feeds.edition.folder import load_published_edition
from feeds.edition.manifest import to_manifest
from feeds.edition.model import Edition
from feeds.model import Category
from feeds.pipeline.compose import compose
from feeds.server import app
from feeds.server.config import HubConfig, ServerConfig
from feeds.server.wsgi import config_from
from tests.support.factories import NOW, SITE, make_entry
from tests.support.processes import until
from tests.support.trees import CONFIG, publish

ENTRIES = (
    make_entry("a", 1, categories=(Category("ai", "AI"),)),
    make_entry("b", 2, categories=(Category("x", "漢字"),)),
)


def edition_of(*names: str, before: Edition = Edition()) -> Edition:
    entries = tuple(make_entry(name, categories=(Category("ai", "AI"),)) for name in names) or ENTRIES
    return compose(Content(entries), [], SITE, before, NOW).edition


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    publish(edition_of(), tmp_path)
    return tmp_path


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    return app.create_app(ServerConfig(folder)).test_client()


def test_the_served_bytes_are_the_exported_bytes(client: FlaskClient, folder: Path) -> None:
    edition = load_published_edition(folder)
    assert edition is not None
    for path, document in edition.documents.items():
        answer = client.get(f"/{path}")
        assert answer.data == (folder / path).read_bytes()
        assert answer.headers["ETag"] == f'"{document.etag}"'
        assert answer.headers["Content-Type"] == document.type
        assert parsedate_to_datetime(answer.headers["Last-Modified"]) == document.modified
    assert client.get("/").data == (folder / "index.html").read_bytes()
    assert client.get("/manifest.json").data == (folder / "manifest.json").read_bytes()
    assert client.get("/manifest.json").content_type == "application/json"


def test_a_feed_has_its_headers(client: FlaskClient) -> None:
    headers = client.get("/feeds/ai.xml").headers
    assert headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert headers["Cache-Control"] == "max-age=1800, stale-while-revalidate=600, stale-if-error=86400"
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/feeds/ai.json").headers["Content-Type"] == "application/feed+json"
    assert client.get("/feeds/ai.atom").headers["Content-Type"] == "application/atom+xml; charset=utf-8"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({}, 200),
        ({"If-None-Match": "{etag}"}, 304),
        ({"If-None-Match": "W/{etag}"}, 304),
        ({"If-None-Match": '"other", {etag}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Modified-Since": "{modified}"}, 304),
        ({"If-Modified-Since": "{later}"}, 304),
        ({"If-Modified-Since": "{earlier}"}, 200),
        ({"If-Modified-Since": "not a date"}, 200),
        ({"If-None-Match": '"other"', "If-Modified-Since": "{later}"}, 200),
        ({"If-None-Match": "{etag}", "If-Modified-Since": "{earlier}"}, 304),
    ],
)
def test_conditional_requests_follow_rfc_9110(
    client: FlaskClient, method: str, condition: dict[str, str], status: int
) -> None:
    first = client.get("/feeds/ai.xml").headers
    modified = parsedate_to_datetime(first["Last-Modified"])
    form = "%a, %d %b %Y %H:%M:%S GMT"
    known = {
        "etag": first["ETag"],
        "modified": first["Last-Modified"],
        "later": (modified + timedelta(days=1)).strftime(form),
        "earlier": (modified - timedelta(days=1)).strftime(form),
    }
    answer = client.open(
        "/feeds/ai.xml", method=method, headers={key: value.format(**known) for key, value in condition.items()}
    )
    assert answer.status_code == status
    assert bool(answer.data) == (status == 200 and method == "GET")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert answer.headers[name] == first[name]
    if status == 200:
        assert answer.headers["Content-Length"] == first["Content-Length"]


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/feeds/nope.xml",
        "/feeds/",
        "/feeds/ai",
        "/../config.yaml",
        "/%2e%2e/config.yaml",
        "/feeds/..%2f..%2fx",
        "/.manifest.json.new",
        "/a\\b",
        "/%00",
    ],
)
def test_a_404_links_to_the_list_of_feeds_and_repeats_no_request_text(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.text == "There is no such document. All feeds are listed at /\n"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_405_lists_the_allowed_methods(client: FlaskClient, method: str) -> None:
    answer = client.open("/feeds/ai.xml", method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert "GET" in answer.text


def test_an_empty_path_is_the_root_without_a_redirect(client: FlaskClient) -> None:
    # PEP 3333: PATH_INFO may be empty, and Flask would redirect it to the Host of the request.
    for query in ("", "a=b"):
        environ = {"PATH_INFO": "", "HTTP_HOST": "evil.example", "QUERY_STRING": query}
        answer = client.get("/", environ_overrides=environ)
        assert (answer.status_code, "Location" in answer.headers) == (200, False)
        assert answer.data == client.get("/").data


def test_a_path_with_letters_of_every_script_is_found(client: FlaskClient) -> None:
    assert client.get("/feeds/%E6%BC%A2%E5%AD%97.xml").status_code == 200


def test_a_new_edition_is_served_without_a_restart(client: FlaskClient, folder: Path) -> None:
    before = client.get("/feeds/ai.xml")
    one = load_published_edition(folder)
    assert one is not None
    publish(edition_of("new", before=one), folder)
    until(lambda: client.get("/feeds/ai.xml").headers["ETag"] != before.headers["ETag"])
    after = client.get("/feeds/ai.xml")
    assert after.headers["ETag"] != before.headers["ETag"]
    assert b"Title new" in after.data
    assert client.get("/feeds/x.xml").status_code == 404


@pytest.mark.parametrize(
    "manifest", [b"", b"{}", b'{"version": 1, "max_age": 1, "feeds": [], "documents": {"gone": {}}}']
)
def test_a_broken_edition_is_rejected_and_the_last_good_one_stays(
    client: FlaskClient, folder: Path, manifest: bytes
) -> None:
    before = client.get("/feeds/ai.xml").data
    (folder / "manifest.json").write_bytes(manifest)
    assert client.get("/feeds/ai.xml").data == before
    (folder / "manifest.json").unlink()
    assert client.get("/feeds/ai.xml").data == before


def test_before_the_first_edition_responses_are_503_with_retry_after(tmp_path: Path) -> None:
    client = app.create_app(ServerConfig(tmp_path)).test_client()
    answer = client.get("/feeds/ai.xml")
    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (
        503,
        "30",
        "no-store",
    )
    publish(edition_of(), tmp_path)
    until(lambda: client.get("/feeds/ai.xml").status_code == 200)


def test_a_document_of_the_pending_edition_has_its_etag_and_no_date(client: FlaskClient, folder: Path) -> None:
    edition = edition_of("new", before=load_published_edition(folder) or Edition())
    other = edition.documents["feeds/ai.xml"]
    (folder / "feeds/ai.xml").write_bytes(other.body or b"")
    assert client.get("/feeds/ai.xml").status_code == 503
    (folder / ".manifest.json.new").write_bytes(to_manifest(edition))
    headers = client.get("/feeds/ai.xml").headers
    assert headers["ETag"] == f'"{other.etag}"'
    assert "Last-Modified" not in headers
    # The export was killed, and the next one starts.
    (folder / ".manifest.json.new").write_bytes(b"")
    assert client.get("/feeds/ai.xml").headers["ETag"] == f'"{other.etag}"'


def test_two_servers_give_the_same_response(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    publish(edition_of(), elsewhere)
    answers = [app.create_app(ServerConfig(each)).test_client().get("/feeds/ai.xml") for each in (folder, elsewhere)]
    assert answers[0].data == answers[1].data
    assert answers[0].headers == answers[1].headers


def test_the_environment_names_the_folder_or_the_config_for_wsgi_servers(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDS_OUTPUT", str(folder))
    assert web.create_app().test_client().get("/feeds/ai.xml").status_code == 200
    path = tmp_path / "config.yaml"
    path.write_text(f"{CONFIG}serve: {{cache_mb: 7}}\nhub: yes\n")
    settings = config_from({"FEEDS_CONFIG": str(path)})
    assert (settings.output, settings.serving.cache_mb) == (tmp_path / "public", 7)
    assert settings.hub == HubConfig("https://feeds.example/", tmp_path / ".feeds", Hub())
    assert config_from({"FEEDS_CONFIG": str(path), "FEEDS_OUTPUT": str(folder)}).output == folder
    assert config_from({}) == ServerConfig(Path("public"))


def test_the_application_depends_only_on_its_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDS_OUTPUT", "/nowhere")
    monkeypatch.setenv("FEEDS_CONFIG", "/nowhere/config.yaml")
    settings = ServerConfig(folder, Serving(cache_mb=3), has_live_reload=True)
    # A worker process may get them as bytes.
    settings = pickle.loads(pickle.dumps(settings))
    client = app.create_app(settings).test_client()
    assert client.get("/feeds/ai.xml").status_code == 200
    assert client.get("/-/reload.js").status_code == 200
    assert app.create_app(replace(settings, has_live_reload=False)).test_client().get("/-/reload.js").status_code == 404


def test_the_served_manifest_is_the_file_in_the_folder(folder: Path, client: FlaskClient) -> None:
    edition = load_published_edition(folder)
    assert edition is not None
    assert client.get("/manifest.json").data == to_manifest(edition)


def test_a_moved_feed_is_301_and_a_removed_feed_is_410(tmp_path: Path) -> None:
    site = replace(SITE, aliases={"feeds/old": "feeds/ai"})
    one = compose(Content(ENTRIES), [], site, Edition(), NOW).edition
    publish(compose(Content(ENTRIES[:1]), [], site, one, NOW).edition, tmp_path)
    client = app.create_app(ServerConfig(tmp_path)).test_client()
    moved = client.get("/feeds/old.atom")
    assert (moved.status_code, moved.headers["Location"]) == (301, "https://feeds.example/feeds/ai.atom")
    gone = client.get("/feeds/%E6%BC%A2%E5%AD%97.xml", headers={"If-None-Match": "*"})
    assert (gone.status_code, gone.text) == (410, "This feed no longer exists. All feeds are listed at /\n")
    page = client.get("/feeds/%E6%BC%A2%E5%AD%97.html")
    assert (page.status_code, page.content_type) == (410, "text/html; charset=utf-8")
    assert "This feed no longer exists" in page.text
