"""Every document is valid: a validator reports no error and no warning."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given

from feeds.edition import manifest
from feeds.formats import opml
from feeds.formats.registry import FORMATS, render_parts
from feeds.model import Entry, Image, Site
from feeds.selection import paging, select
from tests.support.exhaustive import examples
from tests.support.factories import SITE, article
from tests.support.processes import run
from tests.support.strategies import entry_lists
from tests.support.trees import CONFIG, CORPUS, DATA, PROJECT, config_of, needs_corpus
from tests.support.validators import check, html_problems
from tests.unit.formats.test_formats import SITE_WITH_ALL, SPEC

KINDS = {".xml": "rss", ".atom": "atom", ".json": "json", ".opml": "opml"}


def complaints(folder: Path) -> dict[str, list[str]]:
    """Return the messages of the checker for every document of an exported folder, by path."""
    edition = manifest.from_manifest((folder / "manifest.json").read_bytes(), "manifest.json")
    found = {}
    for path, document in edition.documents.items():
        kind = KINDS.get(Path(path).suffix)
        if kind and document.type.startswith(
            ("application/rss", "application/atom", "application/feed", "text/x-opml")
        ):
            said = check((folder / path).read_bytes(), kind, f"{edition.state.url}{quote(path)}")
            # A reference that the text of a body shows is the text of its author, who may have meant it.
            found[path] = [message for message in said if not message.startswith("html-escaped-twice")]
    assert len(found) > 10
    return {path: said for path, said in found.items() if said}


def test_every_document_of_the_sample_content_is_valid(tmp_path: Path) -> None:
    run("build", "--config", config_of(PROJECT, tmp_path), "--output", tmp_path / "out", cwd=PROJECT)
    assert complaints(tmp_path / "out") == {}


def test_every_document_of_the_site_of_quirks_is_valid(tmp_path: Path) -> None:
    run("build", "--config", config_of(DATA / "site", tmp_path), "--output", tmp_path / "out", cwd=tmp_path)
    assert complaints(tmp_path / "out") == {}


FILES = """\
  - {title: Poster, url: /assets/poster.jpg, length: 1000}
  - {title: Sound, url: "https://a.example/my episode, part 1.MP3?x=1&y=2"}
  - {title: Film, url: https://a.example/серия.mkv, length: 0}
  - {title: Chapters, url: https://a.example/chapters, type: application/json+chapters, length: 1000}
  - {title: Transcript, url: https://a.example/a.vtt, length: 1000}
  - {title: Other, url: https://a.example/get?id=5, type: "Audio/OGG; codecs=opus", length: "1,234,567"}
"""
BODY = '<img src="https://pixel.wp.com/b.gif"><img src="/it\'s a picture.jpg?x=1&amp;y=2" alt="A &lt;reef&gt;">'


def test_every_document_with_files_and_a_picture_of_the_body_is_valid(tmp_path: Path) -> None:
    more = f"topics: [A, B, C, D]\nlength: '31:15'\nactions:\n{FILES}"
    (tmp_path / "content/pod").mkdir(parents=True)
    (tmp_path / "content/pod/a.md").write_text(article(more=more) + BODY)
    (tmp_path / "config.yaml").write_text(CONFIG)
    run("build", cwd=tmp_path)
    assert complaints(tmp_path / "public") == {}


@needs_corpus
def test_every_document_of_real_content_is_valid(tmp_path: Path) -> None:
    config = config_of(PROJECT, tmp_path)
    run("build", "--config", config, "--content", CORPUS, "--output", tmp_path / "out", cwd=PROJECT)
    assert complaints(tmp_path / "out") == {}


BARE = replace(SITE, icon="https://feeds.example/icon.png", image=Image("https://feeds.example/icon.png", 512, 512))


@pytest.mark.parametrize("site", [BARE, SITE_WITH_ALL], ids=["bare", "full"])
@examples(8, 60)
@given(entry_lists())
def test_every_document_of_generated_content_is_valid(site: Site, entries: list[Entry]) -> None:
    ordered = select.due(entries, datetime(2030, 1, 1, tzinfo=UTC))
    links = {entry.link: entry for entry in reversed(ordered)}
    feed = paging.paginate(
        paging.FeedSelection(SPEC, tuple(entry for entry in ordered if links[entry.link] is entry)), site
    ).main
    for each in FORMATS[:3]:
        document = each.render_feed(feed, site, [render_parts(entry, site)[each.suffix] for entry in feed])
        said = check(document, KINDS[each.suffix], feed.url(site, each.suffix))
        # A tag in JSON Feed's plain text may be intended; a checker cannot know.
        assert [message for message in said if not message.startswith("json-plain-text")] == []
    assert check(opml.render_site(site, [feed]), "opml") == []


def test_the_checker_detects_unsafe_documents() -> None:
    assert html_problems("<script>x</script>")
    assert html_problems('<a href="/relative">x</a>')
