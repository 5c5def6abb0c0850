"""Third-party parsers read back the values that a document was rendered from.

Each reader is a function from a document to its entries. A value that the reader does not support is None, and is not
compared.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import fastfeedparser
import feedparser
import pytest

from feeds.formats.entry_html import content
from feeds.formats.registry import FORMATS, render_parts
from feeds.model import Category, Entry, FeedDefinition, Image, Person, Provider, Related
from feeds.selection import paging, select
from feeds.text import urls
from tests.support.factories import SITE, make_entry
from tests.support.processes import run
from tests.support.trees import CORPUS, PROJECT, config_of, needs_corpus

NODE = Path(__file__).parents[2] / "node"


class Seen(NamedTuple):
    """An entry as a reader sees it."""

    id: str
    title: str
    link: str
    published: datetime
    updated: datetime | None = None
    summary: str | None = None
    content: str | None = None
    authors: list[str] | None = None
    categories: list[str] | None = None
    images: list[str] | None = None


def moment(value: Any) -> datetime:
    if isinstance(value, tuple):
        return datetime(*value[:6], tzinfo=UTC)
    return datetime.fromisoformat(value) if value[:4].isdigit() else parsedate_to_datetime(value)


def by_feedparser(document: bytes, path: Path) -> list[Seen]:
    parsed = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    return [
        Seen(
            each.id,
            each.title,
            each.link,
            moment(each.published_parsed),
            moment(each.updated_parsed) if "updated" in each else None,
            each.summary if "content" in each else None,
            each.content[0].value if "content" in each else each.summary,
            [author.name for author in each.get("authors", [])],
            [tag.label or tag.term for tag in each.get("tags", [])],
            [image["url"] for image in each.get("media_content", []) if "url" in image],
        )
        for each in parsed.entries
    ]


def by_fastfeedparser(document: bytes, path: Path) -> list[Seen]:
    return [
        Seen(
            each.id,
            each.title,
            each.link,
            moment(each.published),
            moment(each.updated) if each.get("updated") else None,
            each.get("description") if each.get("content") else None,
            each.content[0]["value"] if each.get("content") else each.get("description"),
            # It supports only the first author.
            None,
            [tag["label"] or tag["term"] for tag in each.get("tags") or []],
            [image["url"] for image in each.get("media_content") or [] if "url" in image]
            if path.suffix != ".json"
            else None,
        )
        for each in fastfeedparser.parse(document).entries
    ]


def in_node(path: Path, reader: str) -> list[dict[str, Any]]:
    return in_node_all([path])[0][reader]


def in_node_all(paths: list[Path]) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["node", str(NODE / "read.mjs"), *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        encoding="utf-8",
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def by_feedsmith(document: bytes, path: Path) -> list[Seen]:
    return [
        Seen(
            each["id"],
            each["title"],
            each["link"],
            moment(each["published"]),
            content=each["content"],
            authors=each["authors"],
            categories=each["categories"],
        )
        for each in in_node(path, "feedsmith")
    ]


def by_rss_parser(document: bytes, path: Path) -> list[Seen]:
    return [
        Seen(each["id"], each["title"], each["link"], moment(each["published"]), content=each["content"])
        for each in in_node(path, "rss-parser")
    ]


has_node = pytest.mark.skipif(
    not (shutil.which("node") and (NODE / "node_modules").is_dir()),
    reason="node or its packages are not installed: apt-get install npm, then run npm ci in tests/node",
)
READERS = [
    *(pytest.param(by_feedparser, suffix) for suffix in (".xml", ".atom")),
    *(pytest.param(by_fastfeedparser, suffix) for suffix in (".xml", ".atom", ".json")),
    *(pytest.param(by_feedsmith, suffix, marks=has_node) for suffix in (".xml", ".atom", ".json")),
    *(pytest.param(by_rss_parser, suffix, marks=has_node) for suffix in (".xml", ".atom")),
]
"""Each reader with the formats it knows."""


def awkward(name: str, day: int, **values: Any) -> Entry:
    values = {"provider": Provider("News", "news.example")} | values
    return make_entry(name, day, categories=(Category("ai", "AI"),), **values)


ENTRIES = [
    awkward("plain", 1, summary="A summary."),
    awkward("entities", 2, title="Tom & Jerry’s &amp; friends", summary="1 < 2 & 3 > 2 &lt;"),
    awkward("tags-in-a-title", 3, title="The <title> element & <b>bold</b>", summary="I <3 <b>feeds</b>"),
    awkward(
        "cjk", 4, title="人工智能的未来", summary="機械学習とは何か。", provider=Provider("新聞", "xn--u9jw.example")
    ),
    awkward("right-to-left", 5, title="מה זה RSS?", summary="العربية مع English", language="he"),
    awkward("emoji", 6, title="Go 👩‍🚀 ✨", summary="🧑🏽‍🔬 works"),
    awkward("end-of-cdata", 7, title="a ]]> b", summary="]]>", content="<p>code: ]]&gt;</p>"),
    awkward("ampersands", 8, link="https://a.example/?a=1&b=2&copy=3", summary="AT&T && co"),
    awkward("quotes", 9, link=urls.url('https://a.example/"x"\'y\'?q="z"') or "", title="\"double\" and 'single'"),
    awkward("not-ascii", 10, link=urls.url("https://bücher.example/é ü/漢?q=ß") or ""),
    awkward("long", 11, link="https://a.example/" + "x" * 1980, title="t" * 500),
    awkward("no-summary", 12, content="<h2>Head</h2>\n<ul><li>One</li></ul>"),
    awkward("nobody", 13, provider=None),
    awkward("several", 14, authors=(Person("Ann & Bob"), Person("<Carl>")), tags=("R&D", "C++")),
    awkward("edited", 15, updated=datetime(2026, 1, 20, 1, 2, 3, tzinfo=UTC), summary="Edited."),
    awkward("pictures", 16, images=(Image("https://i.example/a.png?x=1&y=2", 640, 360), Image("https://i.example/b"))),
    awkward("related", 17, related=(Related("Else & <where>", "https://else.example/?a&b", "O'Neill"),)),
]


@pytest.mark.parametrize(("read", "suffix"), READERS)
def test_a_parser_reads_back_the_rendered_feed(
    read: Callable[[bytes, Path], list[Seen]], suffix: str, tmp_path: Path
) -> None:
    feed = paging.paginate(
        paging.FeedSelection(
            FeedDefinition("feeds/ai", "AI", "AI", "topic"), select.due(ENTRIES, datetime(2030, 1, 1, tzinfo=UTC))
        ),
        SITE,
    ).main
    each = next(each for each in FORMATS if each.suffix == suffix)
    path = tmp_path / f"feed{suffix}"
    path.write_bytes(each.render_feed(feed, SITE, [render_parts(entry, SITE)[each.suffix] for entry in feed]))
    seen = read(path.read_bytes(), path)
    assert [each.id for each in seen] == [entry.id for entry in feed]
    for entry, one in zip(feed, seen, strict=True):
        # In Atom a text with an end tag is declared as HTML, and RSS has HTML only for a summary.
        is_html = suffix == ".atom" and "</" in entry.title
        assert (unescape(one.title) if is_html else one.title) == entry.title
        assert one.link == entry.link
        assert one.published == entry.published
        assert one.updated in (None, entry.updated)
        assert one.content is None or one.content.strip() == content(entry).strip()
        if one.summary and entry.summary:
            escaped = suffix == ".xml" or (suffix == ".atom" and "</" in entry.summary)
            assert (unescape(one.summary) if escaped else one.summary) == entry.summary
        by = [person.name for person in entry.authors] or ([entry.provider.name] if entry.provider else [])
        assert one.authors is None or one.authors == by
        assert one.categories is None or one.categories == ["AI", *entry.tags]
        assert one.images is None or one.images == [image.url for image in entry.images]


SITES = [PROJECT, pytest.param(CORPUS, marks=needs_corpus)]


@pytest.fixture(scope="module", params=SITES, ids=["own", "real"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of all documents of the project's own content, or of real content."""
    folder = tmp_path_factory.mktemp("exported")
    content_folder = PROJECT / "content" if request.param == PROJECT else CORPUS
    config = config_of(PROJECT, folder)
    run("build", "--config", config, "--content", content_folder, "--output", folder / "out", cwd=PROJECT)
    return folder / "out" / "feeds"


def went_in(path: Path) -> list[tuple[str, str, str, datetime]]:
    """Return the values of the JSON version of a document, which needs no feed reader."""
    items = json.loads(path.with_suffix("").with_name(path.name.removesuffix(path.suffix) + ".json").read_bytes())[
        "items"
    ]
    return [(each["id"], each["title"], each["url"], moment(each["date_published"])) for each in items]


@pytest.mark.parametrize("read", [by_feedparser, by_fastfeedparser])
def test_every_document_reads_back_equal(read: Callable[[bytes, Path], list[Seen]], exported: Path) -> None:
    suffixes = {".xml", ".atom"} | ({".json"} if read is by_fastfeedparser else set())
    paths = [path for path in exported.rglob("*") if path.suffix in suffixes]
    assert len(paths) > 50
    for path in paths:
        if expected := went_in(path):  # fastfeedparser refuses a feed without entries
            assert [tuple(each)[:4] for each in read(path.read_bytes(), path)] == expected, path


@has_node
def test_every_document_reads_back_equal_in_node(exported: Path) -> None:
    paths = [path for path in sorted(exported.rglob("*")) if path.suffix in {".xml", ".atom", ".json"}]
    for path, readers in zip(paths, in_node_all(paths), strict=True):
        for reader in ("feedsmith", "rss-parser"):
            if reader in readers:
                seen = [
                    (each["id"], each["title"], each["link"], moment(each["published"])) for each in readers[reader]
                ]
                assert seen == went_in(path), (path, reader)
