"""The server that is attacked; it must live after every test."""

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
    """See after each test that the server still does what it is there for."""
    yield
    answer = served.ask(FEED)
    assert (answer.status, answer.lasting, answer.body) == (200, whole.lasting, whole.body)
    assert served.process.poll() is None
