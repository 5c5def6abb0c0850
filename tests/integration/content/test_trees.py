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
