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
# A single entity-tag (RFC 9110, section 8.8.3), not a list.
_is_one = re.compile(r'(?:W/)?"[!\x23-\x7e]*"').fullmatch
# RFC 3986, section 3.2.2, without the comma, which separates two Host values.
_is_host = re.compile(r"(?:[\w.~%!$&'()*+;=-]+|\[[\da-fA-F:.]+\])(?::\d*)?", re.ASCII).fullmatch
SIZE_KEY = "feeds.size"  # size of the whole document, to count the saved bytes


class FastPath:
    """WSGI middleware that answers from the response cache and passes other requests to Flask."""

    def __init__(
        self, others: "WSGIApplication", current: EditionWatcher, observer: Observer, with_delta: bool
    ) -> None:
        self._fallback_app = others
        self._rare = "HTTP_A_IM" if with_delta else ""
        self._watched = False
        self._host = "localhost"  # the last valid Host; nearly all requests have the same one
        self._current = current
        self._observer = observer

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start = time.monotonic()
        host = environ.get("HTTP_HOST")
        if host != self._host:
            if not _is_host(host) if host else environ["SERVER_PROTOCOL"] == "HTTP/1.1":
                # RFC 9112, section 3.2: Host is missing, repeated or invalid.
                start_response("400 Bad Request", [("Content-Length", "0"), *COMMON_HEADERS])
                return ()
            self._host = host or self._host
        if environ.get("HTTP_TRANSFER_ENCODING", "chunked").lower() != "chunked":
            # RFC 9112, section 6.1: chunked only once and last. Where a proxy sees another end of the body, the next
            # bytes may be a request for one of them only, so the connection ends.
            start_response("400 Bad Request", [("Connection", "close"), ("Content-Length", "0"), *COMMON_HEADERS])
            return ()
        if not self._watched:
            # Started with the first request, because a server may fork after it created the application.
            self._watched = True
            self._current.watch()
            self._observer.start()
        published, method = self._current.published, environ["REQUEST_METHOD"]
        if published and method in ("GET", "HEAD") and not (self._rare and self._rare in environ):
            coding, *_ = codings_for(environ.get("HTTP_ACCEPT_ENCODING", "")) or ("",)
            answer = published.responses.get((environ["PATH_INFO"], coding))
            if answer is not None and _PRECONDITIONS.isdisjoint(environ):
                tag, since = environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE")
                # RFC 9110, section 13.1.3: with If-None-Match, If-Modified-Since is ignored.
                if tag in answer.etag_forms if tag else since and since == answer.date:
                    answer.referenced = True
                    self._observer.record(environ, 304, 0, answer.size, answer.coding, start)
                    start_response("304 NOT MODIFIED", answer.headers_304)
                    return []
                if _is_one(tag) if tag else tag is None and since is None:
                    answer.referenced = True
                    body = answer.body if method == "GET" else b""
                    self._observer.record(environ, 200, len(body), answer.size if body else 0, answer.coding, start)
                    start_response("200 OK", answer.headers)
                    # granian sends a list in one write, and any other iterable piece by piece.
                    return [body]

        if not method.isupper():
            # RFC 9110, section 9.1: methods are case-sensitive, but Flask would accept "get".
            environ["REQUEST_METHOD"] = "UNKNOWN"
        if not environ["PATH_INFO"]:
            # PEP 3333 allows an empty path, but Flask would redirect it to the Host of the request.
            environ["PATH_INFO"] = "/"

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            response_headers = dict(headers)
            sent, whole = int(response_headers.get("Content-Length", 0)), environ.get(SIZE_KEY, 0)
            if method == "HEAD":
                sent = whole = 0
            self._observer.record(
                environ, int(status[:3]), sent, whole, response_headers.get("Content-Encoding", IDENTITY), start
            )
            return start_response(status, headers, *rest)

        return self._fallback_app(environ, started)
