"""WebSub publisher: notifies the hubs of changed feeds.

    the edition --topics, ETags--> minus announced ETags --POST--> the hub --success--> announced

The Recommendation leaves the request open (section 6). Hubs take a form with `hub.mode=publish`
and the topic, as `hub.topic` or as `hub.url`. A topic counts as announced when the hub responds
with success. An interrupted push delays the rest; the last second's topics may be announced
twice, which is harmless.
"""

import json
import os
import random
import time
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from threading import Event
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from feeds.config.model import Config
from feeds.edition import folder, manifest, paths
from feeds.errors import EditionError, ExportError
from feeds.system.files import write_atomic
from feeds.system.locks import exclusive_lock

_AT_ONCE = 4  # concurrent requests to each hub
_TRIES = 3
_BACK_OFF = 1.0  # seconds before the second attempt, doubled for each further attempt, with jitter
_TIMEOUT = 10.0  # seconds of a request
_PATIENCE = 30.0  # most seconds of Retry-After; a longer wait is left for the next push
_IN_A_ROW = 3  # consecutive failed topics before the rest is left for the next push
_LONGEST = 300.0  # seconds for one hub, so that a slow hub does not block the next push for long
_REMEMBER_EVERY = 1.0  # seconds between two writes of the announced ETags
# Minimum age of an edition in seconds. A hub may fetch at once, and `feeds serve` checks for a new edition
# five times a second: before that, the hub would get the old edition and miss the change.
_SETTLED = 1.0
Announced = dict[str, dict[str, str]]
"""The announced ETags, by hub URL and topic URL."""


@dataclass(frozen=True, slots=True)
class NotifyResult:
    """Result of the notifications to one hub; topics are URLs.

    Attributes:
        failed: Failed topics, with the reason.
        skipped: Topics that were not tried, because the hub failed too often in a row or took too long.
    """

    hub: str
    notified: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


def push(config: Config) -> tuple[NotifyResult, ...]:
    """Notify each hub of the topics that changed since the last announcement.

    The edition names the hubs. The result has no entry for a hub that is up to date. A topic that
    no longer exists is forgotten without a notification.

    Raises:
        LockedError: Another push is running.
        EditionError: The edition is missing or cannot be read.
        ExportError: The announced ETags cannot be stored, so nothing was sent.
    """
    with exclusive_lock(config.state, "push.lock", "push"):
        edition = folder.load_published_edition(config.output, memory=False)
        if edition is None:
            raise EditionError(os.path.relpath(config.output), "edition.none")
        topics = {url: document.etag for url, document in paths.topics(edition).items()}
        path = config.state / "announced.json"
        announced_before = _recall(path)
        announced = {
            hub: {topic: etag for topic, etag in announced_before.get(hub, {}).items() if topic in topics}
            for hub in edition.state.hubs
        }
        pending = {
            hub: waiting
            for hub, etags in announced.items()
            if (waiting := [topic for topic, etag in sorted(topics.items()) if etags.get(topic) != etag])
        }
        if pending or announced != announced_before:
            _remember(path, announced)
        if not pending:
            return ()
        time.sleep(_until_settled(config.output / manifest.PATH))
        return _notify_all(pending, topics, announced, path)


def _notify_all(
    pending: Mapping[str, list[str]], topics: Mapping[str, str], announced: Announced, path: Path
) -> tuple[NotifyResult, ...]:
    """Notify the hubs of pending topics, and store the announced ETags regularly."""
    answers: dict[str, dict[str, str | None]] = {hub: {} for hub in pending}
    saved_at = time.monotonic()
    try:
        with closing(_send(pending)) as results:
            for hub, topic, reason in results:
                answers[hub][topic] = reason
                if reason == "":
                    announced[hub][topic] = topics[topic]
                if time.monotonic() - saved_at > _REMEMBER_EVERY:
                    _remember(path, announced)
                    saved_at = time.monotonic()
    finally:
        _remember(path, announced)
    return tuple(
        _result_of(hub, [(topic, answers[hub][topic]) for topic in waiting]) for hub, waiting in pending.items()
    )


def _result_of(hub: str, answers: Iterable[tuple[str, str | None]]) -> NotifyResult:
    answers = list(answers)
    return NotifyResult(
        hub,
        tuple(topic for topic, why in answers if why == ""),
        {topic: why for topic, why in answers if why},
        tuple(topic for topic, why in answers if why is None),
    )


def _send(pending: Mapping[str, Iterable[str]]) -> Generator[tuple[str, str, str | None], None, None]:
    """Yield hub, topic and the result of `_Hub.tell` for each response; hubs do not wait for each other."""
    stop = Event()
    with ExitStack() as stack:
        waiting: dict[Future[str | None], tuple[str, str]] = {}
        for url, topics in pending.items():
            hub, pool = _Hub(url, stop), stack.enter_context(ThreadPoolExecutor(_AT_ONCE))
            waiting |= {pool.submit(hub.notify, topic): (url, topic) for topic in topics}
        stack.callback(stop.set)  # runs before the wait for the threads
        for future in as_completed(waiting):
            yield *waiting[future], future.result()


class _Hub:
    """A hub that is notified by several threads."""

    def __init__(self, url: str, stop: Event) -> None:
        self._url = url
        self._stop = stop
        self._failures = 0
        self._end = time.monotonic() + _LONGEST
        # Uses the proxies of the environment, because the operator chose the hubs.
        self._opener = build_opener(_Redirects)

    def notify(self, topic: str) -> str | None:
        """Notify the hub. Return the empty string on success, the reason on failure, None if not tried."""
        if self._failures >= _IN_A_ROW or time.monotonic() > self._end or self._stop.is_set():
            return None
        why = self._try(topic)
        self._failures = self._failures + 1 if why else 0
        return why

    def _try(self, topic: str) -> str:
        why, wait = self._post(topic)
        for attempt in range(1, _TRIES):
            pause = _BACK_OFF * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
            if wait is None or self._stop.wait(max(wait, pause)):
                break
            why, wait = self._post(topic)
        return why

    def _post(self, topic: str) -> tuple[str, float | None]:
        """Return why the request failed, and the seconds until a retry; None if a retry is useless."""
        form = urlencode({"hub.mode": "publish", "hub.topic": topic, "hub.url": topic})
        request = Request(self._url, form.encode(), {"User-Agent": "everyday-feeds"})  # noqa: S310 - the config admits http(s) only
        try:
            self._opener.open(request, timeout=_TIMEOUT).close()
        except HTTPError as error:
            error.close()
            return f"answers {error.code}", _patience(error.code, error.headers)
        except (OSError, HTTPException, ValueError) as error:
            cause = getattr(error, "reason", error)
            return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__, 0.0
        return "", None


class _Redirects(HTTPRedirectHandler):
    """Handler that follows only redirects that keep the method and form (RFC 9110, 15.4.8 and 15.4.9)."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        if code not in (307, 308) or not newurl.startswith(("http://", "https://")):
            return None
        return Request(newurl, req.data, req.headers)  # noqa: S310 - the scheme was checked above


def _patience(code: int, headers: Message) -> float | None:
    """Return the seconds until a retry is useful (RFC 9110, section 10.2.3), or None for never."""
    if code < 500 and code not in (408, 429):
        return None
    retry_after = headers.get("Retry-After", "0")
    try:
        seconds = (
            float(retry_after)
            if retry_after.isdecimal()
            else (parsedate_to_datetime(retry_after).astimezone(UTC) - datetime.now(UTC)).total_seconds()
        )
    except (ValueError, OverflowError):
        seconds = 0.0
    return seconds if seconds <= _PATIENCE else None


def _until_settled(path: Path) -> float:
    age = time.time() - path.stat().st_mtime
    return min(_SETTLED, max(0.0, _SETTLED - age))


def _recall(path: Path) -> Announced:
    """Return the announced ETags; if the file is lost, nothing, and all topics are announced again."""
    try:
        return {str(hub): {**topics} for hub, topics in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _remember(path: Path, announced: Announced) -> None:
    try:
        write_atomic(path, json.dumps(announced, indent=0, sort_keys=True).encode())
    except OSError as error:
        raise ExportError(os.path.relpath(path), "system.error", reason=error.strerror or str(error)) from None
