"""The edition in a folder, as finished answers that are kept as long as there is room.

Reads the folder and never writes. What a request asks for is for `web`.
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
_OVERHEAD = 2048  # bytes that an answer takes besides its body, about
Key = tuple[str, str]
"""The path as WSGI has it, and the coding."""


class ServedEdition:
    """An edition that is served.

    Attributes:
        since: When it came to be: it changed, or its manifest was put into the folder.
        manifest_missing: There was no manifest any more: somebody begins anew, and whatever comes next follows it.

    Args:
        folder: Where its documents are.
        edition: What the manifest says.
        room: Bytes that answers may take together.
        versions: Remembers what is sent, where readers can be sent what is new alone.
        before: The one that was served until now.

    Raises:
        EditionError: Documents are missing, or of another size: a copy is under way, and
            there is one before.
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
        written = datetime.fromtimestamp((folder / manifest.PATH).stat().st_mtime, UTC)
        self.since = max(edition.state.modified, written)
        self._folder = folder
        self._coming = ManifestReader(folder)
        self._versions = versions
        self._said: set[str] = set()
        self._max_bytes = room
        self._used_bytes = 0
        self._lock = Lock()
        self._vary = "A-IM, Accept-Encoding" if versions else "Accept-Encoding"
        # What stands where a feed was is for hosts that cannot answer 301 or 410.
        self._paths = {wsgi_path(path): path for path, each in edition.documents.items() if each.kind != "redirect"}
        self._paths["/"] = "index.html"
        self._topics = frozenset(document.path for document in paths.topics(edition).values())
        for path, document in edition.documents.items():
            what = self._damage(path, document)
            if what and before:
                raise EditionError(path, what)
            if what:
                # Without another one to stay with, what is whole is better than nothing.
                log.error("%s: %s", path, what)
        if before:
            self._warm_cache(before)

    def _damage(self, path: str, document: Document) -> str:
        try:
            size = self._place(path).stat().st_size
        except OSError as error:
            return error.strerror or "cannot be read"
        return "" if size == document.size else "is not the one in the manifest: a copy is under way"

    def may_follow(self, edition: Edition) -> bool:
        """Tell whether an edition may take the place of this one."""
        return self.manifest_missing or edition.state.modified >= self.state.modified

    def find(self, path: str) -> Document | None:
        """Return the document at a path as WSGI has it."""
        return self.edition.documents.get(self._paths.get(path, ""))

    def answer(self, path: str, acceptable: Iterable[str]) -> CachedResponse | None:
        """Return the representation in the first of the codings that there is, or None if there is none.

        Raises:
            EditionError: What is in the folder is not whole.
        """
        document = self.find(path)
        if document is None:
            return None
        offered = (*precompressed_encodings(document), IDENTITY)
        wanted = tuple(acceptable)
        for coding in wanted:
            answer = self.responses.get((path, coding))
            if answer is None and coding in offered:
                answer = self._make(path, document, coding)
                if answer and answer.modified and IDENTITY == coding != wanted[0]:
                    # So that who would rather have another coding need not be turned away each time.
                    self._keep((path, wanted[0]), answer)
            if answer:
                return answer
        return None

    def signpost(self, path: str) -> tuple[str, bytes] | None:
        """Return the type and the bytes of the page that stands where a feed was."""
        document = self.edition.documents.get(path)
        try:
            found, body = self._read_verified(document) if document else (None, b"")
        except EditionError:
            return None
        return (found.type, body) if found else None

    def is_dropped(self, path: str) -> bool:
        """Tell whether the edition to come is without a document of this one, by its path in WSGI."""
        own = self._paths[path]
        return any(self.may_follow(each) and own not in each.documents for each in self._coming.editions())

    def _place(self, path: str) -> Path:
        return self._folder / os.fsdecode(path.encode())

    def _make(self, path: str, document: Document, coding: str) -> CachedResponse | None:
        """Return the representation in a coding, or None if it is not there in that one."""
        if coding == IDENTITY:
            found, body = self._read_verified(document)
        elif twin := self._precompressed(document, coding):
            found, body = document, twin
        else:
            return None
        if found is not document:
            # It is the next edition's, and since when that is served is not known yet.
            return CachedResponse(found, coding, body, self._headers(document), None)
        now = datetime.now(UTC).replace(microsecond=0)
        # RFC 9110, section 8.8.2.1: never later than Date. Two builds in one second are.
        answer = CachedResponse(document, coding, body, self._headers(document), min(document.modified, now))
        if document.modified <= now:
            self._keep((path, coding), answer)
        if self._versions and document.is_subscribed:
            self._versions.note(document.path, document.etag, answer.plain)
        return answer

    def _read_verified(self, document: Document) -> tuple[Document, bytes]:
        """Return the bytes that are there, and what they are of: this edition or the one that is coming.

        Raises:
            EditionError: They are neither's: something copies them, or they are not there.
        """
        try:
            for _ in range(2):  # what was read may be older than the manifests by now
                body = self._place(document.path).read_bytes()
                tag = strong_etag(body)
                if tag == document.etag:
                    return document, body
                for edition in self._coming.editions():
                    found = edition.documents.get(document.path)
                    if found and found.etag == tag and self.may_follow(edition):
                        return found, body
            what = "is not the one in the manifest: a copy is under way"
        except OSError as error:
            what = error.strerror or "cannot be read"
        self._say_once("documents", "%s cannot be served for now, and others neither perhaps: %s", document.path, what)
        raise EditionError(document.path, what)

    def _precompressed(self, document: Document, coding: str) -> bytes | None:
        place = self._place(document.path)
        try:
            body = place.with_name(place.name + ENCODING_SUFFIXES[coding]).read_bytes()
            return body if strong_etag(DECODE[coding](body)) == document.etag else None
        except Exception as error:  # noqa: BLE001 - each library raises its own
            self._say_once(coding, "%s is served without %s, and others too perhaps: %s", document.path, coding, error)
            return None

    def _say_once(self, what: str, message: str, *values: object) -> None:
        if what not in self._said:
            self._said.add(what)
            log.error(message, *values)

    def _keep(self, key: Key, answer: CachedResponse) -> None:
        """Make room for an answer, at the cost of those that nobody asked for since the last time."""
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
        """Make ready what was: what did not change as it is, the rest anew, so that no request has to wait."""
        same = (before.state.cache_control, before.state.hubs, before.state.url) == (
            self.state.cache_control,
            self.state.hubs,
            self.state.url,
        )
        for (path, coding), answer in list(before.responses.items()):
            document = self.find(path)
            if document is None or coding != answer.coding:
                continue  # it may have the coding by now
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
        """Return what a feed is and belongs to (RFC 8288), as its document says it too."""
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
    """Return a document's path as WSGI has it (PEP 3333): its bytes as Latin-1."""
    return "/" + path.encode().decode("latin-1")
