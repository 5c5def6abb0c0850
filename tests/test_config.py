"""The configuration says what it means, or what is wrong with it and where."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.config import read_config
from feeds.errors import ConfigError
from feeds.model import Condition, FeedSpec, Image, Person, Rule
from tests.conftest import CONFIG, DATA, PROJECT

Tree = Callable[..., Path]


def test_every_key_has_its_place() -> None:
    config = read_config(DATA / "site/config.yaml")
    site = config.site
    assert (site.title, site.url, site.base) == (
        "Quirks & Co",
        "https://feeds.example/",
        "https://content.example/tree/",
    )
    assert (site.tag, site.language, site.max_age) == ("feeds.example,2026", "en-GB", 900)
    assert site.author == Person("The Editors", "https://feeds.example/about", "editors@feeds.example")
    assert site.image == Image("https://content.example/tree/assets/logo.png", 400, 400)
    assert site.icon == "https://content.example/tree/assets/icon.png"
    assert site.hubs == ("https://hub.example/",)
    assert config.content == DATA / "site"
    assert config.feeds == (
        FeedSpec(
            "feeds/good",
            "Good ones",
            "Good ones – Quirks & Co",
            "custom",
            Rule(none=Condition(topics=frozenset({"Odd"})), quality=60),
            source=os.path.relpath(DATA / "site/config.yaml"),
            line=18,
        ),
    )


def test_what_is_not_said_has_a_default(tree: Tree) -> None:
    root = tree()
    config = read_config(root / "config.yaml")
    assert (config.content, config.output) == (root / "content", root / "public")
    assert (config.site.max_age, config.site.window.entries, config.limits.max_file_bytes) == (1800, 50, 1024 * 1024)
    assert config.site.base == config.site.url


def test_the_projects_own_config_is_right() -> None:
    assert [spec.path for spec in read_config(PROJECT / "config.yaml").feeds]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("outptu: x\n", "5: outptu: no such key: did you mean 'output'?"),
        ("max_age: soon\n", "5: max_age: not a number: 'soon'"),
        ("max_age: 0\n", "5: max_age: not a whole number from 1 on: 0"),
        ("window: 1.5\n", "5: window: not a whole number from 1 on: 1.5"),
        ("hubs: [ftp://hub.example]\n", "5: hubs: not an http(s) URL: 'ftp://hub.example'"),
        ("previous: manifest.json\n", "5: previous: not an http(s) URL: 'manifest.json'"),
        ("collections: {exlude: [x]}\n", "5: collections.exlude: no such key: did you mean 'exclude'?"),
        ("feeds:\n  best:\n", "6: feeds.best: says nothing"),
        ("feeds:\n  a_b c: {quality: 1}\n", "6: feeds.a_b c: not a name for a feed"),
        ("feeds:\n  a/b: {quality: 1}\n", "6: feeds.a/b: not a name for a feed"),
        ("feeds:\n  best: {any: [AI]}\n", "6: feeds.best.any: expected keys with values"),
        ("feeds:\n  best: {any: {topic: [AI]}}\n", "6: feeds.best.any.topic: no such key: did you mean 'topics'?"),
        ("feeds:\n  best: {any: {providers: [a b]}}\n", "6: feeds.best.any.providers: not a domain: 'a b'"),
        ("feeds:\n  best: {quality: high}\n", "6: feeds.best.quality: not a number: 'high'"),
        ("feeds:\n  best: {limit: -1}\n", "6: feeds.best.limit: not a whole number from 1 on: -1"),
        ("output: a\noutput: b\n", "6: output: stands there more than once"),
        ("a: b: c\n", "5: not YAML"),
        ("content: [a]\n", "5: content: expected a text, found a list"),
    ],
)
def test_a_mistake_is_said_with_its_line_and_its_key(tree: Tree, more: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(tree(config=CONFIG + more) / "config.yaml")
    assert f"config.yaml:{message}" in str(caught.value)


@pytest.mark.parametrize(
    ("site", "message"),
    [
        ("", "site: missing"),
        ("site: {title: T, url: https://a.example/}", "site.tag: missing"),
        ("site: {title: T, tag: 'a.example,2026'}", "site.url: missing"),
        ("site: {url: https://a.example/, tag: 'a.example,2026'}", "site.title: missing"),
        ("site: {title: T, url: a.example, tag: 'a.example,2026'}", "site.url: not an http(s) URL: 'a.example'"),
        ("site: {title: T, url: 'https://a.example/?x', tag: 'a.example,2026'}", "site.url: has a query or a fragment"),
        ("site: {title: T, url: https://a.example/, tag: a.example}", "site.tag: not a domain and a date"),
        ("site: {title: T, url: https://a.example/, tag: 'a.example,2026-13'}", "site.tag: not a domain and a date"),
        (
            "site: {title: T, url: https://a.example/, tag: 'a.example,2026', language: in English}",
            "site.language: not a",
        ),
        (
            "site: {title: T, url: https://a.example/, tag: 'a.example,2026', icon: 'javascript:x'}",
            "site.icon: not an http",
        ),
        ("- a", "has no keys"),
    ],
)
def test_a_site_without_what_it_needs_is_said(tree: Tree, site: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(tree(config=site) / "config.yaml")
    assert message in str(caught.value)


def test_all_mistakes_are_said_at_once(tree: Tree) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(tree(config=CONFIG + "max_age: soon\nwindow: 0\nx: 1\n") / "config.yaml")
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(("data", "message"), [(None, "No such file"), (b"\xff", "not UTF-8")])
def test_a_config_that_cannot_be_read_is_said(tmp_path: Path, data: bytes | None, message: str) -> None:
    if data is not None:
        (tmp_path / "config.yaml").write_bytes(data)
    with pytest.raises(ConfigError, match=message):
        read_config(tmp_path / "config.yaml")
