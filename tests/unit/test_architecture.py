"""The rules of the architecture: a package imports only from packages on lower levels.

`LEVELS` is the documentation of the levels. Imports inside functions and under `TYPE_CHECKING` count too.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import feeds

LEVELS = [
    {"errors", "messages", "text", "http"},
    {"model", "edition", "system"},
    {"parsing", "formats", "stats", "store"},
    {"config", "content"},
    {"selection", "scaffold", "websub"},
    {"pipeline", "server"},
    {"api", "cli", "web"},
    {"__init__", "__main__"},
]
LEVEL = {package: level for level, packages in enumerate(LEVELS) for package in packages}
SAME_LEVEL = {("errors", "text"), ("errors", "messages"), ("cli", "api")}
"""Imports that are allowed between packages of one level."""

PURE = {
    "errors",
    "messages",
    "text",
    "model",
    "edition.diff",
    "edition.encodings",
    "edition.manifest",
    "edition.model",
    "edition.paths",
    "edition.sink",
    "parsing",
    "formats",
    "selection",
    "pipeline.asset_documents",
    "pipeline.compose",
    "pipeline.composition",
    "pipeline.documents",
    "pipeline.fallback",
    "pipeline.feed_documents",
    "pipeline.redirects",
    "pipeline.render",
    "pipeline.site_documents",
    "pipeline.warnings",
}
"""Packages and modules that read no file, clock or network."""
IMPURE = {"glob", "io", "os", "pathlib", "random", "shutil", "socket", "sqlite3", "subprocess", "tempfile", "time"}
IMPURE_CALLS = {"open", "datetime.now", "datetime.today", "date.today", "datetime.utcnow"}
VALUES = ("model.", "content.", "edition.", "selection.", "pipeline.report", "pipeline.build")
"""Modules whose frozen dataclasses and named tuples hold data alone."""
RESOURCES = {
    "AssetReader",
    "Callable",
    "Connection",
    "ContentIndex",
    "ContentTree",
    "EntryRepository",
    "Executor",
    "IndexedEntries",
    "Iterator",
    "TreeAssets",
}
MAX_LINES = 350
ROOT = Path(feeds.__file__).parent


NAMES = sorted(path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in ROOT.rglob("*.py"))


@cache
def modules() -> dict[str, ast.Module]:
    return {name: ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text("utf-8")) for name in NAMES}


def imported(tree: ast.Module) -> set[str]:
    """Return the full names of a module's imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def is_pure(module: str) -> bool:
    return module in PURE or module.partition(".")[0] in PURE


def holds_values(module: str) -> bool:
    return module.startswith(VALUES) and module != "model.progress"


def is_value(node: ast.ClassDef) -> bool:
    """Return whether a class is a frozen dataclass or a named tuple."""
    return any("frozen=True" in ast.unparse(each) for each in node.decorator_list) or any(
        ast.unparse(each) == "NamedTuple" for each in node.bases
    )


def test_every_package_has_a_level() -> None:
    assert {module.partition(".")[0] for module in modules()} == set(LEVEL)


@pytest.mark.parametrize("module", NAMES)
def test_a_package_imports_only_from_lower_levels(module: str) -> None:
    package = module.partition(".")[0]
    for name in sorted(imported(modules()[module])):
        if not name.startswith("feeds."):
            continue
        other = name.split(".")[1]
        if other in LEVEL and other != package and (package, other) not in SAME_LEVEL:
            assert LEVEL[other] < LEVEL[package], f"{module} imports {name}"


@pytest.mark.parametrize("module", list(filter(is_pure, NAMES)))
def test_the_core_reads_no_file_clock_or_network(module: str) -> None:
    assert not {name.partition(".")[0] for name in imported(modules()[module])} & IMPURE
    calls = {ast.unparse(node.func) for node in ast.walk(modules()[module]) if isinstance(node, ast.Call)}
    assert not calls & IMPURE_CALLS


@pytest.mark.parametrize("module", list(filter(holds_values, NAMES)))
def test_a_value_has_no_function_and_no_open_resource(module: str) -> None:
    """Functions get full entries and bytes through ports, which are arguments. So a value is the same everywhere."""
    classes = [node for node in modules()[module].body if isinstance(node, ast.ClassDef) and is_value(node)]
    fields = [node for each in classes for node in each.body if isinstance(node, ast.AnnAssign)]
    named = {name for field in fields for name in re.findall(r"\w+", ast.unparse(field.annotation))}
    assert not named & RESOURCES


def test_the_check_of_values_detects_a_resource() -> None:
    assert {"Content", "FeedDocument", "FeedSelection", "Loaded", "Document"} <= {
        node.name
        for module in filter(holds_values, modules())
        for node in modules()[module].body
        if isinstance(node, ast.ClassDef) and is_value(node)
    }


@pytest.mark.parametrize("package", ["formats", "model", "selection"])
def test_the_core_loads_no_module_for_files_or_databases(package: str) -> None:
    """No module of the package imports them, also not inside functions."""
    for module, tree in modules().items():
        if module.partition(".")[0] == package:
            assert not {name.partition(".")[0] for name in imported(tree)} & {"os", "pathlib", "sqlite3"}, module


@pytest.mark.parametrize("module", NAMES)
def test_a_long_module_gives_a_reason(module: str) -> None:
    tree = modules()[module]
    if (tree.body[-1].end_lineno or 0) > MAX_LINES:
        assert f"Over {MAX_LINES} lines" in (ast.get_docstring(tree) or ""), f"{module} is too long"


def test_system_packages_that_skipped_tests_need_are_installed_by_make_test() -> None:
    tests = ROOT.parent / "tests"
    script = (tests / "system.sh").read_text("utf-8")
    (wanted,) = re.findall(r"^for each in (.*?); do$", script.replace("\\\n", ""), re.MULTILINE)
    installed = {item.rpartition(":")[2] for item in wanted.split()}
    named = [
        package
        for path in tests.rglob("test_*.py")
        for packages in re.findall(r"apt-get install ([a-z0-9 -]+)", path.read_text("utf-8"))
        for package in packages.split()
    ]
    assert "redis-server" in named
    assert set(named) <= installed
