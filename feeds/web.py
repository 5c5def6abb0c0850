"""Serve the edition in a folder over HTTP, with exact validators (RFC 9110, RFC 9111).

`create_app` makes a Flask application that only reads: the folder's manifest
says what there is, and a new manifest is picked up by the next request. URLs in
documents come from the configuration, never from the request.
"""

import logging
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from feeds import manifest
from feeds.edition import Document, State, fingerprint
from feeds.errors import EditionError

log = logging.getLogger("feeds.web")


def create_app(folder: str | os.PathLike[str] | None = None) -> Flask:
    """Return the application that serves the edition in `folder`.

    Without one the folder is that of the environment's FEEDS_OUTPUT, or `public`:
    servers that are given a factory by name cannot give it arguments.
    """
    app = Flask(__name__, static_folder=None)
    shelf = _Current(Path(folder or os.environ.get("FEEDS_OUTPUT") or "public"))

    @app.get("/")
    def index() -> Response:
        return document("index.html")

    @app.get("/<path:path>")
    def document(path: str) -> Response:
        found = shelf.current()
        if found is None:
            return _text("No edition has been published yet: run `feeds build`.\n", 503, {"Retry-After": "30"})
        if path in found.state.moved:
            url = f"{found.state.url}{quote(found.state.moved[path])}"
            return _text(f"This feed has moved to {url}\n", 301, {"Location": url})
        served = found.documents.get(path)
        if path in found.state.gone:
            answer = _text("This feed is no more. All feeds are listed at /\n", 410)
            if served:
                answer.data, answer.content_type = served.body, served.type
            return answer
        if served is None:
            raise NotFound
        return _answer(served, found.state.max_age)

    @app.errorhandler(HTTPException)
    def error(problem: HTTPException) -> Response:
        # Nothing of the request is said back: it is not ours.
        if isinstance(problem, NotFound):
            return _text("There is no such document. All feeds are listed at /\n", 404)
        if isinstance(problem, MethodNotAllowed):
            return _text("Documents can only be read: use GET or HEAD.\n", 405, {"Allow": "GET, HEAD, OPTIONS"})
        return _text(f"{problem.name}\n", problem.code or 500)

    return app


# How long a cache may keep what is no document.
_ERROR_CACHING = {301: "public, max-age=86400", 404: "public, max-age=60", 410: "public, max-age=86400"}


def _answer(served: "_Served", max_age: int) -> Response:
    response = Response(served.body, content_type=served.type)
    response.set_etag(served.etag)
    if served.modified:  # None would mean now
        response.last_modified = served.modified
    response.cache_control.public = True
    response.cache_control.max_age = max_age
    response.vary.add("Accept-Encoding")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.make_conditional(request)
    return response


def _text(message: str, status: int, headers: dict[str, str] | None = None) -> Response:
    response = Response(message, status, headers, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = _ERROR_CACHING.get(status, "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@dataclass(frozen=True, slots=True)
class _Served:
    """A document with its bytes; `modified` is None where the manifest does not know them."""

    type: str
    etag: str
    body: bytes
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class _Loaded:
    documents: dict[str, _Served]
    state: State


class _Current:
    """The edition in a folder, in memory, read again when its manifest is another one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, int, int] | None = None
        self._loaded: _Loaded | None = None

    def current(self) -> _Loaded | None:
        """Return the newest edition that could be read; a broken one leaves the last good one."""
        try:
            stat = (self._folder / manifest.PATH).stat()
        except OSError:
            return self._loaded
        # Two requests may both read a new edition; each gets a whole one.
        seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if seen != self._seen:
            try:
                self._loaded = _load(self._folder)
            except (EditionError, OSError) as error:
                log.error("the edition in %s is not served: %s", self._folder, error)
            self._seen = seen
        return self._loaded


def _load(folder: Path) -> _Loaded:
    data = (folder / manifest.PATH).read_bytes()
    edition = manifest.from_manifest(data, manifest.PATH)
    served = {
        path: _served(document, (folder / os.fsdecode(path.encode())).read_bytes())
        for path, document in edition.documents.items()
    }
    newest = max((document.modified for document in edition.documents.values()), default=None)
    served[manifest.PATH] = _Served(manifest.TYPE, fingerprint(data), data, newest)
    return _Loaded(served, edition.state)


def _served(document: Document, body: bytes) -> _Served:
    etag = fingerprint(body)
    # An export that is under way renames documents before the manifest. Bytes that
    # the manifest does not know are whole, but their date is not known yet.
    return _Served(document.type, etag, body, document.modified if etag == document.etag else None)
