"""Counters that an access log fills while it is read, with bounded memory.

The counters are per feed and per client, not per request. Values that a client can invent without
limit (unknown paths, names) are counted separately up to `MOST`, and together after that. `report`
computes the results.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from sys import intern
from typing import Literal

from feeds.edition.paths import parse_feed_path
from feeds.stats.log_parser import Request
from feeds.stats.user_agents import Kind, identify

Part = Literal["feeds", "archives", "pages", "rest"]
Family = tuple[str, Kind]
Client = tuple[str, str, Kind]
"""The client's address or hash within its family, and the family."""
OTHERS: Family = ("(others)", "other")
MOST = 10_000
_MOST_IDS = 1_000
_ANSWERED = {200, 206, 226, 304}
_REFUSED = {301, 308, 404, 410}


@dataclass(slots=True)
class ClientDocumentCounters:
    """Counters of one client for one document.

    Attributes:
        size: Bytes of the last complete response; -1 before the first one.
        again: Bytes of repeated responses of the same size, if the log does not show conditional
            requests. A client that never gets a 304 does not send conditional requests.
    """

    last: datetime
    polls: int = 0
    size: int = -1
    not_modified: bool = False
    again: int = 0


@dataclass(slots=True)
class DocumentCounters:
    """Counters of all clients for one document of a feed.

    Attributes:
        declared: Time and number of the last subscriber count, by hosted reader and its feed id (or
            else the path).
        answered: Time of the last successful response.
        refused: Time of the first response with 301, 308, 404 or 410.
        refusal: Time and status of the last such response.
        refusals: Number of such responses by client, without bots and browsers.
    """

    feed: str
    archive: bool
    polls: int = 0
    not_modified: int = 0
    size: int = 0
    days: Counter[date] = field(default_factory=Counter)
    fetches: dict[Client, ClientDocumentCounters] = field(default_factory=dict)
    declared: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)
    answered: datetime | None = None
    refused: datetime | None = None
    refusal: tuple[datetime, int] | None = None
    refusals: Counter[Client] = field(default_factory=Counter)


@dataclass(slots=True)
class ClientFamilyCounters:
    """Counters of all clients of one family; `intervals` are seconds, rounded to two digits."""

    clients: set[str] = field(default_factory=set)
    requests: int = 0
    polls: int = 0
    not_modified: int = 0
    size: int = 0
    wasted: int = 0
    errors: int = 0
    intervals: Counter[int] = field(default_factory=Counter)


class Tally:
    """The counters of one log. The order of different clients' lines does not change the result.

    Args:
        prefix: Path prefix before `/feeds/`, if a server logs one.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._made_up = 0
        self.broken = 0
        self.anonymous = 0
        self.since: datetime | None = None
        self.until: datetime | None = None
        self.parts: dict[Part, int] = {"feeds": 0, "archives": 0, "pages": 0, "rest": 0}
        self.documents: dict[str, DocumentCounters] = {}
        self.families: dict[Family, ClientFamilyCounters] = {}
        self.failures: Counter[tuple[str, int]] = Counter()

    def add(self, request: Request | None) -> None:
        """Count a request; None counts as an unparsable line."""
        if request is None:
            self.broken += 1
            return
        moment, status, path = request.moment, request.status, request.path
        self.since = moment if self.since is None else min(moment, self.since)
        self.until = moment if self.until is None else max(moment, self.until)
        agent = identify(request.agent)
        family: Family = agent.family, agent.kind
        if family not in self.families and len(self.families) >= MOST:
            family = OTHERS
        behaviour = self.families.get(family) or self.families.setdefault(family, ClientFamilyCounters())
        behaviour.requests += 1
        behaviour.size += request.size
        host = "" if request.client is None else _host(request.client)
        if host:
            behaviour.clients.add(host)
        else:
            self.anonymous += 1
        if self._prefix and path.startswith(f"{self._prefix}/"):
            path = path[len(self._prefix) :]
        if status >= 400:
            behaviour.errors += 1
            self._fail(path, status)
        part, feed = classify_path(path)
        self.parts[part] += 1
        if feed is None or request.method != "GET":
            return
        # A hosted reader polls from many addresses and shares one cache.
        client: Client = ("" if agent.kind == "hosted" else host, *family)
        document = self.documents.get(path)
        if status in _ANSWERED:
            if document is None:
                document = self.documents[path] = DocumentCounters(feed, part == "archives")
            self._answer(document, request, client, behaviour)
            if agent.subscribers is not None:
                _declare(document, (family[0], agent.feed_id or path), (moment, agent.subscribers))
        elif status in _REFUSED:
            if document is None:
                if self._made_up >= MOST:
                    return
                self._made_up += 1
                document = self.documents[path] = DocumentCounters(feed, part == "archives")
            document.refused = moment if document.refused is None else min(moment, document.refused)
            document.refusal = max(document.refusal or (moment, status), (moment, status))
            if agent.kind not in ("bot", "browser"):
                document.refusals[client] += 1

    def _fail(self, path: str, status: int) -> None:
        failure = path, status
        if failure not in self.failures and len(self.failures) >= MOST:
            failure = OTHERS[0], 0
        self.failures[failure] += 1

    def _answer(
        self, document: DocumentCounters, request: Request, client: Client, behaviour: ClientFamilyCounters
    ) -> None:
        moment, size, kind = request.moment, request.size, client[2]
        document.polls += 1
        document.size += size
        document.days[moment.date()] += 1
        document.answered = moment if document.answered is None else max(moment, document.answered)
        behaviour.polls += 1
        if request.status == 304:
            document.not_modified += 1
            behaviour.not_modified += 1
        if kind == "browser":
            return
        fetches = document.fetches.get(client)
        if fetches is None:
            fetches = document.fetches[client] = ClientDocumentCounters(moment)
        elif moment >= fetches.last and (client[0] or kind == "hosted"):
            behaviour.intervals[_two_digits(int((moment - fetches.last).total_seconds()))] += 1
        fetches.last = moment
        fetches.polls += 1
        if request.status == 304:
            fetches.not_modified = True
        elif request.status == 200:
            if size == fetches.size and request.conditional is None:
                fetches.again += size
            elif size == fetches.size and not request.conditional:
                behaviour.wasted += size
            fetches.size = size


def _declare(document: DocumentCounters, key: tuple[str, str], declaration: tuple[datetime, int]) -> None:
    if key in document.declared or len(document.declared) < _MOST_IDS:
        document.declared[key] = max(document.declared.get(key, declaration), declaration)


@lru_cache(maxsize=4096)
def classify_path(path: str) -> tuple[Part, str | None]:
    """Return the part of the site that a path belongs to, and the feed of a feed document."""
    # A log has paths of documents that no longer exist, so the path alone decides.
    kind, feed = (path[:1] == "/" and parse_feed_path(path[1:])) or ("", "")
    if kind in ("feed", "archive"):
        return "archives" if kind == "archive" else "feeds", f"/{feed}"
    return "pages" if path.endswith((".html", "/")) else "rest", None


def _host(client: str) -> str:
    return _network(client) if ":" in client else intern(client)


@lru_cache(maxsize=65536)
def _network(client: str) -> str:
    """Return the /64 network of an IPv6 address, because hosts change the second half daily (RFC 8981)."""
    try:
        address = IPv6Address(client)
    except AddressValueError:
        return intern(client)  # a hash with a colon
    return intern(str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64)))


def _two_digits(seconds: int) -> int:
    """Round to two digits, so that there are few different values."""
    scale: int = 10 ** max(len(str(seconds)) - 2, 0)
    return round(seconds / scale) * scale
