"""Fixtures of several test modules: a site, entries, small trees, the command and a real server."""

import gc
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from tests.support.exhaustive import EXHAUSTIVE
from tests.support.trees import CONFIG

# The same examples in every run, so that a test does not fail at random.
settings.register_profile("feeds", derandomize=True, deadline=None, max_examples=15)
settings.register_profile("exhaustive", settings.get_profile("feeds"), max_examples=100)
settings.load_profile("exhaustive" if EXHAUSTIVE else "feeds")

TESTS = Path(__file__).parent


# Without bytecode each of hundreds of processes would compile the whole program again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes files into a site's folder and returns the folder."""

    def write(files: dict[str, str | bytes] | None = None, config: str = CONFIG) -> Path:
        (tmp_path / "content").mkdir(exist_ok=True)
        for name, data in ({"config.yaml": config} | (files or {})).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return tmp_path

    return write


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """Yield a folder in memory if the system has one, for files that are often written and removed."""
    with TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        yield Path(folder)


LEVELS = ("integration", "conformance", "system")
"""A test has the name of its folder as its mark; other tests are unit tests."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with the level that its folder names, and leave out cases of the exhaustive run."""
    for item in items:
        level = item.path.relative_to(TESTS).parts[0]
        if level in LEVELS:
            item.add_marker(level)
    if not EXHAUSTIVE:
        left_out = [item for item in items if item.get_closest_marker("exhaustive")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without garbage collection: thousands of tests stay, and looking through them takes half of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
