"""The servers of the HTTP tests."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from feeds.edition.folder import load_published_edition
from feeds.edition.model import Document, Edition
from tests.support.factories import article
from tests.support.http_site import FEED, SITE_CONFIG
from tests.support.processes import run
from tests.support.raw_http import Server, server


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site that was built twice, so that it has moved and removed feeds."""
    folder = tmp_path_factory.mktemp("site")
    files = {
        "config.yaml": SITE_CONFIG,
        "content/news/a.md": article("Čeština", "2026-01-02T03:04:05Z", more="topics: [AI, 漢字]\n"),
        "content/news/b.md": article(
            "Older", "2025-11-02T03:04:05Z", "https://news.example/b", "provider: {domain: news.example}\n"
        ),
        "content/news/c.md": article("Gone", url="https://news.example/c", more="topics: [Lost]\n"),
        "content/assets/small.json": "{}",
        "content/assets/drawing.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><!--{"x" * 2000}--></svg>',
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    run("build", cwd=folder)
    (folder / "content/news/c.md").unlink()
    run("build", "--accept-removals", "--accept-new-ids", cwd=folder)
    return folder


@pytest.fixture(scope="package")
def edition(site: Path) -> Edition:
    found = load_published_edition(site / "public")
    assert found
    assert found.state.moved["feeds/old-name.xml"] == "feeds/ai.xml"
    assert "feeds/lost.xml" in found.state.gone
    return found


@pytest.fixture(scope="package")
def served(edition: Edition, site: Path) -> Iterator[Server]:
    with server(site) as running:
        yield running


@pytest.fixture(scope="package")
def documents(edition: Edition) -> dict[str, Document]:
    """Return the documents by their paths in URLs."""
    away = edition.state.moved.keys() | edition.state.gone
    return {f"/{quote(path)}": each for path, each in edition.documents.items() if path not in away}


@pytest.fixture(scope="package")
def coded(documents: dict[str, Document], site: Path) -> list[str]:
    """Return the paths of the documents with compressed copies."""
    found = [path for path, each in documents.items() if (site / "public" / f"{each.path}.zst").exists()]
    assert {FEED, "/feeds/ai.json", "/feeds/ai.html", "/feeds.opml"} <= set(found)
    return found
