"""How much of a feed the document that is subscribed to has, and where the rest is.

RFC 5005: a complete feed, or one with its archive by months. Which entries belong to
the feed at all is for `selection`.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from feeds.edition.model import FeedSummary
from feeds.model import ArchivePosition, EntryMeta, Feed, FeedSpec, Site


def window_size(entries: Sequence[EntryMeta], spec: FeedSpec, site: Site) -> int:
    """Return how many of the entries the document that is subscribed to has."""
    if spec.limit is not None or spec.order_by_first_match or not entries:
        return spec.limit or site.window.entries
    # On a busy day more than the newest N may be new since a reader last looked.
    oldest = entries[0].published - site.window.recent_period
    # In order: those that are recent enough come first.
    recent = next((place for place, entry in enumerate(entries) if entry.published < oldest), len(entries))
    return max(site.window.entries, recent)


def make_feed(spec: FeedSpec, site: Site, entries: tuple[EntryMeta, ...]) -> Feed:
    """Return a feed of these entries and no others; without any it was last updated when ids began."""
    updated = max(map(attrgetter("updated"), entries), default=site.tag_date)
    return Feed(spec, site, updated, entries, spec.path, ArchivePosition(complete=True))


def latest_entries(
    spec: FeedSpec, site: Site, entries: tuple[EntryMeta, ...], count: int, before: FeedSummary | None
) -> Feed:
    """Return a feed without archives, which has the first of its entries only.

    It never reaches further back than it did: where an entry was removed, the next older one would
    come in, and to readers that never saw it, it would be news.

    Args:
        entries: All that belong to the feed.
        count: How many entries are enough.
        before: What the edition before says of it; of another length, it is no matter.
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
    """Return how many entries a feed has as a rule."""
    return spec.limit or site.window.entries


def split_archives(
    spec: FeedSpec,
    site: Site,
    entries: tuple[EntryMeta, ...],
    count: int,
    archived: frozenset[str],
    most: int | None = None,
) -> Feed:
    """Return a feed that has the first of its entries only, the older ones in archives if it has these.

    The document that is subscribed to ends with a whole month where there are
    archives, so that an archive changes only when an entry of its month does. No entry
    is in two documents.

    Args:
        entries: All that belong to the feed.
        count: How many entries are enough.
        archived: Paths of archives that there are already: such a month stays archived.
        most: How many entries are too many. A newest month that has more by itself has
            an archive with the rest of it.
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
    """Return the feed with so few of its entries that a document can hold them."""
    made = split_archives(feed.spec, feed.site, feed.all_entries, most, archived, most)
    # RFC 5005, section 2: a complete feed has all its entries. This one left some out already.
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
