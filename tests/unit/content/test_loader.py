"""The tree is read whole, each file is accounted for, and nothing outside it is touched."""

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from feeds.content import listing, loader, scan
from feeds.content.loader import Loaded
from feeds.content.scan import collection_of
from feeds.errors import ContentError, Problem
from feeds.model import ContentFilter
from feeds.store.content_index import ContentIndex
from tests.support.factories import SITE, article
from tests.support.trees import CORPUS, DATA, needs_corpus
from tests.support.trees import load as load_folder

Tree = Callable[..., Path]


def load(root: Path, limits: ContentFilter = ContentFilter()) -> Loaded:
    return load_folder(root / "content", limits)


def test_every_file_is_accounted_for() -> None:
    loaded = load_folder(DATA / "site")
    assert loaded.counts == {"published": 9, "unpublished": 1, "plain": 1}
    assert [(each.path.rpartition("/")[2], each.params) for each in loaded.problems] == [
        ("a-whole-mail.html", (("elements", "1 script, 1 style, 1 title"),))
    ]
    assert {entry.collection for entry in loaded.content.entries} == {"news", "learning/videos", "newsletters"}
    assert [topic.slug for topic in loaded.content.topics] == ["plain", "child"]


@needs_corpus
def test_real_content_is_accounted_for() -> None:
    loaded = load_folder(CORPUS)
    assert loaded.counts == {"published": 193, "unpublished": 94, "undated": 21, "plain": 1}
    kinds = [entry.collection for entry in loaded.content.entries]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "news": 147,
        "learning/videos": 24,
        "samples": 16,
        "newsletters": 6,
    }
    undated = {problem.path for problem in loaded.problems if problem.key == "publishedDateTime"}
    assert len(undated) == 21


@pytest.mark.parametrize(
    ("folder", "name"),
    [("_learning/videos", "learning/videos"), ("news", "news"), ("", ""), ("__a/_b", "a/b"), ("_", "_")],
)
def test_a_collection_is_named_by_its_path(folder: str, name: str) -> None:
    assert collection_of(folder) == name


@pytest.mark.parametrize("folder", ["_data/topics", "assets", "api", ".git", "news/.drafts"])
def test_some_folders_are_no_collections(tree: Tree, folder: str) -> None:
    assert load(tree({f"content/{folder}/a.md": article()})).content.entries == ()


def test_only_some_suffixes_are_entries(tree: Tree) -> None:
    root = tree(
        {f"content/n/{name}": article() for name in ("a.md", "b.markdown", "c.html", "d.txt", "e.md.bak", ".f.md")}
    )
    assert {entry.source for entry in load(root).content.entries} == {"n/a.md", "n/b.markdown", "n/c.html"}


def test_collections_are_included_and_excluded_by_pattern(tree: Tree) -> None:
    root = tree({f"content/{name}/a.md": article() for name in ("news", "_learning/videos", "_learning/courses")})
    include = load(root, ContentFilter(include=("learning/*",))).content.entries
    exclude = load(root, ContentFilter(exclude=("learning/*",))).content.entries
    assert {entry.collection for entry in include} == {"learning/videos", "learning/courses"}
    assert {entry.collection for entry in exclude} == {"news"}


def test_a_link_out_of_the_tree_is_not_followed(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.md").write_text(article("Secret"))
    root = tree({"content/n/a.md": article()})
    (root / "content/n/file.md").symlink_to(outside / "secret.md")
    (root / "content/folder").symlink_to(outside)
    loaded = load(root)
    assert [entry.title for entry in loaded.content.entries] == ["A title"]
    assert [problem.code for problem in loaded.problems] == ["file.outside_link"] * 2


def test_a_link_in_a_circle_ends(tree: Tree) -> None:
    root = tree({"content/n/a.md": article()})
    (root / "content/n/again").symlink_to(root / "content")
    assert len(load(root).content.entries) == 1


def test_a_file_over_the_limit_is_not_read(tree: Tree) -> None:
    root = tree({"content/n/a.md": article(), "content/n/b.md": article()})
    with (root / "content/n/b.md").open("r+b") as file:
        file.truncate(50 * 1024 * 1024)
    loaded = load(root)
    assert len(loaded.content.entries) == 1
    assert [problem.code for problem in loaded.problems] == ["file.too_large"]


def test_a_file_that_cannot_be_read_costs_itself_only(tree: Tree) -> None:
    root = tree({"content/n/a.md": article()})
    (root / "content/n/b.md").symlink_to(root / "content/n/gone.md")
    loaded = load(root)
    assert len(loaded.content.entries) == 1
    assert [problem.code for problem in loaded.problems] == ["file.unreadable"]


def test_no_content_folder_is_an_operators_mistake(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no such folder"):
        load_folder(tmp_path / "nowhere")


def test_the_order_of_the_folder_makes_no_difference(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({f"content/{folder}/{name}.md": article() for folder in "zab" for name in "cab"})
    one = load(root)
    real = os.scandir

    def backwards(path: Path) -> AbstractContextManager[list[os.DirEntry[str]]]:
        return nullcontext(sorted(real(path), key=lambda item: item.name[::-1], reverse=True))

    monkeypatch.setattr(os, "scandir", backwards)
    assert load(root) == one


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_files_with_one_name_in_urls_the_composed_one_is_read_and_the_other_is_said(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, turned: bool
) -> None:
    root = tree({"content/n/\xe9.md": article("Composed"), "content/n/e\u0301.md": article("Decomposed")})
    real = os.scandir

    def ordered(path: Path) -> AbstractContextManager[list[os.DirEntry[str]]]:
        return nullcontext(sorted(real(path), key=lambda item: item.name, reverse=turned))

    monkeypatch.setattr(os, "scandir", ordered)
    loaded = load(root)
    assert [entry.title for entry in loaded.content.entries] == ["Composed"]
    (problem,) = loaded.problems
    assert problem.path.endswith("content/'n/e\\u0301.md'")
    assert problem.params == (("other", ascii("n/é.md")),)


def test_progress_ends_at_the_total(tree: Tree) -> None:
    seen: list[tuple[str, int, int]] = []
    files = scan.ContentTree(tree({"content/n/a.md": article()}) / "content")
    with ContentIndex(None) as index:
        loader.load(files, SITE, index, progress=lambda *told: seen.append(told))
    assert seen[-1] == ("Reading", 1, 1)


def test_a_name_that_is_not_utf8_is_said_and_a_decomposed_one_is_composed(tree: Tree) -> None:
    root = tree({"content/n/e\u0301.md": article()})
    (root / "content/n" / os.fsdecode(b"\xff.md")).write_text(article())
    loaded = load(root)
    assert [entry.id for entry in loaded.content.entries] == ["tag:feeds.example,2026:n/%C3%A9"]
    assert [problem.code for problem in loaded.problems] == ["file.name_not_utf8"]


@pytest.mark.parametrize("folder", ["assets", "_data", "_data/topics", "news"])
def test_a_folder_that_is_a_link_out_of_the_tree_is_not_followed(
    tree: Tree, tmp_path_factory: pytest.TempPathFactory, folder: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    for name in ("a.md", "a.yaml", "topics/a.yaml"):
        (outside / name).parent.mkdir(exist_ok=True)
        (outside / name).write_text("name: Secret\n")
    root = tree()
    (root / "content" / folder).parent.mkdir(parents=True, exist_ok=True)
    (root / "content" / folder).symlink_to(outside)
    loaded = load(root)
    assert (loaded.content.assets, loaded.content.topics, loaded.content.entries) == ((), (), ())
    assert {problem.code for problem in loaded.problems} == {"file.outside_link"}


def test_what_is_no_regular_file_is_passed_by(tree: Tree) -> None:
    root = tree({"content/n/a.md": article()})
    os.mkfifo(root / "content/n/pipe.md")
    (root / "content/n/loop.md").symlink_to("loop.md")
    loaded = load(root)
    assert len(loaded.content.entries) == 1
    assert [problem.code for problem in loaded.problems] == ["file.unreadable"]


@pytest.mark.parametrize("name", [b"\xff", b"a\\b", b"a\nb"])
def test_an_asset_whose_name_no_url_has_is_left_out_and_said(tree: Tree, name: bytes) -> None:
    root = tree({"content/assets/a.png": b"x"})
    (root / "content/assets" / os.fsdecode(name)).write_bytes(b"x")
    loaded = load(root)
    assert [asset.path for asset in loaded.content.assets] == ["assets/a.png"]
    (problem,) = loaded.problems
    assert "\n" not in str(problem)


def swap(path: Path, what: str, outside: Path) -> None:
    """Put something else where a file is."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    if what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to(outside)


@pytest.mark.parametrize("what", ["link", "pipe", "folder", "gone"])
@pytest.mark.parametrize("swapped", ["n/a.md", "n", "assets/a.txt", "_data/topics/ai.yaml", "_data"])
def test_a_file_that_is_swapped_after_it_was_found_is_not_read_elsewhere(tree: Tree, what: str, swapped: str) -> None:
    """Neither a link out of the tree is followed, nor is a pipe waited for."""
    root = tree(
        {
            "content/n/a.md": article("Inside"),
            "content/assets/a.txt": "inside",
            "content/_data/topics/ai.yaml": "name: AI",
            "outside/n/a.md": article("Outside"),
            "outside/assets/a.txt": "outside",
            "outside/_data/topics/ai.yaml": "name: Outside",
        }
    )
    found = scan.ContentTree(root / "content")
    assert len(found.files) == 3
    swap(root / "content" / swapped, what, root / "outside" / swapped)
    results = {file.name: found.read(file) for file in found.files}
    lost = [name for name in results if name == swapped or name.startswith(f"{swapped}/")]
    assert lost
    problems = {name: result for name, result in results.items() if isinstance(result, Problem)}
    assert list(problems) == lost
    assert all(problem.path.endswith(name) for name, problem in problems.items())
    assert all(map(scan.is_read_error, problems.values()))
    assert found.problems == ()


def test_a_link_to_a_file_of_the_tree_is_read(tree: Tree) -> None:
    root = tree({"content/n/a.md": article("A"), "content/deep/er/b.txt": "b"})
    (root / "content/assets").mkdir()
    (root / "content/assets/link.txt").symlink_to("../deep/er/b.txt")
    (root / "content/assets/again.txt").symlink_to(root / "content/assets/link.txt")
    (root / "other").symlink_to(root / "content")
    for folder in ("content", "other"):
        found = scan.ContentTree(root / folder)
        assert {file.name: found.read(file) for file in found.under("assets/")} == {
            "assets/again.txt": b"b",
            "assets/link.txt": b"b",
        }


def test_limits_count_for_a_folder_that_was_scanned_before_they_were_known(tree: Tree) -> None:
    root = tree({"content/n/a.md": article("A"), "content/m/b.md": article("B")}) / "content"
    scanned = listing.scan(root)
    assert list(scan.ContentTree(root, ContentFilter(), scanned).sources) == ["m/b.md", "n/a.md"]
    assert list(scan.ContentTree(root, ContentFilter(exclude=("m",)), scanned).sources) == ["n/a.md"]


def test_limits_cannot_be_changed_after_the_tree_was_made(tree: Tree) -> None:
    found: Any = scan.ContentTree(tree({"content/n/a.md": article("A")}) / "content")
    with pytest.raises(AttributeError):
        found.limits = ContentFilter(exclude=("*",))


def test_what_is_wrong_with_a_file_is_not_in_the_hash_of_the_scan(tree: Tree) -> None:
    root = tree({"content/n/a.md": article("A")}) / "content"
    found = scan.ContentTree(root, ContentFilter(max_file_bytes=1))
    result = found.read(found.files[0])
    assert isinstance(result, Problem)
    assert result.code == "file.too_large"
    assert found.problems == ()
    assert found.scanned.hash == listing.scan(root).hash


def test_files_in_many_folders_are_read_with_few_of_them_open(tree: Tree) -> None:
    root = tree({f"content/n{number % 200}/{number}.md": str(number) for number in range(400)})
    found = scan.ContentTree(root / "content")
    before = len(list(Path("/dev/fd").iterdir()))
    assert all(found.read(file) == file.name.split("/")[1][:-3].encode() for file in found.files)
    assert len(list(Path("/dev/fd").iterdir())) - before <= 64
    del found
    assert len(list(Path("/dev/fd").iterdir())) <= before


@pytest.mark.parametrize(
    ("names", "left_out", "other"),
    [
        (["a.css", "a.css.gz"], "a.css.gz", "a.css"),
        (["a.css", "A.CSS.BR"], "A.CSS.BR", "a.css"),
        (["b.zst.gz", "b.zst"], "b.zst.gz", "b.zst"),
        (["Logo.png", "logo.png"], "logo.png", "Logo.png"),
        (["STRASSE.png", "straße.png"], "straße.png", "STRASSE.png"),
    ],
)
def test_an_asset_whose_path_another_one_has_elsewhere_is_left_out_by_name(
    tree: Tree, names: list[str], left_out: str, other: str
) -> None:
    root = tree({f"content/assets/{name}": name for name in names})
    loaded = load(root)
    assert [asset.path for asset in loaded.content.assets] == [f"assets/{other}"]
    (problem,) = loaded.problems
    assert problem.path.endswith(f"assets/{left_out}")
    assert f"assets/{other}" in problem.message


def test_an_archive_that_is_no_copy_of_another_asset_is_published(tree: Tree) -> None:
    root = tree({f"content/assets/{name}": name for name in ("a.tar.gz", "b.br", "c.zst")})
    assert len(load(root).content.assets) == 3
