"""Watcher of the edition in a folder: swaps in a new edition when its manifest changes.

It reads the manifest; `served_edition` reads the documents.
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
_LOOK_EVERY = 0.2  # seconds between two checks of the manifest
_TRY_EVERY = 1.0  # seconds until a rejected manifest is tried again


class EditionWatcher:
    """The edition that is served now, replaced when the folder holds a newer one.

    A thread loads a new edition, so requests do not wait. If the new edition is broken, incomplete or
    older, the last good one stays.
    """

    def __init__(self, folder: Path, room: int, with_delta: bool = False) -> None:
        self.published: ServedEdition | None = None
        self.reloads = 0
        self.rejected_loads = 0
        self.last_load_seconds = 0.0
        self._folder = folder
        # The delta cache gets a quarter of the memory.
        self.versions = Versions(room // 4) if with_delta else None
        self._room = room * 3 // 4 if with_delta else room
        self._seen: Stamp | None = None
        self._last_error = ""
        self._retry_at = 0.0
        self._watcher: Thread | None = None
        self._starting = Lock()
        self.poll()

    def watch(self) -> None:
        """Start to watch for new editions. Called in the serving process, which may be a fork."""
        with self._starting:
            if not self.is_watched:
                self._watcher = Thread(target=_watch, args=(weakref.ref(self),), daemon=True)
                self._watcher.start()

    @property
    def is_watched(self) -> bool:
        return self._watcher is not None and self._watcher.is_alive()

    def poll(self) -> None:
        """Check the manifest, and load the edition if it changed."""
        try:
            stamp = file_stamp(self._folder / manifest.PATH)
        except OSError as error:
            if self.published and isinstance(error, FileNotFoundError):
                self.published.manifest_missing = True
            return
        if stamp != self._seen or time.monotonic() > self._retry_at > 0:
            self._seen, self._retry_at = stamp, 0.0
            self._load()
        elif self.published and not self._retry_at:
            self.published.manifest_missing = False  # the folder was missing for a while and is unchanged

    def _load(self) -> None:
        start = time.monotonic()
        try:
            edition = self._read()
            before = self.published
            if before and not before.may_follow(edition.edition):
                raise EditionError(str(self._folder), "edition.older")
            self.published, self._last_error = edition, ""
            self.reloads += 1
        except (EditionError, OSError) as error:
            # The copy may still be in progress.
            self._retry_at = time.monotonic() + _TRY_EVERY
            if str(error) != self._last_error:
                self.rejected_loads += 1
                self._last_error = str(error)
                log.error("cannot serve the edition in %s: %s", self._folder, error)
        finally:
            self.last_load_seconds = time.monotonic() - start

    def _read(self) -> ServedEdition:
        return ServedEdition(self._folder, load_manifest(self._folder), self._room, self.versions, self.published)


def _watch(current: "weakref.ref[EditionWatcher]") -> None:
    while (watcher := current()) is not None:
        try:
            watcher.poll()
        except Exception:
            log.exception("cannot check for a new edition")
        del watcher
        time.sleep(_LOOK_EVERY)
