"""The edition of a content tree at a given time.

`compose` is pure: the same arguments give the same bytes on every machine. It reads no file, clock,
network or environment variable, and neither does any module that it imports.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feeds.content.model import Content
from feeds.edition.model import Document, Edition, EditionState, Removal
from feeds.edition.sink import DocumentSink, MemorySink
from feeds.errors import NOT_ISOLATED, Bug, Problem, bug_in
from feeds.formats import opml, sitemap, xml_stylesheet
from feeds.formats.pages import (
    ICON_TYPE,
    MISSING_PATH,
    PATH,
    SCRIPT_PATH,
    SCRIPT_TYPE,
    STYLE_PATH,
    SUFFIX,
    TYPE,
    render_gone,
    render_icon,
    render_missing,
    render_moved,
    render_script,
    render_site,
    render_style,
)
from feeds.formats.registry import formats_of
from feeds.model import ICON_PATH, EntryMeta, Feed, FeedSpec, Site, Tombstone
from feeds.pipeline import redirects
from feeds.pipeline.documents import BuiltFeed, DocumentBuilder, edition_date, feed_summary
from feeds.pipeline.render import FeedRenderer
from feeds.pipeline.warnings import alias_warnings, shortened_warnings, size_warnings
from feeds.selection import paging, provider_policy
from feeds.selection import removals as selection_removals
from feeds.selection import select as selection_select
from feeds.selection.candidates import Candidates, prepare_candidates
from feeds.selection.removals import apply_aliases
from feeds.selection.select import Selection, next_due
from feeds.selection.stable_ids import IdChange
from feeds.text import unicode

# Enough that removals reach readers, and few enough that a feed stays small.
_TOMBSTONES = 250


@dataclass(frozen=True, slots=True)
class ComposeResult:
    """An edition and the results of its composition.

    Attributes:
        problems: Problems of the content as a whole.
        id_changes: The entries whose ids changed.
        published: The ids of the entries that are due.
        rejected_count: Number of entries with the id of another entry.
        next_due: The time at which the same content gives another edition; None for never.
        feeds: The feeds of the edition.
        faulty: Files whose entries could not be selected or rendered because of a bug.
        stale: The ids of entries that keep their last good rendering.
    """

    edition: Edition
    problems: tuple[Problem, ...]
    id_changes: tuple[IdChange, ...]
    published: frozenset[str]
    rejected_count: int
    next_due: datetime | None = None
    feeds: tuple[Feed, ...] = ()
    faulty: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()


def compose(
    content: Content,
    custom: Sequence[FeedSpec],
    site: Site,
    before: Edition,
    now: datetime,
    store: DocumentSink | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ComposeResult:
    """Return the edition of this content at this time.

    A feed with unchanged inputs is not rendered again if the store has its documents.

    Args:
        content: The loaded content.
        custom: The feeds that the configuration defines.
        site: The publication.
        before: The published edition; an empty one if there is none.
        now: The time, which decides which entries are due, and dates new documents and removals.
        store: The sink of the bytes; without one the documents keep them.
        progress: Receives the number of rendered feeds.
    """
    now = now.replace(microsecond=0)
    store = store or MemorySink()
    bugs: dict[str, Bug] = {}
    while True:
        try:
            return _compose(content.without(bugs), custom, site, before, now, store, progress, bugs)
        except EntryFaultsError as error:
            # A feed depends on all entries, so composition starts again without the faulty ones.
            bugs |= error.bugs
            store.clear()


class EntryFaultsError(Exception):
    """Bugs that single entries trigger, by file."""

    def __init__(self, bugs: Mapping[str, Bug]) -> None:
        super().__init__(*bugs)
        self.bugs = bugs


def _select(
    content: Content, custom: Sequence[FeedSpec], site: Site, before: Edition, now: datetime, maker: "DocumentBuilder"
) -> tuple[Candidates, Selection]:
    """Select the feeds of the content.

    Raises:
        EntryFaultsError: Single entries trigger bugs.
    """

    def select(entries: Sequence[EntryMeta]) -> tuple[Candidates, Selection]:
        some = replace(content, entries=tuple(entries))
        arranged = prepare_candidates(some, site, before, now)
        past = replace(arranged.past, stale=maker.stale_heads)
        return arranged, selection_select.select(
            replace(some, entries=arranged.stable_ids.entries), custom, site, past, now
        )

    try:
        return select(content.entries)
    except NOT_ISOLATED:
        raise
    except Exception:
        select(())  # if this raises too, no entry is the cause
        if not (bugs := _culprits(content.entries, select)):
            raise
        raise EntryFaultsError(bugs) from None


def _culprits(entries: Sequence[EntryMeta], select: Callable[[Sequence[EntryMeta]], object]) -> dict[str, Bug]:
    """Return the entries that cannot be selected even alone, found by bisection."""
    try:
        select(entries)
    except NOT_ISOLATED:
        raise
    except Exception as error:  # noqa: BLE001 - any exception only costs this entry
        if len(entries) == 1:
            return {entries[0].source: bug_in(entries[0].source, error)}
        half = len(entries) // 2
        return _culprits(entries[:half], select) | _culprits(entries[half:], select)
    return {}


def _compose(
    content: Content,
    custom: Sequence[FeedSpec],
    site: Site,
    given: Edition,
    now: datetime,
    store: DocumentSink,
    progress: Callable[[str, int, int], None] | None,
    bugs: Mapping[str, Bug],
) -> ComposeResult:
    maker = DocumentBuilder(apply_aliases(given, site.aliases), now, store)
    maker.keep_stale(content.faulty)
    arranged, selected = _select(content, custom, site, given, now, maker)
    before, kept, past, removals = arranged.before, arranged.stable_ids, arranged.past, arranged.removals
    logos = provider_policy.logos(content.organizations)
    press = FeedRenderer(content, site, past.archived, logos)
    press.retain(selected.feeds)
    made = []
    if progress:
        progress("Rendering", 0, len(selected.feeds))
    for feed in (_add_tombstones(feed, removals) for feed in selected.feeds):
        for rendered in maker.stale.get(feed.spec.path, ()):
            press.keep(rendered, feed.spec.content)
        carried = _reuse_feed(feed, maker, press) if press.digest_all(feed) else None
        if carried:
            made.append(carried)
        elif press.render_entries(feed):
            made.append(_render_feed(feed, press, maker, site))
        press.release(feed)
        if progress and not press.faults:
            progress("Rendering", len(made), len(selected.feeds))
    if press.faults:
        raise EntryFaultsError(press.faults)
    feeds = [each.feed for each in made]
    newest = max((feed.updated for feed in feeds), default=site.tag_date)
    documents = {document.path: document for each in made for document in each.documents}
    missed = selection_removals.feeds_lost_to_read_errors(
        before, {feed.spec.path for feed in feeds}, content.unreadable
    )
    # A feed whose files cannot be read now keeps its documents.
    documents |= {each.path: each for listing in missed for each in maker.whole(listing.path)}
    more = list(_site_documents(feeds, documents, site, maker, newest))
    assets = [maker.asset(asset, site.tag_date) for asset in content.assets]
    more += [each for each in assets if isinstance(each, Document)]
    unread = {each.path for each, made in zip(content.assets, assets, strict=True) if isinstance(made, Problem)}
    more += maker.kept(content.unreadable | unread)
    documents |= {document.path: document for document in more}
    moved = redirects.redirects(before, set(documents), site.aliases)
    gone = redirects.removed_paths(before, set(documents), moved)
    documents |= {document.path: document for document in _redirect_documents(moved, gone, documents, site, maker)}
    state = EditionState(
        url=site.url,
        max_age=site.max_age,
        hubs=site.hubs,
        feeds=(*(each.listing for each in made), *missed),
        files=kept.files,
        removals=removals,
        memberships=selected.memberships,
        moved=moved,
        gone=gone,
        modified=edition_date(before, documents, now),
    )
    problems = (
        *arranged.duplicate_ids,
        *kept.problems,
        *(bugs[source] for source in sorted(bugs)),
        *selected.problems,
        *(each for each in assets if isinstance(each, Problem)),
        *shortened_warnings(made, site),
        *size_warnings(made, site),
        *alias_warnings(site, state.feeds, documents),
    )
    coming = (next_due(content.entries, now), selection_removals.next_forgotten(removals.values(), site.tombstones))
    until = min((moment for moment in coming if moment), default=None)
    return ComposeResult(
        Edition(documents, state),
        problems,
        kept.id_changes,
        arranged.ids,
        arranged.rejected_count,
        until,
        tuple(feeds),
        frozenset(bugs),
        frozenset(each.head.id for kept in maker.stale.values() for each in kept),
    )


def _reuse_feed(feed: Feed, maker: "DocumentBuilder", press: FeedRenderer) -> BuiltFeed | None:
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


def _render_feed(feed: Feed, press: FeedRenderer, maker: "DocumentBuilder", site: Site) -> BuiltFeed:
    fitting = replace(
        press.trim_to_size(feed), tombstones=feed.tombstones, oldest_published=feed.oldest_published, weeks=feed.weeks
    )
    if len(fitting.entries) < len(feed.entries) and not feed.spec.archive:
        fitting = replace(fitting, oldest_published=fitting.entries[-1].published)
    if feed.tombstones:
        fitting = replace(fitting, updated=max(fitting.updated, *(each.when for each in feed.tombstones)))
    documents = tuple(
        maker.document(f"{each.path}{format_.suffix}", format_.type, press.render(each, format_), each.updated)
        for each in (fitting, *paging.archives(fitting))
        for format_ in formats_of(site)
    )
    # In the manifest's order, so that the result does not depend on where the documents come from.
    ordered = tuple(sorted(documents, key=lambda each: each.path))
    # An entry with its last good rendering is rendered again by every build.
    made_from = "" if maker.stale.get(feed.spec.path) else press.feed_input_hash(feed)
    return BuiltFeed(fitting, ordered, feed_summary(fitting, made_from, press.shortened(fitting)), len(feed.entries))


def _site_documents(
    feeds: Sequence[Feed],
    documents: Mapping[str, Document],
    site: Site,
    maker: "DocumentBuilder",
    newest: datetime,
) -> Iterator[Document]:
    yield maker.document(opml.PATH, opml.TYPE, opml.render_site(site, feeds), newest)
    if site.pages:
        yield maker.document(PATH, TYPE, render_site(site, feeds), newest)
        yield maker.document(MISSING_PATH, TYPE, render_missing(site), site.tag_date)
        yield maker.document(STYLE_PATH, xml_stylesheet.TYPE, render_style(site), site.tag_date)
        yield maker.document(SCRIPT_PATH, SCRIPT_TYPE, render_script(site), site.tag_date)
        pages = {path: document.modified for path, document in documents.items() if path.endswith(SUFFIX)}
        yield maker.document(sitemap.PATH, sitemap.TYPE, sitemap.render_site(site, pages), newest)
    yield maker.document(xml_stylesheet.PATH, xml_stylesheet.TYPE, xml_stylesheet.render_site(site), site.tag_date)
    if site.icon == f"{site.url}{ICON_PATH}":
        yield maker.document(ICON_PATH, ICON_TYPE, render_icon(), site.tag_date)


def _redirect_documents(
    moved: dict[str, str], gone: frozenset[str], documents: dict[str, Document], site: Site, maker: "DocumentBuilder"
) -> Iterator[Document]:
    """Yield pages at the paths of former feeds, because static hosts cannot respond with 301 or 410."""
    for old, new in sorted(moved.items()):
        target = documents[new]
        if old.endswith(SUFFIX):
            yield maker.document(old, TYPE, render_moved(site, new), target.modified)
        else:
            # Readers continue without a break, because the ids are the same.
            yield maker.copy(old, target)
    taken = {unicode.fold_case(path) for path in documents} if gone else set()
    for path in sorted(gone):
        if path.endswith(SUFFIX) and site.pages and unicode.fold_case(path) not in taken:
            yield maker.document(path, TYPE, render_gone(site), site.tag_date)


def _add_tombstones(feed: Feed, removals: dict[str, Removal]) -> Feed:
    dead = [Tombstone(entry, each.when) for entry, each in removals.items() if feed.spec.path in each.feeds]
    if not dead:
        return feed
    dead = sorted(sorted(dead, key=lambda each: each.ref), key=lambda each: each.when, reverse=True)[:_TOMBSTONES]
    # RFC 6721, section 3: `updated` must cover tombstones, because some readers check it first.
    updated = max(feed.updated, *(each.when for each in dead))
    return replace(feed, tombstones=tuple(dead), updated=updated)
