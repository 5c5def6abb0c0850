"""A Dask cluster parses the content like the processes of this machine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.factories import article
from tests.support.processes import run
from tests.support.trees import CONFIG, PROJECT

Files = Callable[..., Path]


MANY = {
    f"content/n/{number:03}.md": article(f"Title {number}", url=f"https://news.example/{number}")
    for number in range(450)
} | {"content/n/wrong.md": article(date="soon"), "content/n/odd.md": article("&#8217;", more="topics: [1]\n")}


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A Dask cluster of two processes on this machine."""
    dask = pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")
    with dask.LocalCluster(2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as made:
        yield made.scheduler_address


def test_a_dask_cluster_gives_the_same_edition(tree: Files, cluster: str) -> None:
    """Exactly the example of docs/config.md."""
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
