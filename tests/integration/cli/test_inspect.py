"""`feeds why` and `feeds show`."""

from pathlib import Path

import pytest

from feeds.config.reader import read_config
from tests.support.processes import run
from tests.support.sites import Tree, site


def why(root: Path, *arguments: str) -> list[str]:
    return run("why", *arguments, cwd=root).stdout.splitlines()


def test_why_says_which_feeds_have_an_entry_and_by_which_rule(tree: Tree) -> None:
    root = site(tree)
    said = why(root, "content/news/new.md")
    assert said[:5] == [
        "news/new.md: New GPT",
        "  id: tag:feeds.example,2026:news/new",
        "  + it is valid",
        "  + its date has come: 2026-02-02 00:00 UTC",
        "  + it is published",
    ]
    assert "  /feeds/all.xml: it takes every entry" in said
    assert "  /feeds/models.xml: any: it has title 'GPT', topic 'ai'; quality: 80 is asked for, it has 90" in said
    assert "  /feeds/providers/news.example.xml: any: it has provider 'news.example'" in said
    # By its id, its file from elsewhere, and its link.
    assert why(root, "tag:feeds.example,2026:news/new") == said
    assert why(root, "news/new.md") == said
    assert why(root, "https://news.example/old")[0] == "news/old.md: Old"


@pytest.mark.parametrize(
    ("name", "feed", "last"),
    [
        ("new", "models", "  + it is in: the 1st of 1 entries"),
        ("old", "models", "  - quality: 80 is asked for, it has 10"),
        ("film", "models", "  - none: it has type 'video'"),
        ("twin", "models", "  - quality: 80 is asked for, it has none"),
        ("old", "few", "  - limit: 1 newer entries are in"),
        ("old", "/feeds/all.xml", "  - window: 1 newer entries are in"),
        ("new", "pages", "  - duplicate: news/twin.md has the link https://news.example/new"),
        ("old", "one-each", "  - max_per_provider: 1 newer entries of its provider are in"),
        ("new", "stories", "  - collapsed: news/twin.md stands for the story"),
        (
            "old",
            "monthly",
            "  + it is in the archive /feeds/monthly/2026-01.xml, not in the feed that is subscribed to",
        ),
    ],
)
def test_why_says_what_kept_an_entry_out_of_a_feed(tree: Tree, name: str, feed: str, last: str) -> None:
    root = site(tree)
    assert why(root, f"content/news/{name}.md", feed)[-1] == last


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("later", "  - scheduled: its date is to come, 2999-01-01 00:00 UTC"),
        ("draft", "  - held back: draft in its front matter says so"),
        ("wrong", "not a date: 'soon' (expected YYYY-MM-DD or RFC 3339)"),
        ("plain", "  - no entry: it has no front matter"),
    ],
)
def test_why_says_what_kept_an_entry_from_being_published(tree: Tree, name: str, last: str) -> None:
    assert why(site(tree), f"content/news/{name}.md")[-1].endswith(last)


def test_why_and_show_name_what_is_not_there(tree: Tree) -> None:
    root = site(tree)
    done = run("why", "nowhere.md", cwd=root, check=False)
    assert (done.returncode, done.stderr.startswith("feeds: not found: nowhere.md: no entry has this")) == (2, True)
    done = run("why", "content/news/new.md", "modles", cwd=root, check=False)
    assert "there is no such feed (did you mean 'models'?)" in done.stderr
    done = run("show", "Modles", cwd=root, check=False)
    assert (done.returncode, "did you mean 'models'?" in done.stderr) == (2, True)


def test_why_agrees_with_the_build_about_every_entry_and_feed(tree: Tree) -> None:
    import feeds

    config = read_config(site(tree) / "config.yaml")
    listings = feeds.check(config).listings
    for entry in ("new", "old", "twin", "film"):
        found = feeds.explain(config, f"news/{entry}.md")
        assert {path for path, _ in found.feeds} == {each.path for each in listings if found.id in each.entries}
        for each in listings:
            way = feeds.explain(config, f"news/{entry}.md", each.path).way
            assert way[-1].passed == (found.id in each.entries)


def test_show_prints_the_entries_of_a_feed(tree: Tree) -> None:
    root = site(tree)
    assert run("show", "monthly", cwd=root).stdout == "2026-02-02\t90\tNews\tNew GPT\tnews/new.md\n"
    assert len(run("show", "monthly", "--archive", cwd=root).stdout.splitlines()) == 4
