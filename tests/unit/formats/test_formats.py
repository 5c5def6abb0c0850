"""An independent parser reads back the same values from every format."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import feedparser
import pytest
from hypothesis import given
from lxml import etree

from feeds.formats import opml
from feeds.formats.entry_html import content
from feeds.formats.registry import FORMATS, render_parts
from feeds.model import Category, Entry, FeedDefinition, FeedDocument, Image, Link, Person, Provider, Related, Site
from feeds.selection import paging, select
from tests.support.exhaustive import examples
from tests.support.factories import SITE, make_entry
from tests.support.strategies import entry_lists

SPEC = FeedDefinition("feeds/ai", "AI", "AI & <more>", "topic", description="What's <new> & good")
RSS, ATOM, JSON, HTML = FORMATS


def feed_of(entries: list[Entry]) -> FeedDocument:
    ordered = select.due(entries, datetime(2030, 1, 1, tzinfo=UTC))
    return paging.paginate(paging.FeedSelection(SPEC, ordered), SITE).main


def render(each: Any, feed: FeedDocument, site: Site = SITE) -> bytes:
    made: bytes = each.render_feed(feed, site, [render_parts(entry, site)[each.suffix] for entry in feed])
    return made


def moment(parsed: Any) -> datetime:
    return datetime(*parsed[:6], tzinfo=UTC)


@examples(8, 50)
@given(entry_lists())
def test_every_format_reads_back_equal(entries: list[Entry]) -> None:
    feed = feed_of(entries)
    rss, atom = (
        feedparser.parse(render(each, feed), sanitize_html=False, resolve_relative_uris=False) for each in (RSS, ATOM)
    )
    items = json.loads(render(JSON, feed))["items"]
    assert not rss.bozo
    assert not atom.bozo
    assert len(rss.entries) == len(atom.entries) == len(items) == len(feed.entries)
    for entry, one, two, three in zip(feed, rss.entries, atom.entries, items, strict=True):
        assert one.id == two.id == three["id"] == entry.id
        assert one.link == two.link == three["url"] == entry.link
        assert one.title == three["title"] == entry.title
        # In Atom, a text with tags is declared as HTML.
        assert two.title_detail.type == ("text/html" if "</" in entry.title else "text/plain")
        assert (unescape(two.title) if "</" in entry.title else two.title) == entry.title
        assert moment(one.published_parsed) == moment(two.published_parsed) == entry.published
        assert moment(two.updated_parsed) == datetime.fromisoformat(three["date_modified"]) == entry.updated
        assert datetime.fromisoformat(three["date_published"]) == entry.published
        shown = one.content[0].value if entry.summary else one.summary
        assert shown == two.content[0].value == three["content_html"] == content(entry)
        assert three.get("summary") == entry.summary
        if entry.summary:
            assert unescape(one.summary) == entry.summary
            assert (unescape(two.summary) if "</" in entry.summary else two.summary) == entry.summary
        labels = [category.label for category in entry.categories] + list(entry.tags)
        assert (
            [tag.term for tag in one.get("tags", [])]
            == [tag.label for tag in two.get("tags", [])]
            == three.get("tags", [])
            == labels
        )
        by = [person.name for person in entry.authors] or ([entry.provider.name] if entry.provider else [])
        assert (
            [person.name for person in one.get("authors", [])]
            == [person["name"] for person in three.get("authors", [])]
            == by
        )
        assert [image["url"] for image in one.get("media_content", [])] == [image.url for image in entry.images]


@examples(10, 100)
@given(entry_lists())
def test_xml_is_well_formed_and_json_has_no_null(entries: list[Entry]) -> None:
    feed = feed_of(entries)
    for each in (RSS, ATOM):
        etree.fromstring(render(each, feed))
    assert "null" not in re.findall(r'(?<=":)\w+', render(JSON, feed).decode())


RICH = make_entry(
    title="Tom & <b>Jerry</b>",
    updated=datetime(2026, 1, 2, tzinfo=UTC),
    summary="1 < 2 & 3",
    content="<p>A ]]&gt; body</p>",
    original="https://orig.example/?a=1&b=2",
    provider=Provider("News", "news.example"),
    authors=(Person("Ann", "https://ann.example/"), Person("Bob")),
    categories=(Category("c", "C & C"),),
    images=(Image("https://i.example/a.png?x=1&y=2", 640, 360, "Title", "Credit"),),
    related=(Related("Else", "https://else.example/", "Other"),),
    actions=(Link("https://i.example/x.zip", "related", title="Get it"),),
    facts=("9 min", "Free"),
    language="he",
)
SITE_WITH_ALL = replace(
    SITE,
    author=Person("Editors", "https://feeds.example/about", "editors@feeds.example"),
    copyright="© us",
    icon="https://feeds.example/icon.png",
    image=Image("https://feeds.example/logo.png", 400, 100),
    hubs=("https://hub.example/",),
)


def test_rss_has_all_metadata_of_a_feed() -> None:
    root = etree.fromstring(render(RSS, feed_of([RICH]), SITE_WITH_ALL))
    channel = root[0]
    texts = {child.tag: child.text for child in channel if child.text and child.text.strip()}
    assert texts == {
        "title": "AI & <more>",
        "link": "https://feeds.example/feeds/ai.html",
        "description": "What's <new> & good",
        "copyright": "© us",
        "docs": "http://www.rssboard.org/rss-specification",
        "generator": "Everyday Feeds",
        "language": "en",
        "lastBuildDate": "Fri, 02 Jan 2026 00:00:00 +0000",
        "ttl": "30",
        "{http://webfeeds.org/rss/1.0}icon": "https://feeds.example/icon.png",
        "{http://webfeeds.org/rss/1.0}logo": "https://feeds.example/logo.png",
    }
    links = {
        link.get("rel"): (link.get("href"), link.get("type"))
        for link in channel.findall("{http://www.w3.org/2005/Atom}link")
    }
    assert links == {
        "self": ("https://feeds.example/feeds/ai.xml", "application/rss+xml"),
        "hub": ("https://hub.example/", None),
    }
    assert {child.tag: child.text for child in channel.find("image")} == {
        "url": "https://feeds.example/logo.png",
        "title": "AI & <more>",
        "link": "https://feeds.example/feeds/ai.html",
        "width": "144",
        "height": "36",
    }


def test_plain_text_in_rss_is_escaped_so_that_unescaping_twice_shows_it() -> None:
    document = render(RSS, feed_of([RICH]))
    assert b"<title>Tom &#x26; &#x3C;b&#x3E;Jerry&#x3C;/b&#x3E;</title>" in document
    assert b"<description>1 &amp;lt; 2 &amp;amp; 3</description>" in document


def test_an_rss_item_has_its_guid_creators_and_update_time() -> None:
    item = etree.fromstring(render(RSS, feed_of([RICH]))).find("channel/item")
    assert item.find("guid").attrib == {"isPermaLink": "false"}
    assert [each.text for each in item.findall("{http://purl.org/dc/elements/1.1/}creator")] == ["Ann", "Bob"]
    assert item.find("author") is None
    assert item.find("{http://www.w3.org/2005/Atom}updated").text == "2026-01-02T00:00:00+00:00"
    assert [child.tag for child in item].index("description") < [child.tag for child in item].index(
        "{http://purl.org/rss/1.0/modules/content/}encoded"
    )


def test_atom_has_all_metadata_of_a_feed_and_an_entry() -> None:
    names = {"a": "http://www.w3.org/2005/Atom", "m": "http://search.yahoo.com/mrss/"}
    root = etree.fromstring(render(ATOM, feed_of([RICH]), SITE_WITH_ALL))
    assert root.findtext("a:id", namespaces=names) == "tag:feeds.example,2026:/feeds/ai"
    assert {link.get("rel"): link.get("href") for link in root.findall("a:link", names)} == {
        "self": "https://feeds.example/feeds/ai.atom",
        "alternate": "https://feeds.example/feeds/ai.html",
        "hub": "https://hub.example/",
    }
    assert root.findtext("a:author/a:email", namespaces=names) == "editors@feeds.example"
    entry = root.find("a:entry", names)
    assert [(link.get("rel"), link.get("href"), link.get("title")) for link in entry.findall("a:link", names)] == [
        ("alternate", "https://news.example/a", None),
        ("via", "https://orig.example/?a=1&b=2", None),
        ("related", "https://else.example/", "Else"),
    ]
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "he"
    assert entry.find("a:category", names).attrib == {"term": "c", "label": "C & C"}
    assert dict(entry.find("m:content", names).attrib) == {
        "url": "https://i.example/a.png?x=1&y=2",
        "medium": "image",
        "type": "image/png",
        "width": "640",
        "height": "360",
    }


def test_json_feed_has_all_metadata_and_version_first() -> None:
    value = json.loads(render(JSON, feed_of([RICH]), SITE_WITH_ALL))
    items = value.pop("items")
    assert next(iter(value)) == "version"
    assert value == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "AI & <more>",
        "home_page_url": "https://feeds.example/feeds/ai.html",
        "feed_url": "https://feeds.example/feeds/ai.json",
        "description": "What's <new> & good",
        "icon": "https://feeds.example/logo.png",
        "favicon": "https://feeds.example/icon.png",
        "authors": [{"name": "Editors", "url": "https://feeds.example/about"}],
        "language": "en",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
    }
    assert items[0]["external_url"] == "https://orig.example/?a=1&b=2"
    assert items[0]["image"] == "https://i.example/a.png?x=1&y=2"


def test_the_page_links_the_three_feeds_and_escapes_text() -> None:
    page = render(HTML, feed_of([RICH]), SITE_WITH_ALL).decode()
    for kind, suffix in (("rss+xml", "xml"), ("atom+xml", "atom"), ("feed+json", "json")):
        assert (
            f'type="application/{kind}" title="AI &amp; &lt;more&gt;" href="https://feeds.example/feeds/ai.{suffix}"'
            in page
        )
    assert "Tom &amp; &lt;b&gt;Jerry&lt;/b&gt;</a></h2>" in page


def test_content_has_picture_text_credit_and_related_coverage() -> None:
    assert content(RICH) == (
        '<figure><a href="https://news.example/a"><img src="https://i.example/a.png?x=1&amp;y=2" alt="Title" width="640" height="360"></a>'
        "<figcaption>Title · Credit</figcaption></figure>\n"
        "<p>A ]]&gt; body</p>\n"
        '<p><a href="https://i.example/x.zip">Get it</a></p>\n'
        "<p>9 min · Free</p>\n"
        '<p><a href="https://news.example/a">News</a></p>\n'
        "<p>Related coverage</p>\n"
        '<ul><li><a href="https://else.example/">Else</a> (Other)</li></ul>'
    )


def test_a_picture_that_is_in_the_body_is_shown_once() -> None:
    url = "https://i.example/a.png?a=1&b=2"
    inside = make_entry(images=(Image(url),), content='<p><img src="https://i.example/a.png?a=1&amp;b=2"></p>')
    assert content(inside).count("<img") == 1
    another = make_entry(images=(Image("https://i.example/a.png"),), content="<p>https://i.example/a.png</p>")
    assert content(another).count("<img") == 1


def test_a_video_is_shown_as_a_linked_thumbnail() -> None:
    entry = make_entry(video="https://tube.example/v", images=(Image("https://i.example/v.jpg"),), summary="One\nTwo")
    assert content(entry) == (
        '<p><a href="https://tube.example/v"><img src="https://i.example/v.jpg" alt="Title a">▶ Watch: Title a</a></p>\n'
        "<p>One</p>\n<p>Two</p>\n"
        '<p><a href="https://news.example/a">news.example</a></p>'
    )


def test_opml_lists_every_feed_under_its_kind() -> None:
    feeds = [
        replace(feed_of([RICH]), spec=replace(SPEC, kind=kind, path=f"feeds/{kind}"), path=f"feeds/{kind}")
        for kind in ("topic", "all", "provider")
    ]
    root = etree.fromstring(opml.render_site(SITE, feeds))
    assert [group.get("text") for group in root.find("body")] == ["Everything", "Topics", "Providers"]
    assert dict(root.find("body")[1][0].attrib) == {
        "type": "rss",
        "text": "AI & <more>",
        "title": "AI & <more>",
        "xmlUrl": "https://feeds.example/feeds/topic.xml",
        "htmlUrl": "https://feeds.example/feeds/topic.html",
    }
    assert root.findtext("head/dateModified") == "Fri, 02 Jan 2026 00:00:00 GMT"


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.suffix)
def test_a_feed_without_entries_is_valid(each: Any) -> None:
    document = render(each, feed_of([]))
    assert not feedparser.parse(document).bozo or each in (JSON, HTML)
    assert b"None" not in document
