"""The pages of docs/ are correct: their commands run, and give the printed output."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest

import feeds
from feeds.config import schema
from feeds.config.reader import read_config
from feeds.content.schema import ENTRY
from tests.support.factories import article
from tests.support.processes import run, serving, until
from tests.support.trees import CONFIG, PROJECT
from tests.unit.test_architecture import LEVELS

Tree = Callable[..., Path]
DOCS = PROJECT / "docs"
# The installation needs other hosts; tests/test_package.py installs the wheel without them.
INSTALLS = {"pipx install '.[watch]'"}


class Block(NamedTuple):
    """A block of a page: its language, its text, and the file that the line before it names."""

    language: str
    text: str
    file: str | None


def blocks(page: str) -> Iterator[Block]:
    written = (DOCS / page).read_text("utf-8")
    for match in re.finditer(r"(?:^`([\w./-]+)`:\n\n)?^```(\w+)\n(.*?)^```$", written, re.MULTILINE | re.DOTALL):
        yield Block(match[2], match[3], match[1])


def sessions(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a block, with its documented output."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed


def test_the_steps_of_getting_started_work(tmp_path: Path) -> None:
    command = tmp_path / "bin/feeds"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m feeds "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(PROJECT)}
    folder, address = tmp_path, ""

    def do(line: str, printed: str) -> None:
        given: dict[str, Any] = {"cwd": folder, "env": environment, "capture_output": True, "text": True, "timeout": 60}
        done = subprocess.run(line, shell=True, **given)
        while done.returncode == 3:  # `feeds serve --watch` is building
            done = subprocess.run(line, shell=True, **given)
        assert done.returncode == 0, done.stderr
        assert re.fullmatch(re.escape(printed).replace("…", "(?s:.*)"), done.stdout), (line, done.stdout)

    def answers(path: str) -> bool:
        return bool(urlopen(address + path).status == 200)

    with ExitStack() as running:
        for language, text, file in blocks("getting-started.md"):
            if file:
                (folder / file).write_text(text, "utf-8")
                continue
            if language == "sh":
                assert text.strip() in INSTALLS
                continue
            assert language == "console"
            for line, printed in sessions(text):
                if line.startswith("cd "):
                    folder /= line[3:]
                elif line == "feeds serve --watch":
                    address = running.enter_context(serving(folder / "public", "--watch", cwd=folder))
                else:
                    if line == "feeds build":
                        until(lambda: answers("/feeds/best.xml"))
                    do(line, printed)
        named = re.findall(r"<http://127\.0\.0\.1:8000(/[^>]*)>", (DOCS / "getting-started.md").read_text("utf-8"))
        assert len(named) == 5
        for path in named:
            assert answers(path)


def rows(page: str, first: str) -> list[list[str]]:
    """Return the cells of the table whose first heading is this, below the headings."""
    written = (DOCS / page).read_text("utf-8")
    table = re.search(rf"^\| {first} \|.*\n\|[-|: ]+\n((?:\|.*\n)+)", written, re.MULTILINE)
    assert table
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


def names(text: str) -> list[str]:
    return re.findall(r"`([\w-]+)`", text)


RULES = "choosing-entries.md"
# Rules, the entries of the feed in order, and optionally an edit and its result.
_EXAMPLE = re.compile(
    r"^```yaml\n(.*?)^```\n\nTakes (.*?)\.(?: Later `(\w+)` has `(.*?)`: takes (.*?)\.)?$", re.MULTILINE | re.DOTALL
)
EXAMPLES = _EXAMPLE.findall((DOCS / RULES).read_text("utf-8"))


def entry(name: str, title: str, day: str, topics: str, domain: str, kind: str, quality: str, more: str = "") -> str:
    said = f"type: {kind}\ntopics: [{topics}]\nprovider: {{name: {domain}, domain: {domain}}}\n"
    said += f"quality: {quality}\n" if quality and "quality" not in more else ""
    return article(title, day, f"https://news.example/{name}", f"{said}{more}\n" if more else said)


@pytest.mark.parametrize(("rules", "takes", "edited", "edit", "then"), EXAMPLES, ids=lambda value: str(value)[:20])
def test_an_example_rule_takes_the_documented_entries(
    tree: Tree, rules: str, takes: str, edited: str, edit: str, then: str
) -> None:
    table = {row[0]: row for row in rows(RULES, "entry")}
    files = {f"content/news/{name}.md": entry(*row) for name, row in table.items()}
    files["content/_data/topics/ai.yaml"] = "_id: ai\nname: AI\n"
    files |= {
        f"content/_data/topics/{name}.yaml": f"name: {name}\nparent: AI\n"
        for name in ("Generative AI", "Robotics", "Hardware")
    }
    indented = "".join(f"  {line}\n" for line in rules.splitlines())
    root = tree(files, f"{CONFIG}feeds:\n{indented}")
    config = feeds.read_config(root / "config.yaml")
    path = f"feeds/{rules.partition(':')[0]}"

    def taken() -> list[str]:
        assert [problem for problem in feeds.build(config).problems if problem.level != "note"] == []
        (listing,) = (each for each in feeds.check(config).listings if each.path == path)
        return [each.rpartition("/")[2] for each in listing.entries]

    assert taken() == names(takes)
    if edited:
        (root / f"content/news/{edited}.md").write_text(entry(*table[edited], more=edit), "utf-8")
        assert taken() == names(then)


def test_every_rule_has_an_example_on_its_page() -> None:
    used = "".join(rules for rules, *_ in EXAMPLES)
    shown = {"title", "description", "content", "archive", "heat"}  # parts of the display, and a number like quality
    assert [key for key in schema.FEED if key not in shown and f"{key}:" not in used] == []
    assert [key for key in schema.CONDITION if not key.startswith("text") and f"{key}:" not in used] == []
    assert len(EXAMPLES) == (DOCS / RULES).read_text("utf-8").count("```yaml")


def test_links_between_docs_lead_to_existing_files_and_headings() -> None:
    pages = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    for page in pages:
        for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text("utf-8")):
            linked = (page.parent / target) if target else page
            assert linked.exists(), (page.name, target)
            if heading:
                headings = re.findall(r"^#+ (.*)$", linked.read_text("utf-8"), re.MULTILINE)
                anchors = {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings}
                assert heading in anchors, (page.name, target, heading)


def test_the_index_lists_every_page() -> None:
    for folder in (DOCS, DOCS / "decisions"):
        index = (folder / "README.md").read_text("utf-8")
        pages = [page.name for page in folder.glob("*.md") if page.name != "README.md"]
        assert [name for name in pages if f"]({name}" not in index] == []
    assert "](docs/README.md)" in (PROJECT / "README.md").read_text("utf-8")


def test_the_architecture_page_names_modules_and_functions_that_exist() -> None:
    page = (DOCS / "architecture.md").read_text("utf-8")
    missing = [
        path
        for path in re.findall(r"`([a-z_]+/[a-z_/]+\.py|[a-z_]+/)`", page)
        if not (PROJECT / "feeds" / path).exists() and not (PROJECT / path).exists()
    ]
    assert missing == []
    steps = rows("architecture.md", "step")
    assert len(steps) > 15
    for _, module, function, _ in steps:
        found: Any = importlib.import_module(f"feeds.{module.removesuffix('.py').replace('/', '.')}")
        for name in function.split("."):
            found = getattr(found, name)


def test_the_architecture_page_has_every_package_on_its_level() -> None:
    table = rows("architecture.md", "level")
    levels = {int(level): set(re.findall(r"(\w+)(?:\.py|/)", packages)) for level, packages, _ in table}
    assert levels == dict(enumerate(LEVELS))


def test_the_security_page_has_the_policies_of_the_server() -> None:
    from feeds.http import headers

    page = (DOCS / "security.md").read_text("utf-8")
    assert f"`{headers.FEED_POLICY}`" in page
    assert f"`{headers.PAGE_POLICY}`" in page


def test_tables_of_keys_are_generated_from_the_schemas() -> None:
    done = subprocess.run([sys.executable, DOCS / "tables.py", "--check"], cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_key_of_the_front_matter_is_on_its_page() -> None:
    page = (DOCS / "content.md").read_text("utf-8")

    def keys(table: dict[str, Any]) -> Iterator[str]:
        for key, value in table.items():
            yield key
            inner = value["anyOf"][1] if "anyOf" in value else value
            yield from keys(inner.get("properties", {}))

    assert {key for key in keys(ENTRY) if not re.search(rf"`(\w+\.)?{key}[`:]", page)} == set()


def test_the_example_of_an_entry_is_valid(tree: Tree) -> None:
    (example,) = (block.text for block in blocks("content.md") if block.language == "markdown")
    config = feeds.read_config(tree({"content/news/a.md": example}) / "config.yaml")
    report = feeds.check(config)
    assert (report.counts["published"], report.problems, report.unknown) == (1, (), {})


def test_the_three_commands_publish_a_site_of_another_generator(tree: Tree) -> None:
    (commands,) = (block.text for block in blocks("from-another-generator.md") if block.language == "sh")
    post = "---\ntitle: A\ndate: 2024-01-02\ntags: [x]\n---\nText.\n"
    root = tree({"hugo.toml": 'baseURL = "https://a.example/"\n', "content/post/a.md": post})
    (root / "config.yaml").unlink()
    for line in commands.splitlines():
        run(*line.split()[1:], cwd=root)
    assert "<link>https://a.example/post/a/</link>" in (root / "public-feeds/feeds/x.xml").read_text("utf-8")


@pytest.mark.parametrize(
    "block", [each.text for each in blocks("from-another-generator.md") if each.language == "yaml"]
)
def test_an_example_of_a_tree_is_a_valid_config(tree: Tree, block: str) -> None:
    root = tree(config=CONFIG + block)
    assert read_config(root / "config.yaml").limits.tree is not None
