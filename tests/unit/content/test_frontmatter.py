"""A content file becomes an entry, or one line says why not."""

import json
import re
from collections.abc import Callable
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.content import data_files, frontmatter
from feeds.content.frontmatter import KEYS, Parsed
from feeds.errors import Problem
from feeds.model import Category, Enclosure, Entry, Image, Person, Provider, Related, SourceFile
from tests.support.factories import SITE, article
from tests.support.trees import DATA

CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(content: str | bytes, path: str = "news/a.md") -> Parsed:
    data = content if isinstance(content, bytes) else content.encode()
    return frontmatter.parse(data, SourceFile(f"content/{path}", path, path.rpartition("/")[0]), SITE)


def entry_of(content: str | bytes, path: str = "news/a.md") -> Entry:
    parsed = parse(content, path)
    assert parsed.entry is not None, parsed.problems
    return parsed.entry


FULL = """\
---
category: news
title: "Tom &amp; Jerry: It&#8217;s &lt;b&gt;on&lt;/b&gt;"
excerpt: "One\\r\\ntwo &amp; three  "
publishedDateTime: 2023-06-10T05:19:00+02:00
updatedDateTime: 2023-06-11
originalUrl: "https://orig.example/a"
webUrl: "https://news.example/a?x=1&y=2"
type: video
quality: 67
heat: -1
locale: en_GB
length: PT1H2M3S
price: Free
levels: [Advanced]
ratings: {count: 542, average: 4.65}
provider:
  name: Wall Street Journal
  domain: WSJ.com
  authors:
    - name: Jane Doe
      url: https://jane.example/
  images:
    - {url: "/assets/wsj.png", width: 50, height: 50}
topics: [AI, Machine Learning]
tags: [policy]
images:
  - url: "/assets/a b.png"
    width: 1280
    height: 640
    title: A picture
    attribution: Somebody
    isCached: true
related:
  - title: "Else&#8217;where"
    webUrl: https://else.example/b
    publishedDateTime: 2023-06-07T15:00:00Z
    provider: {name: CNN, domain: cnn.com}
featuredContent: '<iframe src="https://www.youtube.com/embed/abc?rel=0"></iframe>'
actions:
  - {url: "https://news.example/x.zip", type: download, title: Source, length: 1000}
secured: "opaque"
surprise: 1
---
Hello *world*, [relative](other.html), ![x](/assets/x.png) <script>bad()</script>
"""


def test_every_part_of_a_file_has_its_place() -> None:
    parsed = parse(FULL)
    assert [(each.code, each.params) for each in parsed.problems] == [
        ("entry.body_left_out", (("elements", "1 script"),))
    ]
    assert [key for key, _ in parsed.unknown] == ["surprise"]
    assert parsed.entry == Entry(
        id="tag:feeds.example,2026:news/a",
        title="Tom & Jerry: It’s <b>on</b>",
        link="https://news.example/a?x=1&y=2",
        published=datetime(2023, 6, 10, 3, 19, tzinfo=UTC),
        updated=datetime(2023, 6, 11, tzinfo=UTC),
        source="news/a.md",
        collection="news",
        summary="One\ntwo & three",
        content=(
            '<p>Hello <em>world</em>, <a href="https://news.example/other.html">relative</a>,'
            ' <img src="https://feeds.example/assets/x.png" alt="x"> </p>'
        ),
        type="video",
        language="en-GB",
        provider=Provider("Wall Street Journal", "wsj.com", (Image("https://feeds.example/assets/wsj.png", 50, 50),)),
        authors=(Person("Jane Doe", "https://jane.example/"),),
        categories=(Category("ai", "AI"), Category("machine-learning", "Machine Learning")),
        tags=("policy",),
        images=(Image("https://feeds.example/assets/a%20b.png", 1280, 640, "A picture", "Somebody"),),
        enclosures=(Enclosure("https://news.example/x.zip", "application/zip", 1000),),
        original="https://orig.example/a",
        player="https://www.youtube.com/embed/abc?rel=0",
        video="https://www.youtube.com/watch?v=abc",
        related=(Related("Else’where", "https://else.example/b", "CNN", datetime(2023, 6, 7, 15, tzinfo=UTC)),),
        actions=parsed.entry.actions if parsed.entry else (),
        facts=("1 h 2 min", "Free", "Advanced", "rated 4.7 by 542"),
        duration=3723,
        quality=67,
        heat=-1,
    )
    assert [(action.href, action.title) for action in parsed.entry.actions] == [
        ("https://news.example/x.zip", "Source")
    ]


@pytest.mark.parametrize("path", sorted((DATA / "invalid").iterdir()), ids=lambda path: path.stem)
def test_a_mistake_is_said_with_its_line(path: Path) -> None:
    data = path.read_bytes()
    expected = [line[9:].strip() for line in data.decode().splitlines() if line.startswith("# expect ")]
    parsed = parse(data, f"news/{path.name}")
    # Several expectations are lines too; the numbers in the files count them.
    found = [
        f"{'undated' if parsed.status == 'undated' else each.level} {each.line}: {f'{each.key}: ' if each.key else ''}{each.code}"
        for each in sorted(parsed.problems, key=lambda each: (each.line, each.level != "warning"))
    ]
    assert found == expected
    assert (parsed.entry is None) == any(not line.startswith("warning") for line in expected)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "0: file.empty"),
        (b" \n\n", "0: file.empty"),
        (article().encode() + b"\nna\xefve", "7: file.not_utf8"),
        (b"\xef\xbb\xbf" + article().encode(), "1: file.byte_order_mark"),
        (article("bell\x07").encode(), "2: file.control_character"),
    ],
)
def test_bytes_that_are_no_text_are_said(data: bytes, message: str) -> None:
    (problem,) = parse(data).problems
    assert f"{problem.line}: {problem.code}" == message


def test_an_alias_bomb_costs_its_entry_only() -> None:
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9 if n else ['x'])}]\n" for n in range(12))
    (problem,) = parse(article(more=bomb)).problems
    assert problem.code == "yaml.too_large"


@pytest.mark.parametrize("text", ["# Notes\n\nNo front matter.", "<html></html>", "----x\ntitle: y\n---\n"])
def test_a_file_without_front_matter_is_no_entry_and_no_mistake(text: str) -> None:
    assert parse(text) == Parsed("plain")


def test_blank_lines_before_the_front_matter_are_no_matter() -> None:
    parsed = parse("\n\n" + article(date="soon"))
    assert parsed.problems[0].line == 5


def test_windows_line_ends_are_line_ends() -> None:
    assert entry_of(article().replace("\n", "\r\n")).title == "A title"


@pytest.mark.parametrize(
    "held",
    [
        "published: false",
        "published: no",
        "published: 'false'",
        "removed: true",
        "deleted: yes",
        "draft: on",
        "draft: 'TRUE '",
    ],
)
def test_what_is_held_back_is_held_back_before_any_other_rule(held: str) -> None:
    assert parse(f"---\ntitle:\npublishedDateTime: soon\n{held}\n---\n") == Parsed("unpublished")


@pytest.mark.parametrize(
    "flag", ["published: perhaps", "published: [false]", "draft: [true]", "removed: {a: true}", "<<: {draft: true}"]
)
def test_a_flag_that_cannot_be_read_does_not_publish(flag: str) -> None:
    assert parse(article(more=f"{flag}\n")).status == "invalid"


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2023-06-10", datetime(2023, 6, 10, tzinfo=UTC)),
        ("2023-06-10 05:19", datetime(2023, 6, 10, 5, 19, tzinfo=UTC)),
        ("2023-06-10T05:19:00", datetime(2023, 6, 10, 5, 19, tzinfo=UTC)),
        ("2023-06-10T05:19:00.987Z", datetime(2023, 6, 10, 5, 19, tzinfo=UTC)),
        ("2023-06-10 05:19:00 -5", datetime(2023, 6, 10, 10, 19, tzinfo=UTC)),
        ("'2023-06-10T05:19:00+0530'", datetime(2023, 6, 9, 23, 49, tzinfo=UTC)),
    ],
)
def test_a_date_is_a_moment_in_utc(written: str, moment: datetime) -> None:
    assert entry_of(article(date=written)).published == moment


@pytest.mark.parametrize(
    "written", ["0001-01-01", "9999-12-31T23:59:59-12:00", "2023-13-01", "20230610", "1", "[2023]"]
)
def test_what_is_no_date_is_none(written: str) -> None:
    assert parse(article(date=written)).entry is None


@pytest.mark.parametrize(
    ("value", "title"),
    [("no", "no"), ("012", "012"), ("12:30:00", "12:30:00"), ("2024-01-02", "2024-01-02"), ("null", None)],
)
def test_a_title_is_what_was_written(value: str, title: str | None) -> None:
    parsed = parse(f"---\ntitle: {value}\npublishedDateTime: 2026-01-01\nwebUrl: https://a.example/\n---\n")
    assert (parsed.entry.title if parsed.entry else None) == title


@pytest.mark.parametrize(
    ("value", "seconds"), [("PT9M22S", 562), ("12:30:00", 45000), ("9:22", 562), ("P1DT1S", 86401), ("PT", None)]
)
def test_a_length_is_seconds(value: str, seconds: int | None) -> None:
    assert entry_of(article(more=f"length: {value}\n")).duration == seconds


def test_the_date_in_the_file_name_stands_in() -> None:
    undated = "---\ntitle: x\nwebUrl: https://a.example/\n---\n"
    assert entry_of(undated, "news/2024-02-03-x.md").published == datetime(2024, 2, 3, tzinfo=UTC)
    assert entry_of(undated, "news/2024-02-03 My post.md").published == datetime(2024, 2, 3, tzinfo=UTC)
    assert [each.code for each in parse(undated, "news/2024-02-3x.md").problems] == ["entry.missing_date"]
    assert [each.code for each in parse(undated, "news/2024-02-30 x.md").problems] == ["entry.bad_date_in_name"]
    assert parse(undated, "news/2024-02-3x.md").status == "undated"


def test_a_date_before_the_first_year_is_refused_as_such() -> None:
    assert [each.code for each in parse(article(date="0476-09-04")).problems] == ["value.date_too_early"]
    assert [each.code for each in parse(article(date="2026-02-30")).problems] == ["value.not_date"]
    assert entry_of(article(date="1815-12-10")).published.year == 1815


def test_a_title_that_shows_nothing_is_missing() -> None:
    assert [each.code for each in parse(article("\u200b\u2060")).problems] == ["entry.missing_title"]


def test_texts_are_used_without_tags_and_with_closed_directions() -> None:
    more = "excerpt: '<p>One</p><p>\u202etwo</p>'\nprovider: {name: \"P\u2067\"}\n"
    parsed = parse(article("A <em>new</em> <title>", more=more))
    assert parsed.entry
    assert parsed.entry.title == "A new <title>"
    assert parsed.entry.summary == "One\n\u202etwo\u202c"
    assert parsed.entry.provider == Provider("P\u2067\u2069", None)
    assert [(each.key, each.code) for each in parsed.problems if each.code == "value.markup"] == [
        ("title", "value.markup"),
        ("excerpt", "value.markup"),
    ]


def test_a_name_in_a_list_counts_once_however_it_is_spelt() -> None:
    entry = entry_of(article(more="topics: [STRASSE, Straße]\ntags: [Zu\u0308rich, ZÜRICH]\n"))
    assert entry.categories == (Category("strasse", "STRASSE"),)
    assert entry.tags == ("Zürich",)


@pytest.mark.parametrize(
    ("path", "more", "identity"),
    [
        ("learning/videos/a b.md", "", "tag:feeds.example,2026:learning/videos/a%20b"),
        ("a.md", "", "tag:feeds.example,2026:a"),
        ("news/été.html", "", "tag:feeds.example,2026:news/%C3%A9t%C3%A9"),
        ("news/a.md", "id: https://old.example/?p=1\n", "https://old.example/?p=1"),
        (
            "news/a.md",
            "id: urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6\n",
            "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        ),
        ("news/a.md", "id: 'urn:a\"b<c>'\n", "tag:feeds.example,2026:urn:a%22b%3Cc%3E"),
        ("news/a.md", "id: 0042\n", "tag:feeds.example,2026:0042"),
        ("news/a.md", "id: javascript:x\n", "tag:feeds.example,2026:javascript:x"),
    ],
)
def test_an_id_is_the_files_own_or_its_place(path: str, more: str, identity: str) -> None:
    assert entry_of(article(more=more), path).id == identity


def test_an_id_does_not_depend_on_title_url_topics_or_date() -> None:
    one = entry_of(article("One", "2024-01-01", "https://one.example/", "topics: [A]\n"))
    two = entry_of(article("Two", "2025-01-01", "https://two.example/", "topics: [B]\n"))
    assert one.id == two.id


def test_a_body_of_html_stays_html_and_is_sanitised() -> None:
    body = "<p>a</p>\n\n    <p onclick='x'>b</p>\n<iframe src='https://x.example'></iframe>\n<p>c</p>"
    made = entry_of(article() + body).content
    assert made is not None
    assert "<pre>" not in made
    assert "onclick" not in made
    assert "iframe" not in made


def test_what_cannot_stay_in_a_body_is_reported_by_element() -> None:
    body = "<p>a</p><iframe src=/x></iframe><iframe src=/y></iframe><embed src=/z><form>b</form><script>c</script>"
    assert [(each.code, each.level, each.params) for each in parse(article() + body).problems] == [
        ("entry.body_left_out", "warning", (("elements", "1 script"),)),
        ("entry.body_linked", "warning", (("elements", "1 embed, 2 iframe"),)),
        ("entry.body_text_only", "warning", (("elements", "1 form"),)),
    ]
    assert parse(article() + "<p>a <section>b</section> List<String> $x$</p>").problems == ()


def test_the_ids_of_a_body_differ_between_entries_and_do_not_depend_on_the_file() -> None:
    body = "<p id=n>a</p><a href=#n>b</a>"
    one, renamed, other = (
        entry_of(article(title) + body, path).content or ""
        for title, path in (("One", "news/a.md"), ("One", "news/b.md"), ("Two", "news/a.md"))
    )
    assert one == renamed != other
    prefix = one.partition('id="')[2].partition("n")[0]
    assert one == f'<p id="{prefix}n">a</p><a href="#{prefix}n">b</a>'
    assert prefix not in other


def test_text_that_shows_a_reference_shows_it_still() -> None:
    shown = "<p>write &amp;lt; and &amp;copy; and &amp;amp;</p>"
    assert entry_of(article() + shown, "news/a.html").content == shown
    assert entry_of(article() + "write &amp;lt; and &amp;copy; and &amp;amp;").content == shown


@pytest.mark.parametrize(
    ("markup", "count"),
    [("<div>a", 21_000), ("[a", 21_000), ("*a ", 21_000), ("<p>" + "<b title=1>" * 250 + "</p><p>a", 200)],
)
def test_of_a_body_that_would_grow_the_plain_text_is_kept_and_it_is_said(markup: str, count: int) -> None:
    parsed = parse(article() + markup * count)
    assert parsed.entry is not None
    assert parsed.entry.content
    assert parsed.entry.content.startswith("<p>")
    assert len(parsed.entry.content) < 10 * len(markup) * count
    assert [problem.code for problem in parsed.problems] == ["entry.body_too_complex"]


@pytest.mark.parametrize("reference", ["&#x1D;", "&#7;", "&#12;", "&#xFFFE;", "&#0;"])
@pytest.mark.parametrize(
    "article_of",
    [
        lambda reference: article() + f"Text {reference} here",
        lambda reference: article() + f'<p title="{reference}">Text</p>',
        lambda reference: article() + f'<img src="https://a.example/x" alt="{reference}">',
        lambda reference: article() + f'<p>Text <a href="https://a.example/{reference}">x</a></p>',
        lambda reference: article(more=f'excerpt: "a {reference} b"\n') + "Text",
        lambda reference: article(more=f'tags: ["a {reference} b"]\n') + "Text",
        lambda reference: article(more=f'provider: {{name: "a {reference} b", domain: a.example}}\n') + "Text",
        lambda reference: article(more=f'body: "Text {reference} here"\n'),
    ],
    ids=["markdown", "attribute", "alt", "url", "excerpt", "tags", "inside", "body"],
)
def test_a_reference_to_a_control_character_is_dropped_and_said(
    article_of: Callable[[str], str], reference: str
) -> None:
    parsed = parse(article_of(reference))
    assert parsed.entry is not None
    assert not CONTROL.search(repr(parsed.entry))
    assert not CONTROL.search("".join(each for each in astuple(parsed.entry) if isinstance(each, str)))
    assert [problem for problem in parsed.problems if "control_character" in problem.code]


def test_a_control_character_of_a_yaml_escape_in_a_list_is_said() -> None:
    parsed = parse(article(more='tags: ["a\\x0Bb", c]\n') + "Text")
    assert parsed.entry is not None
    assert parsed.entry.tags == ("ab", "c")
    assert [problem.key for problem in parsed.problems] == ["tags"]


def test_what_jekyll_needs_around_braces_is_taken_out() -> None:
    assert entry_of(article() + "{% raw %}{{ x }}{% endraw %}").content == "<p>{{ x }}</p>"


def test_a_provider_needs_a_name_or_a_domain() -> None:
    assert entry_of(article(more="provider: {domain: a.example}\n")).provider == Provider("a.example", "a.example")
    assert entry_of(article(more="provider: {images: []}\n")).provider is None


@pytest.mark.parametrize(
    ("src", "page"),
    [
        ("https://www.youtube-nocookie.com/embed/x1?start=3", "https://www.youtube.com/watch?v=x1"),
        ("https://www.youtube.com/embed/videoseries?list=PL1", "https://www.youtube.com/playlist?list=PL1"),
        ("https://www.youtube.com/embed/videoseries?list=%00%22x", "https://www.youtube.com/playlist?list=%00%22x"),
        ("//player.vimeo.com/video/123", "https://vimeo.com/123"),
        ("https://player.vimeo.com/video/123", "https://vimeo.com/123"),
        ("https://tube.example/e/1", "https://tube.example/e/1"),
    ],
)
def test_a_frame_is_a_video_with_a_page(src: str, page: str | None) -> None:
    assert entry_of(article(more=f"featuredContent: '<iframe src=\"{src}\"></iframe>'\n")).video == page


@given(st.binary(max_size=300))
def test_no_bytes_are_a_traceback(data: bytes) -> None:
    parse(data)
    parse(b"---\n" + data + b"\n---\n")


@given(
    st.dictionaries(
        st.sampled_from(sorted(KEYS)),
        st.recursive(
            st.text(max_size=20) | st.none() | st.integers(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["name", "url", "domain", "images", "webUrl"]), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=8,
    )
)
def test_no_value_of_a_known_key_is_a_traceback(values: dict[str, object]) -> None:
    parsed = parse("---\n" + json.dumps(values, ensure_ascii=True).replace("\\ud", "\\u0d") + "\n---\nbody")
    assert all(isinstance(problem, Problem) for problem in parsed.problems)


def test_the_answer_is_the_same_every_time() -> None:
    assert parse(FULL) == parse(FULL)


def test_a_topic_is_read_from_its_file() -> None:
    topic, problems = data_files.parse_topic(b"_id: power-apps\nname: Power Apps\nparent: Apps\n", "t.yaml")
    assert (topic.slug, topic.name, topic.parent) == ("power-apps", "Power Apps", "Apps") if topic else False
    assert problems == ()
    assert data_files.parse_topic(b"name: '!!!'\n", "t.yaml")[0] is None


def test_an_organization_is_read_from_its_file() -> None:
    made, problems = data_files.parse_organization(
        b"---\nname: A\ndomain: A.com\nimages:\n - url: /assets/a.png\n---\n", "o.md", SITE
    )
    assert made is not None
    assert (made.domain, made.images[0].url, problems) == ("a.com", "https://feeds.example/assets/a.png", ())
