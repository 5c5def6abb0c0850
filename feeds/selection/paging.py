"""Paging of feeds: how many entries the main document has, and which archives hold the rest.

RFC 5005: a complete feed, or a feed with monthly archives. `select` decides which entries belong to
a feed.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from feeds.edition.model import FeedSummary
from feeds.model import ArchivePosition, EntryMeta, Feed, FeedSpec, Site


def window_size(entries: Sequence[EntryMeta], spec: FeedSpec, site: Site) -> int:
    """Return the number of entries in the main document."""
    if spec.limit is not None or spec.order_by_first_match or not entries:
        return spec.limit or site.window.entries
    # On a busy day, more than the newest N entries may be new since a reader's last poll.
    oldest = entries[0].published - site.window.recent_period
    # The entries are in order, so the recent ones come first.
    recent = next((place for place, entry in enumerate(entries) if entry.published < oldest), len(entries))
    return max(site.window.entries, recent)


def make_feed(spec: FeedSpec, site: Site, entries: tuple[EntryMeta, ...]) -> Feed:
    """Return a feed with exactly these entries; an empty feed has a fixed `updated` date."""
    updated = max(map(attrgetter("updated"), entries), default=site.tag_date)
    return Feed(spec, site, updated, entries, spec.path, ArchivePosition(complete=True))


def latest_entries(
    spec: FeedSpec, site: Site, entries: tuple[EntryMeta, ...], count: int, before: FeedSummary | None
) -> Feed:
    """Return a feed without archives, with the first of its entries.

    It never reaches further back than before: after a removal, the next older entry would come in, and
    readers that never saw it would announce it.

    Args:
        entries: All entries of the feed.
        count: Number of entries in the document.
        before: The feed's summary in the previous edition; ignored if its length was different.
    """
    has, reach, limit = entries[:count], None, max_entries(spec, site)
    if before and before.oldest_published and before.max_entries == limit:
        known, reach = frozenset(before.entries), before.oldest_published
        older = (place for place, each in enumerate(has) if each.published <= reach and each.id not in known)
        has = has[: next(older, count)]
    feed = make_feed(spec, site, has)
    if len(has) == len(entries):
        return feed
    if len(has) == count or reach is None:
        reach = has[-1].published
    return replace(feed, history=ArchivePosition(), oldest_published=reach)


def max_entries(spec: FeedSpec, site: Site) -> int:
    """Return the usual number of entries of a feed."""
    return spec.limit or site.window.entries


def split_archives(
    spec: FeedSpec,
    site: Site,
    entries: tuple[EntryMeta, ...],
    count: int,
    archived: frozenset[str],
    most: int | None = None,
) -> Feed:
    """Return a feed with the first of its entries, and the older ones in archives if it has these.

    With archives, the main document ends with a complete month, so that an archive changes only when
    an entry of its month does. No entry is in two documents.

    Args:
        entries: All entries of the feed.
        count: Number of entries in the main document.
        archived: Paths of existing archives: an archived month stays archived.
        most: Most entries of the main document. A newest month with more entries gets an archive
            with the rest of it.
    """
    limit = len(entries) if most is None else most
    if not spec.archive:
        feed = make_feed(spec, site, entries[:count])
        return replace(feed, history=ArchivePosition()) if len(entries) > count else feed
    months = [(month, tuple(group)) for month, group in groupby(entries, key=_month)]
    kept: list[EntryMeta] = []
    while months and len(kept) < count and len(kept) + len(months[0][1]) <= limit:
        if kept and f"{spec.path}/{months[0][0]}" in archived:
            break
        kept += months.pop(0)[1]
    if months and not kept:
        month, busy = months[0]
        kept, months[0] = list(busy[:limit]), (month, busy[limit:])
    feed = make_feed(spec, site, tuple(kept))
    if not months:
        return feed
    return replace(feed, archives=tuple(months), history=ArchivePosition(previous=f"{spec.path}/{months[0][0]}"))


def trim_to_count(feed: Feed, most: int, archived: frozenset[str]) -> Feed:
    """Return the feed with fewer entries, so that its document is small enough."""
    made = split_archives(feed.spec, feed.site, feed.all_entries, most, archived, most)
    # RFC 5005, section 2: a complete feed has all its entries, and this one already left some out.
    if made.history.complete and not feed.history.complete:
        made = replace(made, history=ArchivePosition())
    return made


def _month(entry: EntryMeta) -> str:
    return f"{entry.published:%Y-%m}"


def archives(feed: Feed) -> tuple[Feed, ...]:
    """Return the archive documents of a feed, newest first (RFC 5005, section 4)."""
    paths = [f"{feed.spec.path}/{month}" for month, _ in feed.archives]
    made = []
    for place, (_, entries) in enumerate(feed.archives):
        newer = paths[place - 1] if place else None
        older = paths[place + 1] if place + 1 < len(paths) else None
        history = ArchivePosition(archive=True, previous=older, next=newer)
        made.append(replace(make_feed(feed.spec, feed.site, entries), path=paths[place], history=history))
    return tuple(made)
