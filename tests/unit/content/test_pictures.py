"""The first picture of a body is the picture of an entry that names none."""

import json

import pytest
from lxml import etree

from feeds.content import frontmatter
from feeds.content.frontmatter import Parsed
from feeds.content.pictures import first_picture
from feeds.formats.entry_html import content
from feeds.model import Image, SourceFile
from tests.support.factories import SITE, article, make_entry
from tests.unit.formats.test_formats import ATOM, JSON, RSS, feed_of, render

URL = "https://i.example/a.jpg"
PHOTO = f'<img src="{URL}" alt="A reef">'
FOUND = Image(URL, title="A reef")


def parse(body: str, more: str = "", path: str = "news/a.html") -> Parsed:
    return frontmatter.parse(
        (article(more=more) + body).encode(), SourceFile(f"content/{path}", path, path.rpartition("/")[0]), SITE
    )


def images(body: str, more: str = "", path: str = "news/a.html") -> tuple[Image, ...]:
    entry = parse(body, more, path).entry
    assert entry
    return entry.images


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f"<p>Text</p>{PHOTO}<img src='/b.jpg'>", FOUND),
        ("<img src='/b.jpg' width=640 height='480px'>", Image("https://news.example/b.jpg", 640, 480)),
        ("<img src='/assets/b c.jpg'>", Image("https://feeds.example/assets/b%20c.jpg")),
        (
            "<img src='b.jpg?x=1&amp;y=2' alt='Tom &amp; Jerry'>",
            Image("https://news.example/b.jpg?x=1&y=2", title="Tom & Jerry"),
        ),
        ("<img src='b.jpg' width='100%'>", Image("https://news.example/b.jpg")),
    ],
)
def test_the_first_picture_of_a_body_is_the_image_of_the_entry(body: str, found: Image) -> None:
    assert images(body) == (found,)


def test_a_picture_in_markdown_counts_too() -> None:
    assert images("Text ![A reef](https://i.example/a.jpg)", path="news/a.md") == (FOUND,)


def test_a_given_picture_comes_before_those_of_the_body() -> None:
    more = "images: [{url: https://i.example/given.jpg}]\n"
    assert images(PHOTO, more) == (Image("https://i.example/given.jpg"),)
    assert images(PHOTO, "images: []\n") == (FOUND,)


@pytest.mark.parametrize(
    "decoration",
    [
        '<img src="https://t.example/x" width="1" height="1">',
        '<img src="https://t.example/x" height=1>',
        '<img src="https://t.example/x" width="0">',
        '<img src="https://t.example/x" style="width:1px;height:1px">',
        '<img src="https://t.example/x" style="display: none">',
        '<img src="https://pixel.wp.com/b.gif?host=a.example&amp;blog=1">',
        '<img src="https://feeds.feedburner.com/~r/a/~4/b">',
        '<img src="https://medium.com/_/stat?event=post.clientViewed">',
        '<img src="https://a.example/images/spacer.gif">',
        '<img src="data:image/png;base64,iVBORw0KGgo=">',
        '<img src="https://s.w.org/images/core/emoji/15/72x72/1f642.png" alt="🙂">',
        '<img src="https://a.example/smile.png" class="wp-smiley">',
        "<img class=emoji alt=':+1:' src=https://a.example/unicode/1f44d.png>",
        '<img src="/assets/grin.png" class="inline-emoji">',
        '<img src="relative.png" class="smiley">',
        '<img src="https://a.example/wp-includes/images/smilies/icon_smile.gif">',
        '<img src="https://a.example/icon.png" width="16" height="16">',
        '<img src="https://img.shields.io/npm/v/a.svg">',
        '<img alt="no source">',
    ],
)
def test_a_decoration_is_not_the_picture_of_the_entry(decoration: str) -> None:
    assert images(f"<p>{decoration}</p>") == ()
    assert images(f"<p>{decoration}</p>{PHOTO}") == (FOUND,)


def test_a_sign_in_the_text_or_the_address_does_not_hide_a_picture() -> None:
    assert images(f"<p>An emoji and display:none</p>{PHOTO}") == (FOUND,)
    assert images('<img src="https://i.example/emoji-history.jpg">') == (Image("https://i.example/emoji-history.jpg"),)


def test_a_film_counts_with_its_poster() -> None:
    html = f'<video src="https://i.example/a.mp4" poster="{URL}" controls></video>'
    assert first_picture(html, html, "https://news.example/a", "https://feeds.example/") == Image(URL)


def test_the_picture_is_in_every_format_and_once_in_the_text() -> None:
    made = parse(f"<p>{PHOTO}</p>").entry
    assert made
    feed = feed_of([made])
    for each in (RSS, ATOM):
        root = etree.fromstring(render(each, feed))
        (thumbnail,) = root.iterfind(".//{http://search.yahoo.com/mrss/}thumbnail")
        assert thumbnail.get("url") == URL
    assert json.loads(render(JSON, feed))["items"][0]["image"] == URL
    assert content(made).count("<img") == 1


@pytest.mark.parametrize("video", [None, "https://tube.example/v"])
@pytest.mark.parametrize("name", ["a.jpg", "a.jpg?x=1&y=2", "it's.jpg"])
def test_a_picture_of_the_body_is_not_shown_twice(video: str | None, name: str) -> None:
    made = parse(f"""<p><img src="https://i.example/{name.replace("&", "&amp;")}"></p>""").entry
    assert made
    shown = content(make_entry(images=made.images, content=made.content, video=video))
    assert shown.count("<img") == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("images: [{title: Lost}]\n", "image.without_url"),
        ("featuredContent: '<video controls></video>'\n", "entry.frame_without_url"),
    ],
)
def test_a_medium_without_an_address_is_reported(more: str, code: str) -> None:
    assert [each.code for each in parse("", more).problems] == [code]
