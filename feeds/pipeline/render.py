"""Renderer of entries and feeds: renders each entry once and assembles feeds from cached fragments.

It also hashes the inputs of each document, so that the hash covers exactly what is rendered.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from html import escape
from itertools import accumulate
from typing import NamedTuple

from feeds.content.model import EntryRepository
from feeds.errors import NOT_ISOLATED, Bug, bug_in
from feeds.formats import pages
from feeds.formats.registry import Format, formats_of, render_parts
from feeds.model import Category, Entry, EntryMeta, FeedDocument, FeedDocuments, Image, Person, Site
from feeds.pipeline import fingerprints
from feeds.pipeline.fallback import Rendered
from feeds.selection import provider_policy
from feeds.selection.paging import FeedSelection, paginate
from feeds.text import plain
from feeds.text.html.sanitiser import to_plain_text

_FRAME_BYTES = 16 * 1024
_TOMBSTONE_BYTES = 120  # in addition to the id
ENTRY_SHARE = 4
"""An entry is shortened if it is larger than this share of `max_bytes` in any format."""
_BEGINNING = 2000  # characters of text in a shortened entry
_NAME = 300  # characters of a title or name, if shortening the text is not enough
_FEW = 10


class _Parts(NamedTuple):
    """The rendered parts of an entry by format; for a shortened entry, its sizes before and after."""

    entry: EntryMeta
    parts: dict[str, bytes]
    shortened: tuple[int, int] | None = None


@dataclass(slots=True)
class FeedRenderer:
    """Renderer with a reference-counted cache of rendered entries.

    Attributes:
        repository: Loads full entries.
        logos: Images of providers, by domain.
        faults: Entries that a bug kept from being rendered, by file.
    """

    repository: EntryRepository
    site: Site
    logos: Mapping[str, tuple[Image, ...]]
    faults: dict[str, Bug] = field(default_factory=dict)
    _parts: dict[tuple[str, int], _Parts] = field(default_factory=dict)
    _uses: Counter[tuple[str, int]] = field(default_factory=Counter)
    _hash_inputs: dict[int, tuple[EntryMeta, bytes]] = field(default_factory=dict)
    _site_key: bytes = b""

    def __post_init__(self) -> None:
        # Once for all feeds: it has the text of all templates.
        self._site_key = fingerprints.site_key(self.site)

    def input_hash(self, document: FeedDocument) -> str:
        """Return a hash of all inputs of a document of a feed."""
        input_hash = blake2b(fingerprints.document_key(document, self._site_key), digest_size=12)
        for entry in document.entries:
            input_hash.update(self._entry_key(entry))
        return input_hash.hexdigest()

    def _entry_key(self, entry: EntryMeta) -> bytes:
        """Return the part of an entry in the hash of a document's inputs."""
        # Feeds share the metadata objects, as for `parts`.
        if id(entry) not in self._hash_inputs:
            logos = self.logos.get(entry.provider.domain or "") if entry.provider else None
            self._hash_inputs[id(entry)] = (entry, fingerprints.entry_key(entry, logos))
        return self._hash_inputs[id(entry)][1]

    def parts(self, entry: EntryMeta, content: str) -> dict[str, bytes]:
        """Return the rendered parts of an entry, by suffix."""
        # Feeds share the metadata objects. The cache keeps a reference, so an object's id is not reused.
        key = (content, id(entry))
        if key not in self._parts:
            self._parts[key] = self._rendered(entry, content)
        return self._parts[key].parts

    def _rendered(self, entry: EntryMeta, content: str) -> _Parts:
        shown = provider_policy.apply_display_policy(
            self.repository.load_entry(entry), entry, content, self.site.policies, self.logos
        )
        parts = render_parts(shown, self.site)
        size, limit = _largest(parts), self.site.window.max_bytes // ENTRY_SHARE
        if size <= limit:
            return _Parts(entry, parts)
        for shorten in (_beginning, _least):
            shown = shorten(shown)
            parts = render_parts(shown, self.site)
            if _largest(parts) <= limit:
                break
        return _Parts(entry, parts, (size, _largest(parts)))

    def shortened(self, document: FeedDocument) -> dict[str, tuple[int, int]]:
        """Return the shortened entries of a rendered document by id, with their sizes before and after."""
        parts_by_id = ((entry.id, self._parts.get((document.spec.content, id(entry)))) for entry in document.entries)
        return {identity: parts.shortened for identity, parts in parts_by_id if parts and parts.shortened}

    def digest_all(self, feed: FeedDocuments) -> bool:
        """Return whether all entries of a feed can be hashed; `faults` gets the others."""
        return self._try_each(feed.all_entries, self._entry_key)

    def render_entries(self, document: FeedDocument) -> bool:
        """Render a document's entries and return whether all succeeded; `faults` gets the others."""
        return self._try_each(document.entries, lambda entry: self.parts(entry, document.spec.content))

    def _try_each(self, entries: Iterable[EntryMeta], function: Callable[[EntryMeta], object]) -> bool:
        for entry in entries:
            try:
                if entry.source not in self.faults:
                    function(entry)
            except NOT_ISOLATED:
                raise
            except Exception as error:  # noqa: BLE001 - any exception only costs this entry
                self.faults[entry.source] = bug_in(entry.source, error)
        return not self.faults

    def keep(self, rendered: Rendered, content: str) -> None:
        """Use the last good rendering of an entry."""
        parts = dict(rendered.parts)
        if self.site.pages and (pages.SUFFIX not in parts or "entry.html" in dict(self.site.templates)):
            parts[pages.SUFFIX] = self._card(rendered)
        self._parts[content, id(rendered.head)] = _Parts(rendered.head, parts)

    def _card(self, rendered: Rendered) -> bytes:
        """Render an entry's card without its template, because cards of own templates cannot be split."""
        values = {name: getattr(rendered.head, name) for name in _OF_A_CARD}
        try:
            return pages.render_entry(Entry(**values, summary=rendered.summary), self.site, "")
        except NOT_ISOLATED:
            raise
        except Exception:  # noqa: BLE001 - the problem of the entry is already reported
            return b""

    def retain(self, feeds: Iterable[FeedDocuments]) -> None:
        """Register the feeds that will be rendered; parts that no feed needs are not cached."""
        self._uses.update((feed.spec.content, id(entry)) for feed in feeds for entry in feed.all_entries)

    def release(self, feed: FeedDocuments) -> None:
        """Release the parts of a rendered feed that no other feed needs."""
        for entry in feed.all_entries:
            key = (feed.spec.content, id(entry))
            self._uses[key] -= 1
            if not self._uses[key]:
                self._parts.pop(key, None)

    def render(self, document: FeedDocument, feed_format: Format) -> bytes:
        """Render a document of a feed in one format."""
        parts = [self.parts(entry, document.spec.content)[feed_format.suffix] for entry in document.entries]
        return feed_format.render_feed(document, self.site, parts)

    def trim_to_size(self, selection: FeedSelection, feed: FeedDocuments) -> FeedDocuments:
        """Return the feed paginated again with fewer entries if its main document would be too large.

        Entries that are too large on their own have already been shortened.
        """
        sizes = list(self._sizes(feed.main))
        if not sizes or sizes[-1] <= self.site.window.max_bytes:
            return feed
        # At least one entry of any size stays, because an empty feed is useless.
        limit = max(1, sum(size <= self.site.window.max_bytes for size in sizes))
        return paginate(selection, self.site, limit)

    def _sizes(self, document: FeedDocument) -> Iterator[int]:
        """Yield the size of the largest document after each further entry."""
        parts = [self.parts(entry, document.spec.content) for entry in document.entries]
        totals = [
            list(accumulate(len(part[feed_format.suffix]) for part in parts)) for feed_format in formats_of(self.site)
        ]
        frame = _FRAME_BYTES + sum(_TOMBSTONE_BYTES + len(tombstone.ref.encode()) for tombstone in document.tombstones)
        return (max(row) + frame for row in zip(*totals, strict=True))


_OF_A_CARD = ("id", "title", "link", "published", "updated", "source", "collection", "original")


def _largest(parts: Mapping[str, bytes]) -> int:
    return max(map(len, parts.values()))


def _beginning(entry: Entry) -> Entry:
    """Return an entry with the beginning of its text and a link to the full text."""
    if entry.content is None and entry.summary is None:
        return entry
    text = entry.summary or to_plain_text(entry.content or "")
    beginning = plain.shorten(plain.flatten(text), _BEGINNING)
    link = f'<p><a href="{escape(entry.link)}">Read the whole</a></p>'
    shown = f"<p>{escape(beginning, quote=False)}</p>\n{link}" if beginning else link
    return replace(entry, content=shown, summary=beginning or None)


def _least(entry: Entry) -> Entry:
    """Return an entry reduced to title, link, the beginning of its text, and the first of its lists' items."""
    provider = entry.provider
    return replace(
        entry,
        title=plain.shorten(entry.title, _NAME),
        provider=replace(provider, name=plain.shorten(provider.name, _NAME)) if provider else None,
        categories=tuple(
            Category(category.term, plain.shorten(category.label, _NAME)) for category in entry.categories[:_FEW]
        ),
        tags=tuple(plain.shorten(tag, _NAME) for tag in entry.tags[:_FEW]),
        authors=tuple(Person(plain.shorten(author.name, _NAME), author.uri) for author in entry.authors[:_FEW]),
        images=tuple(Image(image.url, image.width, image.height) for image in entry.images[:1]),
        enclosures=(entry.main_enclosure,) if entry.main_enclosure else (),
        related=(),
        actions=(),
        facts=(),
    )
