"""A published path leads on when better rules make another path from the same name."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from feeds.config.reader import read_config
from feeds.pipeline import build
from feeds.text import slugs, urls
from tests.support.factories import NOW, article
from tests.support.trees import CONFIG

Tree = Callable[..., Path]


def former_domain(value: str) -> str | None:
    """Return what IDNA 2003 makes of a domain, as earlier versions did."""
    return value.encode("idna").decode("ascii")


@pytest.fixture
def with_former_rules(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Build a site as the versions before did, without the memory of parsed files."""

    def build_so(root: Path) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(slugs, "slug", slugs.former_slug)
            patch.setattr(urls, "domain", former_domain)
            build.build(read_config(root / "config.yaml"), NOW)
        shutil.rmtree(root / ".feeds")

    return build_so


def manifest_of(root: Path) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads((root / "public/manifest.json").read_text("utf-8"))
    return read


def entry(topic: str, day: int = 1) -> str:
    more = f"topics: [{topic}]\n"
    return article(topic, f"2026-01-{day:02}T00:00:00Z", f"https://a.example/{topic}", more)


def test_the_old_path_of_a_topic_leads_on_and_the_build_names_it_once(
    tree: Tree, with_former_rules: Callable[[Path], None]
) -> None:
    root = tree({"content/n/a.md": entry("खेल")}, CONFIG)
    with_former_rules(root)
    assert (root / "public/feeds/ख-ल.xml").exists()
    for build_number in range(3):
        (root / f"content/n/{build_number}.md").write_text(entry("AI", 2 + build_number), "utf-8")
        report = build.build(read_config(root / "config.yaml"), NOW)
        moved = [(each.path, dict(each.params)) for each in report.problems if each.code == "feed.moved"]
        assert moved == ([("feeds/खेल.xml", {"old": "ख-ल", "new": "खेल"})] if build_number == 0 else [])
        for suffix in (".xml", ".atom", ".json"):
            old, new = (root / f"public/feeds/{name}{suffix}" for name in ("ख-ल", "खेल"))
            assert old.read_bytes() == new.read_bytes()
        assert "feeds/%E0%A4%96%E0%A5%87%E0%A4%B2.html" in (root / "public/feeds/ख-ल.html").read_text("utf-8")


def test_the_topic_that_had_the_path_keeps_it_when_an_older_entry_of_another_one_comes(
    tree: Tree, with_former_rules: Callable[[Path], None]
) -> None:
    root = tree({"content/n/a.md": entry("खेल", 2)}, CONFIG)
    with_former_rules(root)
    build.build(read_config(root / "config.yaml"), NOW)
    (root / "content/n/b.md").write_text(entry("खाल", 1), "utf-8")
    build.build(read_config(root / "config.yaml"), NOW)
    assert (root / "public/feeds/ख-ल.xml").read_bytes() == (root / "public/feeds/खेल.xml").read_bytes()
    assert (root / "public/feeds/खाल.xml").exists()


def test_many_feeds_that_move_are_not_taken_for_lost(tree: Tree, with_former_rules: Callable[[Path], None]) -> None:
    letters = "कखगघचछजझटठडढ"
    root = tree({f"content/n/{n}.md": entry(f"{letter}ी", n % 9 + 1) for n, letter in enumerate(letters)}, CONFIG)
    with_former_rules(root)
    build.build(read_config(root / "config.yaml"), NOW)
    assert all((root / f"public/feeds/{letter}.xml").exists() for letter in letters)
    assert all((root / f"public/feeds/{letter}ी.xml").exists() for letter in letters)


def test_a_path_that_another_topic_has_does_not_lead_on(tree: Tree, with_former_rules: Callable[[Path], None]) -> None:
    root = tree({"content/n/a.md": entry("कि", 1)}, CONFIG)
    with_former_rules(root)
    (root / "content/n/b.md").write_text(entry("क", 2), "utf-8")
    report = build.build(read_config(root / "config.yaml"), NOW)
    assert not [each for each in report.problems if each.code == "feed.moved"]
    assert (root / "public/feeds/क.xml").read_bytes() != (root / "public/feeds/कि.xml").read_bytes()


def test_the_old_path_of_a_provider_leads_on(tree: Tree, with_former_rules: Callable[[Path], None]) -> None:
    root = tree({"content/n/a.md": article(more="provider: {name: Faß, domain: faß.de}\n")}, CONFIG)
    with_former_rules(root)
    assert (root / "public/feeds/providers/fass.de.xml").exists()
    build.build(read_config(root / "config.yaml"), NOW)
    old, new = (root / f"public/feeds/providers/{name}.xml" for name in ("fass.de", "xn--fa-hia.de"))
    assert old.read_bytes() == new.read_bytes()


def test_names_that_give_the_same_path_as_before_move_nothing(
    tree: Tree, with_former_rules: Callable[[Path], None]
) -> None:
    names = ("AI", "C++", "Café", "Ελλάς", "人工智能", "がんばれ", "한국", "می‌خواهم", "Йод")
    root = tree({f"content/n/{n}.md": entry(name, n + 1) for n, name in enumerate(names)}, CONFIG)
    with_former_rules(root)
    before = manifest_of(root)
    build.build(read_config(root / "config.yaml"), NOW)
    assert manifest_of(root)["documents"].keys() == before["documents"].keys()
