"""Statistics of feeds for the start page."""

from collections.abc import Sequence
from datetime import datetime

from feeds.model import EntryMeta
from feeds.selection.paging import FeedSelection

WEEKS = 26
"""Number of weeks in the sparklines."""


def weekly_counts(selection: FeedSelection, newest: datetime) -> tuple[int, ...]:
    """Return the number of a feed's entries in each of the last weeks, the newest week last.

    Args:
        selection: All entries of the feed.
        newest: Date of the newest entry of the site. The clock would change the page every week.
    """
    entries: Sequence[EntryMeta] = selection.entries
    if selection.spec.order_by_first_match:
        entries = sorted(entries, key=lambda entry: entry.published, reverse=True)
    weeks = [0] * WEEKS
    for entry in entries:
        age = (newest - entry.published).days // 7
        if age >= WEEKS:
            break
        weeks[-1 - age] += 1
    return tuple(weeks)
