"""Every input of a result is a named field, and versions are raised when results change."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import markdown_it
import pytest

from feeds import model
from feeds.config.model import Config
from feeds.pipeline import fingerprints
from feeds.system.packages import installed_versions
from tests.support.factories import NOW, SITE, article, make_entry
from tests.support.processes import run

Tree = Callable[..., Path]
LONG_AGO = 1_700_000_000
NAMED: Mapping[type, tuple[str, ...]] = fingerprints.FIELDS | {Config: fingerprints.BUILD_FIELDS}
EXCLUDED: Mapping[type, Mapping[str, str]] = fingerprints.EXCLUDED | {Config: fingerprints.EXCLUDED_FROM_BUILD}


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.__name__)
def test_every_field_is_hashed_or_excluded_with_a_reason(kind: Any) -> None:
    excluded = EXCLUDED.get(kind, {})
    there = [field.name for field in fields(kind)]
    assert sorted([*NAMED[kind], *excluded]) == sorted(there), "name it in FIELDS, or in EXCLUDED with the reason"
    assert all(excluded.values())


def test_no_reason_is_given_for_a_class_that_is_not_hashed() -> None:
    assert EXCLUDED.keys() <= NAMED.keys()


class Recording:
    """A site that records which of its fields are read."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(SITE, name)


def test_the_parser_reads_no_field_of_the_site_that_is_not_in_its_key() -> None:
    from feeds.content import frontmatter
    from tests.support.trees import DATA

    site: Any = Recording()
    for path in [*DATA.rglob("*.md"), *DATA.rglob("*.html")]:
        frontmatter.parse(path.read_bytes(), model.SourceFile(path.name, f"news/{path.name}", "news"), site)
    assert site.read == set(fingerprints.PARSED_FIELDS)


CHANGES: dict[type, list[Any]] = {
    model.Site: [
        replace(SITE, **change)
        for change in (
            {"title": "Another"},
            {"description": "Another"},
            {"author": model.Person("A. Writer")},
            {"image": model.Image("https://feeds.example/a.png", 1, 2)},
            {"window": model.Window(recent_period=timedelta(hours=1))},
            {"policies": {"a.example": model.Policy(excerpt=5)}},
            {"policies": {"a.example": model.Policy(excerpt=6)}},
            {"tombstones": timedelta(days=1)},
            {"templates": (("feed.html", "one"),)},
            {"templates": (("feed.html", "two"),)},
            {"pages": not SITE.pages},
        )
    ],
    model.EntryMeta: [
        replace(make_entry(), **change)
        for change in (
            {"digest": "other"},
            {"updated": NOW + timedelta(days=1)},
            {"categories": (model.Category("a", "A"),)},
            {"tags": ("a",)},
            {"merged": (model.Related("A", "https://a.example/", None, NOW),)},
            {"merged": (model.Related("A", "https://a.example/", None, None),)},
        )
    ],
}


@pytest.mark.parametrize("kind", CHANGES, ids=lambda kind: kind.__name__)
def test_changing_a_named_field_changes_the_hash(kind: type) -> None:
    values = [SITE if kind is model.Site else make_entry(), *CHANGES[kind]]
    assert len({repr(fingerprints.plain(value)) for value in values}) == len(values)


def test_a_class_without_named_fields_is_rejected() -> None:
    with pytest.raises(TypeError, match="Topic"):
        fingerprints.plain((model.Topic("a", "A"),))


def test_the_order_of_a_mapping_makes_no_difference() -> None:
    one, other = model.Policy(excerpt=1), model.Policy(excerpt=2)
    sites = [replace(SITE, policies=each) for each in ({"a": one, "b": other}, {"b": other, "a": one})]
    assert fingerprints.site_key(sites[0]) == fingerprints.site_key(sites[1])


@pytest.mark.parametrize("name", ["PARSER_VERSION", "RENDER_VERSION"])
def test_a_raised_version_causes_a_new_build(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprints.build_key("", Path("a"), Path("b"))
    parsed = fingerprints.parse_key(SITE)
    monkeypatch.setattr(fingerprints, name, 0)
    assert fingerprints.build_key("", Path("a"), Path("b")) != before
    assert (fingerprints.parse_key(SITE) != parsed) == (name == "PARSER_VERSION")


@pytest.mark.parametrize("name", [*fingerprints.PARSER_LIBRARIES, *fingerprints.RENDER_LIBRARIES])
def test_another_library_version_causes_a_new_build(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, parsed = fingerprints.build_key("", Path("a"), Path("b")), fingerprints.parse_key(SITE)
    (tmp_path / f"{name.replace('-', '_')}-99.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    fingerprints._versions.cache_clear()
    try:
        assert fingerprints.build_key("", Path("a"), Path("b")) != before
        assert (fingerprints.parse_key(SITE) != parsed) == (name in fingerprints.PARSER_LIBRARIES)
    finally:
        fingerprints._versions.cache_clear()


def test_the_versions_are_those_of_the_metadata() -> None:
    names = (fingerprints.PROJECT, *fingerprints.PARSER_LIBRARIES, *fingerprints.RENDER_LIBRARIES)
    assert len({name.lower() for name in names}) == len(names)
    assert installed_versions(names) == tuple(metadata.version(name) for name in names)


def test_a_package_that_is_not_installed_has_no_version() -> None:
    assert installed_versions(["no-such-package"]) == ("",)


@pytest.mark.slow
def test_after_an_upgrade_of_a_parsing_library_everything_is_parsed_and_published_again(
    tree: Tree, tmp_path: Path
) -> None:
    root = tree({"content/n/a.md": article("One") + "Some *words*.\n"})
    site_packages = tmp_path / "site-packages"
    for path in (root / "content").rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    run("build", cwd=root)
    assert ">words<" in (root / "public/feeds/all.json").read_text()
    shutil.copytree(Path(markdown_it.__file__).parent, site_packages / "markdown_it")
    renderer = site_packages / "markdown_it/renderer.py"
    renderer.write_text(f"{renderer.read_text()}\nRendererHTML.em_open = lambda *given: '<em>newly ';\n")
    (site_packages / "markdown_it_py-99.0.dist-info").mkdir()
    run("build", cwd=root, PYTHONPATH=str(site_packages))
    assert "newly words" in (root / "public/feeds/all.json").read_text()
