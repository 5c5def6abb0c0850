"""The reader returns the configuration, or its mistakes with their lines."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from feeds.config import schema
from feeds.config.model import Hub
from feeds.config.reader import read_config
from feeds.errors import ConfigError
from feeds.model import Condition, FeedDefinition, Image, Person, Policy, Rule
from feeds.parsing.schema import AUTHOR
from tests.support.trees import CONFIG, DATA, PROJECT

Tree = Callable[..., Path]


def test_every_key_of_the_config_is_read() -> None:
    config = read_config(DATA / "site/config.yaml")
    site = config.site
    assert (site.title, site.url, site.content_base_url) == (
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
        FeedDefinition(
            "feeds/good",
            "Good ones",
            "Good ones – Quirks & Co",
            "custom",
            Rule(none=Condition(topics=frozenset({"Odd"})), quality=60),
            source=os.path.relpath(DATA / "site/config.yaml"),
            line=18,
            rule_references=(("topics", "Odd", 21),),
        ),
    )


def test_missing_keys_have_defaults(tree: Tree) -> None:
    root = tree()
    config = read_config(root / "config.yaml")
    assert (config.content, config.output) == (root / "content", root / "public")
    assert (config.site.max_age, config.site.window.entries, config.limits.max_file_bytes) == (1800, 50, 1024 * 1024)
    assert config.site.content_base_url == config.site.url


def test_the_sample_config_has_no_mistake() -> None:
    assert [spec.path for spec in read_config(PROJECT / "config.yaml").feeds]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("outptu: x\n", "5: outptu: config.unknown_key"),
        ("max_age: soon\n", "5: max_age: value.not_number"),
        ("max_age: 0\n", "5: max_age: config.not_whole"),
        ("window: 1.5\n", "5: window: config.not_whole"),
        ("hub: perhaps\n", "5: hub: value.not_boolean"),
        ("hub: [yes]\n", "5: hub: value.not_boolean"),
        ("hub: {networks: [10.0.0.1/8]}\n", "5: hub.networks: config.network"),
        ("hub: {queue: sqlite}\n", "5: hub.queue: config.queue"),
        ("hub: {ports: [99]}\n", "5: hub.ports: config.unknown_key"),
        ("hubs: [ftp://hub.example]\n", "5: hubs: value.not_url"),
        ("previous: manifest.json\n", "5: previous: value.not_url"),
        ("collections: {exlude: [x]}\n", "5: collections.exlude: config.unknown_key"),
        ("feeds:\n  best:\n", "6: feeds.best: config.feed_empty"),
        ("feeds:\n  a_b c: {quality: 1}\n", "6: feeds.a_b c: config.feed_name"),
        ("feeds:\n  a/b: {quality: 1}\n", "6: feeds.a/b: config.feed_name"),
        ("feeds:\n  best: {any: [AI]}\n", "6: feeds.best.any: mapping.expected"),
        ("feeds:\n  best: {any: {topic: [AI]}}\n", "6: feeds.best.any.topic: config.unknown_key"),
        ("feeds:\n  best: {any: {providers: [a b]}}\n", "6: feeds.best.any.providers: config.provider_domain"),
        ("feeds:\n  best: {quality: high}\n", "6: feeds.best.quality: value.not_number"),
        ("feeds:\n  best: {limit: -1}\n", "6: feeds.best.limit: config.not_whole"),
        ("output: a\noutput: b\n", "6: output: key.repeated"),
        ("feeds:\n  x: {order: newest}\n", "6: feeds.x.order: config.not_one_of"),
        ("feeds:\n  x: {clusters: maybe}\n", "6: feeds.x.clusters: config.not_one_of"),
        ("feeds:\n  x: {content: some}\n", "6: feeds.x.content: config.not_one_of"),
        ("feeds:\n  x: {archive: perhaps}\n", "6: feeds.x.archive: value.not_boolean"),
        ("feeds:\n  x:\n    archive: true\n    limit: 5\n", "8: feeds.x.limit: config.feed_archive"),
        ("feeds:\n  x:\n    archive: true\n    order: entered\n", "8: feeds.x.order: config.feed_archive"),
        (
            "feeds:\n  x:\n    any:\n      title_pattern: ['(']\n",
            "8: feeds.x.any.title_pattern: pattern.syntax",
        ),
        ("feeds:\n  x: {any: {}}\n", "6: feeds.x.any: config.empty_condition"),
        ("feeds:\n  x: {after: soon}\n", "6: feeds.x.after: value.not_date"),
        ("feeds:\n  x: {after: 2024-01-02, before: 2024-01-02}\n", "6: feeds.x.before: config.before_after"),
        ("feeds:\n  x: {quality: 5, keep: {quality: 6}}\n", "6: feeds.x.keep.quality: config.keep_bound"),
        ("feeds:\n  x: {keep: {heat: 6}}\n", "6: feeds.x.keep.heat: config.keep_bound"),
        ("feeds:\n  x: {max_per_provider: 0}\n", "6: feeds.x.max_per_provider: config.not_whole"),
        ("providers:\n  a.example: {link: best}\n", "6: providers.a.example.link: config.not_one_of"),
        ("providers:\n  a b: {images: false}\n", "6: providers.a b: config.provider_domain"),
        ("providers:\n  a.example: {images: some}\n", "6: providers.a.example.images: value.not_boolean"),
        ("aliases: {old: ../x}\n", "5: aliases.old: config.alias"),
        (
            "feeds:\n  x:\n    any:\n      title_pattern:\n        - ok\n        - '[bad'\n",
            "10: feeds.x.any.title_pattern: pattern.syntax",
        ),
        (
            "feeds:\n  x:\n    any:\n      providers: [a.example,\n        a b]\n",
            "9: feeds.x.any.providers: config.provider_domain",
        ),
        (
            "feeds:\n  x:\n    any: {title_pattern: ['[[a]']}\n",
            "7: feeds.x.any.title_pattern: pattern.syntax",
        ),
        (
            "feeds:\n  x:\n    any:\n      text_pattern: ['a', 'a(?=b)']\n",
            "8: feeds.x.any.text_pattern: pattern.unsupported",
        ),
        (
            f"feeds:\n  x:\n    any:\n      text_pattern: {[f'a{number}' for number in range(101)]}\n",
            "8: feeds.x.any.text_pattern: config.too_many_patterns",
        ),
        ("feeds:\n  x:\n    any:\n    quality: 1\n", "7: feeds.x.any: config.empty_condition"),
        ("feeds:\n  providers/.x: {quality: 1}\n", "6: feeds.providers/.x: config.feed_name"),
        ("aliases: {providers/.x: c}\n", "5: aliases.providers/.x: config.alias"),
        ("aliases: {a: b, b: a}\n", "5: aliases.a: config.alias_loop"),
        ("tombstones: -1\n", "5: tombstones: config.not_whole"),
        ("a: b: c\n", "5: yaml.colon_in_value"),
        ("content: [a]\n", "5: content: value.not_text"),
    ],
)
def test_a_mistake_is_reported_with_its_line_and_key(tree: Tree, more: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(tree(config=CONFIG + more) / "config.yaml")
    found = [": ".join(filter(None, (str(each.line), each.key, each.code))) for each in caught.value.problems]
    assert message in found
    assert all(each.message.endswith(")") for each in caught.value.problems), "has a remedy"


@pytest.mark.parametrize(
    ("site", "message"),
    [
        ("", "site: missing"),
        ("site: {title: T, url: https://a.example/}", "site.tag: missing"),
        ("site: {title: T, tag: 'a.example,2026'}", "site.url: missing"),
        ("site: {url: https://a.example/, tag: 'a.example,2026'}", "site.title: missing"),
        ("site: {title: T, url: a.example, tag: 'a.example,2026'}", "site.url: not an http(s) URL: 'a.example'"),
        (
            "site: {title: T, url: 'https://a.example/?x', tag: 'a.example,2026'}",
            "site.url: the URL has a query or a fragment",
        ),
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
        ("- a", "the file contains no keys"),
        ("site: {title: T, url: https://a.example/, tag: 'a.example,2024-02-31'}", "site.tag: not a domain and a date"),
        ("site: {title: T, url: https://a.example/, tag: 'a.example,0000'}", "site.tag: not a domain and a date"),
        ("site: {title: T, url: https://a.example/, tag: 'a.example,2026', accent: blue}", "site.accent: not a colour"),
    ],
)
def test_missing_required_keys_of_the_site_are_reported(tree: Tree, site: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(tree(config=site) / "config.yaml")
    assert message in str(caught.value)


def test_all_mistakes_are_reported_at_once(tree: Tree) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(tree(config=CONFIG + "max_age: soon\nwindow: 0\nx: 1\n") / "config.yaml")
    assert len(str(caught.value).splitlines()) == 3


def test_mistakes_of_all_kinds_are_reported_at_once_even_if_the_site_is_wrong(tree: Tree) -> None:
    wrong = (
        "site: {titel: T, url: https://a.example/}\n"
        "output: content/x\nstate: content/x/s\nprevious: x\nserve: {cache: 3}\nhub: {queue: x}\n"
        "protect: {removals: {share: 101}}\nmax_age: 1\nmax_age: 2\n"
        "aliases: {old: ../x}\nfeeds:\n  Ai: {content: ful}\n  aI: {limit: 0}\n"
    )
    with pytest.raises(ConfigError) as caught:
        read_config(tree(config=wrong) / "config.yaml")
    assert {each.code for each in caught.value.problems} >= {
        "config.unknown_key",
        "value.missing",
        "config.content_output",
        "config.state_output",
        "value.not_url",
        "config.queue",
        "config.over_maximum",
        "key.repeated",
        "config.alias",
        "config.feed_case",
        "config.not_one_of",
        "config.not_whole",
    }
    assert {each.level for each in caught.value.problems} == {"error"}
    assert "content: full" not in str(caught.value)
    (choice,) = [each for each in caught.value.problems if each.code == "config.not_one_of"]
    assert choice.suggestion == ("value", "full")


def test_a_phrase_may_end_in_an_ellipsis_and_may_not_be_too_long(tree: Tree) -> None:
    rule = "feeds:\n  x: {{any: {{title: ['{}']}}}}\n"
    config = read_config(tree(config=CONFIG + rule.format("To be continued…")) / "config.yaml")
    assert config.feeds[0].rule.any.title == {"To be continued…"}
    with pytest.raises(ConfigError) as caught:
        read_config(tree(config=CONFIG + rule.format("x" * 501)) / "config.yaml")
    assert [each.code for each in caught.value.problems] == ["list.item_too_long"]


@pytest.mark.parametrize(("data", "message"), [(None, "no such file"), (b"\xff", "not UTF-8")])
def test_a_config_that_cannot_be_read_is_reported(tmp_path: Path, data: bytes | None, message: str) -> None:
    if data is not None:
        (tmp_path / "config.yaml").write_bytes(data)
    with pytest.raises(ConfigError, match=message):
        read_config(tmp_path / "config.yaml")


def test_every_rule_and_setting_of_a_feed_is_read(tree: Tree) -> None:
    config = """
feeds:
  top:
    any: {topics: [AI], title: [robot], text_pattern: ['b.t']}
    quality: 80
    keep: {quality: 60}
    after: 2024-01-01
    before: 2025-01-01
    max_per_provider: 3
    clusters: collapse
    content: excerpt
    order: entered
  ai: {archive: true}
providers:
  WSJ.com: {excerpt: 200, images: false, link: original, credit: © WSJ, license: https://wsj.example/terms}
aliases: {old: ai, providers/a.example: providers/b.example}
tombstones: 0
"""
    made = read_config(tree(config=CONFIG + config) / "config.yaml")
    top, ai = made.feeds
    assert top.rule == Rule(
        any=Condition(topics=frozenset({"AI"}), title=frozenset({"robot"}), text_pattern=frozenset({"b.t"})),
        quality=80,
        keep_quality=60,
        after=datetime(2024, 1, 1, tzinfo=UTC),
        before=datetime(2025, 1, 1, tzinfo=UTC),
    )
    assert (top.max_per_provider, top.collapse, top.content, top.order_by_first_match, top.archive) == (
        3,
        True,
        "excerpt",
        True,
        False,
    )
    assert (ai.rule, ai.archive, ai.line) == (Rule(), True, 17)
    assert made.site.policies == {
        "wsj.com": Policy(200, images=False, link="original", credit="© WSJ", license="https://wsj.example/terms")
    }
    assert made.site.aliases == {"feeds/old": "feeds/ai", "feeds/providers/a.example": "feeds/providers/b.example"}
    assert made.site.tombstones == timedelta(0)


@pytest.mark.parametrize(
    ("written", "hub"),
    [
        ("", None),
        ("hub: no\n", None),
        ("hub: yes\n", Hub()),
        ("hub: {}\n", Hub()),
        ("hub: {networks: [10.0.0.0/8, 'fd00::/8']}\n", Hub((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))),
        ("hub: {queue: 'redis://:secret@127.0.0.1/0'}\n", Hub(queue="redis://:secret@127.0.0.1/0")),
    ],
)
def test_the_sites_own_hub_is_one_of_the_hubs(tree: Tree, written: str, hub: Hub | None) -> None:
    made = read_config(tree(config=f"{CONFIG}hubs: [https://hub.example/]\n{written}") / "config.yaml")
    assert made.hub == hub
    assert made.site.hubs == ("https://hub.example/", *(["https://feeds.example/hub"] if hub else []))


def test_every_key_is_on_the_page_about_the_config() -> None:
    page = (PROJECT / "docs/config.md").read_text("utf-8")
    tables = [schema.CONFIG, schema.SITE, AUTHOR, schema.PICTURE, schema.COLLECTIONS, schema.SERVE, schema.HUB]
    tables += [schema.POLICY, schema.FEED, schema.KEEP, schema.CONDITION]
    keys = {key for table in tables for key in table}
    assert len(keys) > 50
    assert {key for key in keys if f"`{key}`" not in page} == set()


def test_a_feed_renamed_twice_needs_one_redirect(tree: Tree) -> None:
    made = read_config(tree(config=CONFIG + "aliases: {a: b, b: c}\n") / "config.yaml")
    assert made.site.aliases == {"feeds/a": "feeds/c", "feeds/b": "feeds/c"}


def test_a_feed_name_that_no_file_can_have_is_reported(tree: Tree) -> None:
    with pytest.raises(ConfigError, match="not a name for a feed"):
        read_config(tree(config=CONFIG + f"feeds:\n  {'x' * 300}: {{quality: 1}}\n") / "config.yaml")


def mistakes(tree: Tree, more: str, start: str = CONFIG) -> list[tuple[int, str, str]]:
    with pytest.raises(ConfigError) as caught:
        read_config(tree(config=start + more) / "config.yaml")
    return [(each.line, each.key, each.code) for each in caught.value.problems]


def test_a_yaml_mistake_does_not_hide_other_mistakes(tree: Tree) -> None:
    more = "previous: a: b\nwindow: 0\nfeeds:\n  x:\n    description: @me\n    limit: many\n"
    assert mistakes(tree, more) == [
        (5, "", "yaml.colon_in_value"),
        (5, "previous", "value.not_url"),
        (6, "window", "config.not_whole"),
        (9, "", "yaml.reserved_character"),
        (10, "feeds.x.limit", "value.not_number"),
    ]


def test_a_yaml_mistake_without_a_correction_says_that_the_keys_were_not_checked(tree: Tree) -> None:
    found = mistakes(tree, "window: 0\nfeeds: {x: [\n")
    assert [code for _, _, code in found] == ["yaml.syntax", "config.not_checked"]
    assert len({line for line, _, _ in found}) == 1


def test_the_number_of_yaml_mistakes_is_limited(tree: Tree) -> None:
    found = mistakes(tree, "".join(f"k{number}: a: b\n" for number in range(1000)))
    assert len(found) == 21
    assert found[-1] == (24, "", "config.not_checked")


def test_mistakes_are_sorted_by_line(tree: Tree) -> None:
    found = mistakes(tree, "feeds: {x: {limit: 0}}\nwindow: 0\nhubs: [x]\noutptu: x\nmax_age: 0\n")
    assert [line for line, _, _ in found] == [5, 6, 7, 8, 9]


def test_a_wrong_number_is_not_compared_with_another_key(tree: Tree) -> None:
    assert mistakes(tree, "feeds:\n  x: {quality: high, keep: {quality: 6}}\n") == [
        (6, "feeds.x.quality", "value.not_number")
    ]


def test_a_provider_has_one_policy(tree: Tree) -> None:
    more = "providers:\n  a.example: {images: false}\n  A.example: {images: maybe}\n"
    assert mistakes(tree, more) == [
        (7, "providers.A.example", "config.same_provider"),
        (7, "providers.A.example.images", "value.not_boolean"),
    ]


def test_an_alias_has_its_line(tree: Tree) -> None:
    root = tree(config=f"{CONFIG}aliases:\n  old: ai\n  older: old\n")
    site = read_config(root / "config.yaml").site
    source = os.path.relpath(root / "config.yaml")
    assert site.alias_sources == {"feeds/old": (source, 6), "feeds/older": (source, 7)}
