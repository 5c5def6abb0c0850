"""The Flask application that serves the edition in a folder (RFC 9110, RFC 9111).

`create_app` makes a read-only application. `FastPath` answers most requests from the response
cache and passes the others to Flask. URLs in responses come from the configuration, never from the
request.
"""

from datetime import UTC, datetime
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from feeds.config.model import Serving
from feeds.errors import EditionError
from feeds.http.encodings import ENCODE
from feeds.http.headers import COMMON_HEADERS, PAGE_POLICY
from feeds.server.config import HubConfig, ServerConfig
from feeds.server.delta import Versions
from feeds.server.edition_watcher import EditionWatcher
from feeds.server.fast_path import SIZE_KEY, FastPath
from feeds.server.metrics import Observer
from feeds.server.negotiation import IDENTITY, codings_for, status_of, tags, wants_only_new
from feeds.server.responses import CachedResponse
from feeds.server.served_edition import ServedEdition
from feeds.websub.gateway import REFUSAL

_METHODS = "GET, HEAD, OPTIONS"
# Cache lifetimes of responses that are not documents.
_ERROR_CACHING = {301: "max-age=86400", 404: "max-age=60", 410: "max-age=86400"}
_CORS = {"Access-Control-Allow-Origin": "*"}
_ROBOTS = "User-agent: *\nAllow: /\n"


def create_app(settings: ServerConfig) -> Flask:
    """Return the application that serves an output folder; it depends only on the settings."""
    serving = settings.serving
    observer = Observer(serving.access_log, serving.log_clients)
    current = EditionWatcher(settings.output, serving.cache_mb * 2**20, serving.delta)
    app = _flask(current, observer, serving, settings.hub)
    app.wsgi_app = FastPath(app.wsgi_app, current, observer, serving.delta)  # type: ignore[method-assign]
    if settings.has_live_reload:
        from feeds.server.live_reload import reloading

        app.wsgi_app = reloading(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def _flask(current: EditionWatcher, observer: Observer, serving: Serving, hub_config: HubConfig | None) -> Flask:
    app = Flask(__name__, static_folder=None)
    # Otherwise Flask would redirect //elsewhere to /elsewhere.
    app.url_map.merge_slashes = False
    hub = None
    if hub_config:
        from feeds.websub.endpoint import HubEndpoint, add_hub

        hub = HubEndpoint(
            hub_config.site_url,
            hub_config.state,
            hub_config.settings,
            lambda: published.edition if (published := current.published) else None,
        )
        add_hub(app, hub)

    @app.before_request
    def check_path() -> None:
        # Flask would treat //hub as /hub, but the gateway, which reads bodies in its own threads, would not.
        if request.environ["PATH_INFO"].startswith("//"):
            raise NotFound

    @app.get("/healthz", provide_automatic_options=False)
    def healthz() -> Response:
        return _text("ok\n", 200)

    @app.get("/readyz", provide_automatic_options=False)
    def readyz() -> Response:
        published = current.published
        if published is None:
            return _text("no edition has been published yet\n", 503)
        if serving.max_edition_age and _age(published) > serving.max_edition_age * 60:
            return _text("the edition is older than max_edition_age allows\n", 503)
        return _text("ready\n", 200)

    @app.get("/metrics", provide_automatic_options=False)
    def metrics() -> Response:
        published = current.published
        numbers = [
            ("feeds_reloads_total", "counter", current.reloads),
            ("feeds_reloads_refused_total", "counter", current.rejected_loads),
            ("feeds_reload_seconds", "gauge", round(current.last_load_seconds, 6)),
            ("feeds_documents", "gauge", len(published.edition.documents) if published else 0),
        ]
        if published:
            numbers.append(("feeds_edition_age_seconds", "gauge", round(_age(published))))
        numbers += hub.metrics() if hub and REFUSAL not in request.environ else ()
        return _text(observer.metrics(numbers), 200, {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    @app.get("/", provide_automatic_options=False)
    @app.get("/<path:_path>", provide_automatic_options=False)
    def document(_path: str = "") -> Response:
        published = current.published
        if published is None:
            return _text("No edition has been published yet: run `feeds build`.\n", 503, _CORS | {"Retry-After": "30"})
        return _document(published, _path, request.environ["PATH_INFO"], current.versions)

    @app.route("/", methods=["OPTIONS"], provide_automatic_options=False)
    @app.route("/<path:_path>", methods=["OPTIONS"], provide_automatic_options=False)
    def options(_path: str = "") -> Response:
        if hub and request.path == hub.path:
            return Response(status=204, headers={"Allow": hub.methods})
        # The CORS preflight (Fetch, section 3.2.2): readers in browsers send conditional requests.
        allowed = {
            "Allow": _METHODS,
            **_CORS,
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since, A-IM, Cache-Control",
            "Access-Control-Max-Age": "86400",
        }
        return Response(status=204, headers=allowed)

    @app.errorhandler(HTTPException)
    def error(problem: HTTPException) -> Response:
        # Its frames would keep the body until the next garbage collection, and granian keeps a connection waiting
        # while any object may still read its body.
        problem.__traceback__ = problem.__context__ = None
        # A response never repeats text from the request, because that text is untrusted.
        if isinstance(problem, NotFound):
            # A browser that follows a link to a page gets an HTML page; other clients get one line.
            published = current.published if request.path.endswith(".html") else None
            if published and (page := published.signpost("404.html")):
                return _text(page[1], 404, {"Content-Type": page[0]} | _CORS)
            return _text("There is no such document. All feeds are listed at /\n", 404, _CORS)
        if isinstance(problem, MethodNotAllowed):
            if hub and request.path == hub.path:
                return _text("This is the WebSub hub: use POST.\n", 405, {"Allow": hub.methods})
            return _text("Documents are read-only: use GET or HEAD.\n", 405, _CORS | {"Allow": _METHODS})
        return _text(f"{problem.name}\n", problem.code or 500)

    return app


def _document(published: ServedEdition, path: str, wsgi_path: str, versions: Versions | None) -> Response:
    state = published.state
    if path in state.moved:
        url = f"{state.url}{quote(state.moved[path])}"
        return _text(f"This feed has moved to {url}\n", 301, _CORS | {"Location": url})
    if path in state.gone:
        if page := published.signpost(path):
            return _text(page[1], 410, _CORS | {"Content-Type": page[0], "Content-Security-Policy": PAGE_POLICY})
        return _text("This feed no longer exists. All feeds are listed at /\n", 410, _CORS)
    if published.find(wsgi_path) is None:
        if path == "robots.txt":
            return _text(_ROBOTS, 200, _CORS | {"Cache-Control": state.cache_control})
        if path != "favicon.ico" or published.find("/icon.png") is None:
            raise NotFound
        wsgi_path = "/icon.png"
    try:
        answer = published.answer(wsgi_path, codings_for(request.headers.get("Accept-Encoding", "")))
    except EditionError:
        if published.is_dropped(wsgi_path):
            raise NotFound from None
        return _text("An update of the documents is in progress: try again soon.\n", 503, _CORS | {"Retry-After": "10"})
    if answer is None:
        return _text("Available encodings: identity, gzip, br, zstd.\n", 406, _CORS | {"Vary": "Accept-Encoding"})
    # RFC 9110, section 13.2.2: evaluate the conditions before choosing the response.
    status = status_of(request.environ, answer.etag, answer.modified)
    if status == 412:
        return _text("The document has changed.\n", 412, _CORS | {"Vary": "Accept-Encoding"})
    request.environ[SIZE_KEY] = answer.size
    if status == 304:
        return Response(status=304, headers=answer.headers_304)
    if versions and answer.document.is_subscribed and wants_only_new(request.headers.get("A-IM", "")):
        return _only_new(versions, answer) or Response(answer.body, headers=answer.headers)
    return Response(answer.body, headers=answer.headers)


def _only_new(versions: Versions, answer: CachedResponse) -> Response | None:
    """Return a response with the new entries only, if the client's version is known (RFC 3229)."""
    client_tags = tags(request.headers.get("If-None-Match", "")).as_set(include_weak=True)
    older_tags = sorted(tag for tag in client_tags if tag.split("-")[0] != answer.document.etag)
    delta = versions.only_new(answer.document.path, older_tags, answer.plain)
    if delta is None:
        return None
    tag, body = delta
    headers = dict(answer.headers) | {"Cache-Control": "no-store, im", "Vary": "A-IM, If-None-Match, Accept-Encoding"}
    headers |= {"IM": "feed"}
    for name in ("Content-Length", "Last-Modified"):
        headers.pop(name, None)
    if answer.coding != IDENTITY:
        # The ETag belongs to the encoded representation, so the body is encoded too.
        body = ENCODE[answer.coding](body)
    if len(older_tags) > 1:
        headers["Delta-Base"] = f'"{tag}"'
    return Response(body, status="226 IM Used", headers=headers)


def _age(published: ServedEdition) -> float:
    return (datetime.now(UTC) - published.since).total_seconds()


def _text(message: str | bytes, status: int, headers: dict[str, str] | None = None) -> Response:
    defaults = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": _ERROR_CACHING.get(status, "no-store")}
    return Response(message, status, dict(COMMON_HEADERS) | defaults | (headers or {}))
