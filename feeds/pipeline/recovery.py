"""Recovery of an interrupted commit: finish it or undo it.

Each document in the folder belongs to the manifest or to the temporary manifest next to it, which
an export writes before it renames the first document. Recovery keeps this invariant at every step,
so it may be interrupted too. Afterwards one manifest describes the folder.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from feeds.edition import manifest
from feeds.edition.encodings import ENCODING_SUFFIXES
from feeds.edition.folder import load_published_edition
from feeds.edition.model import Document, Edition, strong_etag
from feeds.errors import EditionError, ExportError
from feeds.http.encodings import DECODE, ENCODE
from feeds.pipeline import host_files, output_files
from feeds.pipeline.output_files import REMOVED, file_path, suffixes
from feeds.system import files

_BY_SUFFIX = {suffix: coding for coding, suffix in ENCODING_SUFFIXES.items()}
_REPAIRED = ".repaired.json.new"


def recover(folder: Path) -> None:
    """Restore a folder to one manifest and no temporary files.

    The commit is finished if all documents of its edition exist. Otherwise a new manifest is written
    for the existing documents. An export that had not started its commit is undone. Call it with the
    lock held, before anything else.

    Raises:
        EditionError: The manifest in the folder is not a manifest of this program.
        ExportError: The folder cannot be written.
    """
    temporary = folder / manifest.PENDING_PATH
    try:
        if temporary.exists():
            before = load_published_edition(folder)
            after = _read(temporary)
            if after is not None and not _finish(folder, before or Edition(), after):
                _describe(folder, before, after)
            output_files.sweep(folder)
        if (folder / REMOVED).exists():
            edition = load_published_edition(folder)
            if edition:
                output_files.remove(folder, output_files.paths_to_remove(folder), edition.documents)
            (folder / REMOVED).unlink()
    except OSError as error:
        path = os.path.relpath(error.filename or folder)
        raise ExportError(path, "system.error", reason=error.strerror or str(error)) from None


def _read(path: Path) -> Edition | None:
    """Return the edition of a temporary manifest; None if it is incomplete, so no document was renamed."""
    try:
        return manifest.from_manifest(path.read_bytes(), str(path))
    except EditionError:
        return None


def _finish(folder: Path, before: Edition, after: Edition) -> bool:
    """Rename the remaining documents, then the manifest; change nothing if a document is missing."""
    written = list(_written(folder, before, after))
    sources = {document.path: source for document in written if (source := _source(folder, document))}
    if len(sources) < len(written):
        return False
    removed = sorted({*(before.documents.keys() - after.documents.keys()), *output_files.paths_to_remove(folder)})
    is_ours = output_files.is_among({*before.documents, *removed})
    os.sync()  # the renamed files must be on the disk
    try:
        for document in written:
            _put(folder, document, sources[document.path], is_ours)
            _discard_copies(folder, document, after)
    except OSError:
        return False  # a foreign file blocks the path
    for path, text in host_files.host_files(after):
        if not files.has_content(folder / path, text):
            (folder / path).write_bytes(text)
    (folder / REMOVED).write_text(json.dumps(removed), "utf-8")
    # The manifest keeps its time stamp: a file that is newer than it is not trusted.
    (folder / manifest.PENDING_PATH).replace(folder / manifest.PATH)
    files.fsync(folder)
    return True


def _written(folder: Path, before: Edition, after: Edition) -> Iterator[Document]:
    """Yield the documents that the export wrote: changed documents, and those that it found damaged."""
    waiting = {str(path) for path in folder.rglob(".*.new")}
    for path, document in after.documents.items():
        old = before.documents.get(path)
        target = file_path(folder, path)
        ends = ("", *suffixes(document))
        if (
            old is None
            or old.etag != document.etag
            or any(not waiting.isdisjoint(_temporary(folder, target + end)) for end in ends)
        ):
            yield document


def _temporary(folder: Path, target: str) -> tuple[str, ...]:
    """Return the possible temporary names of a file, the one that always works first."""
    return (output_files.short_temporary_path(folder, target), output_files.temporary_path(target))


def _source(folder: Path, document: Document) -> str | None:
    """Return where the bytes of a document are: at its path or under a temporary name."""
    target = file_path(folder, document.path)
    return next(
        (candidate for candidate in (target, *_temporary(folder, target)) if _is(candidate, document.etag)), None
    )


def _is(target: str, etag: str, suffix: str = "") -> bool:
    """Return whether a file has the bytes of a document, compressed if `suffix` is given."""
    try:
        body = Path(target).read_bytes()
        return strong_etag(DECODE[_BY_SUFFIX[suffix]](body) if suffix else body) == etag
    except Exception:  # noqa: BLE001 - each library raises its own exceptions
        return False


def _put(folder: Path, document: Document, source: str, is_ours: Callable[[str], bool]) -> None:
    """Rename a document and its precompressed variants to their final names."""
    main = file_path(folder, document.path)
    if source != main:
        output_files.put_in_place(folder, source, main, is_ours)
    for suffix in suffixes(document):
        target = main + suffix
        if not _is(target, document.etag, suffix):
            temporary = _temporary(folder, target)
            source_path = next(
                (candidate for candidate in temporary if _is(candidate, document.etag, suffix)), temporary[0]
            )
            if source_path == temporary[0]:
                Path(source_path).write_bytes(ENCODE[_BY_SUFFIX[suffix]](Path(main).read_bytes()))
            output_files.put_in_place(folder, source_path, target, is_ours)


def _discard_copies(folder: Path, document: Document, edition: Edition) -> None:
    """Remove precompressed variants that do not match the document, because servers would send them."""
    for suffix in ENCODING_SUFFIXES.values():
        target = file_path(folder, document.path) + suffix
        is_wanted = suffix in suffixes(document)
        if not (
            _is(target, document.etag, suffix)
            if is_wanted
            else output_files.stays(document.path + suffix, edition.documents)
        ):
            output_files.discard(target)


def _describe(folder: Path, before: Edition | None, after: Edition) -> None:
    """Write a manifest for the existing documents of both editions."""
    base = before or Edition(state=after.state)
    documents = dict(base.documents)
    for document in _written(folder, base, after):
        if _is(file_path(folder, document.path), document.etag):
            documents[document.path] = document
    # Documents that were removed to clear a path no longer exist.
    documents = {path: document for path, document in documents.items() if Path(file_path(folder, path)).is_file()}
    # No existing document is reused.
    feeds = tuple(replace(summary, input_hash="", archive_hashes={}) for summary in base.state.feeds)
    changed = max(base.state.modified, after.state.modified)
    edition = Edition(documents, replace(base.state, feeds=feeds, modified=changed))
    for path in documents.keys() & after.documents.keys():
        if documents[path] != base.documents.get(path):
            _discard_copies(folder, documents[path], edition)
    (folder / _REPAIRED).write_bytes(manifest.to_manifest(edition))
    try:
        dated = (folder / manifest.PATH).stat().st_mtime_ns
    except FileNotFoundError:
        dated = 0
    # A file that is newer than the previous manifest stays untrusted.
    os.utime(folder / _REPAIRED, ns=(dated, dated))
    os.sync()
    (folder / _REPAIRED).replace(folder / manifest.PATH)
