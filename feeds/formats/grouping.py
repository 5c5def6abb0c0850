"""Groups of a site's feeds by kind, for OPML and the start page."""

from collections.abc import Iterable
from itertools import groupby

from feeds.model import FeedDocument

GROUPS = {"all": "Everything", "custom": "Selections", "topic": "Topics", "provider": "Providers"}
"""Labels of the kinds of feeds, in display order."""


def grouped(feeds: Iterable[FeedDocument]) -> list[tuple[str, list[FeedDocument]]]:
    """Return the feeds grouped by the label of their kind, in display order."""
    listed = sorted(feeds, key=lambda feed: list(GROUPS).index(feed.spec.kind))
    return [(GROUPS[kind], list(members)) for kind, members in groupby(listed, key=lambda feed: feed.spec.kind)]
