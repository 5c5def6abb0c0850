"""Documents that moved to another path, and documents that no longer exist."""

from collections.abc import Mapping

from feeds.edition.model import Edition
from feeds.edition.paths import SUFFIXES
from feeds.text import unicode


def redirects(before: Edition, paths: set[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Return where each document of a feed with an alias is now.

    Args:
        before: Its documents and moves say which there were.
        paths: The documents that there are now.
        aliases: Old paths of feeds and their new ones, without suffix.
    """
    known = set(before.documents) | set(before.state.moved) | before.state.gone
    taken = {unicode.fold_case(path) for path in paths} if aliases else set()
    made = {}
    for old, new in aliases.items():
        candidates = {f"{old}{suffix}" for suffix in SUFFIXES}
        candidates |= {path for path in known if path.startswith(f"{old}/")}
        for path in candidates - paths:
            target = new + path.removeprefix(old)
            if target in paths and unicode.fold_case(path) not in taken:
                made[path] = target
    return made


def removed_paths(before: Edition, paths: set[str], moves: Mapping[str, str]) -> frozenset[str]:
    """Return the documents of feeds that were there once and are neither there nor moved."""
    known = (
        {path for path in before.documents if path.startswith("feeds/")} | before.state.gone | set(before.state.moved)
    )
    return frozenset(known - paths - set(moves))
