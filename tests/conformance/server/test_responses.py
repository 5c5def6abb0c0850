"""Methods, caching, links, redirects, errors and connections."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from feeds.content.model import Content
from feeds.edition.model import Document, Edition, strong_etag
from feeds.pipeline.compose import compose
from tests.support.factories import NOW, SITE, make_entry
from tests.support.http_site import FEED, HUBS
from tests.support.raw_http import Answer, Server, request, server
from tests.support.trees import CONFIG, publish


@pytest.fixture(scope="module")
def feeds(documents: dict[str, Document]) -> list[str]:
    """Return the paths of the documents that readers subscribe to, and their archives."""
    found = [path for path in documents if path.startswith("/feeds/") and path.endswith((".xml", ".atom", ".json"))]
    assert {FEED, "/feeds/ai.atom", "/feeds/ai.json", f"/feeds/{quote('漢字')}.xml"} <= set(found)
    return found


ROBOTS = b"User-agent: *\nDisallow: /private\n"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server of a site without pages and hubs, with a robots.txt and another max-age."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "config.yaml").write_text(f"{CONFIG}pages: false\nmax_age: 5\n")
    site = replace(SITE, pages=False, max_age=300)
    made = compose(Content((make_entry(),)), [], site, Edition(), NOW).edition
    robots = Document("robots.txt", "text/plain", strong_etag(ROBOTS), len(ROBOTS), NOW, ROBOTS)
    publish(replace(made, documents={**made.documents, robots.path: robots}), folder / "public")
    with server(folder) as running:
        yield running


# 8.14


def test_head_is_get_without_the_body(served: Server, documents: dict[str, Document]) -> None:
    others = ["/", "/manifest.json", "/nope", "/feeds/lost.xml", "/feeds/old-name.xml", "/robots.txt", "/favicon.ico"]
    with served.connect() as connection:
        for path in [*documents, *others]:
            for coding in ("identity", "gzip", "br", "zstd", "identity;q=0"):
                got, head = (connection.ask(path, method, Accept_Encoding=coding) for method in ("GET", "HEAD"))
                assert (head.status, head.body) == (got.status, b"")
                assert head.lasting == got.lasting


# 8.15


def test_every_document_has_the_same_cache_directives(served: Server, documents: dict[str, Document]) -> None:
    with served.connect() as connection:
        for path in ["/", *documents]:
            for headers in ({}, {"If_None_Match": "*"}, {"Accept_Encoding": "br"}):
                answer = connection.ask(path, **headers)
                assert answer["Cache-Control"] == "max-age=1800, stale-while-revalidate=600, stale-if-error=86400"


def test_max_age_comes_from_the_edition(bare: Server) -> None:
    answer = bare.ask("/feeds/all.xml")
    assert answer["Cache-Control"] == "max-age=300, stale-while-revalidate=600, stale-if-error=86400"


def test_the_manifest_must_be_revalidated(served: Server) -> None:
    assert served.ask("/manifest.json")["Cache-Control"] == "no-cache"


def test_responses_do_not_depend_on_cookies_or_credentials(served: Server) -> None:
    for path in (FEED, "/", "/nope", "/feeds/lost.xml", "/feeds/old-name.xml"):
        answer = served.ask(path, Cookie="a=b", Authorization="Basic eDp5")
        for name in ("Set-Cookie", "Pragma", "WWW-Authenticate", "Expires"):
            assert name not in answer
        assert not answer.items("Cache-Control") & {"private", "public"}
        assert not answer.items("Vary") & {"*", "cookie", "user-agent", "origin", "accept"}


# 8.16


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-0"},
        {"Range": "bytes=-1"},
        {"Range": "bytes=999999999-"},
        {"Range": "bytes=0-1,2-3,0-1"},
        {"Range": "lines=1-2"},
        {"Range": "nonsense"},
        {"Range": "bytes=0-0", "If_Range": '"other"'},
        {"Range": "bytes=0-0", "If_Range": "{etag}"},
    ],
)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_range_is_ignored(served: Server, headers: dict[str, str], coding: str) -> None:
    whole = served.ask(FEED, Accept_Encoding=coding)
    headers = {name: value.format(etag=whole["ETag"]) for name, value in headers.items()}
    answer = served.ask(FEED, Accept_Encoding=coding, **headers)
    assert (answer.status, answer.lasting, answer.body) == (200, whole.lasting, whole.body)
    assert "Content-Range" not in answer


# 8.17


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE", "get", "QUERY"])
@pytest.mark.parametrize("path", [FEED, "/", "/manifest.json"])
def test_a_405_lists_the_allowed_methods(served: Server, method: str, path: str) -> None:
    answer = served.ask(path, method)
    assert answer.status == 405
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"feeds.test" not in answer.body  # nothing is echoed


@pytest.mark.parametrize("path", [FEED, "/", "/manifest.json"])
def test_options_lists_the_allowed_methods(served: Server, path: str) -> None:
    answer = served.ask(path, "OPTIONS")
    assert (answer.status, answer.body) == (204, b"")
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    assert "Content-Length" not in answer


def test_cors_allows_requests_from_every_origin(served: Server) -> None:
    answer = served.ask(
        FEED,
        "OPTIONS",
        Origin="https://reader.example",
        Access_Control_Request_Method="GET",
        Access_Control_Request_Headers="a-im, if-none-match",
    )
    assert answer.status == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert {"get", "head"} <= answer.items("Access-Control-Allow-Methods")
    assert {"if-none-match", "if-modified-since", "a-im"} <= answer.items("Access-Control-Allow-Headers")
    assert int(answer["Access-Control-Max-Age"]) > 0
    for path in (FEED, "/manifest.json", "/"):
        for headers in ({"If_None_Match": "*"}, {}):
            answer = served.ask(path, Origin="https://reader.example", **headers)
            assert answer["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in answer


def test_cors_allows_reading_of_error_responses(served: Server) -> None:
    for path, method, status in (
        ("/nope", "GET", 404),
        ("/feeds/lost.xml", "GET", 410),
        ("/feeds/lost.html", "GET", 410),
        ("/feeds/old-name.xml", "GET", 301),
        (FEED, "POST", 405),
        (FEED, "OPTIONS", 204),
    ):
        answer = served.ask(path, method, Origin="https://reader.example")
        assert (answer.status, answer["Access-Control-Allow-Origin"]) == (status, "*")
    for coding in ("identity", "gzip;q=0, identity;q=0"):
        assert served.ask(FEED, If_Match='"x"', Accept_Encoding=coding)["Access-Control-Allow-Origin"] == "*"
    for headers in ({}, {"If_None_Match": "*"}):
        # Last-Modified may be read anyway.
        assert served.ask(FEED, **headers).items("Access-Control-Expose-Headers") == {"etag", "link"}
    assert "Access-Control-Allow-Origin" not in served.ask("/metrics")


# 8.18


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [{}, {"If_None_Match": "*"}, {"Accept": "text/html"}])
@pytest.mark.parametrize(
    "path",
    [
        *("/nope", "/feeds", "/feeds/", "/feeds/ai", "/feeds/ai.xml/", "/feeds/AI.xml", "/feeds/ai.rss", "/index.htm"),
        *("/feeds/providers/", "/_headers", "/.nojekyll", "/feeds/ai.xml.gz", "/index.html.br", "/feeds/ai.xml.zst"),
        *("/assets/", "/config.yaml", "/.well-known/security.txt", "/nope?x=y"),
    ],
)
def test_a_missing_document_is_a_short_lived_404(
    served: Server, path: str, headers: dict[str, str], method: str
) -> None:
    answer = served.ask(path, method, **headers)
    assert answer.status == 404
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Cache-Control"] == "max-age=60"
    assert answer["X-Content-Type-Options"] == "nosniff"
    for name in ("ETag", "Last-Modified", "Location"):
        assert name not in answer
    assert answer.body == (served.ask("/something-else").body if method == "GET" else b"")


# 8.19


@pytest.mark.parametrize("accepted", ["text/html", "application/json", "image/*", "*/*;q=0", "nonsense"])
def test_a_url_with_a_suffix_ignores_accept(served: Server, accepted: str) -> None:
    for path in (FEED, "/feeds/ai.json", "/feeds/ai.html"):
        asked, first = served.ask(path, Accept=accepted), served.ask(path)
        assert (asked.status, asked.lasting, asked.body) == (200, first.lasting, first.body)


# 8.21 and 8.23


def links(answer: Answer) -> list[tuple[str, dict[str, str]]]:
    """Return the links of the Link header, which must be one line, its parameters quoted."""
    found = []
    rest = answer["Link"]
    while rest:
        link = re.match(r'<([^<>\s"]*)>((?:\s*;\s*[a-z]+="[^"]*")*)\s*(?:,\s*|$)', rest)
        assert link, rest
        found.append((link[1], dict(re.findall(r'([a-z]+)="([^"]*)"', link[2]))))
        rest = rest[link.end() :]
    return found


def test_a_feed_links_to_itself_its_page_and_the_hubs(served: Server, feeds: list[str]) -> None:
    with served.connect() as connection:
        for path in feeds:
            for coding in ("identity", "br"):
                found = links(connection.ask(path, Accept_Encoding=coding))
                selves = [url for url, link in found if "self" in link["rel"].split()]
                assert selves == [f"{SITE.url}{path[1:]}"]
                assert [url for url, link in found if link["rel"] == "hub"] == list(HUBS)
                pages = [(url, link["type"]) for url, link in found if link["rel"] == "alternate"]
                assert len(pages) == 1
                if path.count("/") == 2:  # no archive
                    assert pages == [(f"{SITE.url}{path[1:].rpartition('.')[0]}.html", "text/html")]


def test_link_headers_equal_the_links_in_the_document(served: Server, feeds: list[str]) -> None:
    atom = "{http://www.w3.org/2005/Atom}link"
    for path in feeds:
        answer = served.ask(path)
        if path.endswith(".json"):
            value = json.loads(answer.body)
            inside = [("self", value["feed_url"]), *(("hub", hub["url"]) for hub in value.get("hubs", ()))]
        else:
            root = ET.fromstring(answer.body)
            top = root.find("channel") if path.endswith(".xml") else root
            assert top is not None
            inside = [(link.get("rel", ""), link.get("href", "")) for link in top.findall(atom)]
        in_header = {(link["rel"], url) for url, link in links(answer) if link["rel"] in ("self", "hub")}
        assert in_header == {(rel, url) for rel, url in inside if rel in ("self", "hub")}, path


def test_a_site_without_pages_and_hubs_has_no_links_to_them(bare: Server) -> None:
    found = links(bare.ask("/feeds/all.xml"))
    assert [(url, link["rel"]) for url, link in found] == [(f"{SITE.url}feeds/all.xml", "self")]
    assert bare.ask("/").status == 404


# 8.22


def test_security_headers_prevent_scripts(served: Server, documents: dict[str, Document], feeds: list[str]) -> None:
    for path in ["/", "/manifest.json", *documents]:
        for headers in ({}, {"If_None_Match": "*"}):
            answer = served.ask(path, **headers)
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "Referrer-Policy" in answer
            policy = [each.strip() for each in answer["Content-Security-Policy"].split(";")]
            assert "default-src 'none'" in policy
            assert not {"'unsafe-inline'", "'unsafe-eval'"} & {
                each for rule in policy if not rule.startswith("style-src") for each in rule.split()
            }
            assert not [each for each in policy if each.startswith("script-src") and "*" in each]
            if path in feeds or path.startswith(("/assets/", "assets/")):
                assert "sandbox" in policy
            else:
                assert "'unsafe-inline'" not in " ".join(policy)


# 8.24 is in hostile/; 8.25


def test_a_renamed_feed_is_redirected(served: Server, edition: Edition) -> None:
    for method in ("GET", "HEAD"):
        for suffix in (".xml", ".atom", ".json", ".html"):
            answer = served.ask(f"/feeds/old-name{suffix}?x=y", method)
            assert answer.status == 301
            assert answer["Location"] == f"{edition.state.url}feeds/ai{suffix}"
            assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_removed_feed_is_410(served: Server) -> None:
    for method in ("GET", "HEAD"):
        for suffix in (".xml", ".atom", ".json", ".html"):
            answer = served.ask(f"/feeds/lost{suffix}", method)
            assert answer.status == 410
            assert answer["X-Content-Type-Options"] == "nosniff"
            if suffix == ".html":
                assert answer["Content-Security-Policy"] == served.ask("/")["Content-Security-Policy"]
            for name in ("ETag", "Location", "Link"):
                assert name not in answer


# Responses that are not documents


def test_robots_txt_allows_everything_by_default(served: Server) -> None:
    answer = served.ask("/robots.txt")
    assert answer.status == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"Disallow: /\n" not in answer.body


def test_a_robots_txt_in_the_edition_replaces_the_default(bare: Server) -> None:
    answer = bare.ask("/robots.txt")
    assert (answer.status, answer["Content-Type"], answer.body) == (200, "text/plain", ROBOTS)
    assert answer["ETag"] == f'"{strong_etag(ROBOTS)}"'


def test_the_icon_of_the_site_is_the_favicon(served: Server, site: Path) -> None:
    answer = served.ask("/favicon.ico")
    assert (answer.status, answer["Content-Type"]) == (200, "image/png")
    assert answer.body == (site / "public/icon.png").read_bytes()


# Connections (RFC 9112)


def test_a_connection_stays_open_after_every_kind_of_response(served: Server) -> None:
    asked = [
        ({"path": FEED}, 200),
        ({"path": FEED, "method": "HEAD"}, 200),
        ({"path": FEED, "If_None_Match": "*"}, 304),
        ({"path": FEED, "method": "HEAD", "If_None_Match": "*"}, 304),
        ({"path": FEED, "If_Match": '"x"'}, 412),
        ({"path": FEED, "method": "HEAD", "If_Match": '"x"'}, 412),
        ({"path": FEED, "Accept_Encoding": "identity;q=0"}, 406),
        ({"path": FEED, "Accept_Encoding": "br"}, 200),
        ({"path": FEED, "method": "OPTIONS"}, 204),
        ({"path": FEED, "method": "POST", "body": b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"}, 405),
        ({"path": "/nope"}, 404),
        ({"path": "/nope", "method": "HEAD"}, 404),
        ({"path": "/feeds/lost.xml"}, 410),
        ({"path": "/feeds/old-name.xml"}, 301),
        ({"path": "/healthz"}, 200),
        ({"path": "/"}, 200),
    ]
    with served.connect() as connection:
        for _ in range(2):
            for question, status in asked:
                answer = connection.ask(**question)
                assert answer.status == status, question
    with served.connect() as connection:  # all at once
        connection.send(b"".join(request(**question) for question, _ in asked))
        answers = [connection.receive(question.get("method", "GET")) for question, _ in asked]
        assert [answer.status for answer in answers] == [status for _, status in asked]


def test_http_1_0_requests_are_answered_and_the_connection_closes(served: Server) -> None:
    whole = served.ask(FEED)
    with served.connect() as connection:
        connection.send(f"GET {FEED} HTTP/1.0\r\n\r\n".encode())
        answer = connection.receive()
        assert (answer.status, answer.body, answer["ETag"]) == (200, whole.body, whole["ETag"])
        assert "Transfer-Encoding" not in answer
        assert connection.socket.recv(1) == b""


def test_connection_close_is_honoured(served: Server) -> None:
    with served.connect() as connection:
        assert connection.ask(FEED, Connection="close").status == 200
        assert connection.socket.recv(1) == b""
