"""The server under attack; it must still work after every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hostile_requests import FEED, prepare
from tests.support.raw_http import Answer, Server, server


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[Server]:
    with server(site) as running:
        yield running


@pytest.fixture(scope="module")
def whole(served: Server) -> Answer:
    return served.ask(FEED)


@pytest.fixture(autouse=True)
def alive(served: Server, whole: Answer) -> Iterator[None]:
    """Check after each test that the server still serves documents."""
    yield
    answer = served.ask(FEED)
    assert (answer.status, answer.lasting, answer.body) == (200, whole.lasting, whole.body)
    assert served.process.poll() is None
