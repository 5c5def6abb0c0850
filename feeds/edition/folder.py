"""Reader of the manifests in an output folder: the committed one, and that of an export in progress.

An export writes its manifest under a temporary name before it renames the first document, and
renames the manifest last. So each document in the folder belongs to one of the two. Only manifests
are read here, never documents.
"""

import os
from collections.abc import Iterator
from hashlib import file_digest
from itertools import chain
from pathlib import Path
from threading import Lock

from feeds.edition import manifest
from feeds.edition.model import Document, Edition, strong_etag
from feeds.errors import EditionError, ExportError

Stamp = tuple[int, int, int]


def file_stamp(path: Path) -> Stamp:
    """Return the date, size and inode of a file, which change when it is replaced.

    Raises:
        OSError: The file does not exist or is not accessible.
    """
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def load_manifest(folder: Path, name: str = manifest.PATH) -> Edition:
    """Return the edition that a manifest describes, including the manifest as a document.

    Raises:
        EditionError: The file is not a manifest of this program.
        OSError: The file cannot be read.
    """
    data = (folder / name).read_bytes()
    edition = manifest.from_manifest(data, manifest.PATH, memory=False)
    own = Document(manifest.PATH, manifest.TYPE, strong_etag(data), len(data), edition.state.modified, kind="site")
    return Edition(dict(chain(edition.documents.items(), [(manifest.PATH, own)])), edition.state)


class ManifestReader:
    """Reader of the editions that a folder may hold; it reads each manifest once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._known: dict[str, tuple[Stamp, Edition | None]] = {}

    def editions(self) -> Iterator[Edition]:
        """Yield the pending edition and then the committed one, if they can be read."""
        # In this order, because the pending manifest may become the committed one in the meantime.
        for name in (manifest.PENDING_PATH, manifest.PATH):
            with self._lock:
                edition = self._edition(name)
            if edition:
                yield edition

    def _edition(self, name: str) -> Edition | None:
        seen, edition = self._known.get(name, ((0, 0, 0), None))
        try:
            if seen != (now := file_stamp(self._folder / name)):
                # An unreadable manifest keeps the last known edition: after a killed export the next one starts with
                # an empty file, while documents of the killed one exist.
                self._known[name] = now, edition
                self._known[name] = now, (edition := load_manifest(self._folder, name))
        except (OSError, EditionError):
            pass
        return edition


def load_published_edition(folder: Path, memory: bool = True) -> Edition | None:
    """Return the edition in a folder without its bytes, or None if there is none.

    Args:
        folder: The output folder.
        memory: Whether to load the parts that only the next build needs.

    Raises:
        EditionError: The manifest is not a manifest of this program.
        ExportError: The manifest cannot be read.
    """
    path = folder / manifest.PATH
    try:
        return manifest.from_manifest(path.read_bytes(), os.path.relpath(path), memory)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ExportError(os.path.relpath(path), "system.error", reason=error.strerror or "cannot be read") from None


def manifest_hash(folder: Path) -> str:
    """Return a hash of the manifest in a folder; empty if there is no readable manifest."""
    try:
        with (folder / manifest.PATH).open("rb") as file:
            return file_digest(file, "blake2b").hexdigest()
    except OSError:
        return ""
