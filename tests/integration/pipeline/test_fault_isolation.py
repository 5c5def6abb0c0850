"""An unexpected exception costs only the entry that caused it."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feeds.cli.main import cli
from feeds.config.model import Config
from feeds.config.reader import read_config
from feeds.content import data_files, frontmatter, workers
from feeds.content.model import Content
from feeds.edition.folder import load_published_edition
from feeds.edition.model import Edition
from feeds.errors import Bug, ConfigError
from feeds.formats import entry_html, pages, registry
from feeds.model import Window
from feeds.pipeline import build as pipeline_build
from feeds.pipeline.compose import compose
from feeds.pipeline.report import Report
from feeds.pipeline.safety import SafetyOverrides
from feeds.selection import entry_index, provider_policy, recognition, rules, select
from feeds.text import media_types
from tests.support.factories import NOW, SITE, article, make_entry
from tests.support.trees import CONFIG

Files = Callable[..., Path]
FAULTY = "n/b.md"
RULES = """\
feeds:
  words: {any: {text: [Title]}}
  all: {archive: true}
  some: {any: {collections: [n]}, limit: 3}
window: 4
"""


def file_of(name: str, day: int, title: str = "", body: str = "") -> str:
    topics = f"topics: [AI, {'Rare' if name == 'b' else 'Often'}]\nprovider: {{name: P, domain: p{day % 2}.example}}\n"
    date = f"2026-0{1 + day % 3}-0{day}T00:00:00Z"
    return article(title or f"Title {name}", date, f"https://news.example/{name}", topics) + body


SITE_FILES = {f"content/n/{name}.md": file_of(name, day) for day, name in enumerate("abcdef", 1)}


class Fault:
    """Raises an exception in a function of the program when it gets a certain entry."""

    def __init__(self, error: Callable[[], BaseException], real: Callable[..., Any]) -> None:
        self._error = error
        self._real = real

    def __call__(self, *given: Any, **named: Any) -> Any:
        if any(self._is_about(each) for each in given):
            raise self._error()
        return self._real(*given, **named)

    @staticmethod
    def _is_about(value: object) -> bool:
        value = getattr(value, "entry", value)
        return FAULTY in (getattr(value, "source", ""), getattr(value, "path", "")) or value == "https://news.example/b"


def recursion() -> BaseException:
    return RecursionError("maximum recursion depth exceeded")


def deep() -> BaseException:
    def call() -> None:
        call()

    try:
        call()
    except RecursionError as error:
        return error
    raise AssertionError


STAGES: dict[str, tuple[object, str]] = {
    "parse": (frontmatter, "parse"),
    "pack": (workers, "pack_meta"),
    "keep the id": (recognition, "link_hash"),
    "properties": (entry_index, "properties"),
    "a rule": (rules.Matcher, "matches"),
    "the text of a rule": (rules.RuleContext, "is_true"),
    "show": (provider_policy, "apply_display_policy"),
    "the body": (registry, "content"),
    "RSS": (sys.modules["feeds.formats.feedgen_adapter"], "element"),
    "JSON Feed": (sys.modules["feeds.formats.jsonfeed"], "authors"),
    "a card": (pages, "_excerpt"),
}
parametrised = pytest.mark.parametrize("stage", STAGES)


def inject(patch: pytest.MonkeyPatch, stage: str, error: Callable[[], BaseException]) -> None:
    owner, name = STAGES[stage]
    real = getattr(owner, name)
    fault = Fault(error, real)
    # A class binds functions and no other callables.
    patch.setattr(owner, name, (lambda *given, **named: fault(*given, **named)) if isinstance(owner, type) else fault)


def build(root: Path, **values: Any) -> Report:
    return pipeline_build.build(
        replace(read_config(root / "config.yaml"), **values), NOW, SafetyOverrides(removals=True)
    )


def published(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".xml", ".atom", ".json", ".html", ".opml") and path.name[0] != "."
    }


def edition_of(config: Config) -> Edition:
    found = load_published_edition(config.output)
    assert found
    return found


def only_bug(report: Report) -> Bug:
    (bug,) = report.bugs
    assert bug.path.endswith(f"content/{FAULTY}")
    assert [each for each in report.problems if each.level == "bug"] == [bug]
    return bug


@parametrised
def test_a_first_build_leaves_out_a_faulty_entry(tree: Files, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    root = tree(SITE_FILES, config=CONFIG + RULES)
    with monkeypatch.context() as patch:
        inject(patch, stage, lambda: ValueError("odd\n\x1b[31mvalue"))
        bug = only_bug(build(root))
        assert bug.message == "bug in Everyday Feeds: ValueError: odd \ufffd[31mvalue (please report it)"
        assert bug.trace.startswith("Traceback")
    (root / "content" / FAULTY).rename(root / "kept")
    build(root, output=root / "without", state=root / "without-state")
    assert {**published(root / "public"), "manifest.json": b""} == {**published(root / "without"), "manifest.json": b""}
    (root / "kept").rename(root / "content" / FAULTY)
    assert not build(root).problems
    build(root, output=root / "clean", state=root / "clean-state")
    ids = {known.id for known in edition_of(read_config(root / "config.yaml")).state.files.values()}
    assert "tag:feeds.example,2026:n/b" in ids
    assert b"Title b" in (root / "public/feeds/all.xml").read_bytes()


@parametrised
def test_a_faulty_entry_keeps_its_last_rendering_and_the_rest_is_rendered(
    tree: Files, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    root = tree(SITE_FILES, config=CONFIG + RULES)
    config = read_config(root / "config.yaml")
    build(root)
    before, known = published(config.output), edition_of(config).state.files
    # Every feed is rendered again, and the faulty file has changed.
    tree(
        {
            f"content/{FAULTY}": file_of("b", 2, body="More."),
            "content/n/a.md": file_of("a", 1, title="Title a, edited"),
            "content/n/c.md": file_of("c", 3, title="Title c, edited"),
        },
        config=CONFIG + RULES,
    )
    for _ in range(2):
        with monkeypatch.context() as patch:
            inject(patch, stage, recursion)
            report = build(root)
            assert "RecursionError" in only_bug(report).message
            checked = pipeline_build.check(config, NOW)
            assert only_bug(checked).message == only_bug(report).message
            assert not checked.changes
            assert checked.counts == report.counts
            assert min(report.counts.values()) >= 0
        now = published(config.output)
        for path in (
            "feeds/all",
            "feeds/all/2026-03",
            "feeds/all/2026-01",
            "feeds/some",
            "feeds/providers/p0.example",
            "feeds/words",
        ):
            if f"{path}.json" not in before:
                continue
            old, new = (json.loads(each[f"{path}.json"])["items"] for each in (before, now))
            assert [item["id"] for item in new] == [item["id"] for item in old], path
            parts = {item["id"]: item for item in old}
            assert [item for item in new if item["id"].endswith("n/b")] == [
                parts[item["id"]] for item in new if item["id"].endswith("n/b")
            ]
            for suffix in (".xml", ".atom", ".html"):
                assert (b"Title b" in now[path + suffix]) == (b"Title b" in before[path + suffix]), path + suffix
        assert b"Title a, edited" in now["feeds/words.xml"]
        assert b"Title c, edited" in now["feeds/providers/p1.example.xml"]
        state = edition_of(config).state
        assert not state.removals
        assert not state.gone
        assert state.files[FAULTY] == known[FAULTY]
    report = build(root)
    assert not report.problems
    assert b"More." in (root / "public/feeds/all.xml").read_bytes()
    assert edition_of(config).state.files[FAULTY].id == known[FAULTY].id


@parametrised
def test_a_document_with_only_the_faulty_entry_keeps_its_bytes(
    tree: Files, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    root = tree(SITE_FILES, config=CONFIG + RULES)
    config = read_config(root / "config.yaml")
    build(root)
    before = {path: body for path, body in published(config.output).items() if path.startswith("feeds/")}
    tree({f"content/{FAULTY}": file_of("b", 2, body="More.")}, config=CONFIG + RULES)
    with monkeypatch.context() as patch:
        inject(patch, stage, recursion)
        build(root)
    assert {path: body for path, body in published(config.output).items() if path.startswith("feeds/")} == before


@pytest.mark.parametrize("stage", ["parse", "pack"])
def test_a_fault_in_a_worker_costs_one_file_and_not_its_batch(
    tree: Files, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(workers, "PARALLEL_THRESHOLD", 1)
    root = tree(SITE_FILES)
    inject(monkeypatch, stage, lambda: TypeError("odd"))
    report = build(root)
    assert "TypeError" in only_bug(report).trace
    assert report.counts == {"published": 5, "invalid": 1, "scheduled": 0}


@parametrised
@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, OSError])
def test_an_exception_of_the_whole_build_stops_it(
    tree: Files, monkeypatch: pytest.MonkeyPatch, stage: str, error: type[BaseException]
) -> None:
    root = tree(SITE_FILES, config=CONFIG + RULES)
    inject(monkeypatch, stage, error)
    with pytest.raises(error):
        build(root)


def test_an_exception_at_every_entry_keeps_the_published_edition(tree: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(SITE_FILES)
    config = read_config(root / "config.yaml")
    pipeline_build.build(config, NOW)
    before = {path: body for path, body in published(config.output).items() if path.startswith("feeds/all")}
    for name in "abcdef":
        tree({f"content/n/{name}.md": file_of(name, 1, title="Edited")})

    def fail(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(entry_index, "properties", fail)
    report = pipeline_build.build(config, NOW)
    assert len(report.bugs) == 6
    assert {path: body for path, body in published(config.output).items() if path.startswith("feeds/all")} == before


def test_an_exception_that_no_entry_causes_is_raised(tree: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(SITE_FILES)

    def fail(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(select, "feed_definitions", fail)
    with pytest.raises(KeyError):
        build(root)


def test_a_custom_template_that_fails_for_one_entry_stops_the_build(tree: Files) -> None:
    template = "{% if entry.title == 'Title b' %}{{ entry.nothing.at_all }}{% endif %}"
    root = tree(SITE_FILES | {"templates/entry.html": template}, CONFIG + "templates: templates\n")
    with pytest.raises(ConfigError, match=r"templates/entry\.html:1"):
        build(root)


def test_cards_of_a_custom_template_are_rendered_again(tree: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files = SITE_FILES | {"templates/entry.html": "<p>{{ entry.title }}</p>!"}
    root = tree(files, CONFIG + "templates: templates\n")
    build(root)
    before = (root / "public/feeds/all.html").read_bytes()
    (root / "content" / FAULTY).write_text(file_of("b", 2, body="More."))
    inject(monkeypatch, "parse", recursion)
    build(root)
    assert (root / "public/feeds/all.html").read_bytes() == before


@pytest.mark.parametrize("folder", ["topics", "organizations"])
def test_a_faulty_data_file_costs_only_itself(tree: Files, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    suffix = {"topics": "yaml", "organizations": "md"}[folder]
    data = {
        f"content/_data/{folder}/{name}.{suffix}": f"---\nname: {name}\ndomain: {name}.example\n---\n"
        for name in ("one", "two")
    }
    root = tree(SITE_FILES | data)
    real = data_files._parse_data
    name = f"content/_data/{folder}/one.{suffix}"

    def fail(data: bytes, path: str, *given: Any) -> Any:
        if path.endswith(name):
            raise recursion()
        return real(data, path, *given)

    monkeypatch.setattr(data_files, "_parse_data", fail)
    report = build(root)
    (bug,) = report.bugs
    assert bug.path.endswith(name)
    assert report.counts["published"] == 6


def test_a_faulty_asset_costs_only_itself_and_stays_published(tree: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    assets = {f"content/assets/{name}.txt": name for name in ("one", "two")}
    root = tree(SITE_FILES | assets)
    build(root)
    tree({"content/assets/one.txt": "edited", "content/assets/two.txt": "edited"})
    real = media_types.media_type
    monkeypatch.setattr(media_types, "media_type", lambda name: 1 / 0 if name == "assets/one.txt" else real(name))
    (bug,) = build(root).bugs
    assert bug.path.endswith("content/assets/one.txt")
    assert (root / "public/assets/one.txt").read_text() == "one"
    assert (root / "public/assets/two.txt").read_text() == "edited"


def test_metadata_that_cannot_be_deserialised_costs_only_its_entry(
    tree: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    packing = sys.modules["feeds.store.serialize"]
    root = tree(SITE_FILES)
    real = packing._unpack_metas

    def fail(rows: Any, shared: Any) -> Any:
        if any(source == FAULTY for source, _ in rows):
            raise OverflowError("out of range")
        return real(rows, shared)

    monkeypatch.setattr(packing, "_unpack_metas", fail)
    report = build(root)
    assert "OverflowError" in only_bug(report).message
    assert report.counts == {"published": 5, "invalid": 1, "scheduled": 0}


@pytest.mark.parametrize("command", ["build", "check"])
@pytest.mark.parametrize("stage", ["parse", "a rule", "the body"])
def test_a_bug_is_reported_with_its_file_and_the_exit_code_is_1(
    tree: Files, monkeypatch: pytest.MonkeyPatch, command: str, stage: str
) -> None:
    root = tree(SITE_FILES, config=CONFIG + RULES)
    monkeypatch.chdir(root)
    inject(monkeypatch, stage, lambda: ValueError("odd"))
    said = f"content/{FAULTY}: bug in Everyday Feeds: ValueError: odd (please report it)"
    for arguments in ([], ["-v"]):
        done = CliRunner().invoke(cli, [command, *arguments])
        assert done.exit_code == 1, done.output
        if command == "check" or not arguments:
            assert said in done.output
        assert ("Traceback" in done.output) == bool(arguments and command == "check")
    if command == "build":
        (root / ".feeds/problems").unlink()
        assert "Traceback" in CliRunner().invoke(cli, ["build", "-v"]).output
        value = json.loads(CliRunner().invoke(cli, ["build", "--json"]).stdout)["problems"]
    else:
        value = json.loads(CliRunner().invoke(cli, ["check", "--format", "json"]).stdout)["problems"]
        assert "::error file=content/n/b.md" in CliRunner().invoke(cli, ["check", "--format", "github"]).output
        assert CliRunner().invoke(cli, ["check", "content/n/a.md"]).exit_code == 0
    assert [(each["path"], each["level"]) for each in value] == [(f"content/{FAULTY}", "bug")]
    monkeypatch.undo()
    monkeypatch.chdir(root)
    assert CliRunner().invoke(cli, [command]).exit_code == 0


@parametrised
def test_why_shows_the_bug_that_keeps_an_entry_out(tree: Files, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    root = tree(SITE_FILES, config=CONFIG + RULES)
    inject(monkeypatch, stage, recursion)
    explained = pipeline_build.explain(read_config(root / "config.yaml"), NOW, str(root / "content" / FAULTY), None)
    assert "RecursionError" in explained.steps[-1].text
    assert not explained.steps[-1].passed


BIG = Window(max_bytes=64 * 1024)
SMALL_CAP = replace(SITE, window=BIG)


def test_a_real_recursion_error_costs_the_entry(tree: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(SITE_FILES)
    inject(monkeypatch, "the body", deep)
    assert "RecursionError" in only_bug(build(root)).message


def test_formats_whose_documents_cannot_be_split_are_left_out() -> None:
    entries = tuple(make_entry(name, day) for day, name in enumerate("abc", 1))
    edition = compose(Content(entries), [], SMALL_CAP, Edition(), NOW).edition
    broken = {
        path: replace(each, body=b"{}" if path.endswith(".json") else each.body)
        for path, each in edition.documents.items()
    }
    content = Content(entries[:2], unreadable=frozenset({"news/c.md"}), faulty=frozenset({"news/c.md"}))
    before = replace(edition, documents=broken)
    after = compose(content, [], SMALL_CAP, before, NOW).edition
    assert len(after.state.feeds[0].entries) == 2
    assert not after.state.removals


def test_documents_made_before_the_fault_was_found_are_not_published(
    tree: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = CONFIG + "window: 1\nfeeds:\n  none: {any: {collections: [n]}, content: none, limit: 9}\n"
    without = {path: data for path, data in SITE_FILES.items() if not path.endswith(FAULTY)}
    root = tree(without, config=config)
    build(root)
    before = published(root / "public")
    # The entry is not in the feed of all entries, and fails only if its body is shown.
    tree({f"content/{FAULTY}": file_of("b", 2, body="More.").replace("2026-03-02", "2025-03-02")})
    (root / "config.yaml").write_text(config)
    real = entry_html.content

    def fail(entry: Any) -> str:
        if entry.source == FAULTY and entry.content:
            raise KeyError("x")
        return real(entry)

    monkeypatch.setattr(registry, "content", fail)
    only_bug(build(root))
    assert published(root / "public") == before
    assert not list((root / "public").rglob(".*.new"))
