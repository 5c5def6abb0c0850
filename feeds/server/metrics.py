"""Metrics of requests for Prometheus, and the access log.

Addresses are logged only with `log_clients`.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from logging import LogRecord, StreamHandler, getLogger, makeLogRecord
from logging.handlers import QueueListener, WatchedFileHandler
from queue import SimpleQueue
from threading import Lock, Thread, main_thread
from typing import TYPE_CHECKING
from urllib.parse import quote

from feeds.edition.paths import FEEDS_PREFIX, parse_feed_path
from feeds.http.client import client_address
from feeds.stats.user_agents import identify

if TYPE_CHECKING:
    from prometheus_client import Metric

_LONG = 500  # most characters of a User-Agent in the log
_MOST = 5000  # most pairs of feed and hosted reader with a subscriber count
_ANSWERED = (200, 226, 304)
_POLLED = ("feed", "archive")
_HELP = {
    "feeds_requests_total": "Responses by kind of document and status.",
    "feeds_bytes_sent_total": "Bytes of the bodies that were sent.",
    "feeds_bytes_saved_total": "Bytes that were not sent because the client had them.",
    "feeds_not_modified_ratio": "Share of the polls of feeds that were answered with 304.",
    "feeds_subscribers": "Subscribers that a hosted reader declares.",
    "feeds_reloads_total": "New editions that were loaded.",
    "feeds_reloads_refused_total": "New editions that were not loaded because they are damaged.",
    "feeds_reload_seconds": "Seconds that the last load of an edition took.",
    "feeds_documents": "Documents of the edition.",
    "feeds_edition_age_seconds": "Age of the edition in seconds.",
    "feeds_hub_subscriptions": "Subscriptions of the hub.",
    "feeds_hub_pending": "Deliveries that are due.",
    "feeds_hub_stuck": "Subscriptions with three or more failed deliveries in a row.",
    "feeds_hub_queue": "Tasks in the hub's queue.",
    "feeds_hub_deliveries_ok_total": "Deliveries that succeeded.",
    "feeds_hub_deliveries_failed_total": "Attempts to deliver that failed.",
}


class Observer:
    """Counter of responses, and writer of the access log.

    Args:
        path: The access log, `-` for standard output, or None for no log.
        clients: Whether addresses are logged.
    """

    def __init__(self, path: str | None = None, clients: bool = False) -> None:
        self._lock = Lock()
        self._answers: Counter[tuple[str, int]] = Counter()
        self._sent = self._saved = 0
        self._subscribers: dict[tuple[str, str, str], int] = {}
        self._clients = clients
        self._lines: SimpleQueue[str] | None = None
        self._listener: QueueListener | None = None
        if path:
            self._lines = SimpleQueue()
            # WatchedFileHandler opens the file again after log rotation.
            handler = StreamHandler(sys.stdout) if path == "-" else WatchedFileHandler(path, encoding="utf-8")
            handler.handleError = _report_once()  # type: ignore[assignment, method-assign]
            self._listener = _LineListener(self._lines, handler)

    def start(self) -> None:
        """Start to write the log, in the serving process."""
        if self._listener is not None:
            self._listener.start()
            # Server threads are daemons, and a thread inherits that.
            Thread(target=_stop_at_exit, args=(self._listener,), daemon=False).start()

    def record(
        self,
        environ: Mapping[str, str],
        status: int,
        sent: int,
        whole: int = 0,
        coding: str = "identity",
        start: float = 0.0,
    ) -> None:
        """Record a response.

        Args:
            environ: The request.
            status: Status code of the response.
            sent: Bytes of the body.
            whole: Bytes of the whole document; the difference to `sent` was saved.
            coding: The content coding.
            start: Time when the request came, by the monotonic clock.
        """
        path = environ["PATH_INFO"]
        kind, agent = _kind(path), environ.get("HTTP_USER_AGENT", "")
        with self._lock:
            self._answers[kind, status] += 1
            self._sent += sent
            self._saved += max(0, whole - sent)
            # Most clients declare no subscribers; this test is faster than parsing the User-Agent.
            if ("ubscriber" in agent or "eader" in agent) and kind == "feed" and status in _ANSWERED:
                self._note_subscribers(path, agent[:_LONG])
        if self._lines is not None:
            self._lines.put(self._line(environ, status, sent, coding, start))

    def _note_subscribers(self, path: str, agent: str) -> None:
        client = identify(agent)
        # A hosted reader can have one feed under several ids.
        key = (path, client.family, client.feed_id)
        if client.subscribers is not None and (key in self._subscribers or len(self._subscribers) < _MOST):
            self._subscribers[key] = client.subscribers

    def _line(self, environ: Mapping[str, str], status: int, sent: int, coding: str, start: float) -> str:
        query = environ.get("QUERY_STRING")
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": environ["REQUEST_METHOD"],
            "path": _quoted(environ["PATH_INFO"]) + (f"?{query}" if query else ""),
            "status": status,
            "bytes": sent,
            "seconds": round(time.monotonic() - start, 6),
            "agent": environ.get("HTTP_USER_AGENT", ""),
            "conditional": "HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MODIFIED_SINCE" in environ,
            "coding": coding,
        }
        if self._clients:
            line["client"] = client_address(environ)
        return json.dumps(line)

    def metrics(self, others: Iterable[tuple[str, str, float]]) -> bytes:
        """Return all metrics in Prometheus' text format.

        Args:
            others: Name, type and value of the metrics from other parts.
        """
        from prometheus_client import generate_latest

        return generate_latest(_Collector([*self._families(), *(_family(*other) for other in others)]))

    def _families(self) -> "Iterator[Metric]":
        """Yield the metrics of the responses; the counters are plain numbers, which cost a response little."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        with self._lock:
            answers, declared = dict(self._answers), dict(self._subscribers)
            sent, saved = self._sent, self._saved
        responses = CounterMetricFamily("feeds_requests", _HELP["feeds_requests_total"], labels=("kind", "status"))
        for (kind, status), count in sorted(answers.items()):
            responses.add_metric((kind, str(status)), count)
        yield responses
        polls = Counter({key: count for key, count in answers.items() if key[0] in _POLLED and key[1] in _ANSWERED})
        unchanged = sum(polls[kind, 304] for kind in _POLLED)
        yield _family("feeds_bytes_sent_total", "counter", sent)
        yield _family("feeds_bytes_saved_total", "counter", saved)
        yield _family("feeds_not_modified_ratio", "gauge", unchanged / max(polls.total(), 1))
        subscribers: Counter[tuple[str, str]] = Counter()
        for (path, reader, _), count in declared.items():
            subscribers[path, reader] += count
        gauge = GaugeMetricFamily("feeds_subscribers", _HELP["feeds_subscribers"], labels=("feed", "reader"))
        for (path, reader), count in sorted(subscribers.items()):
            gauge.add_metric((_quoted(path), reader), count)
        yield gauge


class _Collector:
    """The metrics of one response, as prometheus-client reads them."""

    def __init__(self, families: "list[Metric]") -> None:
        self._families = families

    def collect(self) -> "Iterable[Metric]":
        return self._families


def _family(name: str, kind: str, value: float) -> "Metric":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    return (CounterMetricFamily if kind == "counter" else GaugeMetricFamily)(name, _HELP[name], value)


def _report_once() -> Callable[[LogRecord], None]:
    messages: list[str] = []

    def report(_: LogRecord) -> None:
        error = str(sys.exc_info()[1])
        if error not in messages:
            messages.append(error)
            getLogger("feeds.web").error("the access log cannot be written: %s", error)

    return report


class _LineListener(QueueListener):
    """Writer of log lines; a record is made here, because making it would delay the response."""

    def prepare(self, record: str) -> LogRecord:  # type: ignore[override]
        return makeLogRecord({"msg": record})


def _stop_at_exit(listener: QueueListener) -> None:
    """Write the remaining lines when the process ends; the interpreter waits for this thread."""
    main_thread().join()
    listener.stop()


def _kind(path: str) -> str:
    """Return the kind of a path, for the label of a counter."""
    if path.startswith(f"/{FEEDS_PREFIX}"):
        # Rejected requests are counted too, and their paths have no document.
        parts = parse_feed_path(path[1:])
        return parts[0] if parts else "other"
    return {"/": "page", "/feeds.opml": "opml", "/manifest.json": "manifest"}.get(path, "other")


def _quoted(path: str) -> str:
    return quote(path.encode("latin-1", "replace"))
