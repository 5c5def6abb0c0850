"""Compare the feeds of sites with their `expected.json`: `python -m tests.sites FOLDER [FOLDER …]`.

Each folder is copied, then `feeds init` and `feeds build` run in the copy. The table says what differs.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import click
from bs4 import BeautifulSoup

from feeds.api import load
from feeds.config.file import default_path
from feeds.config.reader import read_config
from feeds.model import Entry, EntryMeta


def differences(folder: Path) -> Iterator[str]:
    """Yield each difference of a site in a folder, which is built there."""
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    first = urlsplit(expected["entries"][0]["url"])
    base: list[str] = []
    done = run_feeds(folder, "init", ".")
    if done.returncode == 0 and "Change it." in default_path(folder).read_text("utf-8"):
        # The config of the site does not have its URL.
        default_path(folder).unlink()
        base = ["--base", f"{first.scheme}://{first.netloc}/"]
        done = run_feeds(folder, "init", ".", *base)
    if done.returncode == 0:
        done = run_feeds(folder, "build")
    if done.returncode:
        yield f"{done.args[3:]} exits with {done.returncode}: {done.stderr.strip()}"
        return
    config = read_config(default_path(folder))
    prefix = "" if config.content == folder else f"{config.content.relative_to(folder).as_posix()}/"
    entries = {f"{prefix}{entry.source}": entry for entry in load(config).entries}
    published = published_ids(config.output)
    for value in expected["entries"]:
        entry = entries.pop(value["file"], None)
        if entry is None:
            yield f"{value['file']}: no entry"
            continue
        found = values_of(entry)
        for key, wanted in value.items():
            if key in found and not same(found[key], wanted):
                yield f"{value['file']}: {key}: expected {wanted!r}, found {found[key]!r}"
        if entry.id not in published:
            yield f"{value['file']}: not in the feed"
    for name in expected.get("absent", ()):
        entry = entries.get(name.split(" (")[0])
        if entry and entry.id in published:
            yield f"{name}: should be absent"
    for name in sorted(entries.keys() - {each.split(" (")[0] for each in expected.get("absent", ())}):
        yield f"{name}: not expected"


def run_feeds(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "feeds", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def published_ids(output: Path) -> set[str]:
    feed = json.loads((output / "feeds/all.json").read_text("utf-8"))
    return {item["id"] for item in feed["items"]}


def same(found: Any, wanted: Any) -> bool:
    if isinstance(found, datetime):
        return found == datetime.fromisoformat(wanted).astimezone(UTC)
    return bool(found == wanted)


def values_of(entry: EntryMeta) -> dict[str, Any]:
    """Return the values of an entry under the names of `expected.json`."""
    if not isinstance(entry, Entry):
        raise TypeError("a full entry is needed")
    pictures = BeautifulSoup(entry.content or "", "html.parser").find_all("img")
    enclosure = entry.enclosures[0] if entry.enclosures else None
    return {
        "url": entry.link,
        "id": entry.id,
        "date": entry.published,
        "updated": entry.updated,
        "title": entry.title,
        "tags": [*(each.label for each in entry.categories), *entry.tags],
        "authors": [each.name for each in entry.authors],
        "excerpt": entry.summary,
        "images": [each.url for each in entry.images],
        "images_in_body": [urljoin(entry.link, str(picture.get("src"))) for picture in pictures],
        "locale": entry.language,
        "enclosure": enclosure and {"url": enclosure.url, "type": enclosure.type, "length": enclosure.length},
    }


def main(folders: list[str]) -> int:
    """Print a line for each site and for each difference; return 1 if there is one."""
    failed = 0
    for name in folders:
        site = Path(name)
        with tempfile.TemporaryDirectory(prefix="feeds-site-") as made:
            copy = Path(made) / site.name
            shutil.copytree(site, copy, ignore=shutil.ignore_patterns(".feeds", "public-feeds"))
            found = list(differences(copy))
        count = len(json.loads((site / "expected.json").read_text("utf-8"))["entries"])
        click.echo(f"{site.name:16} {count:3} entries  {f'{len(found)} differences' if found else 'same'}")
        for line in found:
            click.echo(f"    {line}")
        failed += bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
