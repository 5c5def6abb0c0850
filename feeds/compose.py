"""Make the edition: from content, the edition before and the moment to every document.

The pure core ends here. The same arguments give the same bytes on any machine;
no file, clock, network or environment is looked at, here or above.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate

from feeds import history, memory, selection
from feeds.edition import Document, Edition, Listing, Removal, State, fingerprint
from feeds.errors import Problem
from feeds.formats import FORMATS, Format, html, opml
from feeds.memory import Renamed
from feeds.model import ICON_PATH, Entry, Feed, FeedSpec, Site, Tombstone
from feeds.selection import Content, Past

_FRAME_BYTES = 16 * 1024
# So many that nobody notices, so few that a feed stays small.
_TOMBSTONES = 250


@dataclass(frozen=True, slots=True)
class Composed:
    """An edition, and what there is to say of it.

    Attributes:
        problems: What is wrong with the content as a whole.
        renamed: The entries whose ids changed.
        published: The ids of the entries that are due.
        refused: How many had the id of another one.
    """

    edition: Edition
    problems: tuple[Problem, ...]
    renamed: tuple[Renamed, ...]
    published: frozenset[str]
    refused: int


def compose(content: Content, custom: Sequence[FeedSpec], site: Site, before: Edition, now: datetime) -> Composed:
    """Return the edition of this content at this moment.

    Args:
        content: What the content tree says.
        custom: The feeds that the configuration defines.
        site: The publication.
        before: The edition that is published now; an empty one if there is none.
        now: Decides which entries are due, and since when documents, stays and
            removals are what they are.
    """
    now = now.replace(microsecond=0)
    before = memory.follow(before, site.aliases)
    entries, twice = selection.due(content.entries, now)
    kept, told, renamed = memory.keep_ids(entries, before.state.files)
    refused = len(twice) + len(entries) - len(kept)
    entries = kept
    past = Past(before.state.stays, memory.remembered(before), memory.archived(before))
    selected = selection.select(replace(content, entries=entries), custom, site, past, now)
    ids = {entry.id for entry in entries}
    removals = memory.removals(before, ids, content.broken, now, site.tombstones)
    press = _Press(site, past.archived)
    feeds = tuple(_bury(press.fit(feed), removals) for feed in selected.feeds)
    maker = _Maker(before, now, max((feed.updated for feed in feeds), default=site.since))
    documents = {document.path: document for document in _documents(content, feeds, site, press, maker)}
    moved = memory.moved(before, set(documents), site.aliases)
    gone = memory.gone(before, set(documents), moved)
    documents |= {document.path: document for document in _signposts(moved, gone, documents, site, maker)}
    state = State(
        url=site.url,
        max_age=site.max_age,
        feeds=tuple(map(_listing, feeds)),
        files=memory.files(entries, before, content.broken),
        removals=removals,
        stays=selected.stays,
        moved=moved,
        gone=gone,
    )
    problems = (*twice, *told, *selected.problems, *press.problems, *_lost(site, state.feeds, documents))
    return Composed(Edition(documents, state), problems, renamed, frozenset(ids), refused)


def _documents(
    content: Content, feeds: Sequence[Feed], site: Site, press: "_Press", maker: "_Maker"
) -> Iterator[Document]:
    for feed in feeds:
        for document in (feed, *history.archives(feed)):
            for each in FORMATS:
                body = press.render(document, each)
                if document.history.archive and len(body) > site.window.max_bytes:
                    press.warn(f"{document.path}{each.suffix}", f"{len(body) // 1024} KB in an archive")
                yield maker.document(f"{document.path}{each.suffix}", each.type, body, document.updated)
    yield maker.document(opml.PATH, opml.TYPE, opml.render_site(site, feeds))
    yield maker.document(html.PATH, html.TYPE, html.render_site(site, feeds))
    yield maker.document(html.STYLE_PATH, html.STYLE_TYPE, html.render_style(), site.since)
    if site.icon == f"{site.url}{ICON_PATH}":
        yield maker.document(ICON_PATH, html.ICON_TYPE, html.render_icon(), site.since)
    for asset in content.assets:
        yield maker.document(asset.path, asset.type, asset.body, site.since)


def _signposts(
    moved: dict[str, str], gone: frozenset[str], documents: dict[str, Document], site: Site, maker: "_Maker"
) -> Iterator[Document]:
    """Yield what a static host shows where a feed was: it cannot answer 301 or 410."""
    for old, new in sorted(moved.items()):
        target = documents[new]
        if old.endswith(html.SUFFIX):
            yield maker.document(old, html.TYPE, html.render_moved(site, new), target.modified)
        else:
            # Readers go on as if nothing had happened: the ids are the same.
            yield maker.document(old, target.type, target.body or b"", target.modified)
    for path in sorted(gone):
        if path.endswith(html.SUFFIX):
            yield maker.document(path, html.TYPE, html.render_gone(site), site.since)


def _bury(feed: Feed, removals: dict[str, Removal]) -> Feed:
    dead = [Tombstone(entry, each.when) for entry, each in removals.items() if feed.spec.path in each.feeds]
    if not dead:
        return feed
    dead = sorted(sorted(dead, key=lambda each: each.ref), key=lambda each: each.when, reverse=True)[:_TOMBSTONES]
    # RFC 6721, section 3: a reader that looks at `updated` first has to see them.
    updated = max(feed.updated, *(each.when for each in dead))
    return replace(feed, tombstones=tuple(dead), updated=updated)


def _listing(feed: Feed) -> Listing:
    archived = [entry for _, entries in feed.archives for entry in entries]
    ids = dict.fromkeys(entry.id for entry in (*feed.entries, *archived))
    return Listing(feed.spec.path, feed.title, feed.spec.kind, tuple(ids), len(feed.entries), feed.updated)


def _lost(site: Site, feeds: Sequence[Listing], documents: dict[str, Document]) -> Iterator[Problem]:
    for old, new in site.aliases.items():
        key = f"aliases.{old.removeprefix('feeds/')}"
        if f"{new}.xml" not in documents:
            yield Problem("config", 0, key, f"there is no feed /{new}.xml")
        elif old in (feed.path for feed in feeds):
            yield Problem("config", 0, key, "there is a feed of this name, so nobody is sent on")


@dataclass(slots=True)
class _Press:
    """Renders entries once each and feeds from their parts."""

    site: Site
    archived: frozenset[str]
    problems: list[Problem] = field(default_factory=list)
    _parts: dict[tuple[str, int], tuple[Entry, bytes]] = field(default_factory=dict)

    def part(self, entry: Entry, each: Format) -> bytes:
        # Feeds share the very values, and an entry that a feed shows otherwise is
        # another one; the entry is kept, so its address stays its own.
        key = (each.suffix, id(entry))
        if key not in self._parts:
            self._parts[key] = (entry, each.render_entry(entry, self.site))
        return self._parts[key][1]

    def render(self, feed: Feed, each: Format) -> bytes:
        return each.render_feed(feed, [self.part(entry, each) for entry in feed.entries])

    def fit(self, feed: Feed) -> Feed:
        """Return the feed without its oldest entries, if any of its documents would be too large."""
        limits, path = self.site.window, f"{feed.spec.path}.xml"
        sizes = list(self._sizes(feed))
        largest = sizes[-1] if sizes else 0
        if largest <= limits.max_bytes:
            if largest > limits.warn_bytes:
                self.warn(path, f"{largest // 1024} KB: some readers give up on large feeds")
            return feed
        # One entry stays however large it is: an empty feed tells nobody anything.
        fitting = history.shrink(feed, max(1, sum(size <= limits.max_bytes for size in sizes)), self.archived)
        self.warn(path, f"{largest // 1024} KB, cut from {len(sizes)} to {len(fitting.entries)} entries")
        return fitting

    def warn(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, 0, "", message, "warning"))

    def _sizes(self, feed: Feed) -> Iterator[int]:
        """Yield how large the largest document gets with each further entry."""
        totals = [list(accumulate(len(self.part(entry, each)) for entry in feed.entries)) for each in FORMATS]
        return (max(row) + _FRAME_BYTES for row in zip(*totals, strict=True))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes documents, their dates carried over from the edition before while their bytes stay."""

    before: Edition
    now: datetime
    newest: datetime

    def document(self, path: str, content_type: str, body: bytes, newest: datetime | None = None) -> Document:
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
