"""The site's own hub over real HTTP: WebSub sections 5 to 7, and what websub.rocks tests of hubs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import until
from tests.websub import FORM, TOPIC, Subscriber, form, hub_site, subscriber, write
from tests.wire import Server, server


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_site(tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[Server]:
    with server(site) as running:
        yield running


@pytest.fixture
def sub() -> Iterator[Subscriber]:
    with subscriber() as running:
        yield running


def ask(served: Server, body: bytes):
    return served.ask("/hub", "POST", body, Content_Type=FORM)


def test_a_subscriber_is_told_of_what_is_published(served: Server, site: Path, sub: Subscriber) -> None:
    answer = ask(served, form(mode="subscribe", callback=sub.url(), topic=TOPIC))
    assert answer.status == 202, answer.body
    until(lambda: len(sub.gets("subscribe")) == 1, 5)
    write(site, "second")
    until(lambda: len(sub.posts) == 1, 10)
    got = sub.posts[0]
    assert got.body == (site / "public/feeds/ai.xml").read_bytes()
