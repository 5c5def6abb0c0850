"""The documents of feeds: each is reused if its inputs are unchanged, otherwise rendered within the size limit."""

from collections.abc import Iterator, Mapping

from feeds.edition.model import Document, DocumentKind, FeedSummary
from feeds.formats.pages import SUFFIX
from feeds.formats.registry import Format, formats_of
from feeds.model import FeedDocument, FeedDocuments
from feeds.pipeline.composition import Composition, EntryFaultsError
from feeds.pipeline.documents import BuiltFeed, feed_summary
from feeds.selection.paging import FeedSelection, paginate
from feeds.selection.removals import feeds_lost_to_read_errors


def feed_documents(composition: Composition) -> Iterator[Document]:
    """Yield the documents of all feeds.

    Raises:
        EntryFaultsError: Single entries trigger bugs.
    """
    builder, renderer, progress = composition.builder, composition.renderer, composition.progress
    selections = composition.selection.feeds
    feeds = [paginate(selection, composition.site) for selection in selections]
    renderer.retain(feeds)
    progress("Rendering", 0, len(feeds))
    for selection, feed in zip(selections, feeds, strict=True):
        for rendered in builder.stale.get(feed.spec.path, ()):
            renderer.keep(rendered, feed.spec.content)
        built = build_feed(selection, feed, composition) if renderer.digest_all(feed) else None
        renderer.release(feed)
        if built:
            composition.feeds.append(built)
            yield from built.documents
        if not renderer.faults:
            progress("Rendering", len(composition.feeds), len(feeds))
    if renderer.faults:
        raise EntryFaultsError(renderer.faults)


def unreadable_feed_documents(composition: Composition) -> Iterator[Document]:
    """Yield the published documents of feeds whose files cannot be read now."""
    paths = {built.feed.spec.path for built in composition.feeds}
    before, unreadable = composition.candidates.before, composition.content.unreadable
    composition.unreadable_feeds = feeds_lost_to_read_errors(before, paths, unreadable)
    for summary in composition.unreadable_feeds:
        yield from composition.builder.intact_documents(summary.path)


def build_feed(selection: FeedSelection, feed: FeedDocuments, composition: Composition) -> BuiltFeed | None:
    """Return a feed with its documents: published ones if their inputs are unchanged, the others rendered.

    Returns None if entries cannot be rendered; the `faults` of the renderer get them.
    """
    builder, renderer, site = composition.builder, composition.renderer, composition.site
    path = feed.spec.path
    # An entry with its last good rendering is rendered again by every build, with its feed.
    is_stale = bool(builder.stale.get(path))
    summary = builder.summaries.get(path) if builder.store.same_generator and not is_stale else None
    # The hash of the document before it is trimmed: equal inputs are trimmed to the same number of entries.
    main_hash = renderer.input_hash(feed.main)
    if summary and summary.input_hash == main_hash:
        is_trimmed = summary.entry_count < len(feed.main.entries)
        fitting = paginate(selection, site, summary.entry_count) if is_trimmed else feed
    elif renderer.render_entries(feed.main):
        fitting = renderer.trim_to_size(selection, feed)
    else:
        fitting = feed
    archive_hashes = {_month(archive): renderer.input_hash(archive) for archive in fitting.archives}
    reused = _unchanged_documents(fitting, main_hash, archive_hashes, summary, composition) if summary else {}
    for document in fitting:
        if document.path not in reused:
            renderer.render_entries(document)
    if renderer.faults:
        return None
    documents: list[Document] = []
    shortened: dict[str, tuple[int, int]] = {}
    for document in fitting:
        if summary and document.path in reused:
            documents += reused[document.path]
            shortened |= {entry.id: summary.shortened[entry.id] for entry in document if entry.id in summary.shortened}
        else:
            documents += render_document(document, composition)
            shortened |= renderer.shortened(document)
    # In the manifest's order, so that the result does not depend on where the documents come from.
    ordered = tuple(sorted(documents, key=lambda document: document.path))
    hashes = ("", {}) if is_stale else (main_hash, archive_hashes)
    return BuiltFeed(fitting, ordered, feed_summary(fitting, site, shortened, *hashes), len(feed.main.entries))


def render_document(document: FeedDocument, composition: Composition) -> Iterator[Document]:
    """Render a document of a feed in each format, from its rendered entries."""
    for feed_format in formats_of(composition.site):
        yield composition.builder.document(
            f"{document.path}{feed_format.suffix}",
            feed_format.type,
            composition.renderer.render(document, feed_format),
            document.updated,
            _kind(document, feed_format),
            document.spec.path,
        )


def _unchanged_documents(
    feed: FeedDocuments,
    main_hash: str,
    archive_hashes: Mapping[str, str],
    summary: FeedSummary,
    composition: Composition,
) -> dict[str, list[Document]]:
    """Return the published documents that can be reused, by path without suffix.

    Their inputs are unchanged, and their files are intact in all formats.
    """
    intact = {document.path: document for document in composition.builder.intact_documents(feed.spec.path)}
    suffixes = [feed_format.suffix for feed_format in formats_of(composition.site)]
    unchanged = {
        document.path
        for document in feed.archives
        if summary.archive_hashes.get(_month(document)) == archive_hashes[_month(document)]
    }
    if summary.input_hash == main_hash:
        unchanged.add(feed.main.path)
    return {
        path: [intact[f"{path}{suffix}"] for suffix in suffixes]
        for path in unchanged
        if all(f"{path}{suffix}" in intact for suffix in suffixes)
    }


def _month(archive: FeedDocument) -> str:
    return archive.path.rpartition("/")[2]


def _kind(document: FeedDocument, feed_format: Format) -> DocumentKind:
    if feed_format.suffix == SUFFIX:
        return "page"
    return "archive" if document.position.archive else "feed"
