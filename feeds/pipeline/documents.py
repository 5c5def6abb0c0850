"""Documents with their dates: unchanged bytes keep the date of the previous edition."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feeds.content.model import AssetReader
from feeds.edition.model import Document, DocumentKind, Edition, FeedSummary, strong_etag
from feeds.edition.sink import DocumentSink
from feeds.errors import Problem
from feeds.model import Asset, EntryMeta, FeedDocuments, Site
from feeds.pipeline import fallback
from feeds.pipeline.fallback import Rendered
from feeds.selection import paging, removals


@dataclass(frozen=True, slots=True)
class BuiltFeed:
    """A feed with its documents in all formats.

    Attributes:
        untrimmed_count: Number of entries in the main document before it was trimmed to the size limit.
    """

    feed: FeedDocuments
    documents: tuple[Document, ...]
    summary: FeedSummary
    untrimmed_count: int


class DocumentBuilder:
    """Builder of documents, which keep their date while their bytes stay the same.

    Attributes:
        summaries: The previous edition's feed summaries, by path.
        documents_by_feed: The documents of the previous edition, by feed path.
        stale: By feed path, the entries that keep their last good rendering in the feed.
    """

    def __init__(self, before: Edition, now: datetime, store: DocumentSink, assets: AssetReader) -> None:
        self.store = store
        self._before = before
        self._now = now
        self._assets = assets
        self.summaries = {listing.path: listing for listing in before.state.feeds}
        self.documents_by_feed: dict[str, list[Document]] = {}
        self.stale: dict[str, tuple[Rendered, ...]] = {}
        for document in before.documents.values():
            if document.feed is not None:
                self.documents_by_feed.setdefault(document.feed, []).append(document)

    @property
    def stale_heads(self) -> dict[str, tuple[EntryMeta, ...]]:
        return {path: tuple(rendered.head for rendered in kept) for path, kept in self.stale.items()}

    def keep_stale(self, sources: frozenset[str]) -> None:
        """Find the last good rendering of these files' entries in each feed that had them."""
        files = self._before.state.files
        wanted = {files[source].id: source for source in sources if source in files}
        for path, listing in self.summaries.items() if wanted else ():
            if wanted.keys().isdisjoint(listing.entries):
                continue
            bodies = {document.path: self.store.read(document) for document in self.documents_by_feed.get(path, ())}
            renderings = fallback.find_last_rendering(
                {document_path: body for document_path, body in bodies.items() if body is not None}, wanted
            )
            if renderings:
                self.stale[path] = tuple(renderings.values())

    def intact_documents(self, feed: str) -> Iterator[Document]:
        """Yield the previous edition's intact documents of a feed."""
        return (
            document for document in self.documents_by_feed.get(feed, ()) if document.path in self.store.intact_paths
        )

    def intact_assets(self, broken: frozenset[str]) -> Iterator[Document]:
        """Yield the previous edition's intact assets whose files cannot be read now."""
        for path, document in self._before.documents.items():
            if document.kind == "asset" and path in self.store.intact_paths and removals.is_broken(path, broken):
                yield document

    def document(
        self,
        path: str,
        content_type: str,
        body: bytes,
        newest: datetime,
        kind: DocumentKind = "site",
        feed: str | None = None,
    ) -> Document:
        document = Document(path, content_type, strong_etag(body), len(body), newest, body, kind=kind, feed=feed)
        return self.store.put(self._dated(document))

    def asset(self, asset: Asset, newest: datetime) -> Document | Problem:
        """Return the document of an asset without reading it if it is published, or the reason of a failure."""
        document = self._dated(Document(asset.path, asset.type, asset.etag, asset.size, newest, kind="asset"))
        if document.path in self.store.intact_paths and document == self._before.documents.get(document.path):
            return document
        body = self._assets.read_asset(asset)
        return body if isinstance(body, Problem) else self.document(asset.path, asset.type, body, newest, "asset")

    def redirect(self, path: str, target: Document) -> Document:
        """Return a document with the bytes of the document that replaced it."""
        return self._dated(replace(self.store.copy(path, target), kind="redirect", feed=None))

    def _dated(self, document: Document) -> Document:
        """Return a document with the time at which its bytes first appeared."""
        old = self._before.documents.get(document.path)
        if old and old.etag == document.etag and old.type == document.type:
            return replace(document, modified=old.modified)
        if old:
            # RFC 9110, section 8.8.2.2: dates have a resolution of one second, so a second change within
            # one second gets the next second.
            return replace(document, modified=max(self._now, old.modified + timedelta(seconds=1)))
        if self._before.documents:
            return replace(document, modified=self._now)
        # The real date is unknown; the newest date inside is the same on every machine.
        return document


def edition_date(before: Edition, documents: Mapping[str, Document], now: datetime) -> datetime:
    """Return the time at which an edition with these documents first appeared."""
    if not before.documents:
        # The same value on every machine, as for documents.
        return max(document.modified for document in documents.values())
    if documents == before.documents:
        return before.state.modified
    return max(now, before.state.modified + timedelta(seconds=1))


def feed_summary(
    feed: FeedDocuments,
    site: Site,
    shortened: Mapping[str, tuple[int, int]],
    input_hash: str,
    archive_hashes: Mapping[str, str],
) -> FeedSummary:
    """Return the summary of a finished feed for the edition."""
    ids = dict.fromkeys(entry.id for entry in feed.all_entries)
    return FeedSummary(
        feed.spec.path,
        feed.main.title,
        feed.spec.kind,
        tuple(ids),
        len(feed.main.entries),
        feed.main.updated,
        input_hash,
        feed.oldest_published,
        paging.max_entries(feed.spec, site),
        shortened,
        archive_hashes,
    )
