"""The effect of one file or one name on a site is limited."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from feeds.config.reader import read_config
from feeds.content import frontmatter
from feeds.content.frontmatter import Parsed
from feeds.content.model import Content
from feeds.content.schema import entry_schema
from feeds.errors import ConfigError
from feeds.model import Condition, FeedDefinition, Rule, SourceFile, Topic
from feeds.parsing import schema
from feeds.pipeline import build, safety
from feeds.selection.topics import Taxonomy
from tests.support.factories import NOW, SITE, article, make_entry
from tests.support.trees import CONFIG
from tests.unit.selection.test_select import select

Tree = Callable[..., Path]

ITEMS: dict[str, Callable[[int], Any]] = {
    "topics": lambda n: f"Topic {n}",
    "tags": lambda n: f"tag {n}",
    "levels": lambda n: f"level {n}",
    "images": lambda n: {"url": f"https://a.example/{n}.png"},
    "actions": lambda n: {"url": f"https://a.example/{n}.pdf", "length": 10},
    "related": lambda n: {"title": f"Title {n}", "webUrl": f"https://a.example/{n}"},
    "authors": lambda n: {"name": f"Name {n}"},
    "publishers": lambda n: {"name": f"Name {n}"},
}


def entry_with(key: str, count: int) -> tuple[dict[str, Any], Parsed]:
    value: Any = [ITEMS[key](number) for number in range(count)]
    keys = (
        {"provider": {"name": "P", "domain": "p.example", key: value}}
        if key in ("authors", "publishers")
        else {key: value}
    )
    front = {"title": "T", "publishedDateTime": "2026-01-02", "webUrl": "https://a.example/"} | keys
    data = f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n".encode()
    return front, frontmatter.parse(data, SourceFile("n/a.md", "n/a.md", "n"), SITE)


def made_of(parsed: Parsed, key: str) -> list[int]:
    assert parsed.entry
    entry = parsed.entry
    found = {
        "topics": [entry.categories],
        "tags": [entry.tags],
        "levels": [entry.facts],
        "images": [entry.images],
        "actions": [entry.actions, entry.enclosures],
        "related": [entry.related],
        "authors": [entry.authors],
        "publishers": [entry.authors],
    }
    return [len(each) for each in found[key]]


def test_every_limit_is_tested() -> None:
    assert ITEMS.keys() == schema.MOST.keys()


@pytest.mark.parametrize("key", ITEMS)
def test_a_long_list_is_cut_to_its_first_items_with_a_warning(key: str) -> None:
    most = schema.MOST[key]
    valid = jsonschema.Draft202012Validator(entry_schema())
    front, parsed = entry_with(key, most)
    assert set(made_of(parsed, key)) == {most}
    assert parsed.problems == ()
    assert valid.is_valid(front)
    front, parsed = entry_with(key, most + 1)
    assert set(made_of(parsed, key)) == {most}
    (problem,) = parsed.problems
    assert (problem.path, problem.level) == ("n/a.md", "warning")
    assert problem.key.endswith(key)
    assert (problem.code, problem.params) == ("list.too_many", (("count", most + 1), ("limit", most)))
    assert problem.line
    assert not valid.is_valid(front)


def test_an_item_that_is_repeated_counts_once() -> None:
    data = f"---\ntitle: T\npublishedDateTime: 2026-01-02\nwebUrl: https://a.example/\ntags: [{'a, ' * 1000}b]\n---\n"
    parsed = frontmatter.parse(data.encode(), SourceFile("n/a.md", "n/a.md", "n"), SITE)
    assert parsed.entry
    assert parsed.entry.tags == ("a", "b")
    assert not parsed.problems


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_number_of_feeds_is_linear_in_the_number_of_entries(tree: Tree, count: int) -> None:
    """For any number of topics of an entry, at any depth."""
    names = ", ".join(f"t{{0}}x{number}" for number in range(5000))
    files: dict[str, str | bytes] = {
        f"content/n/{number}.md": article(url=f"https://a.example/{number}", more=f"topics: [{names.format(number)}]\n")
        for number in range(count)
    }
    root = tree(files, CONFIG + "pages: no\n")
    report = build.check(read_config(root / "config.yaml"), NOW)
    assert report.feed_count == 1 + count * schema.MOST["topics"]


@pytest.mark.parametrize("is_reversed", [True, False])
def test_topics_deeper_than_the_limit_lose_their_parent(is_reversed: bool) -> None:
    chain = [Topic(f"t{n}", f"T{n}", f"T{n - 1}" if n else None, None, f"{n}.yaml") for n in range(2000)]
    taxonomy = Taxonomy(chain[::-1] if is_reversed else chain, ())
    assert [len(taxonomy.lineage(f"t{n}")) for n in range(2000)] == [n % 20 + 1 for n in range(2000)]
    assert sorted(int(problem.path[:-5]) for problem in taxonomy.problems) == list(range(20, 2000, 20))
    assert {(problem.key, problem.level) for problem in taxonomy.problems} == {("parent", "warning")}


@pytest.mark.parametrize("length", [1, 2, 19, 20, 21, 400])
def test_a_cycle_of_topics_is_cut(length: int) -> None:
    ring = [Topic(f"t{n}", f"T{n}", f"T{(n + 1) % length}", None, f"{n}.yaml") for n in range(length)]
    taxonomy = Taxonomy([*ring, Topic("x", "X", "T0", None, "x.yaml")], ())
    for topic in taxonomy.topics:
        assert 1 <= len(taxonomy.lineage(topic.slug)) <= 41
    assert taxonomy.problems


def test_a_site_with_deeply_nested_topics_is_built(tree: Tree) -> None:
    files: dict[str, str | bytes] = {
        f"content/_data/topics/t{n}.yaml": f"name: T{n}\n" + (f"parent: T{n - 1}\n" if n else "") for n in range(400)
    }
    root = tree(files | {"content/n/a.md": article(more="topics: [T399]\n")})
    report = build.build(read_config(root / "config.yaml"), NOW)
    assert report.feed_count == 401
    assert {problem.key for problem in report.problems} == {"parent"}


def test_two_configured_feeds_that_differ_only_in_case_are_an_error_with_both_names(tree: Tree) -> None:
    rules = "    any: {types: [a]}\n"
    root = tree({}, f"{CONFIG}feeds:\n  Ai:\n{rules}  Straße:\n{rules}  aI:\n{rules}  strasse:\n{rules}")
    with pytest.raises(ConfigError) as raised:
        read_config(root / "config.yaml")
    said = [(problem.line, problem.key, problem.code, problem.params) for problem in raised.value.problems]
    assert said == [
        (10, "feeds.aI", "config.feed_case", (("other", "feeds.Ai"), ("other_line", 6))),
        (12, "feeds.strasse", "config.feed_case", (("other", "feeds.Straße"), ("other_line", 8))),
    ]


def test_an_alias_that_differs_from_a_feed_only_in_case_is_an_error(tree: Tree) -> None:
    root = tree({}, f"{CONFIG}aliases:\n  AI: ai\n")
    with pytest.raises(ConfigError, match=r"aliases\.AI: differs only in case from ai"):
        read_config(root / "config.yaml")


def test_two_aliases_that_differ_only_in_case_are_an_error_with_both_names(tree: Tree) -> None:
    root = tree({}, f"{CONFIG}aliases:\n  Old: ai\n  old: ai\n")
    with pytest.raises(ConfigError, match=r"aliases\.old: differs only in case from aliases\.Old \(line \d+\)"):
        read_config(root / "config.yaml")


def test_the_earlier_of_two_feeds_that_differ_only_in_case_keeps_its_path() -> None:
    mine = FeedDefinition(
        "feeds/AI", "Mine", "Mine", "custom", Rule(none=Condition(types=frozenset({"a"}))), source="config", line=3
    )
    made = select(Content((make_entry(),), (Topic("ai", "AI", None, None, "ai.yaml"),)), mine)
    assert [feed.spec.path for feed in made.feeds] == ["feeds/all", "feeds/AI"]
    (problem,) = made.problems
    assert "'Mine'" in problem.message
    assert "'AI' (ai.yaml)" in problem.message
    assert "/feeds/ai.xml and /feeds/AI.xml, which differ only in case" in problem.message


def test_the_earlier_of_two_topics_that_differ_only_in_case_has_the_feed() -> None:
    taxonomy = Taxonomy(
        (Topic("straße", "Street", None, None, "a.yaml"), Topic("strasse", "Road", None, None, "b.yaml")), ()
    )
    assert [topic.slug for topic in taxonomy.topics] == ["straße"]
    (problem,) = taxonomy.problems
    assert "'Road' (b.yaml)" in problem.message
    assert "'Street' (a.yaml)" in problem.message


def test_the_page_of_a_removed_feed_does_not_overwrite_a_feed_in_another_case(tree: Tree) -> None:
    rules = "    any: {collections: [n]}\n"
    root = tree({"content/n/a.md": article()}, f"{CONFIG}feeds:\n  Mine:\n{rules}")
    build.build(read_config(root / "config.yaml"), NOW)
    (root / "config.yaml").write_text(f"{CONFIG}feeds:\n  mine:\n{rules}")
    build.build(read_config(root / "config.yaml"), NOW, safety.SafetyOverrides(removals=True))
    assert {path.name for path in (root / "public/feeds").glob("[Mm]ine.*") if path.suffix == ".html"} == {"mine.html"}


def test_an_asset_may_become_a_folder_and_vice_versa(tree: Tree) -> None:
    root = tree({"content/assets/d": b"a file", "content/n/a.md": article()})
    assets = root / "content/assets"
    config = read_config(root / "config.yaml")
    build.build(config, NOW)
    (assets / "d").unlink()
    tree({"content/assets/d/e.txt": b"in a folder" * 100})
    build.build(config, NOW)
    assert (root / "public/assets/d/e.txt").read_bytes() == b"in a folder" * 100
    (assets / "d/e.txt").unlink()
    (assets / "d").rmdir()
    tree({"content/assets/d": b"a file again"})
    build.build(config, NOW)
    assert (root / "public/assets/d").read_bytes() == b"a file again"


@pytest.mark.parametrize("length", [246, 251, 252, 255])
def test_an_asset_with_a_long_name_does_not_stop_a_build(tree: Tree, length: int) -> None:
    name = "n" * (length - 4) + ".css"
    root = tree({f"content/assets/{name}": b"a{}" * 500, "content/n/a.md": article()})
    config = read_config(root / "config.yaml")
    assert not build.build(config, NOW).problems
    assert (root / "public/assets" / name).read_bytes() == b"a{}" * 500
    assert len(list((root / "public/assets").iterdir())) == (4 if length <= 251 else 1)
    (root / "content/assets" / name).write_bytes(b"b{}" * 500)
    build.build(config, NOW)
    (root / "content/assets" / name).unlink()
    build.build(config, NOW)
    assert not (root / "public/assets").exists()
