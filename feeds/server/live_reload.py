"""Reload of open pages after a build, for `feeds serve --watch` only.

Each HTML response gets a script that polls the manifest's ETag once a second. An event stream
would be faster, but it would occupy one server thread for each open page.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


_PATH = "/-/reload.js"
_TAG = f'<script src="{_PATH}"></script>\n'.encode()
_SCRIPT = b"""\
let seen;
setInterval(async () => {
  try {
    const tag = (await fetch("/manifest.json", {method: "HEAD", cache: "no-store"})).headers.get("ETag");
    if (seen && tag && tag !== seen) location.reload();
    seen = tag || seen;
  } catch {}  // the server is starting again
}, 1000);
"""
_ASKING = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")


def reloading(app: "WSGIApplication") -> "WSGIApplication":
    """Wrap the application so that its pages reload after a build and browsers cache nothing."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == _PATH:
            start_response("200 OK", [("Content-Type", "text/javascript"), ("Cache-Control", "no-store")])
            return [_SCRIPT]
        if "text/html" not in environ.get("HTTP_ACCEPT", ""):
            return app(environ, start_response)
        # The script is added to the body, so the response must be complete and not encoded.
        forwarded = {key: value for key, value in environ.items() if key not in _ASKING}
        response: list[Any] = []

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            response[:] = [status, headers, *rest]
            return lambda _: None

        body = b"".join(app(forwarded | {"HTTP_ACCEPT_ENCODING": "identity"}, started))
        status, headers, *rest = response
        if any(name == "Content-Type" and value.startswith("text/html") for name, value in headers):
            body += _TAG if body else b""
            headers = [_watched(name, value, body) for name, value in headers if name not in ("ETag", "Last-Modified")]
        start_response(status, headers, *rest)
        return [body]

    return answer


def _watched(name: str, value: str, body: bytes) -> tuple[str, str]:
    if name == "Content-Length":
        return name, str(len(body))
    if name == "Cache-Control":
        return name, "no-store"
    if name == "Content-Security-Policy":
        # The script and its requests have the site's origin, as the policy requires.
        return name, f"{value}; connect-src 'self'"
    return name, value
