"""The content index: files that are parsed again, and recovery from damage."""

import os
import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feeds import model
from feeds.config.reader import read_config
from feeds.content import frontmatter, loader, scan
from feeds.content.loader import Loaded
from feeds.model import ContentFilter, Entry
from feeds.pipeline import build
from feeds.pipeline.fingerprints import parse_key
from feeds.store import content_index
from feeds.store.content_index import ContentIndex
from tests.support.factories import NOW, SITE, article
from tests.support.trees import CONFIG, FILES, LONG_AGO, Tree, aged


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the paths of the files that are parsed from now on."""
    paths: list[str] = []
    real = frontmatter.parse

    def parse(data: bytes, source: model.SourceFile, site: model.Site) -> frontmatter.Parsed:
        paths.append(source.path)
        return real(data, source, site)

    monkeypatch.setattr(frontmatter, "parse", parse)
    return paths


def load(root: Path, site: model.Site = SITE) -> tuple[Loaded, list[str]]:
    told: list[str] = []
    with ContentIndex(root / ".feeds", parse_key(site), told.append) as known:
        return loader.load(scan.ContentTree(root / "content"), site, known), told


def test_an_unchanged_file_is_not_parsed_again(tree: Tree, parsed: list[str]) -> None:
    root = aged(tree(FILES))
    first, _ = load(root)
    assert sorted(parsed) == ["n/a.md", "n/b.md", "n/c.md"]
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


def test_problems_are_reported_by_each_build(tree: Tree, parsed: list[str]) -> None:
    root = aged(tree(FILES | {"content/n/d.md": article(date="soon")}))
    first, _ = load(root)
    parsed.clear()
    assert load(root)[0] == first
    assert parsed == ["n/d.md"]


def test_problems_are_in_file_order_with_and_without_the_index(tree: Tree) -> None:
    root = aged(tree({f"content/n/{name}.md": article(name) for name in "abcdefgh"}))
    load(root)
    for path in (root / "content/n").iterdir():
        os.utime(path, (LONG_AGO + 60, LONG_AGO + 60))
    small = scan.ContentTree(root / "content", ContentFilter(max_file_bytes=10))
    with ContentIndex(root / ".feeds", parse_key(SITE)) as known:
        said = [problem.path for problem in loader.load(small, SITE, known).problems]
    assert said == [f"{small.name}/n/{name}.md" for name in "abcdefgh"]


def test_a_removed_file_is_forgotten(tree: Tree) -> None:
    root = aged(tree(FILES))
    load(root)
    (root / "content/n/a.md").unlink()
    load(root)
    with sqlite3.connect(root / ".feeds/index.sqlite") as database:
        assert [path for (path,) in database.execute("select path from entries order by path")] == ["n/b.md", "n/c.md"]
        assert b"n/a.md" not in b"".join(rows for (rows,) in database.execute("select rows from heads"))
    database.close()


def test_another_tag_discards_the_parsed_entries(tree: Tree) -> None:
    root = aged(tree(FILES))
    load(root)
    other, _ = load(root, replace(SITE, tag="other.example,2026"))
    assert {entry.id.partition(":n/")[0] for entry in other.content.entries} == {"tag:other.example,2026"}
    assert load(root, replace(SITE, tag="other.example,2026"))[0] == other


@pytest.mark.parametrize("broken", [b"no database", b"", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_broken_index_is_reported_and_rebuilt(tree: Tree, parsed: list[str], broken: bytes) -> None:
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


def test_a_file_with_a_warning_is_parsed_once_in_each_build(tree: Tree, parsed: list[str]) -> None:
    root = aged(tree({"content/n/odd.md": article(more="length: long\n")}))
    config = read_config(root / "config.yaml")
    for moment in (NOW, NOW + timedelta(days=1)):
        parsed.clear()
        shutil.rmtree(root / "public", ignore_errors=True)
        report = build.build(config, moment)
        assert (parsed, len(report.problems)) == (["n/odd.md"], 1)


@pytest.mark.parametrize("table, column", [("heads", "rows"), ("entries", "packed")])
def test_a_changed_bit_in_the_index_is_reported(tree: Tree, table: str, column: str) -> None:
    root = aged(tree(FILES))

    def entries() -> tuple[list[Entry], list[str]]:
        told: list[str] = []
        with ContentIndex(root / ".feeds", parse_key(SITE), told.append) as known:
            files = scan.ContentTree(root / "content")
            loaded = loader.load(files, SITE, known)
            repository = loader.IndexedEntries(known, files, SITE)
            return [repository.load_entry(head) for head in loaded.content.entries], told

    first, told = entries()
    assert told == []
    with sqlite3.connect(root / ".feeds/index.sqlite") as database:
        for row, value in database.execute(f"select rowid, {column} from {table}").fetchall():
            middle = len(value) // 2
            changed = value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
            database.execute(f"update {table} set {column} = ? where rowid = ?", (changed, row))
    database.close()
    again, told = entries()
    assert again == first
    assert "damaged" in told[0]
    assert entries() == (first, [])


@pytest.mark.parametrize("table", ["entries", "meta", "heads"])
def test_a_damaged_page_of_the_index_is_reported_and_the_build_continues(tree: Tree, table: str) -> None:
    files = {
        f"content/n/{number}.md": article(f"Entry {number}", url=f"https://n.example/{number}") for number in range(60)
    }
    root = aged(tree(files))
    config = read_config(root / "config.yaml")
    build.build(config, NOW)
    place = root / ".feeds/index.sqlite"
    with sqlite3.connect(place) as database:
        size = database.execute("pragma page_size").fetchone()[0]
        found = database.execute("select rootpage from sqlite_master where tbl_name = ?", (table,))
        pages = [page for (page,) in found]
    database.close()
    data = bytearray(place.read_bytes())
    for page in pages:
        data[(page - 1) * size : page * size] = b"\xff" * size
    place.write_bytes(data)
    tree({"content/n/0.md": article("Edited", url="https://n.example/0"), "config.yaml": CONFIG + "window: 40\n"})
    report = build.build(read_config(root / "config.yaml"), NOW)
    assert any("index.sqlite" in note for note in report.index_warnings)
    assert b"Edited" in (root / "public/feeds/all.xml").read_bytes()
    assert not build.build(read_config(root / "config.yaml"), NOW).index_warnings


def test_a_locked_index_is_reported_and_nothing_is_lost(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = aged(tree(FILES))
    first, _ = load(root)
    tree({"content/n/a.md": article("A")})
    monkeypatch.setattr(content_index, "_PATIENCE", 0.01)
    other = sqlite3.connect(root / ".feeds/index.sqlite", isolation_level=None)
    other.execute("begin exclusive")
    again, told = load(root)
    other.execute("rollback")
    other.close()
    assert [entry.title for entry in again.content.entries] == ["A", "b", "c"]
    assert "locked" in told[0]
    assert len(load(root)[0].content.entries) == len(first.content.entries)
