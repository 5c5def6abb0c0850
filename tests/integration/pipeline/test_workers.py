"""Every executor gives the same edition, byte for byte."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE

import pytest

from feeds.config.reader import read_config
from feeds.content import loader
from feeds.content import workers as content_workers
from feeds.content.scan import ContentTree
from feeds.pipeline import build
from feeds.store.content_index import ContentIndex
from tests.support.factories import NOW, SITE, article
from tests.support.processes import run, until
from tests.support.trees import CONFIG, PROJECT

Files = Callable[..., Path]
MANY = {
    f"content/n/{number:03}.md": article(f"Title {number}", url=f"https://news.example/{number}")
    for number in range(450)
} | {"content/n/wrong.md": article(date="soon"), "content/n/odd.md": article("&#8217;", more="topics: [1]\n")}


@pytest.fixture
def many(tree: Files, monkeypatch: pytest.MonkeyPatch) -> Path:
    return tree(MANY)


def told(root: Path, executor: Callable[[], Executor]) -> tuple[object, ...]:
    with ContentIndex(None) as index:
        files = ContentTree(root / "content")
        loaded = loader.load(files, SITE, index, executor)
        repository = loader.IndexedEntries(index, files, SITE)
        whole = [repository.load_entry(entry) for entry in loaded.content.entries[:20]]
        return loaded.content, loaded.problems, loaded.counts, loaded.unknown, whole


def no_executor() -> Executor:
    raise AssertionError("the executor must not be used")


def test_all_executors_give_the_same_edition(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cores = told(many, content_workers.workers)
    threads = told(many, lambda: ThreadPoolExecutor(3))
    monkeypatch.setattr(content_workers, "PARALLEL_THRESHOLD", 10_000)
    assert cores == threads == told(many, no_executor)


def test_without_cpu_affinity_a_build_uses_all_cores(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS
    build.build(read_config(many / "config.yaml"), NOW)
    assert (many / "public/feeds/all.xml").exists()


def _die(*_: object) -> None:
    os._exit(1)


class _Dying(ProcessPoolExecutor):
    """An executor whose processes are killed, as they are when memory runs out."""

    def submit(self, function, /, *given, **named):  # type: ignore[no-untyped-def]
        return super().submit(_die)


def test_files_of_a_dead_worker_are_parsed_in_the_main_process(many: Path) -> None:
    assert told(many, lambda: _Dying(2)) == told(many, content_workers.workers)


def test_few_changed_files_are_parsed_without_workers(tree: Files) -> None:
    told(tree({"content/n/a.md": article()}), no_executor)


def test_a_missing_executor_is_a_mistake_in_the_config(tree: Files) -> None:
    root = tree(MANY, config=CONFIG + "executor: nowhere:make\n")
    done = run("build", cwd=root, check=False)
    assert done.returncode == 2
    assert "executor: nowhere:make: No module named 'nowhere'" in done.stderr


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("def make(", "executor: broken:make: "),
        ("def make():\n    raise OSError('no cluster')", "executor: broken:make: no cluster"),
    ],
)
def test_an_executor_that_fails_is_a_mistake_in_the_config(tree: Files, program: str, said: str) -> None:
    root = tree(MANY | {"broken.py": program}, config=CONFIG + "executor: broken:make\n")
    done = run("build", cwd=root, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_workers_end_with_their_parent_process() -> None:
    code = (
        "import os, sys\nfrom feeds.content.workers import workers\npool = workers()\n"
        "print(*{pool.submit(os.getpid).result() for _ in range(9)}, flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=PIPE, stdout=PIPE, cwd=PROJECT) as process:
        assert process.stdout
        workers = [Path(f"/proc/{int(pid)}/stat") for pid in process.stdout.readline().split()]
        assert workers
        process.kill()
    until(lambda: not any(map(is_running, workers)))


@pytest.mark.parametrize(
    ("short", "said"),
    [
        # The thread of the pool dies, and the build would wait for its results forever.
        (
            'multiprocessing.queues.Queue._start_thread = of(RuntimeError("can\'t start new thread"))',
            "feeds: a thread of the build died, ",
        ),
        ("feeds.content.loader.load = of(MemoryError())", "feeds: out of memory\n"),
        # Even without memory for an error message.
        ("import click; feeds.content.loader.load = click.echo = of(MemoryError())", "feeds: out of memory\n"),
    ],
)
def test_a_build_without_enough_memory_keeps_the_published_edition(many: Path, short: str, said: str) -> None:
    run("build", cwd=many)
    before = (many / "public/manifest.json").read_bytes()
    shutil.rmtree(many / ".feeds")
    code = f"""
import multiprocessing.queues, sys, feeds.content.loader
from feeds.cli.main import main

def of(error):
    def fail(*_, **__):
        raise error
    return fail

{short}
sys.argv = ["feeds", "build"]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=many, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert said in done.stderr
    assert (many / "public/manifest.json").read_bytes() == before
    run("build", cwd=many)  # the lock was released


def is_running(status: Path) -> bool:
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:  # it ended, and its exit status was read
        return False
