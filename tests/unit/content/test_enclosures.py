"""A file among the actions is an enclosure, and what is not known about it is reported."""

import json
from typing import Any

import pytest
from lxml import etree

from feeds.content import frontmatter
from feeds.content.frontmatter import Parsed
from feeds.model import Enclosure, SourceFile
from feeds.text import media_types
from tests.support.factories import SITE, article, make_entry
from tests.support.validators import check
from tests.unit.formats.test_formats import ATOM, JSON, RSS, feed_of, render

NAMES = {"a": "http://www.w3.org/2005/Atom", "m": "http://search.yahoo.com/mrss/"}


def parse(*actions: str) -> Parsed:
    text = article(more="actions:\n" + "".join(f"  - {{{action}}}\n" for action in actions))
    return frontmatter.parse(text.encode(), SourceFile("content/news/a.md", "news/a.md", "news"), SITE)


def enclosures(*actions: str) -> list[tuple[str, str, int | None]]:
    entry = parse(*actions).entry
    assert entry
    return [(each.url, each.type, each.length) for each in entry.enclosures]


def codes(*actions: str) -> list[str]:
    return [each.code for each in parse(*actions).problems]


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("url: https://e.example/a.mp3, length: 10", "audio/mpeg"),
        ("url: https://e.example/a.MP3, length: 10", "audio/mpeg"),
        ("url: 'https://e.example/a.mp3?token=x.pdf&y=2', length: 10", "audio/mpeg"),
        ("url: 'https://e.example/a.mp3#t=30', length: 10", "audio/mpeg"),
        ("url: 'https://e.example/my episode, part 1.m4b', length: 10", "audio/mp4"),
        ("url: 'https://e.example/серия.ogg', length: 10", "audio/ogg"),
        ("url: https://e.example/download/5, type: audio/mpeg, length: 10", "audio/mpeg"),
        ("url: https://e.example/play.php?id=5, type: Audio/MPEG, length: 10", "audio/mpeg"),
        ("url: https://e.example/a.mp3, type: audio/x-other, length: 10", "audio/x-other"),
        ("url: https://e.example/a, type: audio/ogg; codecs=opus, length: 10", "audio/ogg"),
        ("url: https://e.example/a.mp3, type: download, length: 10", "audio/mpeg"),
        ("url: https://e.example/chapters, type: application/json+chapters, length: 10", "application/json+chapters"),
        ("url: https://e.example/talk.vtt, length: 10", "text/vtt"),
        ("url: https://e.example/slides.ppt, length: 10", "application/vnd.ms-powerpoint"),
        ("url: /assets/a.mp3, length: 10", "audio/mpeg"),
    ],
)
def test_a_file_with_a_size_is_an_enclosure_of_its_type(action: str, kind: str) -> None:
    assert [(each[1], each[2]) for each in enclosures(action)] == [(kind, 10)]
    assert codes(action) == []


def test_the_types_of_podcasts_are_known_in_every_version_of_python() -> None:
    wanted = {
        "aac": "audio/aac",
        "flac": "audio/flac",
        "m4a": "audio/mp4",
        "m4b": "audio/mp4",
        "mka": "audio/matroska",
        "mp3": "audio/mpeg",
        "oga": "audio/ogg",
        "ogg": "audio/ogg",
        "opus": "audio/ogg",
        "wav": "audio/wav",
        "weba": "audio/webm",
        "m4v": "video/mp4",
        "mkv": "video/matroska",
        "mov": "video/quicktime",
        "mp4": "video/mp4",
        "ogv": "video/ogg",
        "webm": "video/webm",
        "epub": "application/epub+zip",
        "pdf": "application/pdf",
    }
    assert {end: media_types.media_type(f"https://e.example/a.{end}") for end in wanted} == wanted


def test_types_do_not_depend_on_the_tables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import mimetypes

    media_types._other_types.cache_clear()
    monkeypatch.setattr(mimetypes, "types_map", {".xls": "audio/wrong"})
    mimetypes.add_type("audio/wrong", ".xls")
    try:
        assert media_types.any_media_type("a.xls") == "application/vnd.ms-excel"
    finally:
        mimetypes.init()
        media_types._other_types.cache_clear()


@pytest.mark.parametrize(
    ("length", "size", "code"),
    [
        ("1234567", 1234567, ""),
        ("'1,234,567'", 1234567, ""),
        ("1_234_567", 1234567, ""),
        ("'1.234.567'", 1234567, ""),
        ("'1 234 567'", 1234567, ""),
        ("0", None, "enclosure.unknown_length"),
        ("'0'", None, "enclosure.unknown_length"),
        ("-5", None, "enclosure.bad_length"),
        ("'31:15'", None, "enclosure.bad_length"),
        ("PT31M15S", None, "enclosure.bad_length"),
        ("231.084", None, "enclosure.bad_length"),
        ("1231.08", None, "enclosure.bad_length"),
        ("12 MB", None, "enclosure.bad_length"),
        ("'1,23'", None, "enclosure.bad_length"),
        ("'1,234.567'", None, "enclosure.bad_length"),
        ("1e6", None, "enclosure.bad_length"),
        ("None", None, "enclosure.bad_length"),
        ("9999999999999999", None, "enclosure.bad_length"),
        ("[1]", None, "value.not_text"),
    ],
)
def test_a_size_is_digits_and_everything_else_is_unknown_and_reported(length: str, size: int | None, code: str) -> None:
    action = f"url: https://e.example/a.mp3, length: {length}"
    assert enclosures(action) == [("https://e.example/a.mp3", "audio/mpeg", size)]
    assert code in codes(action) if code else codes(action) == []


@pytest.mark.parametrize(
    "action",
    [
        "url: https://e.example/a.mp3",
        "url: https://e.example/a.mkv, type: download",
        "url: https://e.example/a.epub",
        "url: https://e.example/get/5, type: audio/mpeg",
        "url: https://e.example/a.png, type: image/png",
    ],
)
def test_a_file_without_a_size_is_an_enclosure_and_reported(action: str) -> None:
    (one,) = enclosures(action)
    assert one[2] is None
    assert codes(action) == ["enclosure.unknown_length"]


@pytest.mark.parametrize(
    "action",
    [
        "url: https://e.example/, title: Home",
        "url: https://e.example/buy, type: shop",
        "url: https://e.example/page.html",
        "url: https://e.example/page, type: text/html",
        "url: 'https://www.npmjs.example/package/three.js'",
        "url: 'https://wiki.example/File:Cat.jpg'",
        "url: https://about.me",
        "url: https://e.example/a.mp3/",
        "url: https://e.example/x.msapp, type: download",
        "url: https://e.example/slides, type: and/or",
    ],
)
def test_a_link_to_a_page_is_no_enclosure_and_no_problem(action: str) -> None:
    assert enclosures(action) == []
    assert codes(action) == []


def test_a_file_without_a_known_type_is_reported() -> None:
    action = "url: https://e.example/download?file=a.mp3, length: 10"
    assert enclosures(action) == []
    (found,) = parse(action).problems
    assert (found.key, found.code, dict(found.params)["url"]) == (
        "actions.type",
        "enclosure.unknown_type",
        "https://e.example/download?file=a.mp3",
    )


def test_an_action_without_a_url_is_reported() -> None:
    assert codes("title: Lost, length: 10") == ["entry.action_without_url"]


def test_the_line_of_a_problem_is_that_of_its_own_item() -> None:
    more = (
        "actions:\n  - title: One\n    url: https://e.example/a.mp3\n  - url: https://e.example/b.mp3\n    length: 0\n"
    )
    text = article(more=more).encode()
    found = frontmatter.parse(text, SourceFile("content/news/a.md", "news/a.md", "news"), SITE).problems
    assert [(each.line, each.key) for each in found] == [(7, "actions.length"), (9, "actions.length")]


MP3 = Enclosure("https://e.example/a.mp3", "audio/mpeg")
POSTER = Enclosure("https://e.example/poster.jpg", "image/jpeg", 10)
SLIDES = Enclosure("https://e.example/slides.pdf", "application/pdf", 20)


def documents(*files: Enclosure, **values: Any) -> tuple[Any, Any, Any]:
    feed = feed_of([make_entry(enclosures=files, **values)])
    rendered = [render(each, feed) for each in (RSS, ATOM, JSON)]
    for data, kind in zip(rendered, ("rss", "atom", "json"), strict=True):
        assert [said for said in check(data, kind) if "enclosure" in said or "attachment" in said] == []
    return etree.fromstring(rendered[0]), etree.fromstring(rendered[1]), json.loads(rendered[2])


def test_an_unknown_size_is_0_in_rss_and_left_out_in_the_other_formats() -> None:
    rss, atom, feed = documents(MP3)
    assert dict(rss.find(".//enclosure").attrib) == {"url": MP3.url, "length": "0", "type": "audio/mpeg"}
    link = atom.find("a:entry/a:link[@rel='enclosure']", NAMES)
    assert dict(link.attrib) == {"href": MP3.url, "rel": "enclosure", "type": "audio/mpeg"}
    assert feed["items"][0]["attachments"] == [{"url": MP3.url, "mime_type": "audio/mpeg"}]
    for root in (rss, atom):
        assert "fileSize" not in root.find(".//m:content", NAMES).attrib


@pytest.mark.parametrize(
    ("files", "url"),
    [((POSTER, SLIDES, MP3), MP3.url), ((MP3, POSTER), MP3.url), ((SLIDES, POSTER), SLIDES.url)],
)
def test_rss_has_the_sound_or_film_and_the_other_formats_have_all_files(files: tuple[Enclosure, ...], url: str) -> None:
    rss, atom, feed = documents(*files)
    assert [each.get("url") for each in rss.iterfind(".//enclosure")] == [url]
    every = [each.url for each in files]
    assert [each.get("url") for each in rss.iterfind(".//m:content", NAMES)] == every
    assert [each.get("href") for each in atom.iterfind("a:entry/a:link[@rel='enclosure']", NAMES)] == every
    assert [each["url"] for each in feed["items"][0]["attachments"]] == every


def test_the_duration_of_an_entry_is_that_of_its_sound() -> None:
    rss, atom, feed = documents(POSTER, MP3, duration=1875)
    for root in (rss, atom):
        assert [each.get("duration") for each in root.iterfind(".//m:content", NAMES)] == [None, "1875"]
    assert [each.get("duration_in_seconds") for each in feed["items"][0]["attachments"]] == [None, 1875]
    _, _, feed = documents(SLIDES, duration=1875)
    assert "duration_in_seconds" not in feed["items"][0]["attachments"][0]
    _, _, feed = documents(MP3, duration=1875, player="https://tube.example/embed/v", video="https://tube.example/v")
    assert "duration_in_seconds" not in feed["items"][0]["attachments"][0]


@pytest.mark.parametrize(
    ("length", "seconds"),
    [("PT31M15S", 1875), ("31:15", 1875), ("0:31:15", 1875), ("1:02:03", 3723), ("PT90M", 5400), ("P1DT1H", 90000)],
)
def test_a_duration_may_be_written_in_these_forms(length: str, seconds: int) -> None:
    text = article(more=f"length: '{length}'\n").encode()
    parsed = frontmatter.parse(text, SourceFile("content/news/a.md", "news/a.md", "news"), SITE)
    assert parsed.problems == ()
    assert parsed.entry
    assert parsed.entry.duration == seconds


@pytest.mark.parametrize("length", ["1875", "31 min", "1231.08", "31:7", "about an hour"])
def test_every_other_duration_is_reported(length: str) -> None:
    text = article(more=f"length: '{length}'\n").encode()
    parsed = frontmatter.parse(text, SourceFile("content/news/a.md", "news/a.md", "news"), SITE)
    assert [each.code for each in parsed.problems] == ["entry.bad_duration"]
