"""What the command says: why, show, diff, check, init, new and the rest, as a user runs it."""

import json
import os
import pty
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path

import pytest

from feeds.config.reader import read_config
from tests.integration.cli.test_build_and_serve import held
from tests.support.factories import article
from tests.support.processes import run, serving, until
from tests.support.trees import CONFIG, PROJECT

Tree = Callable[..., Path]
RULES = """
feeds:
  models:
    any: {topics: [AI], title: [GPT]}
    none: {types: [video]}
    quality: 80
  few: {limit: 1, any: {topics: [AI]}}
  one-each: {max_per_provider: 1, any: {topics: [AI]}}
  stories: {clusters: collapse, any: {topics: [AI]}}
  monthly: {archive: true, any: {topics: [AI]}}
window: 1
"""
PROVIDER = "provider: {name: News, domain: news.example}\n"


def site(tree: Tree) -> Path:
    ai = f"topics: [AI]\n{PROVIDER}"
    return tree(
        {
            "content/news/new.md": article("New GPT", "2026-02-02", "https://news.example/new", ai + "quality: 90\n"),
            "content/news/old.md": article("Old", "2026-01-02", "https://news.example/old", ai + "quality: 10\n"),
            "content/news/twin.md": article("Twin", "2025-12-02", "https://news.example/new", "topics: [AI]\n"),
            "content/news/film.md": article("Film", "2025-11-02", "https://news.example/f", ai + "type: video\n"),
            "content/news/later.md": article("Later", "2999-01-01"),
            "content/news/draft.md": article("Draft", more="draft: true\n"),
            "content/news/wrong.md": article("Wrong", date="soon"),
            "content/news/plain.md": "no front matter\n",
        },
        CONFIG + RULES,
    )


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
        ("twin", "ai", "  - duplicate: news/new.md has the link https://news.example/new"),
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
    assert len(run("show", "monthly", "--archive", cwd=root).stdout.splitlines()) == 3


def test_diff_says_per_feed_what_readers_would_get(tree: Tree) -> None:
    root = tree({f"content/news/{name}.md": article(name, url=f"https://news.example/{name}") for name in "abc"})
    run("build", cwd=root)
    before = held(root)
    assert run("diff", cwd=root).stdout == ""
    (root / "content/news/a.md").unlink()
    tree(
        {
            "content/news/b.md": article("Edited", url="https://news.example/b"),
            "content/news/d.md": article("Fresh", url="https://news.example/d"),
        }
    )
    lines = run("diff", cwd=root).stdout.splitlines()
    assert lines[0].startswith("/feeds/all.xml: 1 added, 1 edited, 1 removed (3 entries, ")
    assert lines[1:] == [
        "  + tag:feeds.example,2026:news/d  Fresh",
        "  ~ tag:feeds.example,2026:news/b  Edited",
        "  - tag:feeds.example,2026:news/a",
    ]
    assert {path: body for path, body in held(root).items() if path.startswith("public/")} == {
        path: body for path, body in before.items() if path.startswith("public/")
    }


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def test_diff_compares_with_the_content_and_the_config_of_a_revision(tree: Tree) -> None:
    root = tree({f"content/news/{name}.md": article(name, url=f"https://news.example/{name}") for name in "ab"})
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "First")
    assert run("diff", "HEAD", cwd=root).stdout == ""
    (root / "content/news/a.md").unlink()
    tree(
        {"content/news/c.md": article("Fresh", url="https://news.example/c")},
        CONFIG + "feeds: {fresh: {any: {title: [Fresh]}}}\n",
    )
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    lines = run("diff", "HEAD", cwd=root).stdout.splitlines()
    assert lines[1:3] == ["  + tag:feeds.example,2026:news/c  Fresh", "  - tag:feeds.example,2026:news/a  a"]
    assert lines[3].startswith("/feeds/fresh.xml: 1 added")
    assert not (root / "public").exists()
    after = subprocess.run(
        ["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    assert after.replace("?? .feeds/\n", "") == status
    for revision in ("nonsense", "--output=x"):
        assert run("diff", "--", revision, cwd=root, check=False).returncode == 2


def test_what_the_options_say_of_content_and_output_counts_instead_of_what_the_config_says(
    tree: Tree, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # By the config alone the output would lie in the content.
    root = tree({"content/config.yaml": CONFIG + "content: .\nstate: ../.feeds\n", "content/news/a.md": article()})
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "First")
    for command in (["build"], ["diff", "HEAD"]):
        assert run(*command, "--output", "../public", cwd=root / "content").returncode == 0
    assert (root / "public/feeds/all.xml").exists()
    assert run("build", "--content", "news", cwd=root / "content").returncode == 0


def test_diff_outside_of_git_says_so(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tree({"content/news/a.md": article()})
    ceiling = str(root.parent)
    done = run("diff", "HEAD", cwd=root, check=False, GIT_CEILING_DIRECTORIES=ceiling)
    assert (done.returncode, "not a git repository" in done.stderr) == (2, True)


WRONG = {
    "content/news/a.md": article(date="soon", more="topics: AI\n"),
    "content/news/b.md": "---\nexcerpt: x\n---\n",
}


def test_check_shows_the_line_and_what_to_write_instead(tree: Tree) -> None:
    said = run("check", cwd=tree(WRONG), check=False).stdout.splitlines()
    assert said[:5] == [
        "content/news/a.md:3: publishedDateTime: not a date: 'soon' (expected YYYY-MM-DD or RFC 3339)",
        "      3 | publishedDateTime: soon",
        "content/news/a.md:5: topics: expected a list, found one value: 'AI'; read as a list of one item (put it in [brackets])",
        "      5 | topics: AI",
        "  write | topics: [AI]",
    ]
    assert "write | webUrl" not in "".join(said)
    only = run("check", "content/news/b.md", cwd=tree(WRONG), check=False).stdout
    assert "b.md" in only
    assert "a.md" not in only


def test_check_writes_the_beginning_of_an_address_that_has_none(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(url="www.example.com/a?b=c")})
    assert "  write | webUrl: https://www.example.com/a?b=c\n" in run("check", cwd=root, check=False).stdout
    (root / "config.yaml").write_text(CONFIG.replace("url: https://", "url: "))
    assert "  write |   url: https://" in run("check", cwd=root, check=False).stdout


def test_check_of_a_folder_is_of_all_in_it_and_a_name_that_is_none_is_said(tree: Tree) -> None:
    root = tree(WRONG)
    everything = run("check", cwd=root, check=False).stdout
    assert run("check", "content/news", cwd=root, check=False).stdout == everything
    done = run("check", "content/_data", cwd=root, check=False)
    assert (done.returncode, done.stderr) == (2, "feeds: content/_data: no such file\n")


def test_check_finds_the_line_in_a_file_of_any_name_whatever_the_locale(tree: Tree) -> None:
    root = tree({"content/news/größe.md": "---\ntitle: [\n---\n"})
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8"}
    for paths in ([], ["content/news"], ["content/news/größe.md"]):
        said = run("check", *paths, cwd=root, check=False, **ascii_only).stdout
        assert "content/news/größe.md:3: not YAML" in said
        assert "      3 | ---" in said


def test_check_speaks_to_programs_and_to_github(tree: Tree) -> None:
    root = tree(WRONG)
    value = json.loads(run("check", "--format", "json", cwd=root, check=False).stdout)
    assert value["problems"][1] == {
        "path": "content/news/a.md",
        "line": 5,
        "key": "topics",
        "code": "list.not_list",
        "params": {"value": "'AI'"},
        "message": "expected a list, found one value: 'AI'; read as a list of one item (put it in [brackets])",
        "level": "warning",
        "text": "topics: AI",
        "instead": "topics: [AI]",
    }
    said = run("check", "--format", "github", cwd=root, check=False).stdout.splitlines()
    assert said[0] == (
        "::error file=content/news/a.md,line=3,title=publishedDateTime (value.not_date)::not a date: 'soon'"
        " (expected YYYY-MM-DD or RFC 3339)"
    )
    assert all(re.match(r"::(error|warning) file=content/news/[ab]\.md", line) for line in said)


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_mistake_in_the_config_is_said_in_every_form(tree: Tree, form: str) -> None:
    done = run("check", "--format", form, cwd=tree(config=CONFIG + "outptu: x\n"), check=False)
    assert done.returncode == 2
    assert "output: x" in done.stdout
    assert ("config.yaml:5" in done.stdout) == (form == "text")


def test_init_begins_a_site_that_builds_and_overwrites_nothing(tmp_path: Path) -> None:
    said = run("init", "my-site", "--title", "Mine: all", cwd=tmp_path).stdout.splitlines()
    assert said[0] == "my-site/config.yaml"
    root = tmp_path / "my-site"
    assert run("check", "--strict", cwd=root).stdout == "1 entries of 1 files, 0 problems\n"
    run("build", cwd=root)
    before = held(root)
    done = run("init", ".", cwd=root, check=False)
    assert (done.returncode, "config.yaml: already exists" in done.stderr) == (2, True)
    assert held(root) == before


SITES = {
    "Jekyll": {
        "_config.yml": "title: A blog\nurl: https://blog.example\nbaseurl: /b\nlang: de\ncollections: {news: {}}\n",
        "_posts/2026-01-02-a.md": "---\ntitle: A\nwebUrl: https://x.example/\n---\n",
        "_news/b.md": article("B", url="https://x.example/b"),
        "README.md": "# Not an entry\n",
    },
    "Hugo": {
        "hugo.toml": 'title = "A blog"\nbaseURL = "https://blog.example/b/"\nlanguageCode = "de"\n',
        "content/news/a.md": article("A"),
        "content/news/b.md": article("B", url="https://x.example/b"),
    },
    "Eleventy": {
        "eleventy.config.js": 'export default function (c) { return { dir: { input: "src" } } };\n',
        "src/_data/metadata.json": '{"title": "A blog", "url": "https://blog.example/b", "language": "de"}',
        "src/blog/a.md": article("A"),
        "src/blog/b.md": article("B", url="https://x.example/b"),
    },
}


@pytest.mark.parametrize("kind", list(SITES))
def test_init_finds_a_config_out_from_an_existing_site(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "blog"
    for name, text in SITES[kind].items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    done = run("init", ".", cwd=root)
    assert done.stdout == "config.yaml\n"
    assert f"made by {kind}" in done.stderr
    config = read_config(root / "config.yaml")
    found = config.site
    assert (found.title, found.content_base_url, found.language) == ("A blog", "https://blog.example/b/", "de")
    assert found.url == "https://blog.example/b/subscribe/"
    assert run("check", "--strict", cwd=root).stdout.startswith("2 entries of 2 files")
    run("build", cwd=root)


def test_front_matter_in_toml_is_named_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "content/posts").mkdir(parents=True)
    (tmp_path / "hugo.toml").write_text('title = "A blog"\n')
    (tmp_path / "content/posts/a.md").write_text('+++\ntitle = "A"\n+++\nText.\n')
    (tmp_path / "content/posts/b.md").write_text(article("B"))
    done = run("init", ".", cwd=tmp_path)
    assert "front matter in TOML, which is not read, in 1 of its files: write YAML" in done.stderr
    said = run("check", cwd=tmp_path, check=False).stdout.splitlines()
    assert said[0].startswith("content/posts/a.md:1: its front matter is TOML, which is not supported (write YAML")
    assert said[-1] == "1 entries of 2 files (1 invalid), 1 problems"


def test_a_key_that_is_not_known_is_shown_where_it_is(tree: Tree) -> None:
    more = "layout: post\nqualty: 3\n"
    root = tree(
        {
            "content/news/a.md": article(more=more),
            "content/news/b.md": article("B", url="https://news.example/b", more="layout: post\n"),
        }
    )
    said = run("check", cwd=root).stdout.splitlines()
    assert said[:5] == [
        "content/news/a.md:5: layout: unknown key, in 2 files; ignored",
        "      5 | layout: post",
        "content/news/a.md:6: qualty: unknown key; ignored (did you mean 'quality'?)",
        "      6 | qualty: 3",
        "  write | quality: 3",
    ]
    # What was read before is not read again, and still known.
    run("build", cwd=root)
    assert run("check", cwd=root).stdout.splitlines() == said
    assert "content/news/b.md:5: layout" in run("check", "--verbose", cwd=root).stdout
    assert "content/news/b.md:5: layout: unknown key; ignored\n" in run("check", "content/news/b.md", cwd=root).stdout
    value = json.loads(run("check", "--format", "json", cwd=root).stdout)["unknown"]
    assert [(each["path"], each["line"], each["instead"]) for each in value] == [
        ("content/news/a.md", 5, None),
        ("content/news/a.md", 6, "quality: 3"),
    ]
    said = run("check", "--format", "github", cwd=root).stdout.splitlines()
    assert said[1].startswith(
        "::warning file=content/news/a.md,line=6,title=qualty (entry.unknown_key)::unknown key; ignored"
    )


def test_a_key_of_the_config_that_is_not_known_is_shown_where_it_is_however_deep(tree: Tree) -> None:
    wrong = "feeds:\n  best:\n    qualty: 80\n    any:\n      topic: [AI]\nserve: {cache: 3}\n"
    said = run("check", cwd=tree(config=CONFIG + wrong), check=False).stdout
    assert re.findall(r"^config\.yaml:(\d+): ([\w.]+): unknown key", said, re.MULTILINE) == [
        ("7", "feeds.best.qualty"),
        ("9", "feeds.best.any.topic"),
        ("10", "serve.cache"),
    ]
    assert "  write |     quality: 80" in said


@pytest.mark.parametrize("said", ['baseurl: "/blog"', 'url: ""', "url: blog.example", "url: https://a.example/?b"])
def test_init_asks_for_the_address_where_an_existing_site_says_none(tmp_path: Path, said: str) -> None:
    (tmp_path / "_config.yml").write_text(f"title: A blog\n{said}\n")
    run("init", cwd=tmp_path)
    found = read_config(tmp_path / "config.yaml").site
    assert (found.url, found.content_base_url) == ("https://feeds.example.org/", "https://feeds.example.org/")
    assert "Change it." in (tmp_path / "config.yaml").read_text()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("feeds.example", "not an http(s) URL: 'feeds.example' (expected"),
        ("https://a.example/?b", "the URL has a query or a fragment"),
    ],
)
def test_init_begins_nothing_at_an_address_that_is_none(tmp_path: Path, url: str, said: str) -> None:
    done = run("init", "site", "--url", url, cwd=tmp_path, check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr.startswith(f"feeds: not begun: {url}: {said}")


def test_init_writes_an_address_as_a_config_can_have_it(tmp_path: Path) -> None:
    run("init", "--url", "https://été.example/a: b", cwd=tmp_path)
    site = read_config(tmp_path / "config.yaml").site
    assert (site.url, site.tag[:19]) == ("https://xn--t-9fab.example/a:%20b/", "xn--t-9fab.example,")


def test_new_writes_a_valid_file_once(tree: Tree) -> None:
    root = tree({"content/_learning/videos/a.md": article()})
    title = 'Quotes "and": a #hash, \\ and 人工'
    arguments = ["new", title, "--url", "https://www.example.com/x?a=b", "--topic", "C++", "--topic", "AI"]
    (name,) = run(*arguments, "--date", "2026-01-02", "--collection", "learning/videos", cwd=root).stdout.split()
    assert name == "content/_learning/videos/2026-01-02-quotes-and-a-hash-and-人工.md"
    assert run("check", "--strict", cwd=root).stdout == "2 entries of 2 files, 0 problems\n"
    assert title in run("show", "c", cwd=root).stdout
    again = run(*arguments, "--date", "2026-01-02", "--collection", "learning/videos", cwd=root, check=False)
    assert (again.returncode, "already exists" in again.stderr) == (2, True)
    bad = run("new", "Bad", "--url", "nonsense", "--draft", cwd=root, check=False)
    assert (bad.returncode, "webUrl: not an http(s) URL" in bad.stderr) == (2, True)
    outside = run("new", "Bad", "--url", "https://example.com/", "--collection", "../out", cwd=root, check=False)
    assert (outside.returncode, (root / "out").exists()) == (2, False)


def test_new_writes_no_file_where_no_entries_are_read(tree: Tree) -> None:
    root = tree({"content/_data/topics/ai.yaml": "name: AI\n"}, config=CONFIG + "collections: {exclude: [old*]}\n")
    for collection in ("_data", "assets", "old/news"):
        done = run("new", "A", "--url", "https://example.com/", "--collection", collection, cwd=root, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"feeds: not begun: {collection}: no entries are read there")
    # What is called like a folder of another kind is none of it.
    made = run("new", "A", "--url", "https://example.com/", "--collection", "data", cwd=root).stdout
    assert made.startswith("content/data/")
    assert run("check", "--strict", cwd=root).stdout.startswith("1 entries of 1 files")


def test_every_command_teaches_with_examples() -> None:
    from feeds.cli.main import _COMMANDS

    for command in _COMMANDS:
        said = run(command, "--help", cwd=PROJECT).stdout
        assert "Examples:" in said, command
        assert f"feeds {command}" in said, command
    readme = (PROJECT / "README.md").read_text("utf-8")
    assert [command for command in _COMMANDS if f"`feeds {command}" not in readme] == []


def test_shells_complete_commands_and_feeds(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(more="topics: [AI]\n")})
    run("build", cwd=root)
    for shell in ("bash", "zsh", "fish"):
        assert "_FEEDS_COMPLETE" in run("completion", shell, cwd=root).stdout

    def completed(words: str, at: int) -> str:
        # The shell calls the command by its own name.
        code = "from feeds.cli.main import main; main('feeds')"
        given = os.environ | {"_FEEDS_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(at)}
        return subprocess.run([sys.executable, "-c", code], cwd=root, env=given, capture_output=True, text=True).stdout

    assert completed("feeds wh", 1) == "plain,why\n"
    assert completed("feeds show a", 2) == "plain,all\nplain,ai\n"


def on_a_terminal(*arguments: str, cwd: Path, program: tuple[str, str] = ("-m", "feeds"), **environment: str) -> str:
    """Return what the command writes to a terminal."""
    master, slave = pty.openpty()
    given = {**os.environ, "TERM": "xterm", **environment}
    command = [sys.executable, *program, *arguments]
    process = subprocess.Popen(command, cwd=cwd, stdout=slave, stderr=slave, env=given)
    os.close(slave)
    said = b""
    try:
        while data := os.read(master, 4096):
            said += data
    except OSError:  # the other side is closed
        pass
    process.wait(60)
    os.close(master)
    return said.decode()


def test_colours_are_on_a_terminal_only_and_only_where_they_are_wanted(tree: Tree) -> None:
    root = tree(WRONG)
    environment = {key: value for key, value in os.environ.items() if key == "NO_COLOR"}
    assert not environment
    assert "\x1b[" in on_a_terminal("check", cwd=root)
    assert "\x1b[" not in on_a_terminal("check", cwd=root, NO_COLOR="1")
    assert "\x1b[" not in run("check", cwd=root, check=False).stdout


def test_long_work_shows_how_far_it_is_with_rate_and_time_left_on_a_terminal_only(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(more="topics: [AI]\n")})
    # All work takes long where nobody has patience.
    code = "import feeds.cli.progress as p; p._PATIENCE = 0; from feeds.cli.main import main; main()"
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", on_a_terminal("build", cwd=root, program=("-c", code), COLUMNS="100"))
    assert re.search(r"Reading ━+ 1/1 \d+/s", said)
    assert re.search(r"Rendering ━+ 2/2 \d+/s 0:00:00", said)
    done = subprocess.run([sys.executable, "-c", code, "build"], cwd=root, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unwanted", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_long_work_writes_no_escape_sequence_where_none_is_wanted(tree: Tree, unwanted: dict[str, str]) -> None:
    root = tree({"content/news/a.md": article(more="topics: [AI]\n")})
    code = "import feeds.cli.progress as p; p._PATIENCE = 0; from feeds.cli.main import main; main()"
    assert "\x1b[" not in on_a_terminal("build", cwd=root, program=("-c", code), **unwanted)


def test_quiet_says_only_what_is_wrong_and_verbose_names_the_entries(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(), "content/news/b.md": article(date="soon")})
    assert "  + tag:feeds.example,2026:news/a" in run("build", "--verbose", cwd=root).stdout
    tree({"content/news/c.md": article("C", "soon", "https://news.example/c")})
    done = run("build", "--quiet", cwd=root)
    assert (done.stdout, "c.md:3" in done.stderr) == ("", True)
    assert "entries of" not in run("check", "--quiet", cwd=root, check=False).stdout


def get(url: str) -> tuple[str, Message]:
    asked = urllib.request.Request(url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(asked) as answer:
        return answer.read().decode(), answer.headers


def test_pages_load_themselves_again_while_somebody_writes_and_only_then(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    with serving(root / "public", "--watch", cwd=root) as address:
        page, headers = get(f"{address}/")
        assert page.endswith('<script src="/-/reload.js"></script>\n')
        assert (headers["Content-Length"], headers["Cache-Control"]) == (str(len(page.encode())), "no-store")
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].endswith("connect-src 'self'")
        assert "location.reload()" in get(f"{address}/-/reload.js")[0]
        assert "reload.js" not in get(f"{address}/feeds/all.xml")[0]
        asked = urllib.request.Request(f"{address}/manifest.json", method="HEAD")
        tag = urllib.request.urlopen(asked).headers["ETag"]
        tree({"content/news/b.md": article("Another", url="https://news.example/b")})
        until(lambda: urllib.request.urlopen(asked).headers["ETag"] != tag)
    with serving(root / "public", cwd=root) as address:
        assert "reload.js" not in get(f"{address}/")[0]
