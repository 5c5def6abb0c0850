"""Hubs that record their requests."""

from collections.abc import Iterator

import pytest

from feeds.websub import notify
from tests.support.recording_hub import Hub, hub_at


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_at() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Hub]:
    with hub_at() as running:
        yield running


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a push in this process wait only for the Retry-After of a hub."""
    monkeypatch.setattr(notify, "_SETTLED", 0.0)
    monkeypatch.setattr(notify, "_BACK_OFF", 0.01)
