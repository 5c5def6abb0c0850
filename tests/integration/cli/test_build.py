"""`feeds build` and `feeds list`, as a person runs them."""

import re
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest

from feeds.system.locks import exclusive_lock
from tests.support.factories import article
from tests.support.processes import run
from tests.support.trees import CONFIG, CORPUS, PROJECT, Tree, config_of, files_in, needs_corpus


def test_build_writes_the_feeds_and_reports_the_changes(tree: Tree) -> None:
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
    # There is no output for cron if nothing changed.
    assert run("build", cwd=root).stdout == ""


def test_all_mistakes_of_a_writer_are_reported_and_cost_only_their_entries(tree: Tree) -> None:
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
    before = files_in(root / "public")
    tree({"content/news/b.md": article()}, config)
    done = run("build", *arguments, cwd=root, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert files_in(root / "public") == before


def test_check_reports_every_warning_and_fails_only_with_strict(tree: Tree) -> None:
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


def test_check_reports_no_problem_in_valid_content(tree: Tree) -> None:
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


def test_the_sample_content_has_no_problem(tmp_path: Path) -> None:
    config = config_of(PROJECT, tmp_path)
    done = run("check", "--strict", "--config", config, "--output", tmp_path / "out", cwd=PROJECT)
    *notes, counts = done.stdout.splitlines()
    assert int(counts.split()[0]) >= 60
    assert all("left out of models" in note for note in notes)
    assert counts.endswith(f"0 problems, {len(notes)} notes")
    run("build", "--config", config, "--output", tmp_path / "out", cwd=PROJECT)
    feed = feedparser.parse((tmp_path / "out/feeds/ai.xml").read_bytes())
    assert not feed.bozo
    assert len(feed.entries) >= 50
    # The README shows one of its files and the item for it.
    readme = (PROJECT / "README.md").read_text("utf-8")
    name = re.search(r"`(content/news/[^`]+)`", readme)
    assert name
    assert (PROJECT / name[1]).read_text("utf-8").strip() in readme
    item = readme[readme.index("<item>") : readme.index("</item>")]
    assert item in (tmp_path / "out/feeds/research.xml").read_text("utf-8")


@needs_corpus
def test_real_content_is_reproducible_and_reads_back_in_every_format(tmp_path: Path) -> None:
    config = config_of(PROJECT, tmp_path)
    for name in ("one", "two"):
        done = run("build", "--config", config, "--content", CORPUS, "--output", tmp_path / name, cwd=PROJECT)
    assert done.stdout.startswith("193 entries of 309 files (94 unpublished, 21 undated, 1 without front matter)")
    (undated,) = (line for line in done.stderr.splitlines() if "publishedDateTime: missing" in line)
    assert ", in 21 files" in undated
    one, two = files_in(tmp_path / "one"), files_in(tmp_path / "two")
    assert one == two
    assert "feeds/power-apps.xml" in one
    bad = re.compile(rb"secured: |<script|&lt;script|<iframe|&lt;iframe|javascript:")
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


def test_a_typo_in_a_rule_is_reported_with_its_line(tree: Tree) -> None:
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


def test_a_second_build_reports_the_running_one_and_exits(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    with exclusive_lock(root / ".feeds"):
        done = run("build", cwd=root, check=False)
        assert (done.returncode, done.stderr) == (3, "feeds: lock: .feeds/lock: another build is running\n")
        assert run("build", "--skip-if-running", cwd=root).stdout == ""
        assert not (root / "public").exists()
    run("build", cwd=root)


def test_the_lock_is_released_when_its_process_dies(tree: Tree) -> None:
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
        # Like the workers of a build, its forked child continues until its input ends.
        holder.kill()
        holder.wait()
        run("build", cwd=root)
