"""A new edition in the folder is served as a whole, and a damaged one is rejected."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from feeds.content.model import Content
from feeds.edition.manifest import to_manifest
from feeds.edition.model import Edition, strong_etag
from feeds.model import Category
from feeds.pipeline.compose import compose
from tests.support.factories import NOW, SITE, article, make_entry
from tests.support.http_site import decoded
from tests.support.processes import run, until
from tests.support.raw_http import Answer, Server, server
from tests.support.served_site import FEED, edition_of, number, serves, site, tag_of
from tests.support.trees import CONFIG, publish


def test_a_new_edition_is_served_without_a_restart(tmp_path: Path) -> None:
    old = edition_of("a")
    with server(site(tmp_path, edition=old)) as running, running.connect() as connection:
        reloads = number(running, "feeds_reloads_total")
        first = connection.ask(FEED, Accept_Encoding="br")
        new = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
        publish(new, tmp_path / "public")
        until(lambda: serves(running, new))
        for path, document in new.documents.items():
            answer = connection.ask(f"/{path}")
            assert (answer.status, answer["ETag"]) == (200, f'"{document.etag}"')
            assert parsedate_to_datetime(answer["Last-Modified"]) == document.modified
        for coding in ("identity", "gzip", "br", "zstd"):
            answer = connection.ask(FEED, Accept_Encoding=coding)
            assert strong_etag(decoded(answer)) == new.documents[FEED[1:]].etag
        assert connection.ask(FEED, Accept_Encoding="br", If_None_Match=first["ETag"]).status == 200
        # A client that has an unchanged document gets 304.
        same = connection.ask("/style.css", If_None_Match=tag_of(old, "/style.css"))
        assert same.status == 304
        assert number(running, "feeds_reloads_total") == reloads + 1
        assert number(running, "feeds_reloads_refused_total") == 0


def test_a_cached_feed_is_not_served_after_its_removal_or_rename(tmp_path: Path) -> None:
    def edition(*topics: str, before: Edition = Edition(), now: datetime = NOW, **aliases: str) -> Edition:
        entries = tuple(make_entry(each, day, categories=(Category(each, each),)) for day, each in enumerate(topics, 1))
        renamed = {f"feeds/{old}": f"feeds/{new}" for old, new in aliases.items()}
        return compose(Content(entries), [], replace(SITE, aliases=renamed), before, now).edition

    old = edition("one", "two", "stays")
    new = edition("new", "stays", before=old, now=NOW + timedelta(hours=1), one="new")
    assert "feeds/one.xml" in new.state.moved
    assert "feeds/two.xml" in new.state.gone
    with server(site(tmp_path, edition=old)) as running, running.connect() as connection:
        for _ in range(2):
            for name in ("one", "two", "stays"):
                for suffix in (".xml", ".atom", ".json", ".html"):
                    for coding in ("identity", "gzip", "br", "zstd"):
                        assert connection.ask(f"/feeds/{name}{suffix}", Accept_Encoding=coding).status == 200
        publish(new, tmp_path / "public")
        until(lambda: serves(running, new))
        for _ in range(2):
            for suffix in (".xml", ".atom", ".json", ".html"):
                for coding in ("identity", "gzip", "br", "zstd"):
                    statuses = [
                        connection.ask(f"/feeds/{name}{suffix}", method, Accept_Encoding=coding).status
                        for name in ("one", "two", "stays", "new")
                        for method in ("GET", "HEAD")
                    ]
                    assert statuses == [301, 301, 410, 410, 200, 200, 200, 200], (suffix, coding)


def test_a_build_during_serving_is_served(tmp_path: Path) -> None:
    (tmp_path / "content/news").mkdir(parents=True)
    (tmp_path / "config.yaml").write_text(CONFIG)
    with server(tmp_path) as running:
        for number in range(2):
            url = f"https://news.example/{number}"
            text = f'---\ntitle: "Story {number}"\npublishedDateTime: 2026-01-0{number + 1}\nwebUrl: {url}\n---\n'
            (tmp_path / f"content/news/{number}.md").write_text(text)
            run("build", cwd=tmp_path)
            until(lambda: f"Story {number}".encode() in running.ask("/feeds/all.xml").body)  # noqa: B023


def test_an_edition_that_only_removes_documents_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "content/assets").mkdir(parents=True)
    (tmp_path / "config.yaml").write_text(CONFIG + "  base: https://feeds.example/\n")
    (tmp_path / "content/news").mkdir()
    (tmp_path / "content/news/a.md").write_text(article())
    run("build", cwd=tmp_path)
    (tmp_path / "content/assets/a.txt").write_text("hello\n")  # by now the newest document
    run("build", cwd=tmp_path)
    with server(tmp_path) as running:
        assert running.ask("/assets/a.txt").body == b"hello\n"
        (tmp_path / "content/assets/a.txt").unlink()
        run("build", "--accept-removals", cwd=tmp_path)
        until(lambda: running.ask("/assets/a.txt").status == 404)
        assert number(running, "feeds_reloads_refused_total") == 0


def test_an_older_edition_is_accepted_after_the_manifest_was_deleted(tmp_path: Path) -> None:
    old = edition_of("a")
    old = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
    new = edition_of("a", "c")
    assert new.state.modified < old.state.modified
    with server(site(tmp_path, edition=old)) as running:
        assert running.ask(FEED)["ETag"] == tag_of(old)
        manifest = tmp_path / "public/manifest.json"
        manifest.write_bytes(b"{")
        until(lambda: number(running, "feeds_reloads_refused_total") > 0)

        def is_begun_anew() -> bool:
            # The server notices the missing manifest in a check that has no visible effect.
            manifest.unlink(missing_ok=True)
            time.sleep(0.5)
            publish(new, tmp_path / "public")
            end = time.monotonic() + 2
            while not (served := serves(running, new)) and time.monotonic() < end:
                time.sleep(0.05)
            return served

        until(is_begun_anew)
        assert running.ask(FEED)["ETag"] == tag_of(new)


def torn(folder: Path, edition: Edition) -> None:
    data = to_manifest(edition)
    (folder / "manifest.json").write_bytes(data[: len(data) // 2])


def of_another_version(folder: Path, edition: Edition) -> None:
    (folder / "manifest.json").write_bytes(to_manifest(edition).replace(b'"version": 3', b'"version": 999'))


def without_a_document(folder: Path, edition: Edition) -> None:
    publish(edition, folder)
    (folder / "feeds/ai.atom").unlink()


def with_half_a_document(folder: Path, edition: Edition) -> None:
    publish(edition, folder)
    path = folder / "feeds/ai.atom"
    path.write_bytes(path.read_bytes()[:-100])


def with_the_manifest_first(folder: Path, edition: Edition) -> None:
    (folder / "manifest.json").write_bytes(to_manifest(edition))


def older(folder: Path, edition: Edition) -> None:
    publish(replace(edition, state=replace(edition.state, modified=NOW - timedelta(days=9))), folder)


def empty(folder: Path, edition: Edition) -> None:
    (folder / "manifest.json").write_bytes(b"")


def gone(folder: Path, edition: Edition) -> None:
    (folder / "manifest.json").unlink()


def all_gone(folder: Path, edition: Edition) -> None:
    shutil.rmtree(folder)


BAD: list[Callable[[Path, Edition], None]] = [
    *(torn, of_another_version, empty, without_a_document, with_half_a_document, with_the_manifest_first, older),
    *(gone, all_gone),
]


@pytest.fixture(scope="module")
def reloading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    folder = site(tmp_path_factory.mktemp("reloading"), edition=edition_of("a"))
    with server(folder) as running:
        yield running, folder / "public"


@pytest.mark.parametrize("bad", BAD)
def test_a_damaged_or_older_edition_is_rejected_and_the_last_good_one_stays(
    reloading: tuple[Server, Path], bad: Callable[[Path, Edition], None]
) -> None:
    running, folder = reloading
    clock = NOW + timedelta(days=1 + BAD.index(bad))
    # Each case starts with its own edition.
    good = edition_of("a", f"good-{bad.__name__}", now=clock)
    good = replace(good, state=replace(good.state, modified=clock))
    shutil.rmtree(folder, ignore_errors=True)
    publish(good, folder)
    until(lambda: serves(running, good))
    # Documents that were never requested are served too, if their files still exist.
    paths = [FEED, "/manifest.json", "/style.css"]
    first = [running.ask(path) for path in paths]
    refused, said = number(running, "feeds_reloads_refused_total"), len(running.said)
    bad(folder, edition_of("a", "b", "c", before=good, now=clock + timedelta(hours=1)))
    if bad not in (gone, all_gone):
        until(lambda: number(running, "feeds_reloads_refused_total") > refused)
        assert str(folder) in running.said[said:] or "manifest.json" in running.said[said:]
        assert running.said.count("\n", said) < 20
    for _ in range(3):
        for path, before in zip(paths, first, strict=True):
            answer = running.ask(path)
            assert (answer.status, answer.lasting, answer.body) == (200, before.lasting, before.body)
    assert running.ask("/readyz").status == 200
    # A later intact edition is loaded.
    later = edition_of("a", "later", before=good, now=clock + timedelta(hours=2))
    shutil.rmtree(folder, ignore_errors=True)
    publish(later, folder)
    until(lambda: serves(running, later))
    assert running.ask(FEED)["ETag"] == tag_of(later)


def is_put_off(answer: Answer) -> bool:
    return (answer.status, answer["Cache-Control"]) == (503, "no-store") and int(answer["Retry-After"]) > 0


def test_a_partly_copied_document_is_not_sent(tmp_path: Path) -> None:
    made = edition_of("a", "b")
    with server(site(tmp_path, edition=made)) as running:
        folder = tmp_path / "public"
        cached = running.ask(FEED)
        (folder / "manifest.json").write_bytes(b"{")
        for path in ("feeds/ai.atom", "feeds/ai.xml", "index.html"):
            (folder / path).write_bytes((folder / path).read_bytes()[:1000])
            for suffix in (".gz", ".br", ".zst"):
                (folder / f"{path}{suffix}").unlink()
        assert running.ask(FEED).body == cached.body
        for path in ("/feeds/ai.atom", "/"):
            for headers in ({}, {"Accept_Encoding": "gzip"}, {"If_None_Match": "*"}):
                assert is_put_off(running.ask(path, **headers)), (path, headers)
        assert running.ask("/feeds/ai.json").status == 200
        assert running.said.count("cannot serve ") == 1
        # The rest of the copy arrives.
        new = edition_of("a", "b", "c", before=made, now=NOW + timedelta(hours=1))
        shutil.rmtree(folder)
        publish(new, folder)
        until(lambda: serves(running, new))
        assert running.ask("/feeds/ai.atom")["ETag"] == tag_of(new, "/feeds/ai.atom")


def test_documents_of_a_rejected_older_edition_are_not_sent(tmp_path: Path) -> None:
    old = edition_of("a")
    made = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
    with server(site(tmp_path, edition=made)) as running:
        cached = running.ask(FEED)
        publish(old, tmp_path / "public")
        until(lambda: number(running, "feeds_reloads_refused_total") > 0)
        assert running.ask(FEED).body == cached.body
        assert is_put_off(running.ask("/feeds/ai.atom"))


def test_without_the_folder_responses_are_503_and_not_404(tmp_path: Path) -> None:
    made = edition_of("a")
    with server(site(tmp_path, edition=made)) as running:
        cached = running.ask(FEED)
        (tmp_path / "public").rename(tmp_path / "elsewhere")
        assert running.ask(FEED).body == cached.body
        for path in ("/", "/feeds/ai.atom", "/style.css"):
            assert is_put_off(running.ask(path))
        assert running.ask("/nope").status == 404
        (tmp_path / "elsewhere").rename(tmp_path / "public")
        assert running.ask("/").status == 200


def test_a_copied_edition_is_loaded_when_its_last_document_arrives(tmp_path: Path) -> None:
    old = edition_of("a")
    new = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
    publish(new, tmp_path / "new")
    with server(site(tmp_path, edition=old)) as running:
        folder = tmp_path / "public"
        shutil.copy(tmp_path / "new/manifest.json", folder)
        until(lambda: number(running, "feeds_reloads_refused_total") > 0)
        assert running.ask(FEED)["ETag"] == tag_of(old)
        # In an arbitrary order, like some tools; the manifest is not written again.
        for path in sorted(new.documents):
            for each in (tmp_path / "new").glob(f"{path}*"):
                if each.is_file():
                    shutil.copy(each, folder / each.relative_to(tmp_path / "new"))
        until(lambda: serves(running, new))
        assert running.ask(FEED)["ETag"] == tag_of(new)


def test_a_site_that_is_swapped_by_a_symbolic_link_is_loaded_as_a_whole(tmp_path: Path) -> None:
    old = edition_of("a")
    new = edition_of("a", "b", before=old, now=NOW + timedelta(hours=1))
    for name, edition in (("old", old), ("new", new)):
        publish(edition, tmp_path / name)
    (tmp_path / "public").symlink_to("old")
    with server(site(tmp_path)) as running:
        assert running.ask(FEED)["ETag"] == tag_of(old)
        (tmp_path / "next").symlink_to("new")
        (tmp_path / "next").rename(tmp_path / "public")
        until(lambda: serves(running, new))
        assert running.ask(FEED)["ETag"] == tag_of(new)
