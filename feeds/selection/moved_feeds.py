"""Feeds whose path changed because paths are made from names by better rules now.

A published path leads on to the feed's new path, as if the config had an alias for it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from feeds.content.model import Content
from feeds.edition.model import Edition
from feeds.edition.paths import FEEDS_PREFIX, SUBSCRIBED, feed_name
from feeds.errors import Problem, problem
from feeds.model import EntryMeta
from feeds.selection.select import due
from feeds.text import slugs, unicode, urls


def moved_feeds(content: Content, before: Edition, now: datetime) -> dict[str, str]:
    """Return the new path of each published feed of a topic or a provider whose path changed.

    Of several topics that would have had one path, the one that had it keeps it: the first one in
    the order of `_data/topics` and then of the entries by date.
    """
    published = {feed.path for feed in before.state.feeds if feed.kind in ("topic", "provider")}
    published |= {path.rpartition(".")[0] for path in before.state.moved if path.endswith(SUBSCRIBED)}
    if not any(old in published and old != new for old, new in _unordered(content)):
        return {}
    new_paths = list(_new_paths(content, now))
    current = {unicode.fold_case(new) for _, new in new_paths}
    moved: dict[str, str] = {}
    for old, new in new_paths:
        if old in published and old != new and unicode.fold_case(old) not in current:
            # A path that already leads on goes on leading to the same feed.
            if before.state.moved.get(f"{old}{SUBSCRIBED[0]}") == f"{new}{SUBSCRIBED[0]}":
                moved[old] = new
            moved.setdefault(old, new)
    return moved


def _unordered(content: Content) -> Iterator[tuple[str, str]]:
    """Yield the former and the current path of each topic and provider, without the order of the entries."""
    yield from _of_data_files(content)
    yield from _of_entries(content.entries)


def _new_paths(content: Content, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the former and the current path of each topic and provider."""
    yield from _of_data_files(content)
    yield from _of_entries(reversed(due(content.entries, now)))


def _of_data_files(content: Content) -> Iterator[tuple[str, str]]:
    for topic in content.topics:
        former = slugs.former_slug(topic.name) if slugs.slug(topic.name) == topic.slug else topic.slug
        yield f"{FEEDS_PREFIX}{former}", f"{FEEDS_PREFIX}{topic.slug}"


def _of_entries(entries: Iterable[EntryMeta]) -> Iterator[tuple[str, str]]:
    labels: dict[str, str] = {}
    domains = set()
    for entry in entries:
        for category in entry.categories:
            labels.setdefault(category.label, category.term)
        if entry.provider and entry.provider.domain:
            domains.add(entry.provider.domain)
    for label, slug in labels.items():
        # Rules for ASCII have not changed.
        former = slug if label.isascii() else slugs.former_slug(label)
        yield f"{FEEDS_PREFIX}{former}", f"{FEEDS_PREFIX}{slug}"
    for domain in sorted(domains):
        former = urls.former_domain(domain) or domain
        yield f"{FEEDS_PREFIX}providers/{former}", f"{FEEDS_PREFIX}providers/{domain}"


def moved_feed_warnings(moved: Mapping[str, str], before: Edition, paths: Iterable[str]) -> Iterator[Problem]:
    """Yield a warning for each feed that moves in this edition."""
    known = before.state.moved
    current = set(paths)
    for old, new in sorted(moved.items()):
        if new in current and f"{old}{SUBSCRIBED[0]}" not in known:
            path = f"{new}{SUBSCRIBED[0]}"
            yield problem(path, 0, "", "feed.moved", level="warning", old=feed_name(old), new=feed_name(new))
