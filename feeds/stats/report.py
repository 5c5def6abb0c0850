"""Statistics of a whole access log: who fetches each feed, and how well clients behave.

No network requests: the subscriber counts that hosted readers declare are taken as they are, and a
person whose address changes is counted twice. `render` formats the result.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import unquote, urlsplit

from feeds.edition.model import Edition
from feeds.stats.counters import Client, DocumentCounters, Family, Part, Tally, classify_path
from feeds.stats.log_parser import Request
from feeds.stats.user_agents import Kind

_DAYS = 90


@dataclass(frozen=True, slots=True)
class FeedStats:
    """Statistics of the subscribers of one feed, over all its documents.

    Attributes:
        path: Without suffix, as in a URL: `/feeds/ai`.
        subscribers: Estimated number of people who read the feed.
        declared: Last subscriber count that each hosted reader declared.
        pollers: Clients that poll for themselves: each reader, and each possible reader that
            came at least twice. A hosted reader without a declared count is one poller.
        polls: Number of successful requests for a document of the feed.
        not_modified: Number of polls with response 304.
        archives: Number of successful requests for an archive of the feed.
        size: Bytes of all these responses.
        days: Polls on each day of `Stats.days`.
    """

    path: str
    subscribers: int
    declared: tuple[tuple[str, int], ...]
    pollers: int
    polls: int
    not_modified: int
    archives: int
    size: int
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClientStats:
    """Statistics of all clients of one family.

    Attributes:
        clients: Number of clients, by address; 0 if the log has no addresses.
        requests: Number of all requests.
        polls: Number of successful requests for feeds and archives.
        not_modified: Number of polls with response 304.
        interval: Median seconds between two polls of one document by one client, rounded to two
            digits; None if no client is known to have polled twice.
        size: Bytes of all responses.
        wasted: Bytes of documents that a client already had, sent again for lack of validators.
        errors: Number of responses with status 400 or more.
    """

    family: str
    kind: Kind
    clients: int
    requests: int
    polls: int
    not_modified: int
    interval: int | None
    size: int
    wasted: int
    errors: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A path with responses of status 400 or more; the path is empty if the request was not HTTP."""

    path: str
    status: int
    requests: int


@dataclass(frozen=True, slots=True)
class Dead:
    """A feed document that does not exist but is still requested.

    Attributes:
        status: Status of the last response: 301, 308, 404 or 410.
        requests: Number of failed requests, without bots and browsers.
        clients: Number of clients that sent them.
        who: Number of these clients by family, largest first.
        moved: The new URL; empty if the edition has none.
    """

    path: str
    status: int
    requests: int
    clients: int
    who: tuple[tuple[str, int], ...]
    moved: str


@dataclass(frozen=True, slots=True)
class Stats:
    """The statistics of one log.

    Attributes:
        requests: Number of requests.
        broken: Number of lines that are not requests.
        anonymous: Number of requests without a client in the log. Such clients are counted by
            family only, so the real number of pollers can be higher.
        since, until: Time of the first and the last request; None without requests.
        parts: Number of requests for feeds, archives, pages, and the rest.
        days: The last days, at most 90.
        audiences: Statistics of each feed that was fetched or is in the edition, largest first.
        manners: Statistics of each client family, busiest first.
        failures, dead: Most requested first.
    """

    requests: int
    broken: int
    anonymous: int
    since: datetime | None
    until: datetime | None
    parts: Mapping[Part, int]
    days: tuple[date, ...]
    audiences: tuple[FeedStats, ...]
    manners: tuple[ClientStats, ...]
    failures: tuple[Failure, ...]
    dead: tuple[Dead, ...]


def count(requests: Iterable[Request | None], edition: Edition | None = None) -> Stats:
    """Compute the statistics of all requests; None stands for a line that is not a request.

    Args:
        requests: In the log's order for each client.
        edition: The published edition. Without it, feeds that are never requested are missing.
    """
    edition = edition or Edition()
    tally = Tally(unquote(urlsplit(edition.state.url).path).rstrip("/"))
    for request in requests:
        tally.add(request)
    days = _days(tally)
    dead = {path: counters for path, counters in tally.documents.items() if _is_dead(path, counters, edition)}
    alive = {path: counters for path, counters in tally.documents.items() if path not in dead and counters.polls}
    failures = (Failure(path, status, number) for (path, status), number in tally.failures.items())
    refused = (_dead(path, counters, edition) for path, counters in dead.items() if counters.refusals)
    return Stats(
        sum(tally.parts.values()),
        tally.broken,
        tally.anonymous,
        tally.since,
        tally.until,
        tally.parts,
        days,
        tuple(sorted(_audiences(alive, edition, days), key=lambda feed: (-feed.subscribers, -feed.polls, feed.path))),
        tuple(sorted(_manners(tally), key=lambda client: (-client.requests, client.family, client.kind))),
        tuple(sorted(failures, key=lambda failure: (-failure.requests, failure.path, failure.status))),
        tuple(sorted(refused, key=lambda feed: (-feed.clients, -feed.requests, feed.path))),
    )


def _days(tally: Tally) -> tuple[date, ...]:
    if not tally.since or not tally.until:
        return ()
    last = tally.until.date()
    number = min(_DAYS, (last - tally.since.date()).days + 1)
    return tuple(last - timedelta(days=back) for back in reversed(range(number)))


def _is_dead(path: str, document: DocumentCounters, edition: Edition) -> bool:
    """Return whether a document was never served after its first refusal.

    So a feed that was added during the log is not dead. Neither is a feed that is also requested by
    http://, where every second response is a 301.
    """
    name, state = path[1:], edition.state
    if name in edition.documents and name not in state.moved and name not in state.gone:
        return False
    return bool(document.refused and (document.answered is None or document.answered < document.refused))


def _dead(path: str, document: DocumentCounters, edition: Edition) -> Dead:
    who = Counter(family for _, family, _ in document.refusals)
    moved = edition.state.moved.get(path[1:])
    status = document.refusal[1] if document.refusal else 0
    return Dead(
        path,
        status,
        document.refusals.total(),
        len(document.refusals),
        _ranked(who),
        f"/{moved}" if moved else "",
    )


def _audiences(alive: dict[str, DocumentCounters], edition: Edition, days: tuple[date, ...]) -> Iterable[FeedStats]:
    feeds: dict[str, list[DocumentCounters]] = {f"/{feed.path}": [] for feed in edition.state.feeds}
    for path, document in alive.items():
        # A static host still serves a page at the old path of a moved feed.
        moved = edition.state.moved.get(path[1:])
        feed = classify_path(f"/{moved}")[1] if moved else None
        feeds.setdefault(feed or document.feed, []).append(document)
    for path, documents in feeds.items():
        polled = [document for document in documents if not document.archive]
        declared = _declared(polled)
        pollers = _pollers(polled, declared)
        yield FeedStats(
            path,
            pollers + declared.total(),
            _ranked(declared),
            pollers,
            sum(document.polls for document in polled),
            sum(document.not_modified for document in polled),
            sum(document.polls for document in documents if document.archive),
            sum(document.size for document in documents),
            tuple(sum(document.days[day] for document in polled) for day in days),
        )


def _declared(documents: list[DocumentCounters]) -> Counter[str]:
    latest: dict[tuple[str, str], tuple[datetime, int]] = {}
    for document in documents:
        for key, declaration in document.declared.items():
            latest[key] = max(latest.get(key, declaration), declaration)
    numbers: Counter[str] = Counter()
    for (family, _), (_, number) in latest.items():
        numbers[family] += number
    return numbers


def _pollers(documents: list[DocumentCounters], declared: Counter[str]) -> int:
    polls: Counter[Client] = Counter()
    for document in documents:
        for client, fetches in document.fetches.items():
            polls[client] += fetches.polls
    return sum(
        kind == "reader" or (kind == "other" and number > 1) or (kind == "hosted" and family not in declared)
        for (_, family, kind), number in polls.items()
    )


def _manners(tally: Tally) -> Iterable[ClientStats]:
    again: Counter[Family] = Counter()
    for document in tally.documents.values():
        for (_, family, kind), fetches in document.fetches.items():
            if not fetches.not_modified:
                again[family, kind] += fetches.again
    for (family, kind), counters in tally.families.items():
        yield ClientStats(
            family,
            kind,
            len(counters.clients),
            counters.requests,
            counters.polls,
            counters.not_modified,
            _median(counters.intervals),
            counters.size,
            counters.wasted + again[family, kind],
            counters.errors,
        )


def _median(numbers: Counter[int]) -> int | None:
    before, half = 0, numbers.total() / 2
    for value, number in sorted(numbers.items()):
        before += number
        if before >= half:
            return value
    return None


def _ranked(numbers: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(numbers.items(), key=lambda item: (-item[1], item[0])))
