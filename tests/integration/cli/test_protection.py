"""Changes that would remove published entries, or announce them again, stop a build."""

import json
import shutil

import pytest

from tests.support.exhaustive import default_or_all
from tests.support.factories import article
from tests.support.processes import run
from tests.support.trees import CONFIG, Tree, files_in, many


def test_a_change_that_would_announce_old_entries_again_stops_the_build(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    before = files_in(root / "public")
    tree(config=CONFIG.replace("feeds.example,2026", "other.example,2026"))
    done = run("build", cwd=root, check=False)
    assert done.returncode == 2
    assert "ids: 8 entries would get another id, so readers would show them as new (undo the change" in done.stderr
    assert "news/0.md: tag:feeds.example,2026:news/0 -> tag:other.example,2026:news/0" in done.stderr
    assert files_in(root / "public") == before
    run("build", "--accept-new-ids", cwd=root)
    assert b"tag:other.example,2026:news/0" in (root / "public/feeds/all.xml").read_bytes()


def test_a_stopped_build_reports_the_problems_of_the_content(tree: Tree) -> None:
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


def test_an_empty_mount_does_not_remove_the_published_feeds(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    before = files_in(root / "public")
    for path in (root / "content/news").iterdir():
        path.unlink()
    done = run("build", cwd=root, check=False)
    assert done.returncode == 2
    assert (
        "removals: 8 of 8 entries would be removed (if that is intended, continue with --accept-removals)"
        in done.stderr
    )
    assert files_in(root / "public") == before
    run("build", "--accept-removals", cwd=root)
    assert b"<item>" not in (root / "public/feeds/all.xml").read_bytes()


def test_a_renamed_folder_keeps_the_ids_of_its_entries(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    before = (root / "public/feeds/all.xml").read_bytes()
    (root / "content/news").rename(root / "content/stories")
    done = run("build", cwd=root)
    assert done.stderr.count("the file was renamed") == 8
    assert (root / "public/feeds/all.xml").read_bytes() == before


def test_breaking_every_file_does_not_remove_the_published_feeds(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    tree(dict.fromkeys(many(8), "---\nx: [\n---\n"))
    done = run("build", cwd=root, check=False)
    assert done.returncode == 2
    assert "8 of 8 entries would be removed" in done.stderr


def test_another_content_tree_does_not_replace_the_published_feeds(tree: Tree) -> None:
    root = tree(many(8))
    run("build", cwd=root)
    others = {f"other/news/x{number}.md": article(url=f"https://other.example/{number}") for number in range(8)}
    tree(others)
    assert run("build", "--content", "other", cwd=root, check=False).returncode == 2


@pytest.mark.parametrize("count", default_or_all([1, 5], [1, 2, 5]))
def test_a_small_site_is_protected_too(tree: Tree, count: int) -> None:
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
def test_a_build_stops_if_all_or_more_than_count_and_share_would_be_removed(
    tree: Tree, count: int, removed: int, stops: bool
) -> None:
    # Each entry has its own feeds, which are removed with it.
    files = {
        name: text.replace("---\n", f"---\ntopics: [{', '.join(f'{at}x{each}' for each in range(7))}]\n", 1)
        for at, (name, text) in enumerate(many(count).items())
    }
    root = tree(files)
    run("build", cwd=root)
    before = files_in(root / "public")
    for number in range(removed):
        (root / f"content/news/{number}.md").unlink()
    done = run("build", cwd=root, check=False)
    assert done.returncode == (2 if stops else 0)
    assert (f"{removed} of {count} entries would be removed" in done.stderr) == stops
    assert (files_in(root / "public") == before) == stops
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
def test_the_count_and_the_share_are_configurable(tree: Tree, protect: str, stops: bool) -> None:
    root = tree(many(10), f"{CONFIG}protect: {protect}\n")
    run("build", cwd=root)
    for number in range(2):
        (root / f"content/news/{number}.md").unlink()
    assert run("build", cwd=root, check=False).returncode == (2 if stops else 0)


@pytest.mark.parametrize("share, stops", [(10, True), (20, False)])
def test_new_ids_have_their_own_count_and_share(tree: Tree, share: int, stops: bool) -> None:
    root = tree(many(10), f"{CONFIG}protect: {{new_ids: {{count: 1, share: {share}}}}}\n")
    run("build", cwd=root)
    for number in range(2):
        path = root / f"content/news/{number}.md"
        path.write_text(path.read_text().replace("---\n", f"---\nid: urn:x:{number}\n", 1))
    assert run("build", cwd=root, check=False).returncode == (2 if stops else 0)


def test_removed_feeds_with_published_entries_stop_a_build(tree: Tree) -> None:
    topics = "topics: [a, b, c, d, e, f, g]\n"
    root = tree({"content/news/0.md": article(more=topics), "content/news/1.md": article(url="https://news.example/1")})
    run("build", cwd=root)
    tree({"content/news/0.md": article()})
    done = run("build", cwd=root, check=False)
    assert (done.returncode, "7 of 8 feeds would be removed" in done.stderr) == (2, True)


def test_a_share_over_a_hundred_per_cent_is_refused(tree: Tree) -> None:
    done = run("build", cwd=tree(config=f"{CONFIG}protect: {{removals: {{share: 101}}}}\n"), check=False)
    assert done.returncode == 2
    assert "config.yaml:5: protect.removals.share: over the maximum of 100: 101" in done.stderr
