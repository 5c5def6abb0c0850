"""`feeds why` and `feeds show`."""

from pathlib import Path

import pytest

from feeds.config.reader import read_config
from tests.support.processes import run
from tests.support.sites import Tree, site


def why(root: Path, *arguments: str) -> list[str]:
    return run("why", *arguments, cwd=root).stdout.splitlines()


def test_why_lists_the_feeds_of_an_entry_and_the_matching_rules(tree: Tree) -> None:
    root = site(tree)
    said = why(root, "content/news/new.md")
    assert said[:5] == [
        "news/new.md: New GPT",
        "  id: tag:feeds.example,2026:news/new",
        "  + the entry is valid",
        "  + the date 2026-02-02 00:00 UTC is in the past",
        "  + the entry is published",
    ]
    assert "  /feeds/all.xml: the feed takes every entry" in said
    assert (
        "  /feeds/models.xml: any: the entry has title 'GPT', topic 'ai'; quality: needs 80 or more; the entry has 90"
        in said
    )
    assert "  /feeds/providers/news.example.xml: any: the entry has provider 'news.example'" in said
    # By its id, its file from elsewhere, and its link.
    assert why(root, "tag:feeds.example,2026:news/new") == said
    assert why(root, "news/new.md") == said
    assert why(root, "https://news.example/old")[0] == "news/old.md: Old"


@pytest.mark.parametrize(
    ("name", "feed", "last"),
    [
        ("new", "models", "  + in the feed: the 1st of 1 entries"),
        ("old", "models", "  - quality: needs 80 or more; the entry has 10"),
        ("film", "models", "  - none: the entry has type 'video'"),
        ("twin", "models", "  - quality: needs 80 or more; the entry has no value"),
        ("old", "few", "  - limit: 1 newer entries are in the feed"),
        ("old", "/feeds/all.xml", "  - window: 1 newer entries are in the feed"),
        ("new", "pages", "  - duplicate: news/twin.md has the link https://news.example/new"),
        ("old", "one-each", "  - max_per_provider: 1 newer entries of its provider are in the feed"),
        ("new", "stories", "  - collapsed: news/twin.md stands for the story"),
        (
            "old",
            "monthly",
            "  + in the archive /feeds/monthly/2026-01.xml, not in the main document",
        ),
    ],
)
def test_why_shows_the_step_that_kept_an_entry_out_of_a_feed(tree: Tree, name: str, feed: str, last: str) -> None:
    root = site(tree)
    assert why(root, f"content/news/{name}.md", feed)[-1] == last


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("later", "  - scheduled: the date 2999-01-01 00:00 UTC is in the future"),
        ("draft", "  - held back by draft in the front matter"),
        ("wrong", "not a date: 'soon' (expected YYYY-MM-DD or RFC 3339)"),
        ("plain", "  - not an entry: the file has no front matter"),
    ],
)
def test_why_shows_why_an_entry_is_not_published(tree: Tree, name: str, last: str) -> None:
    assert why(site(tree), f"content/news/{name}.md")[-1].endswith(last)


def test_why_and_show_name_a_missing_entry_or_feed(tree: Tree) -> None:
    root = site(tree)
    done = run("why", "nowhere.md", cwd=root, check=False)
    assert (done.returncode, done.stderr.startswith("feeds: not found: nowhere.md: no entry has this")) == (2, True)
    done = run("why", "content/news/new.md", "modles", cwd=root, check=False)
    assert "there is no such feed (did you mean 'models'?)" in done.stderr
    done = run("show", "Modles", cwd=root, check=False)
    assert (done.returncode, "did you mean 'models'?" in done.stderr) == (2, True)


def test_why_agrees_with_the_build_for_every_entry_and_feed(tree: Tree) -> None:
    import feeds

    config = read_config(site(tree) / "config.yaml")
    listings = feeds.check(config).listings
    for entry in ("new", "old", "twin", "film"):
        found = feeds.explain(config, f"news/{entry}.md")
        assert {path for path, _ in found.feeds} == {each.path for each in listings if found.id in each.entries}
        for each in listings:
            steps = feeds.explain(config, f"news/{entry}.md", each.path).feed_steps
            assert steps[-1].passed == (found.id in each.entries)


def test_show_prints_the_entries_of_a_feed(tree: Tree) -> None:
    root = site(tree)
    assert run("show", "monthly", cwd=root).stdout == "2026-02-02\t90\tNews\tNew GPT\tnews/new.md\n"
    assert len(run("show", "monthly", "--archive", cwd=root).stdout.splitlines()) == 4
