"""The topics that `feeds push` announces to a hub."""

import xml.etree.ElementTree as ET
from collections import Counter

import feeds
from feeds.edition import paths as edition_paths
from feeds.edition.model import Document, Edition, EditionState
from feeds.websub.notify import push
from tests.support.factories import NOW, article
from tests.support.recording_hub import AI, ALL, URL, Hub, Tree, built, config_with, files, remembered
from tests.support.trees import CONFIG

# Announced topics


def test_a_new_hub_gets_every_topic_once_under_both_parameter_names(tree: Tree, hub: Hub) -> None:
    built(root := tree(files(ai="Čeština & <more>"), config_with(hub)))
    (told,) = push(feeds.read_config(root / "config.yaml"))
    assert Counter(hub.told) == Counter(hub.tried) == Counter(ALL | AI)
    assert (told.hub, set(told.notified), dict(told.failed), told.skipped) == (hub.url, ALL | AI, {}, ())
    for form, (method, path, headers) in zip(hub.forms, hub.requests, strict=True):
        topic = form[1][1]
        assert form == [("hub.mode", "publish"), ("hub.topic", topic), ("hub.url", topic)]
        assert (method, path, headers["Content-Type"]) == ("POST", "/push", "application/x-www-form-urlencoded")
        assert not {"Cookie", "Authorization"} & headers.keys()
    assert remembered(root).keys() == {hub.url}


def test_only_changed_topics_are_announced(tree: Tree, hub: Hub) -> None:
    root = tree(files(ai="One", b="Two"), config_with(hub))
    push(built(root))
    hub.forget()
    assert push(built(root)) == ()
    tree(files(b="Two, edited"), config_with(hub))
    assert set(push(built(root))[0].notified) == ALL
    tree(files(ai="One, edited"), config_with(hub))
    push(built(root))
    assert Counter(hub.tried) == Counter([*ALL, *ALL, *AI])


def test_an_announced_topic_equals_the_self_link_of_its_document(tree: Tree, hub: Hub) -> None:
    root = tree({"content/news/a.md": article(more="topics: [漢字, C++]\n")}, config_with(hub))
    push(built(root))
    selves = {
        link.get("href")
        for path in (root / "public/feeds").rglob("*.xml")
        for link in ET.parse(path).iterfind("channel/{http://www.w3.org/2005/Atom}link[@rel='self']")
    }
    assert {topic for topic in hub.told if topic.endswith(".xml")} == selves
    assert all(topic.isascii() for topic in hub.told)


def test_archives_pages_and_moved_feeds_are_not_announced() -> None:
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


def test_a_removed_feed_is_forgotten_and_not_announced(tree: Tree, hub: Hub) -> None:
    root = tree(files(ai="One", b="Two"), config_with(hub))
    push(built(root))
    (root / "content/news/ai.md").unlink()
    hub.forget()
    push(built(root))
    assert Counter(hub.tried) == Counter(ALL)
    assert remembered(root)[hub.url].keys() == ALL
    # It is announced again when it returns.
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


def test_a_site_without_hubs_sends_and_stores_nothing(tree: Tree) -> None:
    root = tree(files(ai="One"))
    assert push(built(root)) == ()
    assert not (root / ".feeds/announced.json").exists()
