"""The versions of the parser and of the renderer are raised when their results change.

`tests/data/versions.json` has digests of both results for the reviewed cases. FEEDS_REVIEW=1 writes it again after
the version is raised.
"""

import json
import os
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from feeds import api
from feeds.config.reader import read_config
from feeds.content.workers import parse_files
from feeds.model import SourceFile
from feeds.pipeline import fingerprints
from feeds.system.packages import installed_versions
from feeds.text.html import sanitiser
from tests.support.factories import NOW, SITE
from tests.support.trees import DATA, config_of

RECORD = DATA / "versions.json"
LIBRARIES = (*fingerprints.PARSER_LIBRARIES, *fingerprints.RENDER_LIBRARIES)


def digest(values: object) -> str:
    return blake2b(repr(values).encode(), digest_size=16).hexdigest()


def parsed_digest() -> str:
    """Return a digest of the parsed reviewed files, without messages, which are not stored."""
    paths = sorted(path for path in DATA.rglob("*") if path.suffix in (".md", ".html") and "cases" not in path.parts)
    names = [path.relative_to(DATA).as_posix() for path in paths]
    files = [(DATA / name, SourceFile(name, name, name.rpartition("/")[0])) for name in names]
    parsed = parse_files([(path.read_bytes(), source) for path, source in files], SITE)
    return digest([(each.status, each.unknown, each.head, each.entry) for each in parsed])


def rendered_digest(folder: Path) -> str:
    """Return a digest of all documents of the reviewed site."""
    config = read_config(config_of(DATA / "site", folder))
    edition = api.compose(config, api.load(config), now=NOW)
    return digest(sorted((document.path, document.etag) for document in edition.documents.values()))


def assert_versions_are_raised(record: dict[str, Any], name: str, versions: list[int], made: str, number: str) -> None:
    """Fail if results changed and the version did not; record the results of a version that is new."""
    known = record.get(name)
    if known and known["versions"] == versions:
        assert known["digest"] == made, f"the results changed: raise {number} in feeds/pipeline/fingerprints.py"
    elif os.environ.get("FEEDS_REVIEW"):
        record[name] = {"versions": versions, "digest": made}
        RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    else:
        pytest.fail(f"{name}: there is another version: record its results with FEEDS_REVIEW=1")


@pytest.fixture
def record() -> dict[str, Any]:
    there = dict(zip(LIBRARIES, installed_versions(LIBRARIES), strict=True))
    record: dict[str, Any] = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    if os.environ.get("FEEDS_REVIEW"):
        record["libraries"] = there
    elif record["libraries"] != there:
        pytest.skip("the digests are those of other versions of the libraries")
    return record


def test_the_parser_version_is_raised_when_parsed_values_change(record: dict[str, Any]) -> None:
    versions = [fingerprints.PARSER_VERSION]
    assert_versions_are_raised(record, "parser", versions, parsed_digest(), "PARSER_VERSION")


def test_the_render_version_is_raised_when_documents_change(record: dict[str, Any], tmp_path: Path) -> None:
    versions = [fingerprints.PARSER_VERSION, fingerprints.RENDER_VERSION]
    assert_versions_are_raised(record, "render", versions, rendered_digest(tmp_path), "RENDER_VERSION")


def test_results_that_change_without_a_new_version_are_detected() -> None:
    record = {"parser": {"versions": [1], "digest": "one"}}
    with pytest.raises(AssertionError, match="raise PARSER_VERSION"):
        assert_versions_are_raised(record, "parser", [1], "another", "PARSER_VERSION")
    assert_versions_are_raised(record, "parser", [1], "one", "PARSER_VERSION")


@pytest.mark.parametrize("change", ["sanitiser", "template"])
def test_a_change_of_the_code_changes_the_digests(change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed, rendered = parsed_digest(), rendered_digest(tmp_path)
    if change == "sanitiser":
        real = sanitiser.sanitise
        monkeypatch.setattr(sanitiser, "sanitise", lambda *given: real(*given)._replace(html="another"))
    else:
        monkeypatch.setattr(import_module("feeds.pipeline.site_documents"), "render_missing", lambda _site: b"another")
    assert (parsed_digest() != parsed) == (change == "sanitiser")
    assert rendered_digest(tmp_path) != rendered
