"""Group the feeds of a site by kind, for OPML and the start page."""

from collections.abc import Iterable
from itertools import groupby

from feeds.model import Feed

GROUPS = {"all": "Everything", "custom": "Selections", "topic": "Topics", "provider": "Providers"}
"""What the kinds of feeds are called for people, in the order in which they come."""


def grouped(feeds: Iterable[Feed]) -> list[tuple[str, list[Feed]]]:
    """Return the feeds under what their kind is called, in the order of the kinds."""
    listed = sorted(feeds, key=lambda feed: list(GROUPS).index(feed.spec.kind))
    return [(GROUPS[kind], list(members)) for kind, members in groupby(listed, key=lambda feed: feed.spec.kind)]
