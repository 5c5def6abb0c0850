"""The edition of a content tree at a given time.

`compose` is pure: the same arguments give the same bytes on every machine. It reads no file, clock,
network or environment variable, and neither does any module that it imports. Full entries and the
bytes of assets come through two ports, `EntryRepository` and `AssetReader`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feeds.content.model import FULL_ENTRIES, NO_ASSETS, AssetReader, Content, EntryRepository
from feeds.edition.model import Document, Edition, EditionState
from feeds.edition.sink import DocumentSink, MemorySink
from feeds.errors import NOT_ISOLATED, Bug, Problem, bug_in, problem
from feeds.model import EntryMeta, FeedDefinition, FeedDocuments, Progress, Site, no_progress
from feeds.pipeline.asset_documents import asset_documents
from feeds.pipeline.composition import Composition, EntryFaultsError
from feeds.pipeline.documents import DocumentBuilder, edition_date
from feeds.pipeline.feed_documents import feed_documents, unreadable_feed_documents
from feeds.pipeline.redirects import redirect_documents
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
from feeds.selection.stable_ids import IdChange, Withdrawal


@dataclass(frozen=True, slots=True)
class ComposeResult:
    """An edition and the results of its composition.

    Attributes:
        problems: Problems of the content as a whole.
        id_changes: The entries whose ids changed.
        withdrawn: The entries that are not published any more.
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
    withdrawn: tuple[Withdrawal, ...] = ()
    next_due: datetime | None = None
    feeds: tuple[FeedDocuments, ...] = ()
    faulty: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()


def compose(
    content: Content,
    custom: Sequence[FeedDefinition],
    site: Site,
    before: Edition,
    now: datetime,
    store: DocumentSink | None = None,
    progress: Progress = no_progress,
    entries: EntryRepository = FULL_ENTRIES,
    assets: AssetReader = NO_ASSETS,
) -> ComposeResult:
    """Return the edition of this content at this time.

    A document of a feed with unchanged inputs is not rendered again if the store has it.

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


def _select(
    content: Content,
    custom: Sequence[FeedDefinition],
    site: Site,
    before: Edition,
    now: datetime,
    builder: DocumentBuilder,
    repository: EntryRepository,
) -> tuple[Candidates, Selection]:
    """Select the feeds of the content.

    Raises:
        EntryFaultsError: Single entries trigger bugs.
    """

    def select(entries: Sequence[EntryMeta]) -> tuple[Candidates, Selection]:
        some = replace(content, entries=tuple(entries))
        arranged = prepare_candidates(some, site, before, now)
        past = replace(arranged.past, stale=builder.stale_heads)
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


PRODUCERS: tuple[Callable[[Composition], Iterator[Document]], ...] = (
    feed_documents,
    unreadable_feed_documents,
    site_documents,
    asset_documents,
    redirect_documents,
)
"""The producers of an edition's documents, in order: each may use the documents of the earlier ones."""


def _compose(
    content: Content,
    custom: Sequence[FeedDefinition],
    site: Site,
    before: Edition,
    now: datetime,
    store: DocumentSink,
    progress: Progress,
    bugs: Mapping[str, Bug],
    entries: EntryRepository,
    assets: AssetReader,
) -> ComposeResult:
    renamed = moved_feeds(content, before, now)
    before = apply_aliases(before, renamed)
    builder = DocumentBuilder(apply_aliases(before, site.aliases), now, store, assets)
    builder.keep_stale(content.faulty)
    candidates, selection = _select(content, custom, site, before, now, builder, entries)
    renderer = FeedRenderer(entries, site, provider_policy.logos(content.organizations))
    composition = Composition(content, site, candidates, selection, builder, renderer, progress, renamed)
    for produce in PRODUCERS:
        composition.documents |= {document.path: document for document in produce(composition)}
    state = _edition_state(composition, now)
    return ComposeResult(
        Edition(composition.documents, state),
        _problems(composition, state, bugs),
        candidates.stable_ids.id_changes,
        candidates.ids,
        candidates.rejected_count,
        candidates.stable_ids.withdrawn,
        _next_due(composition, now),
        tuple(composition.feed_documents),
        frozenset(bugs),
        frozenset(rendered.head.id for kept in builder.stale.values() for rendered in kept),
    )


def _edition_state(composition: Composition, now: datetime) -> EditionState:
    site, candidates = composition.site, composition.candidates
    return EditionState(
        url=site.url,
        max_age=site.max_age,
        hubs=site.hubs,
        feeds=(*(built.summary for built in composition.feeds), *composition.unreadable_feeds),
        files=candidates.stable_ids.files,
        former=candidates.stable_ids.former,
        removals=candidates.removals,
        memberships=composition.selection.memberships,
        moved=composition.moved,
        gone=composition.removed_paths,
        modified=edition_date(candidates.before, composition.documents, now),
    )


def _problems(composition: Composition, state: EditionState, bugs: Mapping[str, Bug]) -> tuple[Problem, ...]:
    """Return the problems of the content as a whole, in the order of the steps that found them."""
    site, candidates = composition.site, composition.candidates
    return (
        *candidates.stable_ids.problems,
        *_withdrawal_notes(candidates.stable_ids.withdrawn),
        *(bugs[source] for source in sorted(bugs)),
        *composition.selection.problems,
        *composition.problems,
        *shortened_warnings(composition.feeds, site),
        *size_warnings(composition.feeds, site),
        *alias_warnings(site, state.feeds, composition.documents),
        *moved_feed_warnings(composition.moved_feeds, candidates.before, [feed.path for feed in state.feeds]),
    )


def _withdrawal_notes(withdrawn: Sequence[Withdrawal]) -> Iterator[Problem]:
    for path, entry_id in withdrawn:
        yield problem(path, 0, "id", "id.withdrawn", level="note", id=entry_id)


def _next_due(composition: Composition, now: datetime) -> datetime | None:
    """Return the time at which the same content gives another edition."""
    removals, keep = composition.candidates.removals.values(), composition.site.tombstones
    moments = (next_due(composition.content.entries, now), selection_removals.next_forgotten(removals, keep))
    return min((moment for moment in moments if moment), default=None)
