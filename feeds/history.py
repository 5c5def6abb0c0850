"""How much of a feed the document that is subscribed to has, and where the rest is.

RFC 5005: a complete feed, or one with its archive by months. Which entries belong to
the feed at all is for `selection`.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from feeds.model import Entry, Feed, FeedSpec, History, Site


def window(entries: Sequence[Entry], spec: FeedSpec, site: Site) -> int:
    """Return how many of the entries the document that is subscribed to has."""
    if spec.limit is not None or spec.by_entry or not entries:
        return spec.limit or site.window.entries
    # On a busy day more than the newest N may be new since a reader last looked.
    oldest = entries[0].published - site.window.within
    return max(site.window.entries, sum(entry.published >= oldest for entry in entries))


def make_feed(spec: FeedSpec, site: Site, entries: tuple[Entry, ...]) -> Feed:
    """Return a feed of these entries and no others; without any it was last updated when ids began."""
    updated = max((entry.updated for entry in entries), default=site.since)
    return Feed(spec, site, updated, entries, spec.path, History(complete=True))


def cut(feed: Feed, count: int, most: int | None = None) -> Feed:
    """Return the feed with its first entries only, the older ones in archives if it has these.

    The document that is subscribed to ends with a whole month where there are
    archives, so that an archive changes only when an entry of its month does and
    no entry is in two documents.

    Args:
        feed: The feed with all its entries.
        count: How many entries are enough.
        most: How many entries are too many; a month that holds more by itself is
            cut, and has an archive too.
    """
    if len(feed.entries) <= count:
        return feed
    if not feed.spec.archive:
        return replace(make_feed(feed.spec, feed.site, feed.entries[:count]), history=History())
    months = [(month, tuple(group)) for month, group in groupby(feed.entries, key=_month)]
    kept: list[Entry] = []
    while months and len(kept) < count and (most is None or len(kept) + len(months[0][1]) <= most):
        kept += months.pop(0)[1]
    if not months:
        return feed
    current = make_feed(feed.spec, feed.site, tuple(kept) or feed.entries[:most])
    return replace(current, archives=tuple(months), history=History(previous=f"{feed.spec.path}/{months[0][0]}"))


def shrink(feed: Feed, most: int) -> Feed:
    """Return the feed with so few of its entries that a document can hold them."""
    held = {entry.id for entry in feed.entries}
    rest = tuple(entry for _, entries in feed.archives for entry in entries if entry.id not in held)
    return cut(make_feed(feed.spec, feed.site, feed.entries + rest), most, most)


def _month(entry: Entry) -> str:
    return f"{entry.published:%Y-%m}"


def archives(feed: Feed) -> tuple[Feed, ...]:
    """Return the archive documents of a feed, newest first (RFC 5005, section 4)."""
    paths = [f"{feed.spec.path}/{month}" for month, _ in feed.archives]
    made = []
    for place, (_, entries) in enumerate(feed.archives):
        newer = paths[place - 1] if place else None
        older = paths[place + 1] if place + 1 < len(paths) else None
        history = History(archive=True, previous=older, next=newer)
        made.append(replace(make_feed(feed.spec, feed.site, entries), path=paths[place], history=history))
    return tuple(made)
