"""Which edition is served: the one in the folder, until there is another one.

Looks at the manifest and leaves the documents to `published`.
"""

import logging
import time
import weakref
from pathlib import Path
from threading import Lock, Thread

from feeds.edition import manifest
from feeds.edition.folder import Stamp, file_stamp, load_manifest
from feeds.errors import EditionError
from feeds.server.delta import Versions
from feeds.server.served_edition import ServedEdition

log = logging.getLogger("feeds.web")
_LOOK_EVERY = 0.2  # seconds between two looks at the manifest
_TRY_EVERY = 1.0  # and at one that was refused


class EditionWatcher:
    """The edition that is served now; another one in the folder takes its place.

    A new one is read by a thread beside the requests. One that is broken, half copied or older leaves
    the last good one where it is.
    """

    def __init__(self, folder: Path, room: int, with_delta: bool = False) -> None:
        self.published: ServedEdition | None = None
        self.reloads = 0
        self.rejected_loads = 0
        self.last_load_seconds = 0.0
        self._folder = folder
        # What is remembered for deltas has a part of the room.
        self.versions = Versions(room // 4) if with_delta else None
        self._room = room * 3 // 4 if with_delta else room
        self._seen: Stamp | None = None
        self._last_error = ""
        self._retry_at = 0.0
        self._watcher: Thread | None = None
        self._starting = Lock()
        self.poll()

    def watch(self) -> None:
        """Look for another edition from now on; in the process that is served from, which may be a fork."""
        with self._starting:
            if not self.is_watched:
                self._watcher = Thread(target=_watch, args=(weakref.ref(self),), daemon=True)
                self._watcher.start()

    @property
    def is_watched(self) -> bool:
        return self._watcher is not None and self._watcher.is_alive()

    def poll(self) -> None:
        """See whether there is another edition, and take it."""
        try:
            seen = file_stamp(self._folder / manifest.PATH)
        except OSError as error:
            if self.published and isinstance(error, FileNotFoundError):
                self.published.manifest_missing = True
            return
        if seen != self._seen or time.monotonic() > self._retry_at > 0:
            self._seen, self._retry_at = seen, 0.0
            self._load()
        elif self.published and not self._retry_at:
            self.published.manifest_missing = False  # the folder was away, and is back as it was

    def _load(self) -> None:
        start = time.monotonic()
        try:
            found = self._read()
            before = self.published
            if before and not before.may_follow(found.edition):
                raise EditionError(str(self._folder), "edition.older")
            self.published, self._last_error = found, ""
            self.reloads += 1
        except (EditionError, OSError) as error:
            # It may be on its way still.
            self._retry_at = time.monotonic() + _TRY_EVERY
            if str(error) != self._last_error:
                self.rejected_loads += 1
                self._last_error = str(error)
                log.error("the edition in %s is not served: %s", self._folder, error)
        finally:
            self.last_load_seconds = time.monotonic() - start

    def _read(self) -> ServedEdition:
        return ServedEdition(self._folder, load_manifest(self._folder), self._room, self.versions, self.published)


def _watch(current: "weakref.ref[EditionWatcher]") -> None:
    while (found := current()) is not None:
        try:
            found.poll()
        except Exception:
            log.exception("the edition is not looked at")
        del found
        time.sleep(_LOOK_EVERY)
