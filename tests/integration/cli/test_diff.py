"""`feeds diff`."""

import subprocess
from pathlib import Path

import pytest

from tests.support.factories import article
from tests.support.processes import run
from tests.support.sites import Tree
from tests.support.trees import CONFIG, files_in


def test_diff_lists_the_changes_of_each_feed(tree: Tree) -> None:
    root = tree({f"content/news/{name}.md": article(name, url=f"https://news.example/{name}") for name in "abc"})
    run("build", cwd=root)
    before = files_in(root)
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
    assert {path: body for path, body in files_in(root).items() if path.startswith("public/")} == {
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


def test_options_for_content_and_output_override_the_config(
    tree: Tree, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # With the config alone, the output folder would be in the content folder.
    root = tree({"content/config.yaml": CONFIG + "content: .\nstate: ../.feeds\n", "content/news/a.md": article()})
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "First")
    for command in (["build"], ["diff", "HEAD"]):
        assert run(*command, "--output", "../public", cwd=root / "content").returncode == 0
    assert (root / "public/feeds/all.xml").exists()
    assert run("build", "--content", "news", cwd=root / "content").returncode == 0


def test_diff_outside_of_git_is_reported(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tree({"content/news/a.md": article()})
    ceiling = str(root.parent)
    done = run("diff", "HEAD", cwd=root, check=False, GIT_CEILING_DIRECTORIES=ceiling)
    assert (done.returncode, "not a git repository" in done.stderr) == (2, True)
