"""Render entries, each once however many feeds have it, and feeds from their parts.

What a feed is made from is hashed here too, so what is rendered and what is compared with
the edition before stand side by side.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import accumulate

from feeds import history, selection
from feeds.edition import fingerprint
from feeds.formats import Format, formats_of, render_parts
from feeds.model import Feed, Head, Image, Rule, Site
from feeds.selection import Content

_FRAME_BYTES = 16 * 1024


@dataclass(slots=True)
class Press:
    """Renders entries once each and feeds from their parts.

    Attributes:
        content: Gives the whole entries.
        archived: Paths of archives that there are already.
        logos: Pictures of providers by their domain.
    """

    content: Content
    site: Site
    archived: frozenset[str]
    logos: Mapping[str, tuple[Image, ...]]
    _parts: dict[tuple[str, int], tuple[Head, dict[str, bytes]]] = field(default_factory=dict)
    _uses: Counter[tuple[str, int]] = field(default_factory=Counter)
    _said: dict[int, tuple[Head, bytes]] = field(default_factory=dict)
    _settings: str = ""

    def __post_init__(self) -> None:
        # What `repr` says of the site has no templates: each feed would have all their text hashed again.
        templates = fingerprint(repr(self.site.templates).encode()) if self.site.templates else ""
        self._settings = f"{self.site!r}, {templates!r}"

    def fingerprint(self, feed: Feed) -> str:
        """Return a hash of all that the documents of a feed are made from."""
        spec = replace(feed.spec, rule=Rule(), parent=None, source="", line=0, places=())
        archives = [(month, len(entries)) for month, entries in feed.archives]
        settings = f"({self._settings}, {spec!r}, {feed.history!r}, {feed.tombstones!r}, {archives!r})"
        made_from = blake2b(settings.encode(), digest_size=12)
        for entry in feed.held:
            made_from.update(self._said_by(entry))
        return made_from.hexdigest()

    def _said_by(self, entry: Head) -> bytes:
        """Return what the documents of a feed depend on of an entry."""
        # As for its parts: feeds share the very heads.
        if id(entry) not in self._said:
            logos = self.logos.get(entry.provider.domain or "") if entry.provider else None
            # What became of it on its way here is not in its digest.
            became = (entry.categories, entry.tags, entry.merged, logos)
            self._said[id(entry)] = (entry, f"\n{entry.digest} {entry.id} {entry.updated}{became!r}".encode())
        return self._said[id(entry)][1]

    def parts(self, entry: Head, content: str) -> dict[str, bytes]:
        """Return what an entry is in each format, by the suffix."""
        # Feeds share the very heads; the head is kept, so its address stays its own.
        key = (content, id(entry))
        if key not in self._parts:
            shown = selection.show(self.content.whole(entry), entry, content, self.site.policies, self.logos)
            self._parts[key] = (entry, render_parts(shown, self.site))
        return self._parts[key][1]

    def expect(self, feeds: Iterable[Feed]) -> None:
        """Know which feeds there are to be: what none of them needs any more is not kept."""
        self._uses.update((feed.spec.content, id(entry)) for feed in feeds for entry in feed.held)

    def forget(self, feed: Feed) -> None:
        """Forget the parts of a feed that was made, but for those that others need."""
        for entry in feed.held:
            key = (feed.spec.content, id(entry))
            self._uses[key] -= 1
            if not self._uses[key]:
                self._parts.pop(key, None)

    def render(self, feed: Feed, each: Format) -> bytes:
        """Return the document of a feed in a format."""
        return each.render_feed(feed, [self.parts(entry, feed.spec.content)[each.suffix] for entry in feed.entries])

    def fit(self, feed: Feed) -> Feed:
        """Return the feed without its oldest entries, if any of its documents would be too large."""
        sizes = list(self._sizes(feed))
        if not sizes or sizes[-1] <= self.site.window.max_bytes:
            return feed
        # One entry stays however large it is: an empty feed tells nobody anything.
        most = max(1, sum(size <= self.site.window.max_bytes for size in sizes))
        return history.shrink(feed, most, self.archived)

    def _sizes(self, feed: Feed) -> Iterator[int]:
        """Yield how large the largest document gets with each further entry."""
        parts = [self.parts(entry, feed.spec.content) for entry in feed.entries]
        totals = [list(accumulate(len(part[each.suffix]) for part in parts)) for each in formats_of(self.site)]
        return (max(row) + _FRAME_BYTES for row in zip(*totals, strict=True))
