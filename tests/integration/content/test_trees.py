"""A tree of each generator gives the links, ids and dates that the generator's own feed has.

`tests/data/sites` has a small site for each preset. Its field `generator` names the source of the expected values.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.api import load
from feeds.config.reader import read_config
from feeds.model import Entry
from feeds.model.tree import PRESETS
from tests.support.processes import run
from tests.support.trees import DATA

SITES = {path.stem: path for path in sorted((DATA / "sites").glob("*.json"))}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def values_of(entry: Entry) -> dict[str, Any]:
    return {
        "url": entry.link,
        "id": entry.id,
        "date": entry.published,
        "updated": entry.updated,
        "title": entry.title,
        "tags": [*(each.label for each in entry.categories), *entry.tags],
        "authors": [each.name for each in entry.authors],
        "images": [each.url for each in entry.images],
    }


def test_every_preset_has_a_site() -> None:
    assert {*SITES, "everyday"} == set(PRESETS)


@pytest.mark.parametrize("name", SITES)
def test_a_tree_gives_the_entries_of_its_generator(tmp_path: Path, name: str) -> None:
    site = json.loads(SITES[name].read_text("utf-8"))
    folder = write(tmp_path / name, site["files"])
    run("init", *(["--base", site["base"]] if site.get("base") else []), cwd=folder)
    config = read_config(folder / "feeds.yaml")
    assert config.limits.tree is not None
    assert config.limits.tree.preset == name
    run("build", cwd=folder)
    published = {item["id"] for item in json.loads((folder / "public-feeds/feeds/all.json").read_text())["items"]}
    prefix = "" if config.content == folder else f"{config.content.relative_to(folder).as_posix()}/"
    entries: dict[str, Any] = {f"{prefix}{entry.source}": entry for entry in load(config).entries}
    for expected in site["entries"]:
        found = values_of(entries[expected.pop("file")])
        for key in ("date", "updated"):
            if key in expected:
                expected[key] = datetime.fromisoformat(expected[key]).astimezone(UTC)
        assert {key: found[key] for key in expected} == expected
        assert found["id"] in published
        published.discard(found["id"])
    assert not published


def hugo(folder: Path, files: dict[str, str]) -> Path:
    return write(folder, {"hugo.toml": 'baseURL = "https://a.example/"\n'} | files)


def ids_of(folder: Path) -> dict[str, str]:
    feed = json.loads((folder / "public-feeds/feeds/all.json").read_text("utf-8"))
    return {item["title"]: item["id"] for item in feed["items"]}


def test_a_published_id_stays_when_the_slug_changes_later(tmp_path: Path) -> None:
    text = "---\ntitle: A\ndate: 2024-01-02\nslug: {slug}\n---\n"
    folder = hugo(tmp_path, {"content/post/a.md": text.replace("{slug}", "old")})
    run("init", cwd=folder)
    run("build", cwd=folder)
    assert ids_of(folder) == {"A": "https://a.example/post/old/"}
    write(folder, {"content/post/a.md": text.replace("{slug}", "new")})
    run("build", "--strict", cwd=folder)
    assert ids_of(folder) == {"A": "https://a.example/post/old/"}
    assert "https://a.example/post/new/" in (folder / "public-feeds/feeds/all.xml").read_text("utf-8")


def test_a_changed_data_file_changes_the_entries_of_its_folder(tmp_path: Path) -> None:
    files = {
        "eleventy.config.js": "export default function () {}\n",
        "blog/blog.json": '{"author": "Di"}',
        "blog/a.md": "---\ntitle: A\ndate: 2024-01-02\n---\n",
    }
    folder = write(tmp_path, files)
    run("init", "--base", "https://a.example/", cwd=folder)
    run("build", cwd=folder)
    write(folder, {"blog/blog.json": '{"author": "Edith"}'})
    run("build", cwd=folder)
    assert "Edith" in (folder / "public-feeds/feeds/all.atom").read_text("utf-8")


def test_an_entry_leaves_its_feeds_on_its_expiry_date(tmp_path: Path) -> None:
    text = "---\ntitle: {title}\ndate: 2024-01-02\nexpiryDate: {until}\n---\n"
    files = {
        "content/post/a.md": text.replace("{title}", "A").replace("{until}", "2999-01-01"),
        "content/post/b.md": text.replace("{title}", "B").replace("{until}", "2024-02-01"),
    }
    folder = hugo(tmp_path, files)
    run("init", cwd=folder)
    run("build", cwd=folder)
    assert list(ids_of(folder)) == ["A"]
    stamp = folder / ".feeds/last-build.json"
    assert not stamp.exists() or json.loads(stamp.read_text())["next_due"] == "2999-01-01T00:00:00+00:00"


def test_the_output_may_be_in_the_tree_and_is_not_read(tmp_path: Path) -> None:
    folder = write(tmp_path, {"go/a.md": "---\ntitle: A\ndate: 2024-01-02\n---\n"})
    run("init", "--base", "https://a.example/", cwd=folder)
    for _ in range(2):
        run("build", cwd=folder)
        assert run("check", cwd=folder).stdout == "1 entries of 1 files, 0 problems\n"


def test_init_goes_around_the_config_and_the_templates_of_a_generator(tmp_path: Path) -> None:
    files = {"config.yaml": "baseURL: https://a.example/\n", "templates/index.html": "{% for %}"}
    folder = write(tmp_path, files | {"content/post/a.md": "---\ntitle: A\ndate: 2024-01-02\n---\n"})
    run("init", cwd=folder)
    run("build", "--strict", cwd=folder)
    assert ids_of(folder) == {"A": "https://a.example/post/a/"}


def test_zola_is_not_taken_for_hugo(tmp_path: Path) -> None:
    folder = write(
        tmp_path, {"config.toml": 'base_url = "https://a.example"\n', "content/a.md": "+++\ntitle = 'A'\n+++\n"}
    )
    assert "found a site made by Zola" in run("init", cwd=folder).stderr
