"""The package: its API, the content of the wheel, and cheap imports."""

import ast
import doctest
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
import yaml

import feeds
from tests.support.factories import article
from tests.support.trees import PROJECT

Tree = Callable[..., Path]
PAGE = PROJECT / "docs/api.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_api_page_is_correct(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "content/news/a.md": article("A title", more="topics: [AI]\n"),
        "content/news/b.md": article("Another title", url="https://news.example/b", more="topics: AI\nquality: 90\n"),
    }
    monkeypatch.chdir(tree(files, blocks("yaml")[0]))
    test = doctest.DocTestParser().get_doctest("\n".join(blocks("python")), {}, PAGE.name, str(PAGE), 0)
    said: list[str] = []
    assert doctest.DocTestRunner().run(test, out=said.append).failed == 0, "".join(said)
    assert len(test.examples) > 15


def test_every_public_name_exists_with_a_docstring_and_is_documented() -> None:
    for name in feeds.__all__:
        assert getattr(feeds, name).__doc__, name
    assert set(feeds.__all__) <= set(dir(feeds))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        feeds.nonsense  # type: ignore[attr-defined] # noqa: B018
    # Type checkers see exactly the names that exist.
    source = ast.parse((PROJECT / "feeds/__init__.py").read_text("utf-8"))
    branch = next(node for node in source.body if isinstance(node, ast.If))
    seen = {alias.name for node in branch.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == set(feeds.__all__)


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_or_the_command_imports_no_heavy_module() -> None:
    heavy = "{'feedgen', 'lxml', 'flask', 'jinja2', 'yaml', 'rich', 'feeds.pipeline.compose', 'feeds.config.schema', "
    heavy += "'ada_url', 'regex'}"
    assert python(f"import sys, feeds; print({heavy} & set(sys.modules))") == "set()"
    assert python(f"import sys, feeds.cli; print({heavy} & set(sys.modules))") == "set()"


def test_importing_a_module_does_not_hide_a_public_function() -> None:
    assert python("import feeds.pipeline.compose, feeds; print(feeds.compose.__module__)") == "feeds.api"
    assert python(
        "import feeds; feeds.compose; from feeds.pipeline.compose import ComposeResult; print(feeds.compose.__name__)"
    ) == ("compose")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


def test_the_wheel_has_all_files_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    there = {path.relative_to(PROJECT).as_posix() for path in (PROJECT / "feeds").rglob("*") if path.is_file()}
    assert {name for name in there if "__pycache__" not in name} <= names
    assert {"feeds/py.typed", "feeds/formats/templates/style.css", "feeds/formats/templates/entry.html"} <= names
    assert not {name for name in names if name.startswith("tests/")}


def test_the_wheel_installed_alone_builds_a_site(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True, timeout=60)
    inside = tmp_path / "venv/bin/python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(inside)]
    install = [*pip, "install", "-q", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    # Its dependencies come from the environment of these tests; .pth files in a path of a .pth are not read.
    site = next((tmp_path / "venv/lib").glob("python*/site-packages"))
    here = [path for path in sys.path if path.endswith("site-packages")]
    (site / "depends.pth").write_text("".join(f"{path}\n" for path in here))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}

    def feeds_(*arguments: str, folder: Path = tmp_path) -> str:
        command = [str(tmp_path / "venv/bin/feeds"), *arguments]
        return subprocess.run(
            command, cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    version = re.search(r'^version = "(.+)"', (PROJECT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert feeds_("--version") == f"feeds, version {version[1]}\n"
    assert (tmp_path / "venv/bin/everyday-feeds").exists()
    feeds_("init", "site", "-q")
    assert feeds_("build", folder=tmp_path / "site").startswith("1 entries of 1 files")
    assert (tmp_path / "site/public/style.css").stat().st_size > 100
    where = subprocess.run(
        [str(inside), "-c", "import feeds; print(feeds.__file__)"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert where.stdout.startswith(str(tmp_path))


def test_the_hook_and_the_action_run_existing_commands() -> None:
    (hook,) = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())
    assert (hook["entry"], hook["language"], hook["pass_filenames"]) == ("feeds check --strict", "python", False)
    assert re.search(hook["files"], "content/news/a.md")
    assert re.search(hook["files"], "config.yaml")
    action = yaml.safe_load((PROJECT / "action.yml").read_text())
    steps = [step["run"] for step in action["runs"]["steps"] if "run" in step]
    assert [line.split()[:2] for step in steps for line in step.splitlines() if line.startswith("feeds ")] == [
        ["feeds", "check"],
        ["feeds", "build"],
    ]


def pins(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (PROJECT / path).read_text("utf-8"), re.MULTILINE))


def test_the_lock_files_have_pinned_versions_with_hashes_and_no_host() -> None:
    pinned = pins("constraints.txt")
    for name in ("build", "run", "dev", "bench"):
        locked, text = pins(f"requirements/{name}.txt"), (PROJECT / f"requirements/{name}.txt").read_text("utf-8")
        assert locked, name
        assert {key: pinned.get(key) for key in locked} == locked, f"{name}: run `make lock`"
        assert all("--hash=sha256:" in part for part in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE) if part)
        assert "://" not in text
    assert set(pinned) == {key for name in ("build", "run", "dev", "bench") for key in pins(f"requirements/{name}.txt")}


def test_the_lock_files_have_all_requirements_of_the_package() -> None:
    import tomllib

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]

    def names(*lists: list[str]) -> set[str]:
        return {re.split(r"[<>=\[ ]", each)[0].lower() for each in chain(*lists)}

    assert names(project["dependencies"], extras["watch"], extras["hub"]) <= set(pins("requirements/run.txt"))
    assert names(*(extras[each] for each in ("watch", "hub", "dev"))) <= set(pins("requirements/dev.txt"))


def test_actions_are_pinned_by_commit() -> None:
    for path in (PROJECT / "action.yml", *(PROJECT / "docs").glob("*.md")):
        for used in re.findall(r"uses: (.*)", path.read_text("utf-8")):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), (path.name, used)


def test_no_text_says_to_install_the_package_by_its_name() -> None:
    texts = [
        *(PROJECT / "docs").glob("*.md"),
        *(PROJECT / "feeds").rglob("*.py"),
        PROJECT / "README.md",
        PROJECT / "action.yml",
    ]
    for path in texts:
        assert not re.search(r"(pip|pipx|uv|uvx)\b[^\n]{0,20}\beveryday-feeds", path.read_text("utf-8")), path.name
