"""Documents that moved to another path, and documents that no longer exist."""

from collections.abc import Mapping

from feeds.edition.model import Edition
from feeds.edition.paths import SUFFIXES
from feeds.text import unicode


def redirects(before: Edition, paths: set[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the new path of each document of a feed with an alias.

    Args:
        before: The previous edition, with its documents and moves.
        paths: The current documents.
        aliases: Old and new paths of feeds, without suffix.
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
    """Return the documents of former feeds that neither exist nor moved."""
    known = (
        {path for path in before.documents if path.startswith("feeds/")} | before.state.gone | set(before.state.moved)
    )
    return frozenset(known - paths - set(moves))
