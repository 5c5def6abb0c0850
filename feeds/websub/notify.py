"""Tell the hubs which feeds changed: WebSub's publisher.

    the edition --topics, ETags--> less what a hub was told --POST--> the hub --yes--> remembered

The Recommendation leaves open how a hub is told (section 6). Hubs take a form with
`hub.mode=publish` and the topic, some as `hub.topic` and some as `hub.url`. A hub was
told when it said yes, and not before: whatever stops a push only delays the rest, and
what was told in its last second may be told again, which does no harm.
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
from feeds.system.locks import exclusive_lock

_AT_ONCE = 4  # topics, at each hub
_TRIES = 3
_BACK_OFF = 1.0  # seconds before the second try, twice as long before the third, more or less
_TIMEOUT = 10.0  # seconds
_PATIENCE = 30.0  # seconds that a hub may ask for; who wants more is left for the next push
_IN_A_ROW = 3  # topics that fail before the rest is left for the next push
_LONGEST = 300.0  # seconds before the rest is left, so that a slow hub keeps no other from the next push for long
_REMEMBER_EVERY = 1.0  # seconds
# Seconds that an edition is old before a hub is told: a hub may fetch at once, and would miss the
# change for good if `feeds serve`, which looks five times a second, still had the edition before.
_SETTLED = 1.0
Announced = dict[str, dict[str, str]]
"""By the URLs of a hub and of a topic the ETag that the hub was told of."""


@dataclass(frozen=True, slots=True)
class NotifyResult:
    """What became of the topics that a hub was to be told of, all by their URLs.

    Attributes:
        failed: And why.
        skipped: Not tried, because the hub failed too often in a row or took too long.
    """

    hub: str
    told: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


def push(config: Config) -> tuple[NotifyResult, ...]:
    """Tell each hub of the topics that are not what it was told, and return what became of it.

    Hubs are those that the edition names; one that knows everything is not in the answer.
    A topic that is gone is forgotten, and no hub is told.

    Raises:
        RunningError: Another push is running.
        EditionError: There is no edition, or it cannot be read.
        ExportError: What is told could not be remembered, so nothing was.
    """
    with exclusive_lock(config.state, "push.lock", "push"):
        edition = folder.load_published_edition(config.output, memory=False)
        if edition is None:
            raise EditionError(os.path.relpath(config.output), "holds no edition yet: run `feeds build`")
        topics = {url: document.etag for url, document in paths.topics(edition).items()}
        path = config.state / "announced.json"
        known = _recall(path)
        announced = {
            hub: {topic: etag for topic, etag in known.get(hub, {}).items() if topic in topics}
            for hub in edition.state.hubs
        }
        pending = {
            hub: waiting
            for hub, told in announced.items()
            if (waiting := [topic for topic, etag in sorted(topics.items()) if told.get(topic) != etag])
        }
        if pending or announced != known:
            _remember(path, announced)
        if not pending:
            return ()
        time.sleep(_until_settled(config.output / manifest.PATH))
        return _tell(pending, topics, announced, path)


def _tell(
    pending: Mapping[str, list[str]], topics: Mapping[str, str], announced: Announced, path: Path
) -> tuple[NotifyResult, ...]:
    """Tell the hubs what is pending, and write down what they were told while it goes on."""
    answers: dict[str, dict[str, str | None]] = {hub: {} for hub in pending}
    written = time.monotonic()
    try:
        with closing(_ask(pending)) as asked:
            for hub, topic, why in asked:
                answers[hub][topic] = why
                if why == "":
                    announced[hub][topic] = topics[topic]
                if time.monotonic() - written > _REMEMBER_EVERY:
                    _remember(path, announced)
                    written = time.monotonic()
    finally:
        _remember(path, announced)
    return tuple(_told(hub, [(topic, answers[hub][topic]) for topic in waiting]) for hub, waiting in pending.items())


def _told(hub: str, answers: Iterable[tuple[str, str | None]]) -> NotifyResult:
    answers = list(answers)
    return NotifyResult(
        hub,
        tuple(topic for topic, why in answers if why == ""),
        {topic: why for topic, why in answers if why},
        tuple(topic for topic, why in answers if why is None),
    )


def _ask(pending: Mapping[str, Iterable[str]]) -> Generator[tuple[str, str, str | None], None, None]:
    """Yield hub, topic and what `_Hub.tell` says, as the answers come; no hub waits for another."""
    stop = Event()
    with ExitStack() as stack:
        waiting: dict[Future[str | None], tuple[str, str]] = {}
        for url, topics in pending.items():
            hub, pool = _Hub(url, stop), stack.enter_context(ThreadPoolExecutor(_AT_ONCE))
            waiting |= {pool.submit(hub.tell, topic): (url, topic) for topic in topics}
        stack.callback(stop.set)  # before the threads are waited for
        for done in as_completed(waiting):
            yield *waiting[done], done.result()


class _Hub:
    """A hub while it is told, by several threads."""

    def __init__(self, url: str, stop: Event) -> None:
        self._url = url
        self._stop = stop
        self._failures = 0
        self._end = time.monotonic() + _LONGEST
        # With the proxies of the environment: which hubs there are is the operator's choice.
        self._opener = build_opener(_Redirects)

    def tell(self, topic: str) -> str | None:
        """Return why the hub could not be told: the empty text if it was, None if it was not tried."""
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
        """Return why it failed, and the seconds to wait before it may be better; None if there is no use."""
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
    """Follows what keeps the method and the form (RFC 9110, sections 15.4.8 and 15.4.9), and nothing else."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        if code not in (307, 308) or not newurl.startswith(("http://", "https://")):
            return None
        return Request(newurl, req.data, req.headers)  # noqa: S310 - as was looked at above


def _patience(code: int, headers: Message) -> float | None:
    """Return after how many seconds another try makes sense (RFC 9110, section 10.2.3), None for never."""
    if code < 500 and code not in (408, 429):
        return None
    asked = headers.get("Retry-After", "0")
    try:
        seconds = (
            float(asked)
            if asked.isdecimal()
            else (parsedate_to_datetime(asked).astimezone(UTC) - datetime.now(UTC)).total_seconds()
        )
    except (ValueError, OverflowError):
        seconds = 0.0
    return seconds if seconds <= _PATIENCE else None


def _until_settled(path: Path) -> float:
    age = time.time() - path.stat().st_mtime
    return min(_SETTLED, max(0.0, _SETTLED - age))


def _recall(path: Path) -> Announced:
    """Return what hubs were told; nothing if that is lost, and then they are told everything once more."""
    try:
        return {str(hub): {**topics} for hub, topics in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _remember(path: Path, announced: Announced) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(json.dumps(announced, indent=0, sort_keys=True), "utf-8")
        beside.replace(path)
    except OSError as error:
        raise ExportError(os.path.relpath(path), error.strerror or str(error)) from None
