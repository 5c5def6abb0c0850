"""The command, as a user runs it."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import feedparser
import pytest

from feeds.system.locks import exclusive_lock
from tests.support.factories import article
from tests.support.processes import run, serving, until
from tests.support.trees import CONFIG, CORPUS, PROJECT, config_of, needs_corpus

Tree = Callable[..., Path]


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_build_writes_the_feeds_and_says_what_it_did(tree: Tree) -> None:
    root = tree(
        {"content/news/a.md": article(more="topics: [AI]\n"), "content/news/b.md": article(more="draft: true\n")}
    )
    done = run("build", cwd=root)
    assert done.stdout.splitlines() == [
        "1 entries of 2 files (1 unpublished), 2 feeds, 16 documents: 16 added, 0 changed, 0 removed",
        "/feeds/all.xml: 1 added (1 entries, 3 KB)",
        "/feeds/ai.xml: 1 added (1 entries, 3 KB)",
    ]
    assert done.stderr == ""
    assert feedparser.parse((root / "public/feeds/ai.xml").read_bytes()).entries[0].title == "A title"
    # Cron has nothing to say if nothing changed.
    assert run("build", cwd=root).stdout == ""


def test_a_writers_mistakes_are_all_said_and_cost_only_their_entries(tree: Tree) -> None:
    root = tree(
        {
            "content/news/a.md": article(),
            "content/news/b.md": article(date="yesterday"),
            "content/news/c.md": "---\n- x\n---\n",
        }
    )
    done = run("build", cwd=root)
    assert done.stderr.splitlines() == [
        "content/news/b.md:3: publishedDateTime: not a date: 'yesterday' (expected YYYY-MM-DD or RFC 3339)",
        "content/news/c.md:1: the front matter is a list (write `key: value` lines)",
    ]
    assert done.stdout.startswith("1 entries of 3 files (2 invalid)")


@pytest.mark.parametrize(
    ("config", "arguments", "message"),
    [
        (CONFIG + "outptu: x\n", [], "outptu"),
        (CONFIG, ["--content", "nowhere"], "nowhere: no such folder"),
        (CONFIG, ["--config", "nowhere.yaml"], "nowhere.yaml: no such file (`feeds init` creates one"),
        (CONFIG, ["--output", "config.yaml/x"], "config.yaml"),
        (CONFIG, ["--output", "content/out"], "must not contain each other"),
        (CONFIG + "state: public/.state\n", [], "state must not be in the output"),
        (CONFIG + "content: public\noutput: [public]\n", [], "output: expected text"),
        (CONFIG, ["--nonsense"], "No such option"),
    ],
)
def test_an_operators_mistake_stops_with_2_and_leaves_the_output_as_it_was(
    tree: Tree, config: str, arguments: list[str], message: str
) -> None:
    root = tree({"content/news/a.md": article()})
    run("build", cwd=root)
    before = held(root / "public")
    tree({"content/news/b.md": article()}, config)
    done = run("build", *arguments, cwd=root, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert held(root / "public") == before


def test_check_says_every_problem_and_fails_only_when_strict(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(more="topics: AI\nsurprise: 1\n")})
    done = run("check", cwd=root)
    assert done.stdout.splitlines() == [
        "content/news/a.md:5: topics: expected a list, found one value: 'AI'; read as a list of one item (put it in [brackets])",
        "      5 | topics: AI",
        "  write | topics: [AI]",
        "content/news/a.md:6: surprise: unknown key; ignored",
        "      6 | surprise: 1",
        "1 entries of 1 files, 2 problems",
    ]
    assert run("check", "--strict", cwd=root, check=False).returncode == 1
    assert not (root / "public").exists()


def test_check_is_content_with_good_content(tree: Tree) -> None:
    assert (
        run("check", "--strict", cwd=tree({"content/news/a.md": article()})).stdout
        == "1 entries of 1 files, 0 problems\n"
    )


def test_list_shows_every_feed(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(more="topics: [AI]\n"), "content/_data/topics/x.yaml": "name: Later\n"})
    assert [row.split() for row in run("list", cwd=root).stdout.splitlines()] == [
        ["https://feeds.example/feeds/all.xml", "1", "2026-01-02"],
        ["https://feeds.example/feeds/later.xml", "0", "-"],
        ["https://feeds.example/feeds/ai.xml", "1", "2026-01-02"],
    ]


def test_the_projects_own_content_is_faultless(tmp_path: Path) -> None:
    config = config_of(PROJECT, tmp_path)
    done = run("check", "--strict", "--config", config, "--output", tmp_path / "out", cwd=PROJECT)
    published = int(done.stdout.split()[0])
    assert published >= 60
    run("build", "--config", config, "--output", tmp_path / "out", cwd=PROJECT)
    feed = feedparser.parse((tmp_path / "out/feeds/ai.xml").read_bytes())
    assert not feed.bozo
    assert len(feed.entries) >= 50
    # The README shows a file of it and the item that comes out.
    readme = (PROJECT / "README.md").read_text("utf-8")
    name = re.search(r"`(content/news/[^`]+)`", readme)
    assert name
    assert (PROJECT / name[1]).read_text("utf-8").strip() in readme
    item = readme[readme.index("<item>") : readme.index("</item>")]
    assert item in (tmp_path / "out/feeds/research.xml").read_text("utf-8")


@needs_corpus
def test_real_content_builds_twice_to_the_same_bytes_and_reads_back_the_same_in_every_format(tmp_path: Path) -> None:
    config = config_of(PROJECT, tmp_path)
    for name in ("one", "two"):
        done = run("build", "--config", config, "--content", CORPUS, "--output", tmp_path / name, cwd=PROJECT)
    assert done.stdout.startswith("193 entries of 309 files (94 unpublished, 21 undated, 1 without front matter)")
    undated = {line.split(": ")[0] for line in done.stderr.splitlines() if "publishedDateTime: missing" in line}
    assert len(undated) == 21
    one, two = held(tmp_path / "one"), held(tmp_path / "two")
    assert one == two
    assert "feeds/power-apps.xml" in one
    bad = re.compile(rb"&amp;#8217;|secured: |<script|&lt;script|<iframe|&lt;iframe|javascript:")
    relative = re.compile(rb"src=\"/|href=\"/")
    for path, body in one.items():
        foreign = re.sub(rb'<script src="/site.js" defer></script>|<\?xml-stylesheet .*?\?>', b"", body)
        assert not bad.search(foreign), path
        assert path.endswith(".html") or not relative.search(foreign), path
    for path in one:
        if path.startswith("feeds/") and path.endswith(".xml"):
            rss, atom = (feedparser.parse(one[path.removesuffix(".xml") + suffix]) for suffix in (".xml", ".atom"))
            assert not rss.bozo
            assert not atom.bozo
            facts = [
                [(entry.id, entry.link, entry.published_parsed) for entry in document.entries]
                for document in (rss, atom)
            ]
            assert facts[0] == facts[1]


def test_serve_with_watch_builds_first_and_again_after_a_change(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    output = root / "public"
    with serving(output, "--watch", cwd=root):
        tree({"content/news/b.md": article("Another", url="https://news.example/b")})
        until(lambda: b"Another" in (output / "feeds/all.xml").read_bytes())


NEWSBOAT = shutil.which("newsboat")


@pytest.mark.skipif(not NEWSBOAT, reason="newsboat is not installed: apt-get install newsboat")
def test_newsboat_subscribes_and_shows_the_entries(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tree(
        {
            f"content/news/{name}.md": article(
                f"Story {name}", url=f"https://news.example/{name}", more="topics: [AI]\n"
            )
            for name in "abc"
        }
    )
    run("build", cwd=root)
    home = tmp_path_factory.mktemp("home")
    with serving(root / "public", cwd=root) as address:
        (home / "urls").write_text(f"{address}/feeds/ai.xml\n")
        files = ["-u", str(home / "urls"), "-c", str(home / "cache.db"), "-C", str(home / "config")]
        (home / "config").write_text("")
        environment = os.environ | {"HOME": str(home), "LC_ALL": "C.UTF-8"}
        subprocess.run([str(NEWSBOAT), *files, "-x", "reload"], check=True, env=environment, timeout=60)
        done = subprocess.run(
            [str(NEWSBOAT), *files, "-x", "print-unread"],
            check=True,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.stdout.startswith("3 unread")
    with sqlite3.connect(home / "cache.db") as cache:
        rows = cache.execute("select title, url from rss_item order by title").fetchall()
    cache.close()
    assert rows == [(f"Story {name}", f"https://news.example/{name}") for name in "abc"]


def many(count: int, **values: str) -> dict[str, str]:
    return {
        f"content/news/{number}.md": article(f"Story {number}", url=f"https://news.example/{number}", **values)
        for number in range(count)
    }


def test_a_change_that_would_announce_old_entries_again_stops_the_build(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    before = held(root / "public")
    tree(config=CONFIG.replace("feeds.example,2026", "other.example,2026"))
    done = run("build", cwd=root, check=False)
    assert done.returncode == 2
    assert "ids: 8 entries would get another id, so readers would show them as new (undo the change" in done.stderr
    assert "news/0.md: tag:feeds.example,2026:news/0 -> tag:other.example,2026:news/0" in done.stderr
    assert held(root / "public") == before
    run("build", "--accept-new-ids", cwd=root)
    assert b"tag:other.example,2026:news/0" in (root / "public/feeds/all.xml").read_bytes()


def test_a_build_that_stops_says_what_is_wrong_with_the_content(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    for path in (root / "content/news").iterdir():
        path.write_text(path.read_text("utf-8").replace("2026-", "2026-33-"), "utf-8")
    done = run("build", cwd=root, check=False)
    assert done.returncode == 2
    assert done.stderr.count("publishedDateTime") == 8
    assert "8 of 8 entries would be removed" in done.stderr.splitlines()[-1]
    done = run("build", "--json", cwd=root, check=False)
    assert done.returncode == 2
    said = json.loads(done.stdout)
    assert len(said["problems"]) == 8
    assert "8 of 8 entries" in said["stops"][0]
    assert run("build", "--dry-run", cwd=root, check=False).returncode == 2


def test_an_empty_mount_does_not_take_down_what_is_published(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    before = held(root / "public")
    for path in (root / "content/news").iterdir():
        path.unlink()
    done = run("build", cwd=root, check=False)
    assert done.returncode == 2
    assert (
        "removals: 8 of 8 entries would be removed (if that is intended, continue with --accept-removals)"
        in done.stderr
    )
    assert held(root / "public") == before
    run("build", "--accept-removals", cwd=root)
    assert b"<item>" not in (root / "public/feeds/all.xml").read_bytes()


def test_a_renamed_folder_announces_nothing_again(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    before = (root / "public/feeds/all.xml").read_bytes()
    (root / "content/news").rename(root / "content/stories")
    done = run("build", cwd=root)
    assert done.stderr.count("the file was renamed") == 8
    assert (root / "public/feeds/all.xml").read_bytes() == before


def test_a_typo_in_a_rule_is_said_with_its_place(tree: Tree) -> None:
    root = tree(
        {"content/news/a.md": article(more="topics: [Robots]\n")},
        CONFIG
        + "feeds:\n  mine:\n    any: {topics: [Robot]}\n    all:\n      collections:\n        - news\n        - nwes\n      types: [vdeo]\n"
        + "  robts: {archive: true}\n",
    )
    assert run("build", cwd=root).stderr.splitlines() == [
        "config.yaml:7: feeds.mine: no such topic: 'Robot'; the rule finds nothing for it (did you mean 'Robots'?)",
        "config.yaml:11: feeds.mine: no entry has this collection: 'nwes'; the rule finds nothing for it (did you mean 'news'?)",
        "config.yaml:12: feeds.mine: no entry has this type: 'vdeo'; the rule finds nothing for it",
        "config.yaml:13: feeds.robts: the feed has no rules, and no topic or provider has this name; "
        "the feed is not published (did you mean 'robots'?)",
    ]


def test_a_port_that_is_taken_is_said(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    run("build", cwd=root)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = run("serve", "--port", str(other.getsockname()[1]), cwd=root, check=False)
    assert done.returncode == 2
    assert "Address already in use" in done.stderr
    assert run("serve", "--host", "no.such.host.invalid", cwd=root, check=False).returncode == 2


def test_serve_with_watch_follows_a_config_that_was_saved_by_renaming(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    output = root / "public"
    with serving(output, "--watch", cwd=root):
        for title in ("One", "Two"):
            tree({"config.new": CONFIG.replace("title: Test", f"title: {title}")})
            (root / "config.new").rename(root / "config.yaml")
            until(lambda title=title: title.encode() in (output / "feeds/all.xml").read_bytes())  # type: ignore[misc]


def test_a_second_build_says_that_one_is_running_and_leaves_it_alone(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    with exclusive_lock(root / ".feeds"):
        done = run("build", cwd=root, check=False)
        assert (done.returncode, done.stderr) == (3, "feeds: lock: .feeds/lock: another build is running\n")
        assert run("build", "--skip-if-running", cwd=root).stdout == ""
        assert not (root / "public").exists()
    run("build", cwd=root)


def test_the_lock_dies_with_its_process(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, sys, pathlib\nfrom feeds.system.locks import exclusive_lock\n"
            "with exclusive_lock(pathlib.Path(sys.argv[1])):\n"
            "    if os.fork():\n        print('held', flush=True)\n    sys.stdin.read()",
            str(root / ".feeds"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=PROJECT,
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        assert run("build", cwd=root, check=False).returncode == 3
        # Like the workers of a build what it forked lives on, until its input ends.
        holder.kill()
        holder.wait()
        run("build", cwd=root)


def test_files_that_were_all_broken_do_not_take_down_what_is_published(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    tree(dict.fromkeys(many(8), "---\nx: [\n---\n"))
    done = run("build", cwd=root, check=False)
    assert done.returncode == 2
    assert "8 of 8 entries would be removed" in done.stderr


def test_another_tree_does_not_replace_what_is_published(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    others = {f"other/news/x{number}.md": article(url=f"https://other.example/{number}") for number in range(8)}
    tree(others)
    assert run("build", "--content", "other", cwd=root, check=False).returncode == 2


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_small_site_is_guarded_too(tree: Tree, count: int) -> None:
    root = tree(many(count))
    run("build", cwd=root)
    tree(config=CONFIG.replace("feeds.example,2026", "other.example,2026"))
    assert "readers would show them as new" in run("build", cwd=root, check=False).stderr
    assert "a build would stop: ids: " in run("check", cwd=root, check=False).stdout
    tree()
    shutil.rmtree(root / "content/news")
    assert "would be removed" in run("build", cwd=root, check=False).stderr


@pytest.mark.parametrize(
    "count, removed, stops", [(1, 1, True), (3, 1, False), (3, 3, True), (10, 5, False), (10, 6, True)]
)
def test_a_build_stops_where_all_or_more_than_a_count_and_a_share_would_be_gone(
    tree: Tree, count: int, removed: int, stops: bool
) -> None:
    # Each entry has feeds of its own, which go with it.
    files = {
        name: text.replace("---\n", f"---\ntopics: [{', '.join(f'{at}x{each}' for each in range(7))}]\n", 1)
        for at, (name, text) in enumerate(many(count).items())
    }
    root = tree(files)
    run("build", cwd=root)
    before = held(root / "public")
    for number in range(removed):
        (root / f"content/news/{number}.md").unlink()
    done = run("build", cwd=root, check=False)
    assert done.returncode == (2 if stops else 0)
    assert (f"{removed} of {count} entries would be removed" in done.stderr) == stops
    assert (held(root / "public") == before) == stops
    run("build", "--accept-removals", cwd=root)


@pytest.mark.parametrize(
    "protect, stops",
    [
        ("{removals: {count: 1, share: 0}}", True),
        ("{removals: {count: 2, share: 0}}", False),
        ("{removals: {count: 0, share: 19}}", True),
        ("{removals: {count: 0, share: 20}}", False),
        ("{new_ids: {count: 0, share: 0}}", False),
    ],
)
def test_the_count_and_the_share_that_stop_a_build_are_configured(tree: Tree, protect: str, stops: bool) -> None:
    root = tree(many(10), f"{CONFIG}protect: {protect}\n")
    run("build", cwd=root)
    for number in range(2):
        (root / f"content/news/{number}.md").unlink()
    assert run("build", cwd=root, check=False).returncode == (2 if stops else 0)


@pytest.mark.parametrize("share, stops", [(10, True), (20, False)])
def test_new_ids_have_a_count_and_a_share_of_their_own(tree: Tree, share: int, stops: bool) -> None:
    root = tree(many(10), f"{CONFIG}protect: {{new_ids: {{count: 1, share: {share}}}}}\n")
    run("build", cwd=root)
    for number in range(2):
        path = root / f"content/news/{number}.md"
        path.write_text(path.read_text().replace("---\n", f"---\nid: urn:x:{number}\n", 1))
    assert run("build", cwd=root, check=False).returncode == (2 if stops else 0)


def test_feeds_that_are_gone_while_their_entries_are_there_stop_a_build(tree: Tree) -> None:
    topics = "topics: [a, b, c, d, e, f, g]\n"
    root = tree({"content/news/0.md": article(more=topics), "content/news/1.md": article(url="https://news.example/1")})
    run("build", cwd=root)
    tree({"content/news/0.md": article()})
    done = run("build", cwd=root, check=False)
    assert (done.returncode, "7 of 8 feeds would be removed" in done.stderr) == (2, True)


def test_a_share_over_a_hundred_per_cent_is_refused(tree: Tree) -> None:
    done = run("build", cwd=tree(config=f"{CONFIG}protect: {{removals: {{share: 101}}}}\n"), check=False)
    assert done.returncode == 2
    assert "config.yaml:5: protect.removals.share: over 100 per cent: 101" in done.stderr


def test_an_id_that_changes_is_said(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    tree({"content/news/0.md": article("Story 0", url="https://news.example/0", more="id: urn:x:0\n")})
    assert run("build", cwd=root).stderr == (
        "content/news/0.md: id: the id was tag:feeds.example,2026:news/0 before; readers will show the entry as new\n"
    )


def test_what_is_wrong_is_said_again_only_if_it_is_news(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(), "content/news/b.md": article(date="soon")})
    assert "b.md:3" in run("build", cwd=root).stderr
    again = run("build", cwd=root)
    assert (again.stdout, again.stderr) == ("", "")
    tree({"content/news/c.md": article(date="later")})
    assert "c.md:3" in run("build", cwd=root).stderr


def test_it_is_no_news_that_nothing_is_wrong(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(), "content/news/b.md": article(date="soon")})
    run("build", cwd=root)
    (root / "content/news/b.md").unlink()
    mended = run("build", cwd=root)
    shutil.rmtree(root / ".feeds")
    anew = run("build", cwd=root)
    assert (mended.stdout, mended.stderr, anew.stdout, anew.stderr) == ("", "", "", "")


def test_a_dry_run_says_per_feed_what_would_change_and_writes_nothing(tree: Tree) -> None:
    root = tree(
        {
            f"content/news/{name}.md": article(name, url=f"https://news.example/{name}", more="topics: [AI]\n")
            for name in "abc"
        }
    )
    run("build", cwd=root)
    before = held(root / "public")
    (root / "content/news/a.md").unlink()
    tree(
        {
            "content/news/b.md": article("Edited", url="https://news.example/b", more="topics: [AI]\n"),
            "content/news/c.md": article("c", url="https://news.example/c", more="topics: [AI]\nid: urn:x:c\n"),
            "content/news/d.md": article("d", url="https://news.example/d"),
        }
    )
    done = run("build", "--dry-run", cwd=root)
    assert [line.rpartition(" (")[0] for line in done.stdout.splitlines()[1:]] == [
        "/feeds/all.xml: 1 added, 1 edited, 1 announced again, 2 removed",
        "/feeds/ai.xml: 1 edited, 1 announced again, 2 removed",
    ]
    assert held(root / "public") == before


def test_a_report_can_be_read_by_machines(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(more="topics: [AI]\n"), "content/news/b.md": article(date="soon")})
    value = json.loads(run("build", "--json", cwd=root).stdout)
    assert value["published"] == 1
    assert value["files"] == {"invalid": 1, "published": 1}
    assert "feeds/ai.xml" in value["documents"]["added"]
    assert value["feeds"][1]["added"] == ["tag:feeds.example,2026:news/a"]
    assert (value["problems"][0]["path"], value["problems"][0]["line"]) == ("content/news/b.md", 3)
    value = json.loads(run("build", "--json", cwd=root).stdout)
    assert (value["feeds"], value["documents"]["changed"]) == ([], [])
