"""A build that is killed at any point leaves a whole edition, and the next one recovers."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import feedparser
import pytest

from feeds.edition.manifest import from_manifest
from feeds.edition.model import strong_etag
from tests.support.exhaustive import EXHAUSTIVE
from tests.support.factories import article
from tests.support.processes import run
from tests.support.trees import PROJECT

Tree = Callable[..., Path]


def files(version: str) -> dict[str, str]:
    return {
        f"content/news/{number}.md": article(
            f"{version} {number}", url=f"https://news.example/{number}", more=f"topics: [T{number % 9}]\n"
        )
        for number in range(60)
    }


def test_a_killed_build_leaves_complete_documents_and_the_next_build_recovers(tree: Tree) -> None:
    root = tree(files("First"))
    begun = time.monotonic()
    run("build", cwd=root)
    long = time.monotonic() - begun
    chance = random.Random(1)
    public = root / "public"
    for attempt in range(8 if EXHAUSTIVE else 4):
        tree(files(f"Attempt {attempt}"))
        process = subprocess.Popen([sys.executable, "-m", "feeds", "build"], cwd=root, stdout=subprocess.DEVNULL)
        try:
            process.wait(chance.uniform(0.3, 1.1) * long)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        edition = from_manifest((public / "manifest.json").read_bytes(), "manifest.json")
        for path, document in edition.documents.items():
            body = (public / path).read_bytes()
            if strong_etag(body) != document.etag and path.endswith((".xml", ".atom")):
                assert not feedparser.parse(body).bozo
    run("build", cwd=root)
    edition = from_manifest((public / "manifest.json").read_bytes(), "manifest.json")
    for path, document in edition.documents.items():
        assert strong_etag((public / path).read_bytes()) == document.etag
    on_disk = {path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_file()}
    documents = {path.removesuffix(".gz").removesuffix(".br").removesuffix(".zst") for path in on_disk}
    assert documents == {*edition.documents, "manifest.json", "_headers", ".nojekyll"}


def test_a_build_without_changes_removes_the_files_of_a_killed_build(tree: Tree) -> None:
    root = tree(files("First"))
    for path in (root / "content").rglob("*.md"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    run("build", cwd=root)
    before = sorted((root / "public").rglob("*"))
    (root / "public/.manifest.json.new").touch()
    (root / "public/feeds/.all.xml.new").write_bytes(b"half")
    assert run("build", cwd=root).stdout == ""
    assert sorted((root / "public").rglob("*")) == before


@pytest.mark.parametrize("damage", ["whole", "lost"])
def test_two_consecutive_exports_may_be_killed_at_any_step(in_memory: Path, damage: str) -> None:
    """At every point, the service has each document, and the next export leaves only its own edition."""
    stride = "7" if EXHAUSTIVE else "29"
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.kill_points", str(in_memory), damage, stride]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50
