"""The command `feeds stats` reads logs and prints the report."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.factories import article
from tests.support.processes import run
from tests.unit.stats.test_report import FEEDLY, NEWSBOAT

LOG = f"""\
192.0.2.1 - - [01/May/2026:00:00:00 +0000] "GET /feeds/all.xml HTTP/1.1" 200 1000 "-" "{FEEDLY.format(16)}"
192.0.2.2 - - [01/May/2026:00:00:01 +0000] "GET /feeds/ai.xml HTTP/1.1" 410 60 "-" "{NEWSBOAT}"
nonsense
"""


def test_stats_reads_logs_and_prints_only_the_report(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(LOG)
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(LOG.encode()))
    done = run("stats", "a.log", "b.log.gz", cwd=tmp_path)
    assert done.stderr == ""
    assert done.stdout.startswith("4 requests from 2026-05-01 00:00 to 2026-05-01 00:00 UTC: 4 for feeds.\n2 lines")
    assert re.search(r"^/feeds/all +16 +0 +2 +0 % +2.0 kB  Feedly 16$", done.stdout, re.MULTILINE)
    assert json.loads(run("stats", "--format", "json", "a.log", cwd=tmp_path).stdout)["requests"] == 2
    assert run("stats", "--format", "html", "a.log", cwd=tmp_path).stdout.startswith("<!DOCTYPE html>")


def test_stats_with_a_config_includes_all_feeds_of_the_edition(tree: Callable[..., Path]) -> None:
    root = tree({"content/news/a.md": article(more="topics: [Robots]\n"), "a.log": LOG})
    assert "nothing built yet" in run("stats", "--config", "config.yaml", "a.log", cwd=root).stderr
    run("build", cwd=root)
    done = run("stats", "--config", "config.yaml", "a.log", cwd=root)
    assert re.search(r"^/feeds/robots +0 +0 +0 ", done.stdout, re.MULTILINE)
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [["none.log"], ["a.log", "none.log"], ["--config", "none.yaml", "a.log"], []])
def test_an_unreadable_log_gives_one_line_and_exit_code_2(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "a.log").write_text(LOG)
    done = run("stats", *arguments, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    if arguments:
        assert re.fullmatch(r"feeds: \w+: none\.\w+: (?i:no such file).*\n", done.stderr)
