"""Documents that moved to another path, and documents that no longer exist."""

from collections.abc import Iterator, Mapping

from feeds.edition.model import Document, Edition
from feeds.edition.paths import SUFFIXES
from feeds.formats.pages import SUFFIX, TYPE, render_gone, render_moved
from feeds.pipeline.composition import Composition
from feeds.text import unicode


def redirects(before: Edition, paths: set[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the new path of each document of a feed with an alias.

    Args:
        before: The previous edition, with its documents and moves.
        paths: The current documents.
        aliases: Old and new paths of feeds, without suffix.
    """
    known_paths = set(before.documents) | set(before.state.moved) | before.state.gone
    used_paths = {unicode.fold_case(path) for path in paths} if aliases else set()
    moves = {}
    for old, new in aliases.items():
        candidates = {f"{old}{suffix}" for suffix in SUFFIXES}
        candidates |= {path for path in known_paths if path.startswith(f"{old}/")}
        for path in candidates - paths:
            target = new + path.removeprefix(old)
            if target in paths and unicode.fold_case(path) not in used_paths:
                moves[path] = target
    return moves


def removed_paths(before: Edition, paths: set[str], moves: Mapping[str, str]) -> frozenset[str]:
    """Return the documents of former feeds that neither exist nor moved."""
    of_feeds = {path for path, document in before.documents.items() if document.kind not in ("site", "asset")}
    former_paths = of_feeds | before.state.gone | set(before.state.moved)
    return frozenset(former_paths - paths - set(moves))


def redirect_documents(composition: Composition) -> Iterator[Document]:
    """Yield pages at the paths of former feeds, because static hosts cannot respond with 301 or 410."""
    site, builder, documents = composition.site, composition.builder, composition.documents
    before = composition.candidates.before
    composition.moved = moved = redirects(before, set(documents), {**composition.moved_feeds, **site.aliases})
    composition.removed_paths = removed = removed_paths(before, set(documents), moved)
    for old, new in sorted(moved.items()):
        target = documents[new]
        if old.endswith(SUFFIX):
            yield builder.document(old, TYPE, render_moved(site, new), target.modified, "redirect")
        else:
            # Readers continue without a break, because the ids are the same.
            yield builder.redirect(old, target)
    used_paths = {unicode.fold_case(path) for path in documents} if removed else set()
    for path in sorted(removed):
        if path.endswith(SUFFIX) and site.pages and unicode.fold_case(path) not in used_paths:
            yield builder.document(path, TYPE, render_gone(site), site.tag_date, "redirect")
