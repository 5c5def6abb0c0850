"""Whoever parses the files, the edition is the same to the byte."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from feeds import loader
from feeds.index import Index
from feeds.tree import Tree
from tests.conftest import CONFIG, PROJECT, SITE, article, run

Files = Callable[..., Path]
MANY = {
    f"content/n/{number:03}.md": article(f"Title {number}", url=f"https://news.example/{number}")
    for number in range(450)
} | {"content/n/wrong.md": article(date="soon"), "content/n/odd.md": article("&#8217;", more="topics: [1]\n")}


@pytest.fixture
def many(tree: Files, monkeypatch: pytest.MonkeyPatch) -> Path:
    return tree(MANY)


def told(root: Path, executor: Callable[[], Executor]) -> tuple[object, ...]:
    with Index(None) as index:
        loaded = loader.load(Tree(root / "content"), SITE, index, executor)
        whole = [loaded.content.whole(entry) for entry in loaded.content.entries[:20]]
        return loaded.content, loaded.problems, loaded.counts, loaded.unknown, whole


def no_executor() -> Executor:
    raise AssertionError("nobody should be asked")


def test_all_executors_come_to_the_same(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cores = told(many, loader.workers)
    threads = told(many, lambda: ThreadPoolExecutor(3))
    monkeypatch.setattr(loader, "_MANY", 10_000)
    assert cores == threads == told(many, no_executor)


def _die(*_: object) -> None:
    os._exit(1)


class _Dying(ProcessPoolExecutor):
    """An executor whose processes are killed, as they are where memory runs out."""

    def submit(self, function, /, *given, **named):  # type: ignore[no-untyped-def]
        return super().submit(_die)


def test_what_dying_processes_leave_is_parsed_here(many: Path) -> None:
    assert told(many, lambda: _Dying(2)) == told(many, loader.workers)


def test_few_changed_files_are_worth_no_processes(tree: Files) -> None:
    told(tree({"content/n/a.md": article()}), no_executor)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A Dask cluster of two processes on this machine."""
    dask = pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")
    with dask.LocalCluster(2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as made:
        yield made.scheduler_address


def test_a_dask_cluster_comes_to_the_same(tree: Files, cluster: str) -> None:
    """As docs/config.md says, to the letter."""
    page = (PROJECT / "docs/config.md").read_text("utf-8")
    module = page[page.index("```python") : page.index("```", page.index("```python") + 3)].removeprefix("```python\n")
    assert "tcp://scheduler.example:8786" in module
    root = tree(
        MANY | {"cluster.py": module.replace("tcp://scheduler.example:8786", cluster)},
        config=CONFIG + "executor: cluster:make\n",
    )
    run("build", cwd=root)
    by_cluster = {path: path.read_bytes() for path in (root / "public").rglob("*") if path.is_file()}
    (root / "config.yaml").write_text(CONFIG)
    run("build", "--output", root / "alone", cwd=root)
    alone = {
        root / "public" / path.relative_to(root / "alone"): path.read_bytes()
        for path in (root / "alone").rglob("*")
        if path.is_file()
    }
    assert by_cluster == alone
    assert len(alone) > 10


def test_an_executor_that_is_not_there_is_a_mistake_in_the_config(tree: Files) -> None:
    root = tree(MANY, config=CONFIG + "executor: nowhere:make\n")
    done = run("build", cwd=root, check=False)
    assert done.returncode == 2
    assert "executor: No module named 'nowhere'" in done.stderr
