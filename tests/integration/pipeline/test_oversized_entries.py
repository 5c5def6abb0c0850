"""An oversized entry is shortened equally in every format and feed, and displaces no other entry."""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from feeds.config.reader import read_config
from feeds.content.model import Content
from feeds.edition.model import Edition
from feeds.model import Category, Condition, Entry, FeedDefinition, Policy, Provider, Related, Rule, Site, Window
from feeds.pipeline import build
from feeds.pipeline.compose import ComposeResult, compose
from feeds.pipeline.render import ENTRY_SHARE
from tests.support.factories import NOW, SITE, article, make_entry

Files = Callable[..., Path]
CAP = SITE.window.max_bytes
LIMIT = CAP // ENTRY_SHARE
NEWS = Rule(any=Condition(collections=frozenset({"news"})))
SUFFIXES = (".xml", ".atom", ".json", ".html")


def composed(
    *entries: Entry, site: Site = SITE, custom: tuple[FeedDefinition, ...] = (), before: Edition | None = None
) -> ComposeResult:
    return compose(Content(entries), custom, site, before or Edition(), NOW)


def body(edition: Edition, path: str) -> bytes:
    found = edition.documents[path].body
    assert found is not None
    return found


def items(edition: Edition, path: str = "feeds/all") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(body(edition, f"{path}.json"))["items"]
    return found


def large(size: int = 1_200_000) -> str:
    return f"<p>First words. {'&lt;word&gt; ' * (size // 13)}</p>"


def test_an_oversized_entry_is_shortened_in_every_format_and_displaces_no_other() -> None:
    made = composed(make_entry("big", 9, content=large()), make_entry("old", 1, content="<p>Small.</p>"))
    assert [item["id"].rpartition("/")[2] for item in items(made.edition)] == ["big", "old"]
    for suffix in SUFFIXES:
        document = body(made.edition, f"feeds/all{suffix}")
        assert len(document) < 32 * 1024
        assert b"First words." in document
        assert b"Title old" in document
        assert suffix == ".html" or b"Read the whole" in document
    link = '<p><a href="https://news.example/big">Read the whole</a></p>'
    assert link in items(made.edition)[0]["content_html"]
    assert "&lt;word&gt;" in items(made.edition)[0]["content_html"]
    (said,) = made.problems
    assert said.path == "news/big.md"
    assert said.level == "warning"
    found = re.fullmatch(
        r"(\d+) KB in a feed, over 256 KB; shortened to its beginning and a link, (\d+) KB", said.message
    )
    assert found
    assert int(found[1]) > 1200
    assert int(found[2]) < 16


def test_a_shortened_entry_shows_its_excerpt() -> None:
    made = composed(make_entry("big", content=large(), summary="The <excerpt>."))
    (item,) = items(made.edition)
    assert item["summary"] == "The <excerpt>."
    assert item["content_html"].startswith("<p>The &lt;excerpt&gt;.</p>\n<p><a href=")


def test_an_entry_just_below_the_limit_is_not_shortened() -> None:
    for letters, shortened in ((LIMIT - 4000, False), (LIMIT, True)):
        made = composed(make_entry("big", content=f"<p>{'x' * letters}</p>"))
        assert bool(made.problems) is shortened
        assert (b"Read the whole" in body(made.edition, "feeds/all.xml")) is shortened


@pytest.mark.parametrize(
    "values",
    [
        {"summary": "word " * 300_000},
        {"related": tuple(Related("R" * 50, f"https://r.example/{number}") for number in range(5000))},
        {"title": "T" * 700_000},
        {"tags": tuple(f"tag {number}" for number in range(50_000))},
        {"facts": ("fact " * 200_000,)},
        {"provider": Provider("P" * 700_000, "p.example")},
        {"categories": (Category("ai", "A" * 500_000),), "content": large()},
    ],
    ids=lambda values: next(iter(values)),
)
def test_any_large_field_of_an_entry_is_shortened(values: dict[str, Any]) -> None:
    made = composed(make_entry("big", 9, **values), make_entry("old", 1))
    assert len(items(made.edition)) == 2
    assert items(made.edition)[0]["url"] == "https://news.example/big"
    assert any(each.path == "news/big.md" and "shortened" in each.message for each in made.problems)
    assert all(len(part) < LIMIT for part in json.loads(body(made.edition, "feeds/all.json"))["items"][0].values())


def test_a_shortened_entry_is_the_same_in_every_feed() -> None:
    big = make_entry("big", 9, content=large(), categories=(Category("ai", "AI"),))
    others = [make_entry(f"n{day}", day, content="<p>" + "x" * 200_000 + "</p>") for day in range(1, 8)]
    made = composed(big, *others)
    assert items(made.edition)[0] == items(made.edition, "feeds/ai")[0] == items(composed(big).edition)[0]
    said = [str(each) for each in made.problems]
    assert len([each for each in said if "news/big.md" in each]) == 1


def test_a_shortened_entry_shows_nothing_that_a_feed_or_policy_hides() -> None:
    big = make_entry("big", content=large(), summary="Secret", provider=Provider("P", "p.example"), tags=("t",) * 5_000)
    none = FeedDefinition("feeds/none", "none", "none", "custom", NEWS, content="none")
    site = replace(SITE, policies={"p.example": Policy(excerpt=0)})
    for edition in (composed(big, custom=(none,)).edition, composed(big, custom=(none,), site=site).edition):
        assert "First words" not in str(items(edition, "feeds/none"))
        assert "Secret" not in str(items(edition, "feeds/none"))
    assert "Secret" not in str(items(edition))
    assert "First words" not in str(items(edition))


def test_an_oversized_entry_is_shortened_in_an_archive_too() -> None:
    spec = FeedDefinition("feeds/all", "all", "all", "custom", archive=True)
    site = replace(SITE, window=Window(entries=1, recent_period=timedelta(0)))
    dates = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3)]
    entries = [make_entry(f"n{place}", published=date, content=large()) for place, date in enumerate(dates)]
    made = composed(*entries, site=site, custom=(spec,))
    for path in ("feeds/all", "feeds/all/2026-02", "feeds/all/2026-01"):
        (item,) = items(made.edition, path)
        assert "Read the whole" in item["content_html"]
    assert [each.path for each in made.problems] == ["news/n0.md", "news/n1.md", "news/n2.md"]


def test_the_warnings_about_the_size_limit_are_correct() -> None:
    many = [make_entry(f"n{day}", day, content="<p>" + "x" * 200_000 + "</p>") for day in range(1, 9)]
    made = composed(*many)
    largest = max(made.edition.documents[f"feeds/all{suffix}"].size for suffix in SUFFIXES)
    assert largest <= CAP
    assert f"cut from 8 to 5 entries: {-(-largest // 1024)} KB now" in str(made.problems[0])
    tiny = replace(SITE, window=Window(max_bytes=1024))
    said = [str(each) for each in composed(*many[:2], site=tiny).problems]
    assert said[-1].startswith("feeds/all.xml: over 1 KB; cut from 2 to 1 entries: ")
    assert said[-1].endswith(", still over the limit")
    (alone,) = [str(each) for each in composed(many[0], site=tiny).problems if each.path == "feeds/all.xml"]
    assert "over 1 KB; it cannot be cut further" in alone


@pytest.mark.parametrize("archive", [False, True])
def test_a_feed_with_left_out_entries_is_not_complete_when_it_is_cut(archive: bool) -> None:
    tiny = replace(SITE, window=Window(max_bytes=1024))
    provider = Provider("P", "p.example")
    entries = [make_entry(f"n{day}", day, content="x" * 5000, provider=provider) for day in (1, 2, 3)]
    spec = (
        FeedDefinition("feeds/some", "s", "s", "custom", NEWS, archive=True, max_per_provider=1)
        if archive
        else FeedDefinition("feeds/some", "s", "s", "custom", NEWS, limit=1)
    )
    edition = composed(*entries, site=tiny, custom=(spec,)).edition
    for suffix in (".xml", ".atom"):
        root = etree.fromstring(body(edition, f"feeds/some{suffix}"))
        assert len(root.findall(".//{*}entry") + root.findall(".//item")) == 1
        assert root.find(".//{http://purl.org/syndication/history/1.0}complete") is None


def test_tombstones_count_towards_the_size_limit() -> None:
    site = replace(SITE, window=Window(max_bytes=200 * 1024))
    gone = [make_entry("x" * 150 + str(number), 1) for number in range(250)]
    stay = [make_entry(f"n{number:02}", 2, content="x" * 4000) for number in range(60)]
    spec = FeedDefinition("feeds/all", "all", "all", "custom", limit=500)
    before = composed(*gone, *stay, site=replace(site, window=Window()), custom=(spec,)).edition
    edition = composed(*stay, site=site, custom=(spec,), before=before).edition
    assert edition.documents["feeds/all.atom"].size <= 200 * 1024
    assert b"deleted-entry" in body(edition, "feeds/all.atom")


def test_an_incremental_build_gives_the_documents_and_warnings_of_a_clean_one(tree: Files) -> None:
    def entry(title: str, name: str, topic: str, text: str = "") -> str:
        return article(title, url=f"https://n.example/{name}", more=f"topics: [{topic}]\n") + text

    root = tree(
        {
            "content/n/big.md": entry("Big", "big", "AI", "words and words " * 20_000),
            "content/n/other.md": entry("Other", "other", "Robots"),
        },
    )
    os.utime(root / "content/n/big.md", (1_700_000_000, 1_700_000_000))
    config = read_config(root / "config.yaml")
    first = build.build(config, NOW)
    shutil.copytree(root / "public", root / "clean")
    assert [each.path.rpartition("/")[2] for each in first.problems] == ["big.md"], first.problems
    again = build.build(config, NOW)
    assert again.problems == first.problems
    (root / "content/n/other.md").write_text(entry("Edited", "other", "Robots"))
    incremental = build.build(config, NOW)
    clean = build.build(replace(config, output=root / "clean", state=root / "clean-state"), NOW)
    assert incremental.problems == clean.problems == first.problems == build.check(config, NOW).problems
    made, expected = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (config.output, root / "clean")
    )
    assert made == expected
