"""An asset that did not change is not read, and of those that did few are in memory at a time."""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Self

import pytest

from feeds.config.reader import read_config
from feeds.content.scan import ContentTree, File
from feeds.errors import ContentError, Problem
from feeds.pipeline import build as pipeline_build
from feeds.pipeline import export, fingerprints
from feeds.pipeline.export import Export
from feeds.pipeline.report import Report
from feeds.pipeline.safety import SafetyOverrides
from feeds.store.content_index import ContentIndex, _sealed
from tests.support.factories import NOW, article
from tests.support.trees import CONFIG

Files = Callable[..., Path]
LONG_AGO = 1_700_000_000


@pytest.fixture
def root(tree: Files) -> Path:
    """Return a site with two assets, all of it certainly past."""
    made = tree({"content/n/a.md": article("One"), "content/assets/a.txt": b"a" * 600, "content/assets/b.png": b"b"})
    for path in (made / "content").rglob("*.*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return made


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how often each file is read from now on."""
    counts: Counter[str] = Counter()
    real = ContentTree.read

    def counted(self: ContentTree, file: File) -> bytes | None:
        counts[file.name] += 1
        return real(self, file)

    monkeypatch.setattr(ContentTree, "read", counted)
    return counts


def build(root: Path) -> Report:
    return pipeline_build.build(read_config(root / "config.yaml"), NOW, SafetyOverrides(removals=True))


def edit_entry(root: Path, title: str) -> None:
    (root / "content/n/a.md").write_text(article(title))


@pytest.mark.parametrize("changed", ["entry", "program", "site"])
def test_an_asset_that_did_not_change_is_not_read(
    root: Path, read: Counter[str], changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(root)
    read.clear()
    if changed == "program":
        monkeypatch.setattr(fingerprints, "PARSER_VERSION", 0)
    elif changed == "site":
        (root / "config.yaml").write_text(CONFIG.replace("tag: feeds", "tag: other"))
    edit_entry(root, "Two")
    report = pipeline_build.build(read_config(root / "config.yaml"), NOW, SafetyOverrides(new_ids=True, removals=True))
    assert report.changes
    assert read == {"n/a.md": 1}


def test_a_preview_reads_no_asset_that_did_not_change(root: Path, read: Counter[str]) -> None:
    build(root)
    read.clear()
    edit_entry(root, "Two")
    assert pipeline_build.check(read_config(root / "config.yaml"), NOW).changes
    assert read == {"n/a.md": 1}


def test_a_touched_asset_is_read_once_and_not_written(root: Path, read: Counter[str]) -> None:
    build(root)
    os.utime(root / "content/assets/a.txt", (LONG_AGO + 60, LONG_AGO + 60))
    for times in (1, 0):
        read.clear()
        edit_entry(root, f"Edited, {times}")
        assert "assets/a.txt" not in [each.path for each in build(root).changes.changed]
        assert read == Counter({"n/a.md": 1, "assets/a.txt": times})


def test_an_asset_that_was_just_written_is_read_again(root: Path) -> None:
    path = root / "content/assets/a.txt"
    os.utime(path)
    build(root)
    before = path.stat()
    path.write_bytes(b"c" * 600)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    build(root)
    assert (root / "public/assets/a.txt").read_bytes() == b"c" * 600


def test_what_was_damaged_is_made_whole_again_and_nothing_else_is_read(root: Path, read: Counter[str]) -> None:
    build(root)
    read.clear()
    (root / "public/assets/a.txt").unlink()
    build(root)
    assert (root / "public/assets/a.txt").read_bytes() == b"a" * 600
    assert read == {"assets/a.txt": 1}


def test_an_asset_that_grew_too_large_for_the_limit_is_said_although_it_is_known(root: Path) -> None:
    build(root)
    (root / "content/assets/b.png").write_bytes(b"b" * 1500)
    build(root)
    (root / "config.yaml").write_text(CONFIG + "max_file_kb: 1\n")
    report = build(root)
    assert (report.problems[0].code, report.problems[0].path.endswith("assets/b.png")) == ("file.too_large", True)
    assert report.changes.removed == ("assets/b.png",)


def test_a_removed_asset_is_forgotten(root: Path) -> None:
    build(root)
    (root / "content/assets/a.txt").unlink()
    assert build(root).changes.removed == ("assets/a.txt",)
    with ContentIndex(root / ".feeds", keep=False) as known:
        assert b"a.txt" not in (known.get_meta("assets") or b"")


@pytest.mark.parametrize(
    "value", [b"\x80", b"", b"other", _sealed("assets", b"\x80"), _sealed("assets", b"{u\x01\x00\x00\x00aN0")]
)
def test_what_is_broken_in_the_index_is_said_and_read_again(root: Path, read: Counter[str], value: bytes) -> None:
    build(root)
    with sqlite3.connect(root / ".feeds/index.sqlite") as database:
        database.execute("update meta set value = ? where key = 'assets'", (value,))
    database.close()
    for times in (1, 0):
        read.clear()
        edit_entry(root, f"Edited, {times}")
        report = build(root)
        assert bool(report.index_warnings) == (value != b"" and times == 1)
        assert read == Counter({"n/a.md": 1, "assets/a.txt": times, "assets/b.png": times})


def test_an_asset_that_changes_while_it_is_read_stops_the_build(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ContentTree.read

    def growing(self: ContentTree, file: File) -> bytes | None:
        with (root / "content/assets/a.txt").open("ab") as opened:
            opened.write(b"more")
        return real(self, file)

    monkeypatch.setattr(ContentTree, "read", growing)
    with pytest.raises(ContentError, match=r"assets/a\.txt: ") as caught:
        build(root)
    assert caught.value.code == "file.changed"
    assert not (root / "public/manifest.json").exists()
    monkeypatch.undo()
    build(root)
    assert (root / "public/assets/a.txt").read_bytes() == (root / "content/assets/a.txt").read_bytes()


def test_an_asset_that_is_gone_when_it_is_to_be_written_is_said_and_stays_as_it_was(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ContentTree.read
    build(root)
    for name in ("a.txt", "b.png"):
        (root / "content/assets" / name).write_bytes(b"new")
    reads: list[str] = []

    def vanishing(self: ContentTree, file: File) -> bytes | Problem:
        reads.append(file.name)
        data = real(self, file)
        if reads == ["assets/a.txt"]:
            (root / "content/assets/a.txt").unlink()
        return data

    monkeypatch.setattr(ContentTree, "read", vanishing)
    report = build(root)
    assert [problem.code for problem in report.problems] == ["file.unreadable"]
    assert report.problems[0].path.endswith("content/assets/a.txt")
    assert [each.path for each in report.changes.changed] == ["assets/b.png"]
    assert (root / "public/assets/b.png").read_bytes() == b"new"
    # It was a mistake of the moment then, and is a decision now.
    assert build(root).changes.removed == ("assets/a.txt",)


def test_an_asset_that_cannot_be_read_stays_as_it_was(root: Path) -> None:
    build(root)
    (root / "content/assets/a.txt").unlink()
    (root / "content/assets/a.txt").symlink_to("a.txt")
    report = build(root)
    assert [problem.path.rpartition("/")[2] for problem in report.problems] == ["a.txt"]
    assert not report.changes
    (root / "content/assets/a.txt").unlink()
    assert build(root).changes.removed == ("assets/a.txt",)


def test_an_index_that_is_wrong_stops_no_build(root: Path) -> None:
    build(root)
    path = root / "content/assets/a.txt"
    path.write_bytes(b"c" * 600)
    os.utime(path, (LONG_AGO, LONG_AGO))
    (root / "public/assets/a.txt").unlink()
    build(root)
    assert (root / "public/assets/a.txt").read_bytes() == b"c" * 600
    (root / "public/assets/b.png").unlink()
    assert not build(root).changes


class Counted(bytes):
    """Bytes that know how many of them there are."""

    alive = most = 0

    def __new__(cls, data: bytes) -> Self:
        cls.alive += 1
        cls.most = max(cls.most, cls.alive)
        return super().__new__(cls, data)

    def __del__(self) -> None:
        Counted.alive -= 1


def test_of_many_assets_few_are_in_memory_at_a_time(tree: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({f"content/assets/{number}.bin": b"x" * 1000 for number in range(150)})
    real_read, real_write, real_wait = ContentTree.read, export._write, Export._wait
    waited_for = Event()

    def counted(self: ContentTree, file: File) -> bytes | None:
        data = real_read(self, file)
        return None if data is None else Counted(data)

    def late(place: str, suffix: str, body: bytes) -> None:
        # Nothing is written before a reader waits for it: the slowest disk there is.
        assert waited_for.wait(10)
        real_write(place, suffix, body)

    def wait(self: Export) -> None:
        waited_for.set()
        real_wait(self)
        waited_for.clear()

    monkeypatch.setattr(ContentTree, "read", counted)
    monkeypatch.setattr(export, "_write", late)
    monkeypatch.setattr(Export, "_wait", wait)
    monkeypatch.setattr(export, "_AHEAD_BYTES", 5000)
    build(root)
    # Those that wait, the one that is read, and those that the writers are about to let go.
    assert 1 <= Counted.most < 15
    for path in (root / "content/assets").iterdir():
        os.utime(path, (LONG_AGO, LONG_AGO))
    Counted.most = 0
    build(root)
    assert 1 <= Counted.most <= 2
    assert len(list((root / "public/assets").iterdir())) == 150
