"""Files of the `assets` folder, which are published unchanged."""

from collections.abc import Iterator
from functools import partial

from feeds.content.scan import ContentTree, File
from feeds.edition.encodings import ENCODING_SUFFIXES
from feeds.edition.model import strong_etag
from feeds.errors import NOT_ISOLATED, ContentError, Problem, bug_in, problem
from feeds.http.asset_policy import TYPE, is_runnable
from feeds.model import Asset
from feeds.store.content_index import AssetRow, ContentIndex
from feeds.text import media_types, unicode

_LONGEST_PATH = 2000  # bytes of an asset's path, which leaves room for the path of any output folder


def load_assets(tree: ContentTree, index: ContentIndex) -> tuple[Asset, ...]:
    """Return the assets; their bytes are read one file at a time."""
    files = list(_distinct(tree))
    known = index.etags({file.name: (file.size, file.mtime) for file in files})
    seen: dict[str, AssetRow] = {}
    made = []
    for file in files:
        try:
            asset = _asset(tree, file, known.get(file.name))
        except NOT_ISOLATED:
            raise
        except Exception as error:  # noqa: BLE001 - the other files are still published
            tree.problems.append(bug_in(f"{tree.name}/{file.name}", error))
            tree.unreadable.add(file.name)
            continue
        if asset is not None:
            seen[file.name] = (asset.size, file.mtime, asset.etag)
            made.append(asset)
    index.note_etags(seen)
    return tuple(made)


def _asset(tree: ContentTree, file: File, row: AssetRow | None) -> Asset | None:
    """Return an asset, or None if it cannot be read.

    Args:
        row: The asset's row in the index.
    """
    size, etag, read_now = file.size, row[2] if row else "", ""
    if row is None or file.size > tree.limits.max_file_bytes:
        data = tree.read(file)
        if data is None:
            return None
        size, etag = len(data), strong_etag(data)
        read_now = "" if row else etag
    read = partial(_read_asset, tree, file, read_now)
    kind = None if is_runnable(file.name) else media_types.media_type(file.name)
    return Asset(file.name, kind or TYPE, etag, size, read)


def _distinct(tree: ContentTree) -> Iterator[File]:
    """Yield the assets with unique paths; the others are left out and reported."""
    files = list(tree.under("assets/"))
    names = {unicode.fold_case(file.name): file.name for file in reversed(files)}
    for file in files:
        folded = unicode.fold_case(file.name)
        end = next((each for each in ENCODING_SUFFIXES.values() if folded.endswith(each)), "")
        copied = names.get(folded[: -len(end)]) if end else None
        path = f"{tree.name}/{file.name}"
        if names[folded] != file.name:
            tree.problems.append(problem(path, 0, "", "asset.case_conflict", other=names[folded]))
        elif copied:
            tree.problems.append(problem(path, 0, "", "asset.looks_compressed", other=copied))
        elif len(file.name.encode()) > _LONGEST_PATH:
            tree.problems.append(problem(path, 0, "", "asset.path_too_long", limit=_LONGEST_PATH))
        else:
            yield file


def _read_asset(tree: ContentTree, file: File, etag: str) -> bytes | Problem:
    """Return the bytes of a file, or the reason why it cannot be read.

    Args:
        etag: The ETag of the bytes that this build read before. Empty if only the index has an ETag:
            a wrong index may cost time but must not change the result.
    """
    data = tree.read(file)
    if data is None:
        return tree.problems[-1]
    if etag and strong_etag(data) != etag:
        raise changed_while_read(tree, file)
    return data


def changed_while_read(tree: ContentTree, file: File) -> ContentError:
    return ContentError(f"{tree.name}/{file.name}", "file.changed")
