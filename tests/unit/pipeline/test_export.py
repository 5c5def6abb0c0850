"""The folder always has a whole edition: the previous or the new one."""

import gzip
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from feeds.edition import manifest
from feeds.edition.folder import load_published_edition
from feeds.edition.manifest import to_manifest
from feeds.edition.model import Document, Edition, strong_etag
from feeds.errors import EditionError, ExportError
from feeds.pipeline import export, output_files, recovery, remote_manifest
from tests.support.trees import publish

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


def edition(**bodies: bytes) -> Edition:
    paths = {name.replace("__", "/"): body for name, body in bodies.items()}
    return Edition(
        {
            path: Document(
                path,
                "text/plain",
                strong_etag(body),
                len(body),
                MOMENT,
                body,
                kind="asset" if path.startswith("assets/") else "site",
            )
            for path, body in paths.items()
        }
    )


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files of the folder, without those for static hosts."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("_headers", ".nojekyll")
    }


def test_the_exported_documents_are_the_composed_ones(tmp_path: Path) -> None:
    one = edition(a=b"1", feeds__b=b"2")
    publish(one, tmp_path / "out")
    assert files_in(tmp_path / "out") == {"a": b"1", "feeds/b": b"2", "manifest.json": to_manifest(one)}
    assert load_published_edition(tmp_path / "out") == one


def test_unchanged_files_are_not_touched(tmp_path: Path) -> None:
    publish(edition(a=b"1", b=b"2"), tmp_path)
    before = {name: (tmp_path / name).stat() for name in ("a", "b", "manifest.json")}
    publish(edition(a=b"1", b=b"2"), tmp_path)
    assert {name: (tmp_path / name).stat() for name in before} == before
    publish(edition(a=b"1", b=b"3"), tmp_path)
    assert (tmp_path / "a").stat() == before["a"]
    assert (tmp_path / "b").stat().st_ino != before["b"].st_ino


def test_a_document_that_became_small_has_no_compressed_copy(tmp_path: Path) -> None:
    publish(edition(a=b"large " * 200), tmp_path)
    assert (tmp_path / "a.gz").exists()
    publish(edition(a=b"small"), tmp_path)
    assert set(files_in(tmp_path)) == {"a", "manifest.json"}
    (tmp_path / "a.br").write_bytes(b"of another one")
    publish(edition(a=b"small"), tmp_path)
    assert set(files_in(tmp_path)) == {"a", "manifest.json"}


def test_a_document_that_could_not_be_removed_is_removed_by_the_next_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    publish(edition(a=b"1", b=b"2", c=b"3"), tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(export, "remove", fail)
        with pytest.raises(ExportError):
            publish(edition(a=b"1"), tmp_path)
    assert (tmp_path / "b").exists()
    # One of them is published again.
    publish(edition(a=b"1", c=b"4"), tmp_path)
    assert set(files_in(tmp_path)) == {"a", "c", "manifest.json"}


def test_only_documents_of_the_previous_manifest_are_removed(tmp_path: Path) -> None:
    publish(edition(feeds__a=b"1", old__deep__b=b"2"), tmp_path)
    (tmp_path / "CNAME").write_text("mine")
    (tmp_path / "feeds/mine.txt").write_text("mine")
    publish(edition(c=b"3"), tmp_path)
    assert set(files_in(tmp_path)) == {"c", "CNAME", "feeds/mine.txt", "manifest.json"}
    assert not (tmp_path / "old").exists()


def test_deleted_or_truncated_documents_are_repaired(tmp_path: Path) -> None:
    publish(edition(a=b"1", b=b"22"), tmp_path)
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_bytes(b"2")
    publish(edition(a=b"1", b=b"22"), tmp_path)
    assert files_in(tmp_path)["a"] == b"1"
    assert files_in(tmp_path)["b"] == b"22"


def test_a_failure_while_writing_leaves_the_output_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(edition(a=b"1", b=b"2"), tmp_path)
    before = files_in(tmp_path)

    def full(_: Edition) -> Iterator[bytes]:
        yield b"{"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(manifest, "pieces", full)
    with pytest.raises(ExportError, match="No space left"):
        publish(edition(a=b"3", b=b"4"), tmp_path)
    assert files_in(tmp_path) == before


def test_no_document_is_newer_than_its_manifest(tmp_path: Path) -> None:
    publish(edition(a=b"1", b=b"2"), tmp_path)
    newest = max((tmp_path / name).stat().st_mtime_ns for name in "ab")
    assert newest <= (tmp_path / "manifest.json").stat().st_mtime_ns


def test_the_manifest_is_renamed_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, renamed = os.replace, []

    def replace(path: str, target: str) -> None:
        renamed.append(Path(target).name)
        real(path, target)

    monkeypatch.setattr(os, "replace", replace)
    publish(edition(z=b"1", a=b"2"), tmp_path)
    assert renamed[-1] == "manifest.json"


@pytest.mark.parametrize("blocked", ["out", "out/feeds"])
def test_a_file_that_blocks_a_folder_is_named(tmp_path: Path, blocked: str) -> None:
    (tmp_path / blocked).parent.mkdir(exist_ok=True)
    (tmp_path / blocked).write_text("in the way")
    with pytest.raises(ExportError, match="out"):
        publish(edition(feeds__a=b"1"), tmp_path / "out")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / blocked]


def test_a_foreign_manifest_stops_the_export(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "A web app"}')
    with pytest.raises(EditionError):
        publish(edition(a=b"1"), tmp_path)
    assert set(files_in(tmp_path)) == {"manifest.json"}


@pytest.fixture
def server() -> Callable[[int, bytes], str]:
    """Return a function that serves one answer on this machine and returns its URL."""
    running = []

    def serve(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        http = HTTPServer(("127.0.0.1", 0), Handler)
        running.append(http)
        Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{http.server_port}/manifest.json"

    yield serve  # type: ignore[misc]
    for http in running:
        http.shutdown()
        http.server_close()


def test_the_previous_edition_can_be_read_from_its_url(server: Callable[[int, bytes], str]) -> None:
    assert remote_manifest.fetch_edition(server(200, to_manifest(edition(a=b"1")))) == edition(a=b"1")
    assert remote_manifest.fetch_edition(server(404, b"")) is None


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_server_error_at_the_previous_url_stops_the_build(server: Callable[[int, bytes], str]) -> None:
    with pytest.raises(ExportError, match="answers 503"):
        remote_manifest.fetch_edition(server(503, b""))
    with pytest.raises(EditionError):
        remote_manifest.fetch_edition(server(200, b"<html>"))
    with pytest.raises(ExportError):
        remote_manifest.fetch_edition("http://127.0.0.1:9/manifest.json")


def test_temporary_files_of_a_killed_export_are_removed(tmp_path: Path) -> None:
    publish(edition(a=b"1", feeds__b=b"2"), tmp_path)
    for name in ("a", "feeds/b", "manifest.json"):
        path = tmp_path / name
        path.with_name(f".{path.name}.new").write_bytes(b"half")
    publish(edition(a=b"2"), tmp_path)
    assert set(files_in(tmp_path)) == {"a", "manifest.json"}


def test_a_document_that_was_renamed_before_its_manifest_is_repaired(tmp_path: Path) -> None:
    publish(edition(a=b"1"), tmp_path)
    (tmp_path / "a").write_bytes(b"2")
    publish(edition(a=b"1"), tmp_path)
    assert files_in(tmp_path)["a"] == b"1"


def test_a_folder_can_replace_a_document_and_vice_versa(tmp_path: Path) -> None:
    large = b"large " * 200
    publish(edition(assets__d=large), tmp_path)
    publish(edition(assets__d__e__f=b"1", assets__d__g=large), tmp_path)
    assert {"assets/d/e/f", "assets/d/g", "assets/d/g.gz"} <= files_in(tmp_path).keys()
    publish(edition(assets__d=b"2"), tmp_path)
    assert files_in(tmp_path).keys() == {"assets/d", "manifest.json"}


@pytest.mark.parametrize("foreign", ["assets/d/mine", "assets/e"])
def test_foreign_files_are_not_removed_to_clear_a_path(tmp_path: Path, foreign: str) -> None:
    publish(edition(assets__d__ours=b"1"), tmp_path)
    (tmp_path / foreign).write_text("mine")
    before = files_in(tmp_path)
    with pytest.raises(ExportError, match="in the way"):
        publish(edition(assets__d=b"2", assets__e__f=b"3"), tmp_path)
    assert files_in(tmp_path) == before


def test_a_failure_while_a_path_is_cleared_leaves_complete_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(edition(a=b"1", d=b"file"), tmp_path)

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(output_files, "make_way", lambda *_, only_look=False: None if only_look else fail())
        with pytest.raises(ExportError):
            publish(edition(a=b"2", d__e=b"in a folder"), tmp_path)
    assert files_in(tmp_path)["d"] == b"file"
    recovery.recover(tmp_path)
    assert files_in(tmp_path).keys() == {"a", "d/e", "manifest.json"}


@pytest.mark.parametrize(
    "listed",
    [
        '["../../victim.txt"]',
        '["/tmp/../victim.txt", 1, null]',
        '["x/../../victim.txt"]',
        '["link/victim.txt", "link/x/a"]',
        '["\\ud800", "x\\udfff/a"]',
        f'["{"a/" * 3000}a"]',
        "[" * 5000,
        "{}",
        '"x"',
    ],
)
def test_the_list_of_documents_to_remove_is_not_trusted(tmp_path: Path, listed: str) -> None:
    (tmp_path / "victim.txt").write_text("mine")
    publish(edition(a=b"1"), tmp_path / "x/public")
    (tmp_path / "x/public/.removed.json").write_text(listed)
    (tmp_path / "x/public/link").symlink_to(tmp_path)
    recovery.recover(tmp_path / "x/public")
    (tmp_path / "x/public/link").unlink()
    publish(edition(a=b"2"), tmp_path / "x/public")
    assert (tmp_path / "victim.txt").read_text() == "mine"
    assert files_in(tmp_path / "x/public").keys() == {"a", "manifest.json"}


def test_the_list_of_documents_to_remove_cannot_remove_published_documents(tmp_path: Path) -> None:
    publish(edition(a=b"large " * 200), tmp_path)
    before = files_in(tmp_path)
    (tmp_path / ".removed.json").write_text('["a", "a.gz", "manifest.json", "_headers"]')
    publish(edition(a=b"large " * 200), tmp_path)
    assert files_in(tmp_path) == before
    assert (tmp_path / "_headers").exists()


@pytest.mark.parametrize("name", ["manifest.json.new", "manifest.json"])
def test_a_manifest_with_a_path_outside_the_folder_is_rejected(tmp_path: Path, name: str) -> None:
    (tmp_path / "victim.txt").write_text("mine")
    public = tmp_path / "public"
    publish(edition(a=b"1"), public)
    evil = to_manifest(edition(**{"..__victim.txt": b"2"}))
    (public / (f".{name}" if name.endswith("new") else name)).write_bytes(evil)
    if name == "manifest.json":
        with pytest.raises(EditionError):
            publish(edition(a=b"2"), public)
    else:
        publish(edition(a=b"2"), public)
    assert (tmp_path / "victim.txt").read_text() == "mine"


def test_a_document_may_replace_the_compressed_copy_of_another(tmp_path: Path) -> None:
    large = b"large " * 200
    publish(edition(**{"a.css.gz": b"an asset"}), tmp_path)
    publish(edition(**{"a.css": large}), tmp_path)
    assert gzip.decompress(files_in(tmp_path)["a.css.gz"]) == large
    publish(edition(**{"a.css.gz": b"an asset"}), tmp_path)
    assert files_in(tmp_path) == {"a.css.gz": b"an asset", "manifest.json": files_in(tmp_path)["manifest.json"]}


@pytest.mark.parametrize("length", [250, 251, 252, 255])
def test_a_name_of_the_maximum_length_is_published(tmp_path: Path, length: int) -> None:
    name = "n" * length
    for body in (b"large " * 200, b"other " * 200, b"small"):
        publish(edition(**{name: body}), tmp_path)
        assert files_in(tmp_path)[name] == body
    publish(edition(a=b"1"), tmp_path)
    assert files_in(tmp_path).keys() == {"a", "manifest.json"}


def test_on_a_case_insensitive_file_system_a_document_in_another_case_is_not_removed(tmp_path: Path) -> None:
    publish(edition(AI=b"1", old=b"2"), tmp_path)
    (tmp_path / "MANIFEST.JSON").write_bytes(b"")  # the manifest, as such a file system shows it
    (tmp_path / "ai").symlink_to("AI")
    publish(edition(ai=b"1"), tmp_path)
    assert (tmp_path / "AI").exists()
    assert not (tmp_path / "old").exists()


def test_temporary_files_of_a_killed_build_are_removed_although_nothing_changed(tmp_path: Path) -> None:
    publish(edition(a=b"1"), tmp_path)
    before = files_in(tmp_path)
    (tmp_path / ".manifest.json.new").write_bytes(b"")
    (tmp_path / ".a.new").write_bytes(b"half")
    publish(edition(a=b"1"), tmp_path)
    assert files_in(tmp_path) == before


def test_the_marker_of_temporary_files_is_removed_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[str] = []
    real = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        removed.append(path.name)
        real(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    with export.Export(tmp_path, Edition()) as store:
        for document in edition(a=b"1", b=b"2").documents.values():
            store.put(document)
    for name in ("a", "manifest.json", "z"):
        (tmp_path / f".{name}.new").write_bytes(b"half")
    recovery.recover(tmp_path)
    assert removed[2] == removed[5] == ".manifest.json.new"
    assert len(removed) == 6
