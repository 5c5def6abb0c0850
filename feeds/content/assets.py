"""Files of the `assets` folder, which are published unchanged."""

from collections.abc import Container
from functools import cached_property
from typing import NamedTuple

from feeds.content.scan import ContentTree, File, is_read_error
from feeds.edition.encodings import ENCODING_SUFFIXES
from feeds.edition.model import strong_etag
from feeds.errors import NOT_ISOLATED, Bug, ContentError, Problem, bug_in, problem
from feeds.http.asset_policy import FOLDER, TYPE, is_runnable
from feeds.model import Asset
from feeds.store.content_index import AssetRow, ContentIndex
from feeds.text import media_types, unicode

_LONGEST_PATH = 2000  # bytes of an asset's path, which leaves room for the path of any output folder


class LoadedAssets(NamedTuple):
    """The assets of a tree.

    Attributes:
        read_now: Paths of assets that this load has read, because the index does not have them.
        problems: Problems of files that are left out.
        unreadable: Paths of files that cannot be read now.
    """

    assets: tuple[Asset, ...]
    read_now: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    unreadable: frozenset[str] = frozenset()


def load_assets(tree: ContentTree, index: ContentIndex) -> LoadedAssets:
    """Return the assets of a tree, without their bytes."""
    files, problems = _distinct(tree)
    stored = index.etags({file.name: (file.size, file.mtime) for file in files})
    rows: dict[str, AssetRow] = {}
    assets = []
    unreadable = set()
    for file in files:
        try:
            asset = _asset(tree, file, stored.get(file.name))
        except NOT_ISOLATED:
            raise
        except Exception as error:  # noqa: BLE001 - the other files are still published
            asset = bug_in(f"{tree.name}/{file.name}", error)
        if isinstance(asset, Problem):
            problems.append(asset)
            if isinstance(asset, Bug) or is_read_error(asset):
                unreadable.add(file.name)
        else:
            rows[file.name] = (asset.size, file.mtime, asset.etag)
            assets.append(asset)
    index.note_etags(rows)
    read_now = frozenset(rows.keys() - stored.keys())
    return LoadedAssets(tuple(assets), read_now, tuple(problems), frozenset(unreadable))


class TreeAssets:
    """Reader of assets in the content tree, one file at a time.

    Args:
        tree: The content tree.
        read_now: The assets that this build has read, whose bytes must still be the same. The other
            ETags are from the index: a wrong index may cost time but must not change the result.
    """

    def __init__(self, tree: ContentTree, read_now: Container[str]) -> None:
        self._tree = tree
        self._read_now = read_now

    @cached_property
    def _files(self) -> dict[str, File]:
        return {file.name: file for file in self._tree.under(FOLDER)}

    def read_asset(self, asset: Asset) -> bytes | Problem:
        tree = self._tree
        # A file that no longer exists is read too, because reading returns the problem.
        file = self._files.get(asset.path, File(asset.path, asset.path, asset.size, 0))
        data = tree.read(file)
        if isinstance(data, Problem):
            return data
        if asset.path in self._read_now and strong_etag(data) != asset.etag:
            raise changed_while_read(tree, file)
        return data


def _asset(tree: ContentTree, file: File, row: AssetRow | None) -> Asset | Problem:
    """Return an asset, or the problem if it cannot be read.

    Args:
        row: The asset's row in the index.
    """
    size, etag = file.size, row[2] if row else ""
    if row is None or file.size > tree.limits.max_file_bytes:
        data = tree.read(file)
        if isinstance(data, Problem):
            return data
        size, etag = len(data), strong_etag(data)
    kind = None if is_runnable(file.name) else media_types.media_type(file.name)
    return Asset(file.name, kind or TYPE, etag, size)


def _distinct(tree: ContentTree) -> tuple[list[File], list[Problem]]:
    """Return the assets with unique paths, and the problems of the others."""
    candidates = list(tree.under(FOLDER))
    names = {unicode.fold_case(file.name): file.name for file in reversed(candidates)}
    files, problems = [], []
    for file in candidates:
        folded = unicode.fold_case(file.name)
        end = next((suffix for suffix in ENCODING_SUFFIXES.values() if folded.endswith(suffix)), "")
        copied = names.get(folded[: -len(end)]) if end else None
        path = f"{tree.name}/{file.name}"
        if names[folded] != file.name:
            problems.append(problem(path, 0, "", "asset.case_conflict", other=names[folded]))
        elif copied:
            problems.append(problem(path, 0, "", "asset.looks_compressed", other=copied))
        elif len(file.name.encode()) > _LONGEST_PATH:
            problems.append(problem(path, 0, "", "asset.path_too_long", limit=_LONGEST_PATH))
        else:
            files.append(file)
    return files, problems


def changed_while_read(tree: ContentTree, file: File) -> ContentError:
    return ContentError(f"{tree.name}/{file.name}", "file.changed")
