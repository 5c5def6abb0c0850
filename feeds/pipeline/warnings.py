"""Warnings about an edition: large documents, shortened entries, unused aliases."""

from collections.abc import Iterator, Sequence

from feeds.edition.model import Document, FeedSummary
from feeds.edition.paths import feed_name
from feeds.errors import Problem
from feeds.model import Site
from feeds.pipeline.documents import BuiltFeed
from feeds.pipeline.render import ENTRY_SHARE
from feeds.text import unicode


def shortened_warnings(made: Sequence[BuiltFeed], site: Site) -> Iterator[Problem]:
    """Yield the entries that were too large for a feed, each once."""
    sizes: dict[str, tuple[int, int]] = {}
    for each in made:
        if each.listing.shortened:
            sources = {entry.id: entry.source for entry in each.feed.all_entries}
            for identity, size in each.listing.shortened.items():
                source = sources.get(identity, identity)
                sizes[source] = max(size, sizes.get(source, size))
    limit = site.window.max_bytes // ENTRY_SHARE
    for source, (was, now) in sorted(sizes.items()):
        said = f"{_kb(was)} in a feed, over {_kb(limit)}: shortened to its beginning and a link, {_kb(now)}"
        yield Problem(source, 0, "", said, "warning")


def _kb(size: int) -> str:
    return f"{-(-size // 1024)} KB"


def size_warnings(made: Sequence[BuiltFeed], site: Site) -> Iterator[Problem]:
    limits = site.window
    for each in made:
        path, holds = each.feed.spec.path, len(each.feed.entries)
        for document in each.documents:
            if document.in_archive and document.size > limits.max_bytes:
                said = f"{_kb(document.size)} in an archive, over {_kb(limits.max_bytes)}: archives are not cut"
                yield Problem(document.path, 0, "", said, "warning")
        current = [document for document in each.documents if not document.in_archive]
        largest = max((document.size for document in current), default=0)
        if holds < each.had:
            said = f"over {_kb(limits.max_bytes)}, cut from {each.had} to {holds} entries: {_kb(largest)} now"
            said += ", still over it" if largest > limits.max_bytes else ""
            yield Problem(f"{path}.xml", 0, "", said, "warning")
        elif largest > limits.max_bytes:
            said = f"{_kb(largest)}, over {_kb(limits.max_bytes)}: what it has cannot be cut"
            yield Problem(f"{path}.xml", 0, "", said, "warning")
        elif largest > limits.warn_bytes:
            said = f"{largest // 1024} KB: some readers give up on large feeds"
            yield Problem(f"{path}.xml", 0, "", said, "warning")


def alias_warnings(site: Site, feeds: Sequence[FeedSummary], documents: dict[str, Document]) -> Iterator[Problem]:
    for old, new in site.aliases.items():
        key = f"aliases.{feed_name(old)}"
        if f"{new}.xml" not in documents:
            yield Problem("config", 0, key, f"there is no feed /{new}.xml")
        elif unicode.fold_case(old) in (unicode.fold_case(feed.path) for feed in feeds):
            yield Problem("config", 0, key, "there is a feed of this name, so nobody is sent on")
