"""What the manifests in a folder say: the one that is there, and the one that is on its way.

An export writes its manifest under another name before it renames the first document, and
renames it last. So whatever it has put into the folder is in one of the two. Reads manifests
alone, never a document.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from threading import Lock

from feeds import manifest
from feeds.edition import Document, Edition, fingerprint
from feeds.errors import EditionError

Stamp = tuple[int, int, int]


def stamp(path: Path) -> Stamp:
    """Return what tells a file from another one that took its place: date, size and inode.

    Raises:
        OSError: It is not there, or cannot be looked at.
    """
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def read(folder: Path, name: str = manifest.PATH) -> Edition:
    """Return the edition that a manifest describes, the manifest itself among its documents.

    Raises:
        EditionError: It is no manifest of ours.
        OSError: It cannot be read.
    """
    data = (folder / name).read_bytes()
    edition = manifest.from_manifest(data, manifest.PATH, memory=False)
    own = Document(manifest.PATH, manifest.TYPE, fingerprint(data), len(data), edition.state.changed)
    return Edition(dict(chain(edition.documents.items(), [(manifest.PATH, own)])), edition.state)


class Coming:
    """The editions that a folder may hold by now; each manifest is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._known: dict[str, tuple[Stamp, Edition | None]] = {}

    def editions(self) -> Iterator[Edition]:
        """Yield the edition that is on its way and then the one that is there, if they can be read."""
        # In this order: between the two looks the one may become the other.
        for name in (manifest.COMING, manifest.PATH):
            with self._lock:
                edition = self._edition(name)
            if edition:
                yield edition

    def _edition(self, name: str) -> Edition | None:
        seen, edition = self._known.get(name, ((0, 0, 0), None))
        try:
            if seen != (now := stamp(self._folder / name)):
                # One that cannot be read leaves what was: the next export, after one that was
                # killed, begins with an empty file, and documents of the killed one are there.
                self._known[name] = now, edition
                self._known[name] = now, (edition := read(self._folder, name))
        except (OSError, EditionError):
            pass
        return edition
