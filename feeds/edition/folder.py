"""What the manifests in a folder say: the one that is there, and the one that is on its way.

An export writes its manifest under another name before it renames the first document, and
renames it last. So whatever it has put into the folder is in one of the two. Reads manifests
alone, never a document.
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
    """Return what tells a file from another one that took its place: date, size and inode.

    Raises:
        OSError: It is not there, or cannot be looked at.
    """
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def load_manifest(folder: Path, name: str = manifest.PATH) -> Edition:
    """Return the edition that a manifest describes, the manifest itself among its documents.

    Raises:
        EditionError: It is no manifest of ours.
        OSError: It cannot be read.
    """
    data = (folder / name).read_bytes()
    edition = manifest.from_manifest(data, manifest.PATH, memory=False)
    own = Document(manifest.PATH, manifest.TYPE, strong_etag(data), len(data), edition.state.modified, kind="site")
    return Edition(dict(chain(edition.documents.items(), [(manifest.PATH, own)])), edition.state)


class ManifestReader:
    """The editions that a folder may hold by now; each manifest is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._known: dict[str, tuple[Stamp, Edition | None]] = {}

    def editions(self) -> Iterator[Edition]:
        """Yield the edition that is on its way and then the one that is there, if they can be read."""
        # In this order: between the two looks the one may become the other.
        for name in (manifest.PENDING_PATH, manifest.PATH):
            with self._lock:
                edition = self._edition(name)
            if edition:
                yield edition

    def _edition(self, name: str) -> Edition | None:
        seen, edition = self._known.get(name, ((0, 0, 0), None))
        try:
            if seen != (now := file_stamp(self._folder / name)):
                # One that cannot be read leaves what was: the next export, after one that was
                # killed, begins with an empty file, and documents of the killed one are there.
                self._known[name] = now, edition
                self._known[name] = now, (edition := load_manifest(self._folder, name))
        except (OSError, EditionError):
            pass
        return edition


def load_published_edition(folder: Path, memory: bool = True) -> Edition | None:
    """Return the edition in a folder without its bytes, or None if there is none.

    Args:
        folder: Where it was exported to.
        memory: Whether what only the next build needs is wanted too.

    Raises:
        EditionError: There is a manifest, and it is not one of ours.
        ExportError: It cannot be read.
    """
    path = folder / manifest.PATH
    try:
        return manifest.from_manifest(path.read_bytes(), os.path.relpath(path), memory)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ExportError(os.path.relpath(path), error.strerror or "cannot be read") from None


def manifest_hash(folder: Path) -> str:
    """Return a hash of the manifest in a folder; the empty text if there is none to read."""
    try:
        with (folder / manifest.PATH).open("rb") as file:
            return file_digest(file, "blake2b").hexdigest()
    except OSError:
        return ""
