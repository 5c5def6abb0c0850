"""If a build fails in any way, readers still get a whole edition: the previous or the new one."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from lxml import etree

from feeds.config.reader import read_config
from feeds.edition.manifest import from_manifest
from feeds.edition.model import strong_etag
from feeds.pipeline import build
from tests.support.exhaustive import EXHAUSTIVE, default_or_all
from tests.support.factories import NOW, article
from tests.support.http_site import DECODE, decoded
from tests.support.processes import run
from tests.support.raw_http import Server, server
from tests.support.trees import CONFIG

Tree = Callable[..., Path]


def test_readers_during_many_rebuilds_get_whole_documents_and_no_errors(
    in_memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # These tests do not simulate a power cut, and other tests need the disk.
    monkeypatch.setattr(os, "sync", lambda: None)
    root = in_memory
    (root / "config.yaml").write_text(CONFIG + "pages: no\n")
    (root / "content/n").mkdir(parents=True)

    def write(turn: int) -> None:
        for number in range(3):
            text = article(f"{turn} {number}", url=f"https://n.example/{number}")
            (root / f"content/n/{number}.md").write_text(text)

    write(0)
    config = read_config(root / "config.yaml")
    build.build(config, NOW)
    done = Event()
    rebuilds = 300 if EXHAUSTIVE else 100
    # The cache holds few of these representations, so most responses are read from the folder.
    every = [(suffix, coding) for suffix in (".xml", ".atom", ".json") for coding in DECODE]

    def read(running: Server, first: int) -> tuple[int, int]:
        """Return how often the feed was read, and how many documents were seen."""
        seen: set[str] = set()
        count = 0
        with running.connect() as connection:
            while not done.wait(0.008):  # the builds need the cores too
                suffix, coding = every[(first + count) % len(every)]
                answer = connection.ask(f"/feeds/all{suffix}", Accept_Encoding=coding)
                assert answer.status == 200, answer.head
                body, tag = decoded(answer), answer["ETag"].strip('"').partition("-")[0]
                assert strong_etag(body) == tag
                if tag not in seen:
                    # All entries are there, and of the same build.
                    assert sorted(title.split()[1] for title in titles(body, suffix)) == ["0", "1", "2"]
                    assert len({title.split()[0] for title in titles(body, suffix)}) == 1
                seen.add(tag)
                count += 1
        return count, len(seen)

    with server(root) as running, ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read, running, first) for first in (0, 6)]
        try:
            for turn in range(1, rebuilds + 1):
                write(turn)
                build.build(config, NOW + timedelta(seconds=turn))
        finally:
            done.set()
        for future in reading:
            count, documents = future.result()
            assert count > rebuilds / 5
            assert documents > rebuilds / 15


def titles(body: bytes, suffix: str) -> list[str]:
    if suffix == ".json":
        return [item["title"] for item in json.loads(body)["items"]]
    return [entry.findtext("{*}title") for entry in etree.fromstring(body).iter("item", "{*}entry")]


def whole(public: Path) -> dict[str, bytes]:
    """Return the documents of the edition in a folder, after a check against the manifest."""
    edition = from_manifest((public / "manifest.json").read_bytes(), "manifest.json")
    bodies = {path: (public / path).read_bytes() for path in edition.documents}
    assert {path: strong_etag(body) for path, body in bodies.items()} == {
        path: document.etag for path, document in edition.documents.items()
    }
    return bodies


def site(version: str) -> dict[str, str]:
    return {
        f"content/n/{number}.md": article(
            f"{version} {number}", url=f"https://n.example/{number}", more=f"topics: [T{number % 40}]\n"
        )
        for number in range(120)
    }


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here: run as root with CAP_SYS_ADMIN")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_the_previous_edition(tree: Tree) -> None:
    root = tree(site("First"))
    run("build", "--output", root / "elsewhere", cwd=root)
    needed = sum(path.stat().st_blocks for path in (root / "elsewhere").rglob("*")) // 2
    with small_disk(root / "public", needed * 3 // 2):
        run("build", cwd=root)
        before = whole(root / "public")
        tree(site("Second"))
        done = run("build", cwd=root, check=False)
        assert done.returncode == 2
        assert "No space left on device" in done.stderr
        assert whole(root / "public") == before
        assert not list((root / "public").rglob(".*.new"))
        tree(site("First"))
        run("build", cwd=root)
        assert whole(root / "public") == before


@pytest.mark.parametrize("megabytes", default_or_all([60, 150, 300], [60, 90, 120, 150, 200, 300]))
def test_a_build_that_runs_out_of_memory_keeps_the_previous_edition(tree: Tree, megabytes: int) -> None:
    root = tree(site("First"))
    run("build", cwd=root)
    before = whole(root / "public")
    tree(site("Second"))
    done = subprocess.run(
        [sys.executable, "-m", "feeds", "build"],
        cwd=root,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20)),
    )
    after = whole(root / "public")
    assert (after == before) == (done.returncode != 0)
    run("build", cwd=root)
    assert b"Second 1" in whole(root / "public")["feeds/all.xml"]
