"""The site of quirks: its documents are the reviewed ones in every process."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import run
from tests.support.trees import DATA, config_of

CASES = DATA / "cases"


@pytest.fixture(scope="session")
def quirks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("quirks")
    config = config_of(DATA / "site", tmp_path_factory.mktemp("config"))
    run("build", "--config", config, "--output", output, cwd=output)
    return output


@pytest.mark.parametrize(
    "name",
    [
        "feeds/plain.xml",
        "feeds/plain.atom",
        "feeds/plain.json",
        "feeds/plain.html",
        "feeds/good.xml",
        "feeds.opml",
        "index.html",
        "manifest.json",
    ],
)
def test_the_site_of_quirks_renders_to_the_reviewed_documents(quirks: Path, name: str) -> None:
    """The expected documents are in tests/data/cases; FEEDS_REVIEW=1 writes them again, for review."""
    # The input hash of a feed depends on our classes, and may change with them.
    made = re.sub(rb'"fingerprint": "\w+"', b'"fingerprint": "-"', (quirks / name).read_bytes())
    case = CASES / name.replace("/", "-")
    if os.environ.get("FEEDS_REVIEW"):
        case.write_bytes(made)
    assert made.decode() == case.read_text("utf-8")


def test_no_draft_secret_or_future_entry_is_in_the_output(quirks: Path) -> None:
    everything = b"".join(path.read_bytes() for path in quirks.rglob("*") if path.is_file())
    everything = everything.replace(b'<script src="/site.js" defer></script>', b"")
    for word in (
        b"NEVER-SHOWN",
        b"held-back",
        b"Held back",
        b"Still to come",
        b"Secret",
        b"<script",
        b"<iframe",
        b"javascript:",
    ):
        assert word not in everything


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati"},
        {"TZ": "America/Los_Angeles", "LC_ALL": "C"},
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
    ],
    ids=str,
)
def test_hash_seed_time_zone_and_locale_make_no_difference(
    quirks: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    run(
        "build", "--config", config_of(DATA / "site", tmp_path), "--output", tmp_path / "o", cwd=tmp_path, **environment
    )
    assert subprocess.run(["diff", "-r", str(quirks), str(tmp_path / "o")], check=False).returncode == 0


def test_python_m_feeds_runs_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "feeds", "--version"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.startswith("feeds, version")
