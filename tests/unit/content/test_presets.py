"""Presets are data, and the values of a generator's front matter are read as the generator reads them."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feeds.content import front_formats, frontmatter
from feeds.content.folder_data import first_commits
from feeds.content.presets import dates, permalinks, slugs, table
from feeds.content.presets.permalinks import Page
from feeds.content.tree_files import is_match
from feeds.content.tree_values import split_heading, split_texts
from feeds.model import FileFacts, SourceFile, TreeFormat
from feeds.model.tree import KEYS, PRESETS, TOKENS
from tests.support.factories import SITE

BERLIN = ZoneInfo("Europe/Berlin")


def parse(text: str, preset: str, path: str = "post/a.md", **values: Any) -> frontmatter.Parsed:
    facts = FileFacts(table.complete(TreeFormat(preset, **values)))
    return frontmatter.parse(text.encode(), SourceFile(path, path, path.rpartition("/")[0], facts), SITE)


def test_every_preset_has_a_value_for_every_key() -> None:
    assert set(table.PRESETS) == set(PRESETS)
    for name, preset in table.PRESETS.items():
        assert preset.preset == name
        keys = ("files", "exclude", "front_matter", "date", "title", "held", "until", "id")
        assert all(getattr(preset, key) is not None for key in keys), name
        assert set(preset.keys) <= set(KEYS)


def test_the_config_overrides_a_preset_key_by_key() -> None:
    made = table.complete(TreeFormat("hugo", keys={"excerpt": ("teaser",)}, exclude=("x/**",), zone="Europe/Berlin"))
    assert (made.keys["excerpt"], made.keys["slug"]) == (("teaser",), ("slug",))
    assert made.exclude == ("**/_index.*", "_index.*", "x/**")
    assert (made.zone, made.front_matter) == ("Europe/Berlin", ("yaml", "toml", "json"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-1-2", "2024-01-02T00:00:00+01:00"),
        ("2024-01-02 10:20", "2024-01-02T10:20:00+01:00"),
        ("Jan 2, 2026", "2026-01-02T00:00:00+01:00"),
        ("January 2, 2026 1:05 PM", "2026-01-02T13:05:00+01:00"),
        ("6 December 2024", "2024-12-06T00:00:00+01:00"),
        ("01 Feb 2023", "2023-02-01T00:00:00+01:00"),
        ("2nd Feb 2023", "2023-02-02T00:00:00+01:00"),
        ("2016-05-31 11:00:00 UTC", "2016-05-31T11:00:00+00:00"),
        ("Tue, 04 Jan 2022 21:02:48 GMT", "2022-01-04T21:02:48+00:00"),
        ("Tue, 04 Jan 2022 21:02:48 -0500", "2022-01-04T21:02:48-05:00"),
        ("2024/03/04 05:06", "2024-03-04T05:06:00+01:00"),
    ],
)
def test_a_date_is_read_in_the_forms_that_people_write(value: str, expected: str) -> None:
    assert dates.read_date(value, "plain", BERLIN) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "value", ["soon", "2024-02-30", "13/13/2024", "Foo 2, 2026", "99 Jan 2024", "2024", "1 Jan 0001"]
)
def test_no_date_is_invented(value: str) -> None:
    assert dates.read_date(value, "plain", UTC) is None


@pytest.mark.parametrize(
    ("preset", "value", "expected"),
    [
        ("jekyll", "2024-03-06 00:30:00", "2024-03-06T00:30:00+00:00"),
        ("jekyll", "2024-03-06 00:30", "2024-03-06T00:30:00+01:00"),
        ("jekyll", "2024-03-06", "2024-03-06T00:00:00+01:00"),
        ("hugo", "2024-03-06 00:30:00", "2024-03-06T00:30:00+01:00"),
        ("zola", "2024-03-06T00:30:00", "2024-03-06T00:30:00+00:00"),
        ("pelican", "2024-03-06 00:30", "2024-03-06T00:30:00+01:00"),
    ],
)
def test_a_time_without_a_zone_is_in_the_zone_that_the_generator_assumes(
    preset: str, value: str, expected: str
) -> None:
    assert dates.read_date(value, preset, BERLIN) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("preset", "text", "slug"),
    [
        ("hugo", "C++ & F#: it's", "c++-f#-its"),
        ("zola", "Café & Straße", "cafe-strasse"),
        ("pelican", "First course: the base", "first-course-the-base"),
        ("mkdocs", "Q&A: how deep?", "qa-how-deep"),
        ("astro", "My Post!", "my-post"),
        ("jekyll", "Low Water & C++", "Low-Water-&-C++"),
    ],
)
def test_a_slug_is_that_of_the_generator(preset: str, text: str, slug: str) -> None:
    assert slugs.slug_function(preset)(text) == slug


def test_every_token_has_a_value() -> None:
    page = Page("hugo", "post/a.md", "a", ("post",), "A", "", datetime(2024, 3, 4, tzinfo=UTC), ("C",), "Ada")
    for token in TOKENS:
        assert permalinks.expand(f"/:{token}", page).startswith("/"), token
    with pytest.raises(permalinks.UnknownTokenError):
        permalinks.expand("/:nothing/", page)


def test_front_matter_has_lines_in_every_form() -> None:
    toml, body, first = front_formats.read_toml('+++\ntitle = "A"\n\n[taxonomies]\ntags = ["x"]\n+++\nText\n')
    assert (dict(toml), body.strip(), first + toml.lines["taxonomies"]) == (
        {"title": "A", "taxonomies": {"tags": ["x"]}},
        "Text",
        4,
    )
    values, body, first = front_formats.read_json('{\n "title": "A",\n "draft": true\n}\nText\n')
    assert (dict(values), body.strip(), first + values.lines["draft"]) == ({"title": "A", "draft": "true"}, "Text", 3)
    headers, body, first = front_formats.read_headers("Title: A: b\nTags: x,\n    y\n\nText\n")
    assert (dict(headers), body.strip(), first + headers.lines["Tags"]) == (
        {"Title": "A: b", "Tags": "x,\ny"},
        "Text",
        2,
    )


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('+++\ntitle = "A"\n', "file.unclosed_toml", 1),
        ('+++\ntitle = "A"\ndate = soon\n+++\n', "file.bad_toml", 3),
        ("---js\n{title: 1}\n---\n", "file.front_matter_program", 1),
        ('{\n "title": "A",\n "x"\n}\n', "file.bad_json", 4),
    ],
)
def test_broken_front_matter_is_a_problem_with_its_line(text: str, code: str, line: int) -> None:
    parsed = parse(text, "hugo")
    assert [(each.code, each.line) for each in parsed.problems] == [(code, line)]


def test_a_wrong_date_is_reported_with_the_key_of_the_file() -> None:
    parsed = parse("---\ntitle: A\npublishDate: soon\n---\n", "hugo")
    assert [(each.code, each.line, each.key) for each in parsed.problems] == [("value.not_date", 3, "publishDate")]


def test_a_key_is_found_in_any_case_and_in_a_mapping() -> None:
    entry = parse(
        "---\nTitle: A\nDate: {created: 2024-01-02}\nTags: [x]\nWeight: 3\nother: y\n---\n", "mkdocs", "blog/posts/a.md"
    )
    assert entry.entry is not None
    assert (entry.entry.title, entry.entry.published) == ("A", datetime(2024, 1, 2, tzinfo=UTC))
    assert entry.unknown == (("other", 6),)


@pytest.mark.parametrize(
    ("preset", "text"),
    [
        ("hugo", "---\ntitle: A\ndate: 2024-01-01\ndraft: true\n---\n"),
        ("hugo", "---\ntitle: A\ndate: 2024-01-01\nbuild: {render: never}\n---\n"),
        ("pelican", "Title: A\nDate: 2024-01-01\nStatus: Hidden\n\nText\n"),
        ("eleventy", "---\ntitle: A\ndate: 2024-01-01\npermalink: false\n---\n"),
        ("obsidian", "---\ndate: 2024-01-01\npublish: false\n---\n"),
    ],
)
def test_an_entry_that_the_generator_does_not_publish_is_held_back(preset: str, text: str) -> None:
    assert parse(text, preset).status == "unpublished"


def test_a_file_without_a_date_is_no_entry_and_no_mistake() -> None:
    parsed = parse("---\ntitle: About\n---\n", "hugo", "about.md")
    assert (parsed.status, parsed.problems) == ("undated", ())


def test_a_permalink_that_is_a_program_costs_the_entry() -> None:
    parsed = parse('---\ntitle: A\ndate: 2024-01-01\npermalink: "/{{ slug }}/"\n---\n', "eleventy")
    assert [(each.code, each.line) for each in parsed.problems] == [("tree.permalink_program", 4)]


def test_the_slug_of_another_script_is_not_certain() -> None:
    parsed = parse("Title: Стена\nDate: 2024-01-01\n\nText\n", "pelican")
    assert [each.code for each in parsed.problems] == ["tree.slug_unsure"]


def test_an_entry_after_the_move_has_the_products_own_id() -> None:
    text = "---\ntitle: A\ndate: {date}\n---\n"
    until = datetime(2024, 6, 1, tzinfo=UTC)
    before = parse(text.replace("{date}", "2024-05-31"), "hugo", id_until=until).entry
    after = parse(text.replace("{date}", "2024-06-01"), "hugo", id_until=until).entry
    assert before is not None
    assert after is not None
    assert (before.id, before.has_own_id) == (before.link, False)
    assert after.id == f"tag:{SITE.tag}:post/a"


@pytest.mark.parametrize(
    ("formula", "identity"),
    [
        ("tag:til.example,2020:{file}", "tag:til.example,2020:post/a"),
        ("https://x.example{path}#{date}", "https://x.example/post/a/#2024-01-02"),
        ("urn:x:{slug}:{stem}", "urn:x:a:a"),
    ],
)
def test_a_template_makes_ids(formula: str, identity: str) -> None:
    parsed = parse("---\ntitle: A\ndate: 2024-01-02\n---\n", "hugo", id=formula)
    assert parsed.entry is not None
    assert parsed.entry.id == identity


@pytest.mark.parametrize(
    ("preset", "key", "value", "expected"),
    [
        ("jekyll", "categories", "a b", ["a", "b"]),
        ("jekyll", "category", "a b", ["a b"]),
        ("pelican", "tags", "a, b c", ["a", "b c"]),
        ("pelican", "tags", "a; b, c", ["a", "b, c"]),
        ("hugo", "tags", "a b", ["a b"]),
        ("obsidian", "tags", "#a, b", ["a", "b"]),
    ],
)
def test_one_text_is_split_as_the_generator_does(preset: str, key: str, value: str, expected: list[str]) -> None:
    assert split_texts(value, preset, key) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("# A *b* `c`\n\nText", ("A b c", "\n\nText")),
        ("Intro\n# [A](x) # {#id}\n", ("A", "Intro\n\n")),
        ("```\n# no\n```\n# A\n", ("", "```\n# no\n```\n# A\n")),
        ("## B\n", ("", "## B\n")),
        ("# snake_case name", ("snake_case name", "")),
    ],
)
def test_a_heading_that_becomes_the_title_leaves_the_body(body: str, expected: tuple[str, str]) -> None:
    assert split_heading(body) == expected


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("_posts/a.md", "_posts/**", True),
        ("_posts/2020/a.md", "_posts/**", True),
        ("life/_posts/a.md", "**/_posts/**", True),
        ("_posts/a.md", "**/_posts/**", True),
        ("x/a.md", "*/*", True),
        ("x/y/a.md", "*/*", False),
        ("README.md", "**/README.*", True),
        ("x/b.fr.md", "**/*.fr.*", True),
    ],
)
def test_two_stars_stand_for_any_folders(path: str, pattern: str, expected: bool) -> None:
    assert is_match(path, [pattern]) == expected


def test_a_renamed_file_keeps_the_date_of_its_first_commit(tmp_path: Any) -> None:
    import subprocess

    def git(*arguments: str, date: str = "2024-01-02T03:04:05Z") -> None:
        named = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        options = ["-c", "user.name=A", "-c", "user.email=a@a.example"]
        subprocess.run(["git", "-C", str(tmp_path), *options, *arguments], check=True, capture_output=True, env=named)

    git("init")
    (tmp_path / "a.md").write_text("One line.\nAnother line.\n")
    git("add", ".")
    git("commit", "-m", "a")
    git("mv", "a.md", "b.md")
    git("commit", "-m", "b", date="2025-01-01T00:00:00Z")
    assert first_commits(tmp_path)["b.md"] == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert first_commits(tmp_path / "nowhere") == {}
