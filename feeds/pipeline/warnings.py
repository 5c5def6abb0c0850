"""Warnings about an edition: large documents, shortened entries, unused aliases."""

import difflib
from collections.abc import Iterator, Sequence

from feeds.edition.model import Document, FeedSummary
from feeds.edition.paths import feed_name
from feeds.errors import Problem, problem
from feeds.model import Site
from feeds.pipeline.documents import BuiltFeed
from feeds.pipeline.render import ENTRY_SHARE
from feeds.text import unicode


def shortened_warnings(built_feeds: Sequence[BuiltFeed], site: Site) -> Iterator[Problem]:
    """Yield a warning for each entry that was too large for a feed."""
    sizes: dict[str, tuple[int, int]] = {}
    for built in built_feeds:
        if built.summary.shortened:
            sources = {entry.id: entry.source for entry in built.feed.all_entries}
            for identity, size in built.summary.shortened.items():
                source = sources.get(identity, identity)
                sizes[source] = max(size, sizes.get(source, size))
    limit = site.window.max_bytes // ENTRY_SHARE
    for source, (was, now) in sorted(sizes.items()):
        yield problem(
            source,
            0,
            "",
            "size.entry_shortened",
            level="warning",
            size=_kb(was),
            limit=_kb(limit),
            result=_kb(now),
        )


def _kb(size: int) -> int:
    """Return a size in KB, rounded up."""
    return -(-size // 1024)


def size_warnings(built_feeds: Sequence[BuiltFeed], site: Site) -> Iterator[Problem]:
    limits = site.window
    for built in built_feeds:
        path, holds = built.feed.spec.path, len(built.feed.main.entries)
        for document in built.documents:
            if document.in_archive and document.size > limits.max_bytes:
                size, limit = _kb(document.size), _kb(limits.max_bytes)
                yield problem(document.path, 0, "", "size.archive", level="warning", size=size, limit=limit)
        current = [document for document in built.documents if not document.in_archive]
        largest = max((document.size for document in current), default=0)
        if holds < built.untrimmed_count:
            if largest > limits.max_bytes:
                yield problem(
                    f"{path}.xml",
                    0,
                    "",
                    "size.feed_cut_still_large",
                    level="warning",
                    limit=_kb(limits.max_bytes),
                    before=built.untrimmed_count,
                    after=holds,
                    size=_kb(largest),
                )
            else:
                yield problem(
                    f"{path}.xml",
                    0,
                    "",
                    "size.feed_cut",
                    level="warning",
                    limit=_kb(limits.max_bytes),
                    before=built.untrimmed_count,
                    after=holds,
                    size=_kb(largest),
                )
        elif largest > limits.max_bytes:
            size, limit = _kb(largest), _kb(limits.max_bytes)
            yield problem(f"{path}.xml", 0, "", "size.feed_too_large", level="warning", size=size, limit=limit)
        elif largest > limits.warn_bytes:
            yield problem(f"{path}.xml", 0, "", "size.feed_large", level="warning", size=largest // 1024)


def alias_warnings(site: Site, feeds: Sequence[FeedSummary], documents: dict[str, Document]) -> Iterator[Problem]:
    for old, new in site.aliases.items():
        key = f"aliases.{feed_name(old)}"
        source, line = site.alias_sources.get(old, ("config", 0))
        if f"{new}.xml" not in documents:
            close = difflib.get_close_matches(new, [feed.path for feed in feeds], 1)
            similar = repr(feed_name(close[0])) if close else ""
            yield problem(source, line, key, "alias.no_feed", path=new, similar=similar)
        elif unicode.fold_case(old) in (unicode.fold_case(feed.path) for feed in feeds):
            yield problem(source, line, key, "alias.feed_exists")
