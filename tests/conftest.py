"""What several test modules use: a site, entries, small trees, the command and a real server."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings

from feeds import export, loader, recovery
from feeds.edition import Edition
from feeds.export import Export
from feeds.index import Index
from feeds.loader import Loaded
from feeds.model import Entry, Site
from feeds.packing import sealed
from feeds.tree import Limits, Tree

# The same examples on every run: a law that fails now and then is no law.
settings.register_profile("feeds", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("feeds")

# Without bytecode each of hundreds of processes would compile the whole program again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

DATA = Path(__file__).parent / "data"
PROJECT = Path(__file__).parent.parent
CORPUS = Path(os.environ.get("FEEDS_CORPUS") or PROJECT.parent / "shared" / "corpus")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SITE = Site(title="Test", url="https://feeds.example/", tag="feeds.example,2026", base="https://feeds.example/")

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the sample of real content is not beside this checkout: set FEEDS_CORPUS to one"
)


def make_entry(name: str = "a", day: int = 1, **values: Any) -> Entry:
    """Return an entry with everything it needs, published on a day of January 2026."""
    published = values.pop("published", datetime(2026, 1, day, tzinfo=UTC))
    defaults: dict[str, Any] = {
        "id": f"tag:feeds.example,2026:news/{name}",
        "title": f"Title {name}",
        "link": f"https://news.example/{name}",
        "published": published,
        "updated": published,
        "source": f"news/{name}.md",
        "collection": "news",
    }
    return sealed(Entry(**(defaults | values)))


def load(folder: Path, limits: Limits = Limits()) -> Loaded:
    """Return the content of a folder, every file read."""
    with Index(None) as index:
        return loader.load(Tree(folder, limits), SITE, index)


def publish(edition: Edition, folder: Path) -> None:
    """Make a folder hold an edition whose documents have their bytes."""
    recovery.recover(folder)
    with Export(folder, export.read(folder) or Edition()) as store:
        for document in edition.documents.values():
            store.put(document)
        store.commit(edition)


def config_of(site: Path, folder: Path) -> Path:
    """Return a copy of a site's config in a folder of its own, where its state and output will be too."""
    text = (site / "config.yaml").read_text("utf-8")
    content = re.search(r"^content: (.*)$", text, re.MULTILINE)
    assert content
    path = folder / "config.yaml"
    path.write_text(text.replace(content[0], f"content: {(site / content[1]).resolve()}"), "utf-8")
    return path


CONFIG = """\
site:
  title: Test
  url: https://feeds.example/
  tag: feeds.example,2026
"""


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes files into a site's folder and returns the folder."""

    def write(files: dict[str, str | bytes] | None = None, config: str = CONFIG) -> Path:
        (tmp_path / "content").mkdir(exist_ok=True)
        for name, data in ({"config.yaml": config} | (files or {})).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return tmp_path

    return write


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """Yield a folder that is on no disk, where there is such a place, for what is written and removed often."""
    with TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        yield Path(folder)


def article(
    title: str = "A title", date: str = "2026-01-02T03:04:05Z", url: str = "https://news.example/a", more: str = ""
) -> str:
    """Return a content file."""
    return f'---\ntitle: "{title}"\npublishedDateTime: {date}\nwebUrl: {url}\n{more}---\n'


def run(*arguments: str | Path, cwd: Path, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command `feeds` as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "feeds", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    if check:
        assert done.returncode == 0, done.stderr
    return done


@contextmanager
def free_port() -> Iterator[int]:
    """Yield a port on which a server may listen, and which nobody else is given meanwhile."""
    with socket.socket() as held:
        # Two may have a port, as Linux sees it, if neither minds and one of them does not listen.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        if sys.platform != "linux":
            held.close()
        yield port


@contextmanager
def serving(output: Path, *arguments: str, cwd: Path) -> Iterator[str]:
    """Run `feeds serve` on a free port and yield its address."""
    with free_port() as port:
        command = [sys.executable, "-m", "feeds", "serve", "--output", str(output), "--port", str(port), *arguments]
        process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            until(lambda: urllib.request.urlopen(f"{address}/manifest.json").status == 200)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is true; what raises OSError is not true yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except OSError:
            pass
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)
