"""Builds with an index equal builds without one, and avoid unnecessary work."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.config.reader import read_config
from feeds.content import listing
from feeds.content.scan import ContentTree
from feeds.edition.folder import load_published_edition
from feeds.pipeline import build, fingerprints
from feeds.pipeline.fingerprints import parse_key
from feeds.pipeline.render import FeedRenderer
from feeds.pipeline.safety import SafetyOverrides
from feeds.store.content_index import ContentIndex
from tests.support.exhaustive import EXHAUSTIVE
from tests.support.factories import NOW, article
from tests.support.processes import run
from tests.support.trees import CONFIG, FILES, LONG_AGO, PROJECT, Tree, aged, files_in

names = st.sampled_from(["a", "b", "c"])


titles = st.sampled_from(["One", "Two", "Six"])  # of one length: a file that is edited keeps its size


dates = st.sampled_from(["2026-01-02", "2026-02-03", "2026-06-03", "2026-13-01"])


CONFIGS = (
    "",
    "window: 2\n",
    "window: 1\nfeeds:\n  all: {archive: true}\n",
    "feeds:\n  all: {archive: true}\n",
    "pages: no\n",
)


edits = st.lists(
    st.tuples(st.just("write"), names, titles, dates, st.booleans())
    | st.tuples(st.just("retitle"), names, titles)
    | st.tuples(st.just("remove"), names)
    | st.tuples(st.just("rename"), names, names)
    | st.tuples(st.just("touch"), names)
    | st.tuples(st.just("asset"), st.sampled_from(["a", "b"]), st.sampled_from(["1", "2", "3"]))
    | st.tuples(st.just("touch asset"), st.sampled_from(["a", "b"]))
    | st.tuples(st.just("remove asset"), st.sampled_from(["a", "b"]))
    | st.tuples(st.just("config"), st.sampled_from(CONFIGS))
    | st.tuples(
        st.just("damage"),
        st.sampled_from(["feeds/all.xml", "feeds/all.atom.gz", "feeds/all/2026-01.json", "index.html", "assets/a.txt"]),
    )
    | st.tuples(st.just("build"), st.sampled_from([0, 0, 1, 40])),
    max_size=14,
)


# So that each edit changes a file that was built before.
BEGUN = [
    ("write", "a", "One", "2026-01-02", True),
    ("write", "b", "Two", "2026-06-03", False),
    ("asset", "a", "1"),
    ("build", 0),
]


@settings(max_examples=50 if EXHAUSTIVE else 12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(CONFIGS), edits)
def test_a_build_with_the_index_equals_one_without_after_any_edits(
    in_memory: Path, monkeypatch: pytest.MonkeyPatch, first_config: str, steps: list[tuple[Any, ...]]
) -> None:
    # It waits for all disks, and only matters after a power cut.
    monkeypatch.setattr(os, "sync", lambda: None)
    for name in ("content", "public", "clean", ".feeds"):
        shutil.rmtree(in_memory / name, ignore_errors=True)
    folder, now = in_memory / "content/n", NOW
    folder.mkdir(parents=True)
    (in_memory / "content/assets").mkdir()
    (in_memory / "config.yaml").write_text(CONFIG + first_config)
    for number, (kind, *values) in enumerate([*BEGUN, *steps, ("build", 0), ("build", 0)]):
        path, asset = folder / f"{values[0]}.md", in_memory / f"content/assets/{values[0]}.txt"
        if kind == "write":
            _, title, date, tagged = values
            topics = "topics: [AI]\n" if tagged else ""
            path.write_text(article(title, f"{date}T00:00:00Z", f"https://news.example/{values[0]}", topics))
            # Every file has a different date in the past, otherwise the index would not be used.
            os.utime(path, (LONG_AGO + number, LONG_AGO + number))
        elif kind == "retitle" and path.exists():
            path.write_text(re.sub('title: "...', f'title: "{values[1]}', path.read_text()))
            os.utime(path, (LONG_AGO + number, LONG_AGO + number))
        elif kind == "remove":
            path.unlink(missing_ok=True)
        elif kind == "rename" and path.exists():
            path.rename(folder / f"{values[1]}.md")
        elif kind == "touch" and path.exists():
            os.utime(path, (LONG_AGO + number, LONG_AGO + number))
        elif kind == "asset":
            asset.write_text(values[1] * 600)
            os.utime(asset, (LONG_AGO + number, LONG_AGO + number))
        elif kind == "touch asset" and asset.exists():
            os.utime(asset, (LONG_AGO + number, LONG_AGO + number))
        elif kind == "remove asset":
            asset.unlink(missing_ok=True)
        elif kind == "config":
            (in_memory / "config.yaml").write_text(CONFIG + values[0])
        elif kind == "damage" and (in_memory / "public" / values[0]).exists():
            for output in ("public", "clean"):
                (in_memory / output / values[0]).write_bytes(b"damaged")
        elif kind == "build":
            now += timedelta(days=values[0])
            config = read_config(in_memory / "config.yaml")
            # A clean build has the same previous edition, because both were equal until now, but no index.
            clean = replace(config, output=in_memory / "clean", state=in_memory / "clean-state")
            shutil.rmtree(clean.state, ignore_errors=True)
            for each in (config, clean):
                build.build(each, now, SafetyOverrides(new_ids=True, removals=True))
            assert files_in(in_memory / "public") == files_in(in_memory / "clean")
            assets = files_in(in_memory / "content/assets")
            assert {path.name: path.read_bytes() for path in in_memory.glob("public/assets/*.txt")} == assets


@pytest.mark.parametrize("changed", ["nothing", "content", "config", "output", "moment"])
def test_a_build_with_unchanged_inputs_is_skipped(tree: Tree, changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = aged(tree(FILES | {"content/n/later.md": article("Later", "2026-06-05T00:00:00Z", "https://n.example/l")}))
    config, composed = read_config(root / "config.yaml"), []
    real = build.BuildContext.compose
    monkeypatch.setattr(build.BuildContext, "compose", lambda *given: composed.append(1) or real(*given))
    first = build.build(config, NOW)
    assert first.should_report
    again = build.build(config, NOW + timedelta(minutes=5))
    assert len(composed) == 1
    assert not again.should_report
    assert (again.counts, again.feed_count, again.document_count) == (
        first.counts,
        first.feed_count,
        first.document_count,
    )
    if changed == "content":
        (root / "content/n/a.md").unlink()
    elif changed == "config":
        config = read_config(tree(config=CONFIG + "window: 2\n") / "config.yaml")
    elif changed == "output":
        (root / "public/feeds/all.xml.br").unlink()
    build.build(config, NOW + timedelta(days=5 if changed == "moment" else 0, minutes=5))
    assert len(composed) == (1 if changed == "nothing" else 2)
    # The skipped build did not remove rows from the index.
    with ContentIndex(root / ".feeds", parse_key(config.site), keep=False) as known:
        assert len(list(known.iter_unchanged({}, lambda _: None))) + len(known._stale) == (
            3 if changed == "content" else 4
        )


@pytest.mark.parametrize("path", ["content/n/a.md", "content/assets/a.txt"])
def test_an_unreadable_file_is_read_again_by_the_next_build(
    tree: Tree, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = aged(tree(FILES | {"content/assets/a.txt": "a"}))
    os.utime(root / "content/assets/a.txt", (LONG_AGO, LONG_AGO))
    config = read_config(root / "config.yaml")
    build.build(config, NOW)
    os.utime(root / path, (LONG_AGO + 1, LONG_AGO + 1))

    opened = ContentTree._open

    def failing(self: ContentTree, name: str) -> int:
        if path.endswith(name):
            raise OSError(5, "Input/output error")
        return opened(self, name)

    with monkeypatch.context() as disk:
        disk.setattr(ContentTree, "_open", failing)
        assert "Input/output error" in str(build.build(config, NOW).problems)
    assert "Input/output error" not in str(build.build(config, NOW).problems)
    assert build._unchanged_report(config, listing.scan(config.content), NOW)


@pytest.mark.parametrize("changed", ["nothing", "content", "config", "template", "output"])
def test_a_skipped_build_does_not_parse_the_config(tree: Tree, changed: str) -> None:
    root = aged(tree(FILES | {"templates/style.css": "a {}"}, config=CONFIG + "templates: templates\n"))
    run("build", cwd=root)
    if changed == "content":
        (root / "content/n/a.md").unlink()
    elif changed == "config":
        tree(config=CONFIG + "window: 2\n")
    elif changed == "template":
        (root / "templates/style.css").write_text("p {}")
    elif changed == "output":
        (root / "public/feeds/all.xml.br").unlink()
    assert reads_config(root) == (changed != "nothing")


def reads_config(root: Path, *arguments: str) -> bool:
    """Run a quiet build, and return whether it parsed the config."""
    code = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from feeds.cli.main import main; main()"
    given = [sys.executable, "-c", code, "build", "-q", *arguments]
    done = subprocess.run(
        given, cwd=root, env=os.environ | {"PYTHONPATH": str(PROJECT)}, check=True, capture_output=True, text=True
    )
    return "feeds.config.reader" in done.stdout.split()


@pytest.mark.parametrize("written", ["output: out", 'output: "o\\x75t"', "output:\n  out", "{output}"], ids=str)
def test_a_skipped_build_finds_its_folders_in_every_spelling_of_the_config(tree: Tree, written: str) -> None:
    flow = '{"output": "out", "site": {"title": "T", "url": "https://f.example/", "tag": "f.example,2026"}}\n'
    root = aged(tree(FILES, config=flow if written == "{output}" else f"{CONFIG}{written}\n"))
    run("build", cwd=root)
    assert (root / "out/feeds/all.xml").exists()
    assert not reads_config(root)
    (root / "out/feeds/all.xml.br").unlink()
    assert reads_config(root)


def test_a_copied_site_is_built_again(tree: Tree, tmp_path: Path) -> None:
    root = aged(tree(FILES))
    run("build", cwd=root)
    copy = tmp_path / "copy"
    for name in ("config.yaml", ".feeds/last-build.json", "content/n/a.md"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, copy / name)
    assert reads_config(copy)
    assert (copy / "public/feeds/all.xml").exists()


def test_folder_options_do_not_use_the_stamp_of_the_configured_folders(tree: Tree) -> None:
    root = aged(tree(FILES))
    run("build", cwd=root)
    assert reads_config(root, "--output", "elsewhere")
    assert not reads_config(root, "--output", "elsewhere")
    assert reads_config(root)


def test_a_build_with_a_state_folder_elsewhere_is_skipped_too(tree: Tree) -> None:
    root = aged(tree(FILES, config=CONFIG + "state: cache\n"))
    config = read_config(root / "config.yaml")
    build.build(config, NOW)
    assert build._unchanged_report(config, listing.scan(config.content), NOW)
    assert not (root / ".feeds").exists()


def test_another_render_version_renders_every_output_folder_again(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    config = read_config(aged(tree(FILES)) / "config.yaml")
    build.build(config, NOW)
    render = FeedRenderer.render
    monkeypatch.setattr(FeedRenderer, "render", lambda *given: render(*given) + b"\n")
    monkeypatch.setattr(fingerprints, "RENDER_VERSION", 0)
    elsewhere = replace(config, output=config.output.with_name("elsewhere"))
    for each in (elsewhere, config):
        build.build(each, NOW)
        assert (each.output / "feeds/all.xml").read_bytes().endswith(b"\n\n"), each.output


def test_only_feeds_that_changed_are_rendered(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        f"content/n/{name}.md": article(name, url=f"https://n.example/{name}", more=f"topics: [{topic}]\n")
        for name, topic in (("a", "AI"), ("b", "Robots"))
    }
    root = aged(tree(files))
    config = read_config(root / "config.yaml")
    build.build(config, NOW)
    made: list[str] = []
    feed_documents = import_module("feeds.pipeline.feed_documents")
    real = feed_documents.render_document
    monkeypatch.setattr(
        feed_documents, "render_document", lambda document, *rest: made.append(document.path) or real(document, *rest)
    )
    tree({"content/n/b.md": article("B", url="https://n.example/b", more="topics: [Robots]\n")})
    build.build(config, NOW)
    assert made == ["feeds/all", "feeds/robots"]


def test_a_file_date_in_the_future_does_not_prevent_skipped_builds(tree: Tree) -> None:
    root = aged(tree(FILES))
    os.utime(root / "content/n/a.md", (LONG_AGO * 2, LONG_AGO * 2))
    config = read_config(root / "config.yaml")
    build.build(config, NOW)
    assert build._unchanged_report(config, listing.scan(config.content), NOW)


def test_a_build_with_reused_pages_writes_the_same_files(tree: Tree) -> None:
    entries = {
        f"content/n/{month}.md": article(f"In {month}", f"2025-{month:02}-01T00:00:00Z", f"https://n.example/{month}")
        for month in range(1, 10)
    }
    root = aged(tree(entries, config=CONFIG + "window: 2\nfeeds:\n  all: {archive: true}\n"))
    config = read_config(root / "config.yaml")
    build.build(config, NOW)
    made = files_in(root / "public")
    tree({"content/n/draft.md": article("A draft", more="published: false\n")})
    assert not build.build(config, NOW).changes
    assert files_in(root / "public") == made


def test_a_feed_stays_published_if_its_only_entry_becomes_invalid(tree: Tree) -> None:
    alone = article("Alone", "2026-01-05T00:00:00Z", "https://rare.example/a", "topics: [Rare]\n")
    root = aged(tree(FILES | {"content/n/alone.md": alone}))
    config = read_config(root / "config.yaml")
    build.build(config, NOW)
    before = {path: (root / "public" / path).read_bytes() for path in ("feeds/rare.xml", "feeds/rare.json.gz")}
    for broken in ("2026-13-05", "2026-14-05"):
        tree({"content/n/alone.md": alone.replace("2026-01-05", broken)})
        report = build.build(config, NOW)
        assert not report.changes.removed
        edition = load_published_edition(config.output)
        assert edition
        assert "feeds/rare.xml" not in edition.state.gone
        assert {path: (root / "public" / path).read_bytes() for path in before} == before
    tree({"content/n/alone.md": alone.replace("Alone", "Mended")})
    build.build(config, NOW)
    assert b"Mended" in (root / "public/feeds/rare.xml").read_bytes()
    (root / "content/n/alone.md").unlink()
    build.build(config, NOW)
    edition = load_published_edition(config.output)
    assert edition
    assert "feeds/rare.xml" in edition.state.gone
