"""Export of an edition to a folder, atomic for its readers.

Each document is written under a temporary name and renamed; the manifest is renamed last, which is
the commit. A crash leaves complete files and the two manifests that describe them. `recovery`
finishes such a commit at the start of the next build.
"""

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from feeds.edition import manifest
from feeds.edition.diff import compare
from feeds.edition.encodings import ENCODING_SUFFIXES
from feeds.edition.model import Document, Edition, strong_etag
from feeds.edition.sink import DocumentSink
from feeds.errors import ExportError
from feeds.http.encodings import ENCODE
from feeds.pipeline import output_files
from feeds.pipeline.host_files import host_files
from feeds.pipeline.output_files import REMOVED, file_path, remove, suffixes
from feeds.system import cpu
from feeds.system.files import fsync, has_content

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor


# Most files, and most bytes, that may wait for a writer thread.
_AHEAD = 64
_AHEAD_BYTES = 16 * 1024 * 1024
_ENCODE = {suffix: ENCODE[coding] for coding, suffix in ENCODING_SUFFIXES.items()}


def reader(folder: Path) -> Callable[[Document], bytes | None]:
    """Return a function that reads a document from a folder, or returns None if its bytes differ."""

    def read_document(document: Document) -> bytes | None:
        try:
            body = Path(file_path(folder, document.path)).read_bytes()
        except OSError:
            return None
        return body if strong_etag(body) == document.etag else None

    return read_document


def intact(before: Edition, folder: Path) -> frozenset[str]:
    """Return the paths of documents that are complete in a folder, with their precompressed variants."""
    try:
        written = os.stat(folder / manifest.PATH).st_mtime_ns
    except OSError:
        return frozenset()
    return frozenset(
        path for path, document in before.documents.items() if _is_whole(document, file_path(folder, path), written)
    )


def _is_whole(document: Document, target: str, written: int) -> bool:
    try:
        # A file that is newer than the manifest may differ from it, for example after a killed build or a
        # manual edit.
        status = os.stat(target)
        if status.st_size != document.size or not stat.S_ISREG(status.st_mode):
            return False
        suspect = status.st_mtime_ns > written
        for suffix in suffixes(document):
            suspect |= os.stat(target + suffix).st_mtime_ns > written
        if any(os.path.exists(target + suffix) for suffix in _ENCODE.keys() - suffixes(document)):
            return False  # servers would send the outdated variant
        if not suspect:
            return True
        body = Path(target).read_bytes()
        return strong_etag(body) == document.etag and all(
            Path(target + suffix).read_bytes() == _ENCODE[suffix](body) for suffix in suffixes(document)
        )
    except OSError:
        return False


class Export(DocumentSink):
    """Export of an edition: documents are written under temporary names, and `commit` renames them.

    Without a commit the folder stays as it was. Documents that already exist are not touched. Only files
    in the previous manifest are removed.

    Args:
        folder: The output folder; it is created if needed.
        before: The edition in the folder.
        trusted: Whether the same version of this program made it, so that intact documents can be reused.

    Raises:
        ExportError: The folder cannot be written; its documents are unchanged.
    """

    def __init__(self, folder: Path, before: Edition, trusted: bool = False) -> None:
        super().__init__(intact(before, folder), trusted, reader(folder))
        self._folder = folder
        self._before = before
        self._manifest = file_path(folder, manifest.PATH)
        self._list = folder / REMOVED
        self._left = output_files.paths_to_remove(folder)
        self._is_ours = output_files.is_among(before.documents.keys() | set(self._left))
        # The target path of each file, and its temporary path.
        self._written: dict[str, str] = {}
        self._outdated: list[str] = []  # variants of documents that are now too small to be compressed
        self._folders: dict[str, set[str] | None] = {}  # the subfolders of each folder; None if a file blocks it
        self._cleared: list[str] = []  # paths that are blocked by files of this program
        self._is_renaming = False
        self._writers: ThreadPoolExecutor | None = None
        self._writing: list[Future[None]] = []
        self._waiting = 0  # bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writers:
            self._writers.shutdown(cancel_futures=True)
        if self._is_renaming:
            return  # the next build finishes the commit; the temporary manifest describes the new documents
        # The marker is removed last, because recovery looks for temporary files only if it exists.
        for temporary in reversed(self._written.values()):
            with suppress(OSError):
                Path(temporary).unlink(missing_ok=True)

    def put(self, document: Document) -> Document:
        old = self._before.documents.get(document.path)
        if document.path not in self.intact_paths or old is None or old.etag != document.etag:
            self._begin()
            target, body = file_path(self._folder, document.path), document.body or b""
            self._make_room(target)
            for suffix in ("", *suffixes(document)):
                self._write(target, suffix, body)
            self._outdated += [document.path + suffix for suffix in _ENCODE.keys() - suffixes(document)]
        return replace(document, body=None)

    def copy(self, path: str, document: Document) -> Document:
        self._wait()
        source = file_path(self._folder, document.path)
        body = Path(self._written.get(source, source)).read_bytes()
        return self.put(replace(document, path=path, body=body))

    def clear(self) -> None:
        self._wait()
        for target, temporary in self._written.items():
            # The marker of this export is kept.
            if target != self._manifest:
                with self._failing(target):
                    Path(temporary).unlink(missing_ok=True)
        self._written = {target: name for target, name in self._written.items() if target == self._manifest}
        self._outdated.clear()

    def commit(self, edition: Edition) -> None:
        """Commit the edition, whose documents were all put or are intact."""
        removed = {*compare(self._before, edition).removed, *self._left} - edition.documents.keys()
        plain = {path: text for path, text in host_files(edition) if not has_content(self._folder / path, text)}
        if not (self._written or removed or plain) and has_content(Path(self._manifest), manifest.to_manifest(edition)):
            return
        self._begin()
        for path, content in plain.items():
            self._write(file_path(self._folder, path), "", content)
        self._wait()
        self._refuse_to_bury(edition)
        with self._failing(self._manifest):
            with open(self._written[self._manifest], "wb") as file:
                file.writelines(manifest.pieces(edition))
            if removed:
                # The new manifest does not list removed documents, so this file lists them in case of a crash.
                self._list.write_text(json.dumps(sorted(removed)), "utf-8")
            # One sync costs a fraction of an fsync for each file.
            os.sync()
        self._is_renaming = True
        temporary_manifest = self._written.pop(self._manifest)
        for target, temporary in self._written.items():
            with self._failing(target):
                output_files.put_in_place(self._folder, temporary, target, self._is_ours)
        for path in self._outdated:
            target = file_path(self._folder, path)
            if not output_files.stays(path, edition.documents):
                with self._failing(target):
                    output_files.discard(target)
        self._written.clear()
        with self._failing(self._manifest):
            # It was written first and gets the latest time stamp: files that are newer are not trusted.
            os.utime(temporary_manifest)
            os.replace(temporary_manifest, self._manifest)
            self._is_renaming = False
            fsync(self._folder)
            remove(self._folder, sorted(removed), edition.documents)
            self._list.unlink(missing_ok=True)

    def _write(self, main: str, suffix: str, body: bytes) -> None:
        if self._writers is None:
            from concurrent.futures import ThreadPoolExecutor

            # Compression and writes release the interpreter lock, so rendering continues.
            self._writers = ThreadPoolExecutor(cpu.count())
        target = main + suffix
        is_blocked = self._folders.get(main.rpartition("/")[0], ()) is None or output_files.is_too_long(target)
        temporary = (
            output_files.short_temporary_path(self._folder, target)
            if is_blocked
            else output_files.temporary_path(target)
        )
        self._written[target] = temporary
        self._writing.append(self._writers.submit(_write, temporary, suffix, body))
        self._waiting += 0 if suffix else len(body)  # variants share the bytes of the document
        if len(self._writing) > _AHEAD or self._waiting > _AHEAD_BYTES:
            self._wait()

    def _begin(self) -> None:
        """Write the marker file; if it exists at the next start, an export crashed."""
        if self._written:
            return
        with self._failing(self._manifest):
            self._folder.mkdir(parents=True, exist_ok=True)
            marker = output_files.temporary_path(self._manifest)
            if os.path.exists(marker):
                output_files.sweep(self._folder)
            Path(marker).write_bytes(b"")
        self._written[self._manifest] = marker

    def _make_room(self, target: str) -> None:
        """Prepare the folder of a document; fail if a foreign file blocks it."""
        folder, _, name = target.rpartition("/")
        with self._failing(target):
            if folder not in self._folders:
                try:
                    Path(folder).mkdir(parents=True, exist_ok=True)
                except (FileExistsError, NotADirectoryError):
                    self._folders[folder] = None
                else:
                    with os.scandir(folder) as items:
                        self._folders[folder] = {item.name for item in items if item.is_dir()}
            inside = self._folders[folder]
            if inside is None or name in inside:
                output_files.make_way(self._folder, target, self._is_ours, only_look=True)
                self._cleared.append(target)

    def _refuse_to_bury(self, edition: Edition) -> None:
        """Raise an error if the path of a document is also a folder of other documents."""
        for target in self._cleared:
            path = target[len(str(self._folder)) + 1 :]
            if any(document_path.startswith(f"{path}/") for document_path in edition.documents):
                raise ExportError(os.path.relpath(target), "output.document_and_folder")

    def _wait(self) -> None:
        writing, self._writing, self._waiting = self._writing, [], 0
        with self._failing(str(self._folder)):
            for future in writing:
                future.result()

    @contextmanager
    def _failing(self, target: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            path = os.path.relpath(error.filename or target)
            raise ExportError(path, "system.error", reason=error.strerror or str(error)) from None


def _write(temporary: str, suffix: str, body: bytes) -> None:
    with open(temporary, "wb") as file:
        file.write(_ENCODE[suffix](body) if suffix else body)
