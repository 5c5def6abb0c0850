"""The architecture is this table: a module imports only from the lines above its own."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import feeds

LAYERS = [
    ["visible"],
    ["assets", "errors", "schema", "stats"],
    [
        "model",
        "pattern",
        "elements",
        "text",
        "yamllines",
        "stats.accesslog",
        "stats.agents",
        "delta",
        "negotiation",
        "websub",
        "websub.callbacks",
    ],
    ["edition", "markup", "stats.tally", "taxonomy", "stories", "yamlfull"],
    ["history", "fallback", "sanitiser"],
    ["yamltext", "fields", "websub.hub"],
    ["advice", "entry", "manifest", "rules", "memory", "stats.report"],
    ["frontmatter", "specs", "stats.view"],
    ["packing"],
    ["selection", "formats._content", "formats._media", "formats.colour"],
    ["formats._feedgen", "formats.stylesheet"],
    ["formats.rss", "formats.atom", "formats.jsonfeed", "formats.opml", "formats.sitemap"],
    ["formats.html"],
    ["formats"],
    ["press"],
    ["compose"],
    ["why"],  # the pure core ends here
    ["coding", "cores"],
    ["answer", "coming", "places"],
    ["export", "index", "lock", "observer", "published", "reload", "revisions", "stats.files", "tree", "written"],
    ["loader", "config", "current", "recovery", "settled"],
    ["websub.connecting", "websub.front", "websub.publisher", "websub.subscriptions", "websub.trouble"],
    ["websub.answering", "websub.delivering", "websub.sweeping"],
    ["websub.running"],
    ["publisher", "web", "starting"],
    ["websub.granian"],
    ["api"],
    ["cli.common", "cli.streams"],
    ["cli.hub", "cli.pushing"],
    ["cli.building", "cli.checking", "cli.helping", "cli.looking", "cli.serving", "cli.starting"],
    ["cli"],
    ["__main__"],
]
LAYER = {module: number for number, modules in enumerate(LAYERS) for module in modules}
PURE = {module for modules in LAYERS[: LAYER["why"] + 1] for module in modules}
IMPURE = {
    "os",
    "pathlib",
    "io",
    "time",
    "random",
    "socket",
    "subprocess",
    "urllib.request",
    "tempfile",
    "shutil",
    "glob",
}
ROOT = Path(feeds.__file__).parent


@cache
def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        if name != "__init__":
            found[name] = ast.parse(path.read_text("utf-8"))
    return found


def imports(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            whole = {f"{module}.{alias.name}" for alias in node.names}
            inner = {name for name in whole if name.removeprefix("feeds.") in LAYER}
            names |= inner or {module}
    return names


def test_every_module_is_in_the_table() -> None:
    assert set(modules()) == set(LAYER)


@pytest.mark.parametrize("module", sorted(LAYER))
def test_a_module_imports_only_from_above(module: str) -> None:
    for name in imports(modules()[module]):
        if name.startswith("feeds."):
            assert LAYER[name.removeprefix("feeds.")] < LAYER[module], f"{module} imports {name}"


@pytest.mark.parametrize("module", sorted(PURE))
def test_the_core_looks_at_nothing_outside(module: str) -> None:
    assert not imports(modules()[module]) & IMPURE
    calls = {ast.unparse(node.func) for node in ast.walk(modules()[module]) if isinstance(node, ast.Call)}
    assert not calls & {"open", "datetime.now", "datetime.today", "date.today", "datetime.utcnow"}


def test_what_a_skipped_test_wants_is_brought_by_make_test() -> None:
    """Where it can be: CI is to skip nothing that a package would bring."""
    tests = ROOT.parent / "tests"
    script = (tests / "system.sh").read_text("utf-8")
    (wanted,) = re.findall(r"^for each in (.*?); do$", script.replace("\\\n", ""), re.MULTILINE)
    brought = {each.rpartition(":")[2] for each in wanted.split()}
    said = [
        package
        for path in tests.glob("test_*.py")
        for packages in re.findall(r"apt-get install ([a-z0-9 -]+)", path.read_text("utf-8"))
        for package in packages.split()
    ]
    assert "redis-server" in said
    assert set(said) <= brought
