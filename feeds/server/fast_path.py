"""WSGI layer that answers requests from the response cache and passes all others to Flask."""

import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from feeds.http.headers import COMMON_HEADERS
from feeds.server.edition_watcher import EditionWatcher
from feeds.server.metrics import Observer
from feeds.server.negotiation import IDENTITY, codings_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


_PRECONDITIONS = frozenset({"HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"})
# One entity-tag (RFC 9110, section 8.8.3), and no list of them.
_is_one = re.compile(r'(?:W/)?"[!\x23-\x7e]*"').fullmatch
# RFC 3986, section 3.2.2, without the comma, which is between two of them.
_is_host = re.compile(r"(?:[\w.~%!$&'()*+;=-]+|\[[\da-fA-F:.]+\])(?::\d*)?", re.ASCII).fullmatch
SIZE_KEY = "feeds.size"  # of the whole document, for who counts what was saved


class FastPath:
    """Answers requests for what is ready, and hands all others to Flask."""

    def __init__(
        self, others: "WSGIApplication", current: EditionWatcher, observer: Observer, with_delta: bool
    ) -> None:
        self._fallback_app = others
        self._rare = "HTTP_A_IM" if with_delta else ""
        self._watched = False
        self._host = "localhost"  # the last one: nearly all requests have the same
        self._current = current
        self._observer = observer

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start = time.monotonic()
        host = environ.get("HTTP_HOST")
        if host != self._host:
            if not _is_host(host) if host else environ["SERVER_PROTOCOL"] == "HTTP/1.1":
                # RFC 9112, section 3.2: none, two of them, or what is none.
                start_response("400 Bad Request", [("Content-Length", "0"), *COMMON_HEADERS])
                return ()
            self._host = host or self._host
        if not self._watched:
            # Not before the first request: a server may fork after it made the application.
            self._watched = True
            self._current.watch()
            self._observer.start()
        published, method = self._current.published, environ["REQUEST_METHOD"]
        if published and method in ("GET", "HEAD") and not (self._rare and self._rare in environ):
            coding, *_ = codings_for(environ.get("HTTP_ACCEPT_ENCODING", "")) or ("",)
            answer = published.responses.get((environ["PATH_INFO"], coding))
            if answer is not None and _PRECONDITIONS.isdisjoint(environ):
                tag, since = environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE")
                # RFC 9110, section 13.1.3: where there is a tag the date is ignored.
                if tag in answer.etag_forms if tag else since and since == answer.date:
                    answer.referenced = True
                    self._observer.see(environ, 304, 0, answer.size, answer.coding, start)
                    start_response("304 NOT MODIFIED", answer.headers_304)
                    return []
                if _is_one(tag) if tag else tag is None and since is None:
                    answer.referenced = True
                    body = answer.body if method == "GET" else b""
                    self._observer.see(environ, 200, len(body), answer.size if body else 0, answer.coding, start)
                    start_response("200 OK", answer.headers)
                    # A list, because granian sends it at once, and anything else piece by piece.
                    return [body]

        if not method.isupper():
            # RFC 9110, section 9.1: "get" is not GET, although Flask would take it for that.
            environ["REQUEST_METHOD"] = "UNKNOWN"
        if not environ["PATH_INFO"]:
            # PEP 3333 allows it, and Flask would redirect to whatever Host says.
            environ["PATH_INFO"] = "/"

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            found = dict(headers)
            sent, whole = int(found.get("Content-Length", 0)), environ.get(SIZE_KEY, 0)
            if method == "HEAD":
                sent = whole = 0
            self._observer.see(environ, int(status[:3]), sent, whole, found.get("Content-Encoding", IDENTITY), start)
            return start_response(status, headers, *rest)

        return self._fallback_app(environ, started)
