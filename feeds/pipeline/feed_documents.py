"""The documents of one feed: reused if its inputs are unchanged, otherwise rendered within the size limit."""

from dataclasses import replace

from feeds.edition.model import Removal
from feeds.formats.pages import SUFFIX
from feeds.formats.registry import formats_of
from feeds.model import Feed, Site, Tombstone
from feeds.pipeline.documents import BuiltFeed, DocumentBuilder, feed_summary
from feeds.pipeline.render import FeedRenderer
from feeds.selection import paging

# Enough that removals reach readers, and few enough that a feed stays small.
_TOMBSTONES = 250


def add_tombstones(feed: Feed, removals: dict[str, Removal]) -> Feed:
    dead = [Tombstone(entry, each.when) for entry, each in removals.items() if feed.spec.path in each.feeds]
    if not dead:
        return feed
    dead = sorted(sorted(dead, key=lambda each: each.ref), key=lambda each: each.when, reverse=True)[:_TOMBSTONES]
    # RFC 6721, section 3: `updated` must cover tombstones, because some readers check it first.
    updated = max(feed.updated, *(each.when for each in dead))
    return replace(feed, tombstones=tuple(dead), updated=updated)


def reuse_feed(feed: Feed, maker: DocumentBuilder, press: FeedRenderer) -> BuiltFeed | None:
    """Return the feed with its published documents, if its inputs are unchanged."""
    listing = maker.listings.get(feed.spec.path)
    if listing is None or listing.input_hash != press.feed_input_hash(feed):
        return None
    documents = maker.held.get(feed.spec.path, ())
    needed = {f"{feed.spec.path}{each.suffix}" for each in formats_of(press.site)}
    paths = {document.path for document in documents}
    if not maker.store.same_generator or not needed <= paths or not paths <= maker.store.intact_paths:
        return None
    fitting = replace(feed, entries=feed.entries[: listing.entry_count], updated=listing.updated)
    return BuiltFeed(fitting, tuple(documents), listing, len(feed.entries))


def render_feed(feed: Feed, press: FeedRenderer, maker: DocumentBuilder, site: Site) -> BuiltFeed:
    fitting = replace(
        press.trim_to_size(feed), tombstones=feed.tombstones, oldest_published=feed.oldest_published, weeks=feed.weeks
    )
    if len(fitting.entries) < len(feed.entries) and not feed.spec.archive:
        fitting = replace(fitting, oldest_published=fitting.entries[-1].published)
    if feed.tombstones:
        fitting = replace(fitting, updated=max(fitting.updated, *(each.when for each in feed.tombstones)))
    documents = tuple(
        maker.document(
            f"{each.path}{format_.suffix}",
            format_.type,
            press.render(each, format_),
            each.updated,
            "page" if format_.suffix == SUFFIX else "archive" if each.history.archive else "feed",
            feed.spec.path,
        )
        for each in (fitting, *paging.archives(fitting))
        for format_ in formats_of(site)
    )
    # In the manifest's order, so that the result does not depend on where the documents come from.
    ordered = tuple(sorted(documents, key=lambda each: each.path))
    # An entry with its last good rendering is rendered again by every build.
    made_from = "" if maker.stale.get(feed.spec.path) else press.feed_input_hash(feed)
    return BuiltFeed(fitting, ordered, feed_summary(fitting, made_from, press.shortened(fitting)), len(feed.entries))
