"""The documents of feeds: reused if the inputs of a feed are unchanged, otherwise rendered within the size limit."""

from collections.abc import Iterator

from feeds.edition.model import Document, DocumentKind
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
        built = reuse_feed(selection, feed, composition) if renderer.digest_all(feed) else None
        if built is None and renderer.render_entries(feed):
            built = render_feed(selection, feed, composition)
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


def reuse_feed(selection: FeedSelection, feed: FeedDocuments, composition: Composition) -> BuiltFeed | None:
    """Return the feed with its published documents, if its inputs are unchanged."""
    builder, path = composition.builder, feed.spec.path
    summary = builder.summaries.get(path)
    if summary is None or summary.input_hash != composition.renderer.feed_input_hash(feed):
        return None
    documents = builder.documents_by_feed.get(path, ())
    needed = {f"{path}{feed_format.suffix}" for feed_format in formats_of(composition.site)}
    paths = {document.path for document in documents}
    if not builder.store.same_generator or not needed <= paths or not paths <= builder.store.intact_paths:
        return None
    count = len(feed.main.entries)
    # The published document was trimmed to the size limit.
    fitting = paginate(selection, composition.site, summary.entry_count) if summary.entry_count < count else feed
    return BuiltFeed(fitting, tuple(documents), summary, count)


def render_feed(selection: FeedSelection, feed: FeedDocuments, composition: Composition) -> BuiltFeed:
    """Render the documents of a feed, with fewer entries if they would be too large."""
    builder, renderer, site = composition.builder, composition.renderer, composition.site
    fitting = renderer.trim_to_size(selection, feed)
    documents = tuple(
        builder.document(
            f"{document.path}{feed_format.suffix}",
            feed_format.type,
            renderer.render(document, feed_format),
            document.updated,
            _kind(document, feed_format),
            feed.spec.path,
        )
        for document in fitting
        for feed_format in formats_of(site)
    )
    # In the manifest's order, so that the result does not depend on where the documents come from.
    ordered = tuple(sorted(documents, key=lambda document: document.path))
    # An entry with its last good rendering is rendered again by every build.
    input_hash = "" if builder.stale.get(feed.spec.path) else renderer.feed_input_hash(feed)
    summary = feed_summary(fitting, site, input_hash, renderer.shortened(fitting))
    return BuiltFeed(fitting, ordered, summary, len(feed.main.entries))


def _kind(document: FeedDocument, feed_format: Format) -> DocumentKind:
    if feed_format.suffix == SUFFIX:
        return "page"
    return "archive" if document.position.archive else "feed"
