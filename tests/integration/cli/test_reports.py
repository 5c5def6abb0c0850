"""The output of a build: changes only, dry runs, JSON."""

import json
import shutil

from tests.support.factories import article
from tests.support.processes import run
from tests.support.trees import Tree, files_in, many


def test_a_changed_id_is_reported(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    tree({"content/news/0.md": article("Story 0", url="https://news.example/0", more="id: urn:x:0\n")})
    assert run("build", cwd=root).stderr == (
        "content/news/0.md: id: the id was tag:feeds.example,2026:news/0 before; readers will show the entry as new\n"
    )


def test_problems_are_reported_again_only_if_they_are_new(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(), "content/news/b.md": article(date="soon")})
    assert "b.md:3" in run("build", cwd=root).stderr
    again = run("build", cwd=root)
    assert (again.stdout, again.stderr) == ("", "")
    tree({"content/news/c.md": article(date="later")})
    assert "c.md:3" in run("build", cwd=root).stderr


def test_a_corrected_mistake_gives_no_output(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(), "content/news/b.md": article(date="soon")})
    run("build", cwd=root)
    (root / "content/news/b.md").unlink()
    mended = run("build", cwd=root)
    shutil.rmtree(root / ".feeds")
    anew = run("build", cwd=root)
    assert (mended.stdout, mended.stderr, anew.stdout, anew.stderr) == ("", "", "", "")


def test_a_dry_run_lists_the_changes_of_each_feed_and_writes_nothing(tree: Tree) -> None:
    root = tree(
        {
            f"content/news/{name}.md": article(name, url=f"https://news.example/{name}", more="topics: [AI]\n")
            for name in "abc"
        }
    )
    run("build", cwd=root)
    before = files_in(root / "public")
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
    assert files_in(root / "public") == before


def test_build_has_json_output(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(more="topics: [AI]\n"), "content/news/b.md": article(date="soon")})
    value = json.loads(run("build", "--json", cwd=root).stdout)
    assert value["published"] == 1
    assert value["files"] == {"invalid": 1, "published": 1}
    assert "feeds/ai.xml" in value["documents"]["added"]
    assert value["feeds"][1]["added"] == ["tag:feeds.example,2026:news/a"]
    assert (value["problems"][0]["path"], value["problems"][0]["line"]) == ("content/news/b.md", 3)
    value = json.loads(run("build", "--json", cwd=root).stdout)
    assert (value["feeds"], value["documents"]["changed"]) == ([], [])
