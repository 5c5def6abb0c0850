"""`feeds build --timings` prints the time of each step."""

import pytest

from tests.support.factories import article
from tests.support.processes import run
from tests.support.trees import Tree


@pytest.mark.parametrize("arguments", [(), ("--dry-run",), ("--json",), ("-q",)])
def test_build_with_timings_prints_the_time_of_each_step_on_stderr(tree: Tree, arguments: tuple[str, ...]) -> None:
    root = tree({f"content/n/{name}.md": article(name, url=f"https://n.example/{name}") for name in "ab"})
    done = run("build", "--timings", *arguments, cwd=root)
    lines = [line.split(" s  ") for line in done.stderr.splitlines()]
    steps = [name for _, name in lines]
    assert all(float(seconds) >= 0 for seconds, _ in lines)
    assert [name for name in steps if name in ("scan", "read  2 files", "select", "render  1 feeds", "export")] == (
        ["read  2 files", "select", "render  1 feeds"]
        if "--dry-run" in arguments
        else ["scan", "read  2 files", "select", "render  1 feeds", "export"]
    )
    assert "select" not in done.stdout


def test_without_the_option_no_timing_is_printed(tree: Tree) -> None:
    assert run("build", cwd=tree({"content/n/a.md": article()})).stderr == ""
