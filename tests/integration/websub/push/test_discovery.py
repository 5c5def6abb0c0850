"""Subscribers find hub and topic in every document."""

import json
import re
import urllib.request
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

import feeds
from feeds.edition import paths as edition_paths
from feeds.edition.model import strong_etag
from feeds.websub.notify import push
from tests.support.factories import article
from tests.support.processes import run
from tests.support.raw_http import server
from tests.support.recording_hub import ALL, FINE, URL, Answer, Hub, Tree, config_with, files, remembered
from tests.support.trees import CONFIG

# Discovery: the publisher's part of websub.rocks


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
    """Return the hubs and the single topic."""
    (topic,) = [url for relation, url in links if relation == "self"]
    return {url for relation, url in links if relation == "hub"}, topic


def test_every_format_names_the_hubs_and_one_topic(tree: Tree, hub: Hub) -> None:
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
                # A page is not announced; a subscriber of a page gets its feed.
                assert discover(body) == (hubs, f"{URL}{urllib.parse.quote(path)[:-5]}.xml")
            else:
                assert not [each for each in header + body if each[0] == "hub"], path
                assert page or discover(header) == discover(body), path
    archives = [path for path in edition.documents if "/2025-01." in path]
    assert len(archives) == 4


def test_a_hub_that_fetches_at_once_gets_the_announced_version(tree: Tree, hub: Hub) -> None:
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
