"""Inputs of pages: default or custom templates, settings, and the content."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from feeds.content.model import Content
from feeds.edition.model import Edition
from feeds.formats.contrast import contrast, readable
from feeds.model import Category, Entry, Image, Organization, Provider, Related, Site, Topic
from feeds.pipeline.compose import compose
from feeds.selection.statistics import WEEKS
from tests.support.factories import NOW, SITE, make_entry
from tests.unit.formats.test_formats import HTML, feed_of, render

ENTRY = make_entry("a", 1, categories=(Category("ai", "AI"),))


def page(path: str, *entries: Entry, site: Site = SITE, **content: tuple[object, ...]) -> str:
    edition = compose(Content(entries, **content), [], site, Edition(), NOW).edition  # type: ignore[arg-type]
    return (edition.documents[path].body or b"").decode()


def sentence(seed: int, length: int) -> str:
    """Return words with this number of characters, different for each seed."""
    words = "models robots learn from people who measure how chips and language shape the work of science".split()
    chosen = (words[(seed * 7 + place * place) % len(words)] for place in range(length // 2))
    return " ".join(chosen)[:length].strip().capitalize()


def realistic(number: int) -> Entry:
    """Return an entry of the usual length of news, with picture and logo; every fourth one has coverage."""
    slug = f"{sentence(number, 62)} {number}".lower().replace(" ", "-")
    related = tuple(
        Related(
            sentence(number + each, 64),
            f"https://www.elsewhere.example/{each}/2026/01/{slug[-44:]}/",
            "The Other Paper",
        )
        for each in range(3 if number % 4 == 0 else 0)
    )
    return make_entry(
        f"n{number}",
        published=NOW - timedelta(hours=5 * number),
        title=sentence(number, 66),
        link=f"https://www.a-newsroom.example/en/technology/2026/01/{slug}/",
        summary=sentence(number + 3, 120 + 60 * (number % 4)),
        provider=Provider("The Daily Example", "a-newsroom.example"),
        images=(
            Image(f"https://media.a-newsroom.example/2026/01/{slug}-1600x900.jpg", 1600, 900, sentence(number, 40)),
        ),
        categories=tuple(Category(name.lower(), name) for name in ("Robotics", "Research")[: 1 + number % 2]),
        related=related,
        facts=("5 min",) if number % 5 == 0 else (),
    )


def test_a_page_of_fifty_entries_with_pictures_and_coverage_stays_within_its_budget() -> None:
    logo = Image("https://feeds.example/assets/organizations/a-newsroom.example-50x50.jpg", 50, 50)
    daily = Organization("a-newsroom.example", "The Daily Example", images=(logo,))
    made = page("feeds/all.html", *map(realistic, range(60)), organizations=(daily,))
    counted = {mark: made.count(mark) for mark in ("<article", 'class="picture"', 'width="16"', "<details")}
    assert counted == {"<article": 50, 'class="picture"': 50, 'width="16"': 50, "<details": 13}
    assert made.count("stylesheet") == 1
    assert len(made.encode()) < 60 * 1024


def test_a_topic_without_a_feed_is_not_linked() -> None:
    made = render(HTML, feed_of([make_entry(categories=(Category("ai", "AI"), Category("C++", "C++")))])).decode()
    assert '<a href="/feeds/ai.html">AI</a>' in made
    assert "C++" not in made


def test_a_provider_is_shown_with_the_picture_of_its_organization() -> None:
    entry = make_entry(provider=Provider("Daily", "daily.example"))
    logos = (Image("https://i.example/1.png", 50, 50), Image("https://i.example/2.png", 500, 500))
    made = page("feeds/all.html", entry, organizations=(Organization("daily.example", "Daily", images=logos),))
    assert '<img src="https://i.example/1.png" alt="" width="16"' in made
    assert "2.png" not in made.partition("<article")[2]


def test_another_picture_of_an_organization_changes_the_page() -> None:
    entry = make_entry(provider=Provider("Daily", "daily.example"))
    editions = [
        compose(
            Content((entry,), organizations=(Organization("daily.example", "Daily", images=(Image(url),)),)),
            [],
            SITE,
            Edition(),
            NOW,
        ).edition
        for url in ("https://i.example/1.png", "https://i.example/2.png")
    ]
    one, two = ({each.path: each.input_hash for each in edition.state.feeds}["feeds/all"] for edition in editions)
    assert one != two


def test_related_coverage_is_folded_under_its_story() -> None:
    made = render(HTML, feed_of([make_entry(related=(Related("Else & <b>", "https://else.example/", "Other"),))]))
    assert b"<details><summary>Related coverage (1)</summary>" in made
    assert b'<a href="https://else.example/">Else &amp; &lt;b&gt;</a> Other</li>' in made


def test_topics_are_listed_under_their_parent_topic() -> None:
    topics = (Topic("ai", "AI"), Topic("vision", "Vision", parent="AI"))
    entry = make_entry(categories=(Category("vision", "Vision"),))
    root = etree.HTML(page("index.html", entry, topics=topics))
    assert root.xpath("//li[.//h3/a='AI']/ul/li//h3/a/text()") == ["Vision"]
    assert root.xpath("//h2/text()") == ["Everything", "Topics"]


def test_a_sparkline_has_a_bar_for_each_week_before_the_newest_entry() -> None:
    entries = [make_entry("a", 1), make_entry("b", 2), make_entry("c", 29)]
    path = re.findall(r'<path d="([^"]*)"', page("index.html", *entries))[0]
    last = 4 * (WEEKS - 1) + 2
    # The 2nd is 27 days before the 29th, the 1st is 28, which is a week further.
    assert path == f"M{last - 16} 17v-17M{last - 12} 17v-17M{last} 17v-17"


def test_links_between_pages_are_paths_of_the_site() -> None:
    site = replace(SITE, url="https://feeds.example/news/", content_base_url="https://feeds.example/news/")
    made = page("feeds/all.html", ENTRY, site=site)
    assert '<link rel="stylesheet" href="/news/style.css">' in made
    assert '<a href="/news/feeds/ai.html">' in made
    assert '<?xml-stylesheet type="text/css" href="/news/feed.css"?>' in page("feeds/all.xml", ENTRY, site=site)


def test_without_pages_there_are_no_files_for_pages() -> None:
    edition = compose(Content((ENTRY,)), [], replace(SITE, pages=False), Edition(), NOW).edition
    assert {path for path in edition.documents if not path.startswith("feeds/")} == {"feeds.opml", "feed.css"}


def test_the_sitemap_has_every_page() -> None:
    root = etree.fromstring(page("sitemap.xml", ENTRY).encode())
    assert [each[0].text for each in root] == [
        "https://feeds.example/",
        "https://feeds.example/feeds/all.html",
        "https://feeds.example/feeds/ai.html",
    ]
    assert {each[1].text for each in root} == {"2026-01-01"}


@pytest.mark.parametrize("background", ["#f5f6f8", "#1f2229"])
@pytest.mark.parametrize("colour", ["#ffee00", "#0b57d0", "#000000", "#ffffff", "#777777"])
def test_every_accent_colour_is_readable(colour: str, background: str) -> None:
    one, two = (tuple(bytes.fromhex(each[1:])) for each in (readable(colour, background), background))
    assert contrast(one, two) >= 4.5
