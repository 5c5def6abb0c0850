"""Small content trees on disk: write, load and publish them."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.content import loader
from feeds.content.loader import Loaded
from feeds.content.scan import ContentTree
from feeds.edition.folder import load_published_edition
from feeds.edition.model import Edition
from feeds.model import ContentFilter
from feeds.pipeline import recovery
from feeds.pipeline.export import Export
from feeds.store.content_index import ContentIndex
from tests.support.factories import SITE, article

DATA = Path(__file__).parents[1] / "data"


PROJECT = Path(__file__).parents[2]


CORPUS = Path(os.environ.get("FEEDS_CORPUS") or PROJECT.parent / "shared" / "corpus")


needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the sample of real content is not next to this checkout: set FEEDS_CORPUS to one"
)


def load(folder: Path, limits: ContentFilter = ContentFilter()) -> Loaded:
    """Return the content of a folder, every file read."""
    with ContentIndex(None) as index:
        return loader.load(ContentTree(folder, limits), SITE, index)


def publish(edition: Edition, folder: Path) -> None:
    """Write an edition with its documents into a folder."""
    recovery.recover(folder)
    with Export(folder, load_published_edition(folder) or Edition()) as store:
        for document in edition.documents.values():
            store.put(document)
        store.commit(edition)


def config_of(site: Path, folder: Path) -> Path:
    """Return a copy of a site's config in a new folder, which gets its state and output too."""
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


Tree = Callable[..., Path]


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the content of every file, by its path in the folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def many(count: int, **values: str) -> dict[str, str]:
    """Return files of entries that differ in title and link."""
    return {
        f"content/news/{number}.md": article(f"Story {number}", url=f"https://news.example/{number}", **values)
        for number in range(count)
    }


LONG_AGO = 1_700_000_000


def aged(root: Path) -> Path:
    """Give every file a date in the past."""
    for path in (root / "content").rglob("*.md"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return root


FILES = {f"content/n/{name}.md": article(name) for name in "abc"}
