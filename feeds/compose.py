"""Make the edition: from content, the edition before and the moment to every document.

The pure core ends here. The same arguments give the same bytes on any machine;
no file, clock, network or environment is looked at, here or above.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from types import MappingProxyType

from feeds import selection
from feeds.edition import Document, Edition, Listing, fingerprint
from feeds.errors import Problem
from feeds.formats import FORMATS, Format, html, opml
from feeds.model import Entry, Feed, FeedSpec, Site
from feeds.selection import Content

_FRAME_BYTES = 16 * 1024


def compose(
    content: Content, custom: Sequence[FeedSpec], site: Site, before: Edition, now: datetime
) -> tuple[Edition, tuple[Problem, ...]]:
    """Return the edition of this content at this moment, and what is wrong with it as a whole.

    Args:
        content: What the content tree says.
        custom: The feeds that the configuration defines.
        site: The publication.
        before: The edition that is published now; an empty one if there is none.
        now: Decides which entries are due, and when changed documents first appeared.
    """
    feeds, problems = selection.feeds(content, custom, site, now)
    press = _Press(site)
    composed = tuple(press.fit(feed) for feed in feeds)
    made = _Maker(before, now.replace(microsecond=0), max((feed.updated for feed in feeds), default=site.since))
    documents = [
        made.document(f"{feed.spec.path}{each.suffix}", each.type, press.render(feed, each), feed.updated)
        for feed in composed
        for each in FORMATS
    ]
    documents += [
        made.document(opml.PATH, opml.TYPE, opml.render_site(site, composed)),
        made.document(html.PATH, html.TYPE, html.render_site(site, composed)),
        made.document(html.STYLE_PATH, html.STYLE_TYPE, html.render_style(), site.since),
    ]
    documents += [made.document(asset.path, asset.type, asset.body, site.since) for asset in content.assets]
    listings = tuple(
        Listing(feed.spec.path, feed.title, feed.spec.kind, len(feed.entries), feed.updated) for feed in composed
    )
    by_path = MappingProxyType({document.path: document for document in documents})
    return Edition(by_path, listings, site.max_age), problems + tuple(press.problems)


@dataclass(slots=True)
class _Press:
    """Renders entries once each and feeds from their parts."""

    site: Site
    problems: list[Problem] = field(default_factory=list)
    _parts: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def part(self, entry: Entry, each: Format) -> bytes:
        key = (each.suffix, entry.id)
        if key not in self._parts:
            self._parts[key] = each.render_entry(entry)
        return self._parts[key]

    def render(self, feed: Feed, each: Format) -> bytes:
        return each.render_feed(feed, [self.part(entry, each) for entry in feed.entries])

    def fit(self, feed: Feed) -> Feed:
        """Return the feed without its oldest entries, if any of its documents would be too large."""
        window = self.site.window
        sizes = list(self._sizes(feed))
        largest = sizes[-1] if sizes else 0
        path = f"{feed.spec.path}.xml"
        if largest <= window.max_bytes:
            if largest > window.warn_bytes:
                message = f"{largest // 1024} KB: some readers give up on large feeds"
                self.problems.append(Problem(path, 0, "", message, "warning"))
            return feed
        # One entry stays however large it is: an empty feed tells nobody anything.
        count = max(1, sum(size <= window.max_bytes for size in sizes))
        message = f"{largest // 1024} KB, cut from {len(sizes)} to {count} entries"
        self.problems.append(Problem(path, 0, "", message, "warning"))
        return selection.make_feed(feed.spec, feed.site, feed.entries[:count])

    def _sizes(self, feed: Feed) -> Iterator[int]:
        """Yield how large the largest document gets with each further entry."""
        totals = (accumulate(len(self.part(entry, each)) for entry in feed.entries) for each in FORMATS)
        return (max(row) + _FRAME_BYTES for row in zip(*totals, strict=True))


@dataclass(frozen=True, slots=True)
class _Maker:
    before: Edition
    now: datetime
    newest: datetime

    def document(self, path: str, content_type: str, body: bytes, newest: datetime | None = None) -> Document:
        """Return the document, its date carried over from the edition before while its bytes stay."""
        etag = fingerprint(body)
        old = self.before.documents.get(path)
        if old and old.etag == etag and old.type == content_type:
            modified = old.modified
        elif old:
            # RFC 9110, section 8.8.2.2: a date has a grain of one second, so a
            # second change within one needs the next.
            modified = max(self.now, old.modified + timedelta(seconds=1))
        elif self.before.documents:
            modified = self.now
        else:
            # Nobody remembers when; the newest date inside is what every machine agrees on.
            modified = newest or self.newest
        return Document(path, content_type, etag, len(body), modified, body)
