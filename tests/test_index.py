"""With the index a build comes to the same as without it, and reads only what changed."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds import frontmatter, index, loader, publisher
from feeds.config import read_config
from feeds.index import Index, key_of
from feeds.loader import Loaded
from feeds.publisher import Accepted
from tests.conftest import CONFIG, NOW, SITE, article

Tree = Callable[..., Path]
LONG_AGO = 1_700_000_000


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the paths of the files that are parsed from now on."""
    paths: list[str] = []
    real = frontmatter.parse

    def parse(data: bytes, source: frontmatter.Source, site: frontmatter.Site) -> frontmatter.Parsed:
        paths.append(source.path)
        return real(data, source, site)

    monkeypatch.setattr(frontmatter, "parse", parse)
    return paths


def load(root: Path, site: frontmatter.Site = SITE) -> tuple[Loaded, list[str]]:
    told: list[str] = []
    with Index(root / ".feeds", key_of(site), told.append) as known:
        return loader.load(loader.Tree(root / "content"), site, known), told


def aged(root: Path) -> Path:
    """Give every file a date that is certainly past."""
    for path in (root / "content").rglob("*.md"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return root


FILES = {f"content/n/{name}.md": article(name) for name in "abc"}


def test_an_unchanged_file_is_not_parsed_again(tree: Tree, parsed: list[str]) -> None:
    root = aged(tree(FILES))
    first, _ = load(root)
    assert parsed == ["n/a.md", "n/b.md", "n/c.md"]
    parsed.clear()
    assert load(root)[0] == first
    assert parsed == []


def test_a_changed_file_is_parsed_and_the_others_are_not(tree: Tree, parsed: list[str]) -> None:
    root = aged(tree(FILES))
    load(root)
    parsed.clear()
    tree({"content/n/b.md": article("B")})
    assert [entry.title for entry in load(root)[0].content.entries] == ["a", "B", "c"]
    assert parsed == ["n/b.md"]


def test_a_touched_file_costs_a_hash_and_not_a_parse(tree: Tree, parsed: list[str]) -> None:
    root = aged(tree(FILES))
    load(root)
    parsed.clear()
    for path in (root / "content/n").iterdir():
        os.utime(path, (LONG_AGO + 60, LONG_AGO + 60))
    load(root)
    assert parsed == []


def test_a_file_of_the_same_size_and_date_that_was_just_written_is_read_again(tree: Tree) -> None:
    root = tree(FILES)
    load(root)
    path = root / "content/n/a.md"
    before = path.stat()
    path.write_text(article("X"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert load(root)[0].content.entries[0].title == "X"


def test_what_is_wrong_is_said_each_time(tree: Tree, parsed: list[str]) -> None:
    root = aged(tree(FILES | {"content/n/d.md": article(date="soon")}))
    first, _ = load(root)
    parsed.clear()
    assert load(root)[0] == first
    assert parsed == ["n/d.md"]


def test_a_removed_file_is_forgotten(tree: Tree) -> None:
    root = aged(tree(FILES))
    load(root)
    (root / "content/n/a.md").unlink()
    load(root)
    with sqlite3.connect(root / ".feeds/index.sqlite") as database:
        assert [path for (path,) in database.execute("select path from entries order by path")] == ["n/b.md", "n/c.md"]
        assert b"n/a.md" not in b"".join(rows for (rows,) in database.execute("select rows from heads"))
    database.close()


def test_another_tag_discards_what_was_parsed(tree: Tree) -> None:
    root = aged(tree(FILES))
    load(root)
    other, _ = load(root, replace(SITE, tag="other.example,2026"))
    assert {entry.id.partition(":n/")[0] for entry in other.content.entries} == {"tag:other.example,2026"}
    assert load(root, replace(SITE, tag="other.example,2026"))[0] == other


@pytest.mark.parametrize("broken", [b"no database", b"", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_broken_index_is_said_and_made_anew(tree: Tree, parsed: list[str], broken: bytes) -> None:
    root = aged(tree(FILES))
    first, _ = load(root)
    (root / ".feeds/index.sqlite").write_bytes(broken)
    again, told = load(root)
    assert again == first
    assert bool(told) == bool(broken)
    parsed.clear()
    assert load(root) == (first, [])
    assert parsed == []


def test_a_broken_row_is_parsed_again(tree: Tree) -> None:
    root = aged(tree(FILES))
    first, _ = load(root)
    with sqlite3.connect(root / ".feeds/index.sqlite") as database:
        database.execute("update heads set rows = x'80'")
    database.close()
    assert load(root)[0] == first


def test_a_locked_index_is_said_and_nothing_is_lost(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = aged(tree(FILES))
    first, _ = load(root)
    tree({"content/n/a.md": article("A")})
    monkeypatch.setattr(index, "_PATIENCE", 0.01)
    other = sqlite3.connect(root / ".feeds/index.sqlite", isolation_level=None)
    other.execute("begin exclusive")
    again, told = load(root)
    other.execute("rollback")
    other.close()
    assert [entry.title for entry in again.content.entries] == ["A", "b", "c"]
    assert "locked" in told[0]
    assert len(load(root)[0].content.entries) == len(first.content.entries)


names = st.sampled_from(["a", "b", "c"])
edits = st.lists(
    st.tuples(st.just("write"), names, st.sampled_from(["One", "Two", "Six"]), st.booleans())
    | st.tuples(st.just("remove"), names)
    | st.tuples(st.just("rename"), names, names)
    | st.tuples(st.just("touch"), names)
    | st.tuples(st.just("config"), st.sampled_from(["", "window: 2\n", "feeds:\n  all: {archive: true}\n"]))
    | st.tuples(st.just("build")),
    max_size=12,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits)
def test_a_build_with_the_index_equals_one_without_after_any_edits(
    tmp_path: Path, steps: list[tuple[str, ...]]
) -> None:
    for name in ("content", "public", "clean", ".feeds"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    folder = tmp_path / "content/n"
    folder.mkdir(parents=True)
    (tmp_path / "config.yaml").write_text(CONFIG)
    for kind, *values in [*steps, ("build",)]:
        path = folder / f"{values[0]}.md" if values else folder
        if kind == "write":
            path.write_text(
                article(values[1], url=f"https://news.example/{values[0]}", more="topics: [AI]\n" if values[2] else "")
            )
        elif kind == "remove":
            path.unlink(missing_ok=True)
        elif kind == "rename" and path.exists():
            path.rename(folder / f"{values[1]}.md")
        elif kind == "touch" and path.exists():
            os.utime(path, (LONG_AGO, LONG_AGO))
        elif kind == "config":
            (tmp_path / "config.yaml").write_text(CONFIG + values[0])
        elif kind == "build":
            config = read_config(tmp_path / "config.yaml")
            # A clean build has the same edition before it, and no index.
            shutil.rmtree(tmp_path / "clean", ignore_errors=True)
            if (tmp_path / "public").exists():
                shutil.copytree(tmp_path / "public", tmp_path / "clean")
            clean = replace(config, output=tmp_path / "clean", state=tmp_path / "clean-state")
            shutil.rmtree(clean.state, ignore_errors=True)
            for each in (config, clean):
                publisher.build(each, NOW, Accepted(new_ids=True, removals=True))
            assert held(tmp_path / "public") == held(tmp_path / "clean")


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
