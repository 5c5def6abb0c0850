"""The stored record of a build is read back completely, or ignored."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from feeds.errors import Suggestion, problem
from feeds.pipeline import up_to_date
from feeds.pipeline.report import Report, remembered_report, report_to_remember
from feeds.pipeline.up_to_date import BuildStamp
from feeds.system import files
from tests.support.factories import NOW

REPORT = Report(
    (
        problem(
            "content/\udcff.md",
            3,
            "colour",
            "entry.unknown_key",
            level="warning",
            suggestion=Suggestion("key", "color"),
            files=2,
        ),
    ),
    Counter(published=2, invalid=1),
    {"colour": [("content/a.md", 2), ("content/b.md", 4)]},
    5,
    20,
)
STAMP = BuildStamp(
    "inputs", "files", NOW, NOW + timedelta(seconds=5), ("content", "public"), report_to_remember(REPORT)
)


@pytest.mark.parametrize("stamp", [STAMP, STAMP._replace(next_due=None)])
def test_a_stamp_reads_back_equal(tmp_path: Path, stamp: BuildStamp) -> None:
    up_to_date.write(tmp_path, stamp)
    assert up_to_date.read(tmp_path) == stamp
    up_to_date.forget(tmp_path)
    assert up_to_date.read(tmp_path) is None


def test_a_report_is_stored_without_its_changes() -> None:
    report = remembered_report(STAMP.report)
    assert report
    assert (report.problems, report.counts, report.feed_count) == (REPORT.problems, REPORT.counts, 5)
    assert report.unknown == {"colour": [("content/a.md", 2)]}
    assert not report.should_report


def test_a_damaged_stamp_is_ignored(tmp_path: Path) -> None:
    up_to_date.write(tmp_path, STAMP)
    path = tmp_path / up_to_date.NAME
    data = path.read_bytes()
    for damaged in (b"", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, data[:-1], data.replace(b"since", b"sinse")):
        path.write_bytes(damaged)
        assert up_to_date.read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"problems": [1]}', STAMP.report.replace("level", "lever")])
def test_a_damaged_report_is_ignored(text: str) -> None:
    assert remembered_report(text) is None


def test_a_failed_write_leaves_the_old_bytes_and_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.json"
    files.write_atomic(path, b"old")

    def fail(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="No space"):
            files.write_atomic(path, b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]
    assert path.read_bytes() == b"old"
    files.write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
