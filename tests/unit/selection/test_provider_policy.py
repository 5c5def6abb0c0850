"""What is agreed with a provider holds in every feed."""

import json
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from feeds.content.model import Content
from feeds.edition.model import Edition
from feeds.model import (
    Category,
    Condition,
    Enclosure,
    Entry,
    FeedDefinition,
    Image,
    Policy,
    Provider,
    Related,
    Rule,
    Topic,
)
from feeds.pipeline.compose import compose
from feeds.selection import provider_policy
from tests.support.factories import NOW, SITE, make_entry
from tests.unit.formats.test_formats import ATOM, JSON, RSS, feed_of, render

ENTRY = make_entry(
    summary="One two three four five six",
    content='<p>A <img src="https://i.example/b.png" alt="x"> body</p>',
    images=(Image("https://i.example/a.png"),),
    provider=Provider("Daily", "daily.example"),
    original="https://orig.example/a",
    amp="https://amp.example/a",
    categories=(Category("ai", "AI"),),
)


def shown(**policy: Any) -> Entry:
    policies = {"daily.example": Policy(**policy)}
    return provider_policy.apply_display_policy(ENTRY, ENTRY, "full", policies)


def test_another_providers_policy_is_no_matter() -> None:
    assert provider_policy.apply_display_policy(ENTRY, ENTRY, "full", {"other.example": Policy(excerpt=0)}) == ENTRY


def test_an_excerpt_is_as_long_as_agreed_and_there_is_no_body() -> None:
    assert (shown(excerpt=12).summary, shown(excerpt=12).content) == ("One two…", None)
    assert (shown(excerpt=0).summary, shown(excerpt=0).content) == (None, None)
    assert shown().content == ENTRY.content


def test_without_pictures_there_are_none_in_the_body_either() -> None:
    entry = shown(images=False)
    assert entry.images == ()
    assert entry.content == "<p>A  body</p>"


@pytest.mark.parametrize(("link", "url"), [("web", ENTRY.link), ("original", ENTRY.original), ("amp", ENTRY.amp)])
def test_an_entry_links_to_what_is_agreed(link: str, url: str) -> None:
    assert shown(link=link).link == url
    assert shown(link=link).via == (None if link == "original" else ENTRY.original)


def test_credit_and_licence_are_in_every_format() -> None:
    entry = shown(credit="© Daily", license="https://daily.example/terms")
    feed = feed_of([entry])
    rss, atom = (etree.fromstring(render(each, feed)) for each in (RSS, ATOM))
    names = {"a": "http://www.w3.org/2005/Atom", "dc": "http://purl.org/dc/elements/1.1/"}
    assert rss.findtext(".//item/dc:rights", namespaces=names) == "© Daily"
    assert rss.find(".//item/a:link[@rel='license']", names).get("href") == "https://daily.example/terms"
    assert atom.findtext("a:entry/a:rights", namespaces=names) == "© Daily"
    assert atom.find("a:entry/a:link[@rel='license']", names).get("href") == "https://daily.example/terms"
    assert '© Daily</a> · <a rel=\\"license\\" href=' in render(JSON, feed).decode()


def test_the_provider_is_the_author_and_the_source() -> None:
    feed = feed_of([ENTRY])
    rss, atom = (etree.fromstring(render(each, feed)) for each in (RSS, ATOM))
    names = {"a": "http://www.w3.org/2005/Atom", "dc": "http://purl.org/dc/elements/1.1/"}
    source = rss.find(".//item/source")
    assert (source.text, source.get("url")) == ("Daily", "https://feeds.example/feeds/providers/daily.example.xml")
    assert rss.findtext(".//item/dc:creator", namespaces=names) == "Daily"
    assert [atom.findtext(f"a:entry/a:source/a:{name}", namespaces=names) for name in ("id", "title", "updated")] == [
        "tag:feeds.example,2026:/feeds/providers/daily.example",
        "Daily",
        "2026-01-01T00:00:00+00:00",
    ]
    assert atom.findtext("a:entry/a:author/a:name", namespaces=names) == "Daily"


@pytest.mark.parametrize(
    ("mode", "has", "has_not"), [("full", "body", ""), ("excerpt", "One two", "body"), ("none", "Daily", "One two")]
)
def test_a_feed_shows_as_much_content_as_it_says(mode: str, has: str, has_not: str) -> None:
    spec = FeedDefinition("feeds/mine", "Mine", "Mine", "custom", Rule(quality=-1, keep_quality=-2), content=mode)
    entry = replace(ENTRY, quality=1)
    edition = compose(Content((entry,)), [spec], SITE, Edition(), NOW).edition
    for suffix in (".xml", ".atom", ".json"):
        document = (edition.documents[f"feeds/mine{suffix}"].body or b"").decode()
        assert has in document
        assert not has_not or has_not not in document
        assert "body" in (edition.documents[f"feeds/all{suffix}"].body or b"").decode()


MEDIA = {"m": "http://search.yahoo.com/mrss/", "a": "http://www.w3.org/2005/Atom"}
VIDEO = make_entry(
    player="https://tube.example/embed/v",
    video="https://tube.example/v",
    duration=562,
    provider=Provider("Tuber"),
    images=(Image("https://i.example/v.jpg", 480, 360, "Still", "Cam"),),
    enclosures=(Enclosure("https://i.example/v.mp3", "audio/mpeg", 12345),),
)


@pytest.mark.parametrize("each", [RSS, ATOM], ids=["rss", "atom"])
def test_media_says_all_that_is_known(each: Any) -> None:
    root = etree.fromstring(render(each, feed_of([VIDEO])))
    image, video, audio = (
        next(iter(found))
        for found in (root.findall(f".//m:content[@medium='{kind}']", MEDIA) for kind in ("image", "video", "audio"))
    )
    assert dict(image.attrib) == {
        "url": "https://i.example/v.jpg",
        "medium": "image",
        "type": "image/jpeg",
        "width": "480",
        "height": "360",
    }
    assert (image.findtext("m:title", namespaces=MEDIA), image.findtext("m:credit", namespaces=MEDIA)) == (
        "Still",
        "Cam",
    )
    assert dict(video.attrib) == {"medium": "video", "duration": "562"}
    assert video.find("m:player", MEDIA).get("url") == "https://tube.example/embed/v"
    assert video.find("m:thumbnail", MEDIA).get("url") == "https://i.example/v.jpg"
    assert video.findtext("m:credit", namespaces=MEDIA) == "Tuber"
    assert dict(audio.attrib) == {
        "url": "https://i.example/v.mp3",
        "medium": "audio",
        "type": "audio/mpeg",
        "fileSize": "12345",
    }


def test_an_enclosure_has_its_length() -> None:
    feed = feed_of([VIDEO])
    rss, atom = (etree.fromstring(render(each, feed)) for each in (RSS, ATOM))
    wanted = {"url": "https://i.example/v.mp3", "type": "audio/mpeg", "length": "12345"}
    assert dict(rss.find(".//item/enclosure").attrib) == wanted
    link = atom.find("a:entry/a:link[@rel='enclosure']", MEDIA)
    assert {"url": link.get("href"), "type": link.get("type"), "length": link.get("length")} == wanted
    assert (
        b'"attachments":[{"url":"https://i.example/v.mp3","mime_type":"audio/mpeg","size_in_bytes":12345}]'
        in render(JSON, feed)
    )


def test_a_wide_picture_is_a_banner_too() -> None:
    feed = feed_of(
        [make_entry(images=(Image("https://i.example/s.png", 100, 100), Image("https://i.example/w.png", 1200, 630)))]
    )
    assert b'"image":"https://i.example/s.png","banner_image":"https://i.example/w.png"' in render(JSON, feed)


def test_no_more_of_one_provider_than_the_feed_says() -> None:
    entries = [make_entry(f"n{day}", day, provider=Provider("A", "a.example")) for day in range(1, 6)] + [
        make_entry("x", 1)
    ]
    spec = FeedDefinition("feeds/all", "all", "all", "custom", max_per_provider=2)
    edition = compose(Content(tuple(entries)), [spec], SITE, Edition(), NOW).edition
    assert [entry.rpartition("/")[2] for entry in edition.state.feeds[0].entries] == ["n5", "n4", "x"]


def test_an_entry_is_selected_by_what_it_is_and_restricted_after_that() -> None:
    site = replace(SITE, policies={"daily.example": Policy(excerpt=5, images=False, link="original")})
    spec = FeedDefinition(
        "feeds/mine", "Mine", "Mine", "custom", Rule(any=Condition(text=frozenset({"body"}))), collapse=True
    )
    other = make_entry("b", 2, related=(Related("A", ENTRY.link),), summary="A body too.")
    edition = compose(Content((ENTRY, other)), [spec], site, Edition(), NOW).edition
    (item,) = json.loads(edition.documents["feeds/mine.json"].body or b"")["items"]
    assert item["url"] == ENTRY.original
    assert other.link in item["content_html"]
    assert "body" not in item["content_html"].replace("A body too.", "")


def test_a_feed_with_a_most_per_provider_does_not_hold_everything() -> None:
    entries = tuple(make_entry(f"n{day}", day, provider=Provider("A", "a.example")) for day in (1, 2))
    spec = FeedDefinition("feeds/all", "all", "all", "custom", max_per_provider=1)
    edition = compose(Content(entries), [spec], SITE, Edition(), NOW).edition
    assert b"complete" not in (edition.documents["feeds/all.xml"].body or b"")


def test_a_provider_that_is_the_author_has_its_picture() -> None:
    entry = make_entry(
        provider=Provider(
            "A", "a.example", (Image("https://i.example/s.png", 50, 50), Image("https://i.example/l.png", 400, 400))
        )
    )
    assert b'"authors":[{"name":"A","avatar":"https://i.example/l.png"}]' in render(JSON, feed_of([entry]))


def test_what_is_a_topic_is_not_a_tag_too() -> None:
    entry = make_entry(categories=(Category("ai", "AI"),), tags=("ai", "Other"))
    edition = compose(Content((entry,), (Topic("ai", "Artificial Intelligence"),)), [], SITE, Edition(), NOW).edition
    (item,) = json.loads(edition.documents["feeds/ai.json"].body or b"")["items"]
    assert item["tags"] == ["Artificial Intelligence", "ai", "Other"]
    named = replace(entry, tags=("artificial intelligence",))
    edition = compose(Content((named,), (Topic("ai", "Artificial Intelligence"),)), [], SITE, Edition(), NOW).edition
    (item,) = json.loads(edition.documents["feeds/ai.json"].body or b"")["items"]
    assert item["tags"] == ["Artificial Intelligence"]
