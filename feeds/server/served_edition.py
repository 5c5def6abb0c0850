"""The edition in a folder, with a bounded cache of responses.

It reads the folder and never writes. `app` and `fast_path` handle the requests.
"""

import logging
import os
from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from feeds.edition import manifest, paths
from feeds.edition.encodings import ENCODING_SUFFIXES, precompressed_encodings
from feeds.edition.folder import ManifestReader
from feeds.edition.model import Document, Edition, strong_etag
from feeds.errors import EditionError
from feeds.http import asset_policy
from feeds.http.encodings import DECODE
from feeds.http.headers import COMMON_HEADERS, FEED_POLICY, PAGE_POLICY
from feeds.server.delta import Versions
from feeds.server.negotiation import IDENTITY
from feeds.server.responses import CachedResponse

log = logging.getLogger("feeds.web")
_OVERHEAD = 2048  # approximate bytes of a response in addition to its body
Key = tuple[str, str]
"""The WSGI path and the content coding."""


class ServedEdition:
    """An edition that is served.

    Attributes:
        since: When the edition changed, or when its manifest was written to the folder, the later one.
        manifest_missing: Whether the manifest disappeared; then any next edition is accepted.

    Args:
        folder: The folder of the documents.
        edition: The edition in the manifest.
        room: Most bytes of cached responses.
        versions: The delta cache, if delta responses are enabled.
        before: The edition that was served until now.

    Raises:
        EditionError: Documents are missing or have another size because a copy is in progress, and
            a previous edition exists.
    """

    def __init__(
        self,
        folder: Path,
        edition: Edition,
        room: int,
        versions: Versions | None = None,
        before: "ServedEdition | None" = None,
    ) -> None:
        self.edition = edition
        self.state = edition.state
        self.responses: OrderedDict[Key, CachedResponse] = OrderedDict()
        self.manifest_missing = False
        manifest_time = datetime.fromtimestamp((folder / manifest.PATH).stat().st_mtime, UTC)
        self.since = max(edition.state.modified, manifest_time)
        self._folder = folder
        self._coming = ManifestReader(folder)
        self._versions = versions
        self._reported: set[str] = set()
        self._max_bytes = room
        self._used_bytes = 0
        self._lock = Lock()
        self._vary = "A-IM, Accept-Encoding" if versions else "Accept-Encoding"
        # Files at the paths of removed and moved feeds are for hosts that cannot respond with 301 or 410.
        self._paths = {
            wsgi_path(path): path for path, document in edition.documents.items() if document.kind != "redirect"
        }
        self._paths["/"] = "index.html"
        self._topics = frozenset(document.path for document in paths.topics(edition).values())
        for path, document in edition.documents.items():
            damage = self._damage(path, document)
            if damage and before:
                raise EditionError(path, "edition.damaged", reason=damage)
            if damage:
                # Without a previous edition, serving the intact documents is better than serving nothing.
                log.error("%s: %s", path, damage)
        if before:
            self._warm_cache(before)

    def _damage(self, path: str, document: Document) -> str:
        try:
            size = self._place(path).stat().st_size
        except OSError as error:
            return error.strerror or "cannot be read"
        return "" if size == document.size else "differs from the manifest: a copy is in progress"

    def may_follow(self, edition: Edition) -> bool:
        """Return whether an edition may replace this one."""
        return self.manifest_missing or edition.state.modified >= self.state.modified

    def find(self, path: str) -> Document | None:
        """Return the document at a WSGI path, or None."""
        return self.edition.documents.get(self._paths.get(path, ""))

    def answer(self, path: str, acceptable: Iterable[str]) -> CachedResponse | None:
        """Return the response in the first acceptable coding that exists, or None.

        Raises:
            EditionError: The file in the folder does not match the manifest.
        """
        document = self.find(path)
        if document is None:
            return None
        offered = (*precompressed_encodings(document), IDENTITY)
        codings = tuple(acceptable)
        for coding in codings:
            answer = self.responses.get((path, coding))
            if answer is None and coding in offered:
                answer = self._make(path, document, coding)
                if answer and answer.modified and IDENTITY == coding != codings[0]:
                    # Cached under the preferred coding too, so that the next request is fast.
                    self._keep((path, codings[0]), answer)
            if answer:
                return answer
        return None

    def signpost(self, path: str) -> tuple[str, bytes] | None:
        """Return the media type and the bytes of the page at the path of a removed or moved feed."""
        document = self.edition.documents.get(path)
        try:
            verified, body = self._read_verified(document) if document else (None, b"")
        except EditionError:
            return None
        return (verified.type, body) if verified else None

    def is_dropped(self, path: str) -> bool:
        """Return whether the pending edition lacks a document of this one, by WSGI path."""
        own = self._paths[path]
        return any(self.may_follow(edition) and own not in edition.documents for edition in self._coming.editions())

    def _place(self, path: str) -> Path:
        return self._folder / os.fsdecode(path.encode())

    def _make(self, path: str, document: Document, coding: str) -> CachedResponse | None:
        """Return the response in a content coding, or None if the document does not have it."""
        if coding == IDENTITY:
            verified, body = self._read_verified(document)
        elif twin := self._precompressed(document, coding):
            verified, body = document, twin
        else:
            return None
        if verified is not document:
            # The bytes belong to the pending edition, which has no date yet.
            return CachedResponse(verified, coding, body, self._headers(document), None)
        now = datetime.now(UTC).replace(microsecond=0)
        # RFC 9110, section 8.8.2.1: Last-Modified is never later than Date, even for two builds in one second.
        answer = CachedResponse(document, coding, body, self._headers(document), min(document.modified, now))
        if document.modified <= now:
            self._keep((path, coding), answer)
        if self._versions and document.is_subscribed:
            self._versions.note(document.path, document.etag, answer.plain)
        return answer

    def _read_verified(self, document: Document) -> tuple[Document, bytes]:
        """Return the bytes of the file and the document they match: of this edition or the pending one.

        Raises:
            EditionError: The bytes match neither, because of a copy in progress or a missing file.
        """
        try:
            for _ in range(2):  # the manifests may have changed since the file was read
                body = self._place(document.path).read_bytes()
                tag = strong_etag(body)
                if tag == document.etag:
                    return document, body
                for edition in self._coming.editions():
                    expected = edition.documents.get(document.path)
                    if expected and expected.etag == tag and self.may_follow(edition):
                        return expected, body
            reason = "differs from the manifest: a copy is in progress"
        except OSError as error:
            reason = error.strerror or "cannot be read"
        self._report_once("documents", "cannot serve %s now, and perhaps other documents: %s", document.path, reason)
        raise EditionError(document.path, "edition.damaged", reason=reason)

    def _precompressed(self, document: Document, coding: str) -> bytes | None:
        path = self._place(document.path)
        try:
            body = path.with_name(path.name + ENCODING_SUFFIXES[coding]).read_bytes()
            return body if strong_etag(DECODE[coding](body)) == document.etag else None
        except Exception as error:  # noqa: BLE001 - each library raises its own exceptions
            self._report_once(
                coding, "serving %s without %s, and perhaps other documents: %s", document.path, coding, error
            )
            return None

    def _report_once(self, subject: str, message: str, *values: object) -> None:
        if subject not in self._reported:
            self._reported.add(subject)
            log.error(message, *values)

    def _keep(self, key: Key, answer: CachedResponse) -> None:
        """Add a response to the cache, and evict responses that were not used since the last scan."""
        with self._lock:
            if key in self.responses:
                return
            self.responses[key] = answer
            self._used_bytes += len(answer.body) + _OVERHEAD
            while self._used_bytes > self._max_bytes and len(self.responses) > 1:
                old, oldest = self.responses.popitem(last=False)
                if oldest.referenced:
                    oldest.referenced = False
                    self.responses[old] = oldest
                else:
                    self._used_bytes -= len(oldest.body) + _OVERHEAD

    def _warm_cache(self, before: "ServedEdition") -> None:
        """Fill the cache from the previous edition: keep unchanged responses, and render the others again."""
        same = (before.state.cache_control, before.state.hubs, before.state.url) == (
            self.state.cache_control,
            self.state.hubs,
            self.state.url,
        )
        for (path, coding), answer in list(before.responses.items()):
            document = self.find(path)
            if document is None or coding != answer.coding:
                continue  # the response may have been cached in the meantime
            if same and document == answer.document:
                self._keep((path, coding), answer)
            else:
                self._make(path, document, coding)

    def _headers(self, document: Document) -> list[tuple[str, str]]:
        path = document.path
        headers = [
            ("Cache-Control", "no-cache" if path == manifest.PATH else self.state.cache_control),
            ("Vary", self._vary),
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Expose-Headers", "ETag, Link"),
            ("Content-Security-Policy", _policy(document)),
            *COMMON_HEADERS,
        ]
        if document.kind == "asset" and asset_policy.is_runnable(path):
            headers.append(("Content-Disposition", asset_policy.DISPOSITION))
        if document.is_subscribed:
            headers.append(("Link", ", ".join(self._links(path))))
        return headers

    def _links(self, path: str) -> Iterable[str]:
        """Return the Link headers of a document, with the same links as in the document (RFC 8288)."""
        page = path.rpartition(".")[0] + ".html"
        yield f'<{self.state.url}{quote(path)}>; rel="self"'
        if page in self.edition.documents:
            yield f'<{self.state.url}{quote(page)}>; rel="alternate"; type="text/html"'
        for hub in self.state.hubs if path in self._topics else ():
            yield f'<{hub}>; rel="hub"'


def _policy(document: Document) -> str:
    if document.kind == "asset":
        return asset_policy.POLICY
    return FEED_POLICY if document.is_subscribed else PAGE_POLICY


def wsgi_path(path: str) -> str:
    """Return a document's path in WSGI form (PEP 3333): its bytes as Latin-1."""
    return "/" + path.encode().decode("latin-1")
