"""The edition of a content tree at a given time.

`compose` is pure: the same arguments give the same bytes on every machine. It reads no file, clock,
network or environment variable, and neither does any module that it imports. Full entries and the
bytes of assets come through two ports, `EntryRepository` and `AssetReader`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feeds.content.model import FULL_ENTRIES, NO_ASSETS, AssetReader, Content, EntryRepository
from feeds.edition.model import Document, Edition, EditionState
from feeds.edition.sink import DocumentSink, MemorySink
from feeds.errors import NOT_ISOLATED, Bug, Problem, bug_in
from feeds.model import EntryMeta, Feed, FeedSpec, Site
from feeds.pipeline.documents import DocumentBuilder, edition_date
from feeds.pipeline.feed_documents import add_tombstones, render_feed, reuse_feed
from feeds.pipeline.redirects import redirect_documents, redirects, removed_paths
from feeds.pipeline.render import FeedRenderer
from feeds.pipeline.site_documents import site_documents
from feeds.pipeline.warnings import alias_warnings, shortened_warnings, size_warnings
from feeds.selection import provider_policy
from feeds.selection import removals as selection_removals
from feeds.selection import select as selection_select
from feeds.selection.candidates import Candidates, prepare_candidates
from feeds.selection.moved_feeds import moved_feed_warnings, moved_feeds
from feeds.selection.removals import apply_aliases
from feeds.selection.select import Selection, next_due
from feeds.selection.stable_ids import IdChange


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
    entries: EntryRepository = FULL_ENTRIES,
    assets: AssetReader = NO_ASSETS,
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
        entries: Loads full entries, if the content has only their metadata.
        assets: Reads the bytes of assets.
    """
    now = now.replace(microsecond=0)
    store = store or MemorySink()
    bugs: dict[str, Bug] = {}
    while True:
        try:
            return _compose(content.without(bugs), custom, site, before, now, store, progress, bugs, entries, assets)
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
    content: Content,
    custom: Sequence[FeedSpec],
    site: Site,
    before: Edition,
    now: datetime,
    maker: "DocumentBuilder",
    repository: EntryRepository,
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
            replace(some, entries=arranged.stable_ids.entries), custom, site, past, now, repository
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
    entries: EntryRepository,
    asset_reader: AssetReader,
) -> ComposeResult:
    renamed = moved_feeds(content, given, now)
    given = apply_aliases(given, renamed)
    maker = DocumentBuilder(apply_aliases(given, site.aliases), now, store, asset_reader)
    maker.keep_stale(content.faulty)
    arranged, selected = _select(content, custom, site, given, now, maker, entries)
    before, kept, past, removals = arranged.before, arranged.stable_ids, arranged.past, arranged.removals
    logos = provider_policy.logos(content.organizations)
    press = FeedRenderer(entries, site, past.archived, logos)
    press.retain(selected.feeds)
    made = []
    if progress:
        progress("Rendering", 0, len(selected.feeds))
    for feed in (add_tombstones(feed, removals) for feed in selected.feeds):
        for rendered in maker.stale.get(feed.spec.path, ()):
            press.keep(rendered, feed.spec.content)
        carried = reuse_feed(feed, maker, press) if press.digest_all(feed) else None
        if carried:
            made.append(carried)
        elif press.render_entries(feed):
            made.append(render_feed(feed, press, maker, site))
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
    more = list(site_documents(feeds, documents, site, maker, newest))
    assets = [maker.asset(asset, site.tag_date) for asset in content.assets]
    more += [each for each in assets if isinstance(each, Document)]
    unread = {each.path for each, made in zip(content.assets, assets, strict=True) if isinstance(made, Problem)}
    more += maker.kept(content.unreadable | unread)
    documents |= {document.path: document for document in more}
    moved = redirects(before, set(documents), renamed | dict(site.aliases))
    gone = removed_paths(before, set(documents), moved)
    documents |= {document.path: document for document in redirect_documents(moved, gone, documents, site, maker)}
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
        *moved_feed_warnings(renamed, before, [feed.spec.path for feed in feeds]),
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
