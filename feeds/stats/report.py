"""Who fetches which feed, and with what manners: `count` makes one value of a whole log.

It asks nobody: what hosted readers say of their subscribers is believed, and people who
change their address are counted twice. How it is shown is for `view`.
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
    """Who fetches a feed, whichever of its documents.

    Attributes:
        path: Without suffix, as in a URL: `/feeds/ai`.
        subscribers: How many people read it, as far as a log can tell.
        declared: By hosted reader, for how many of them it said last that it asks.
        pollers: Those that ask for themselves: every reader, and what may be one and
            came twice; a hosted reader that does not say for how many is one.
        polls: How often a document was asked for and was there.
        not_modified: How many of these were answered with 304.
        archives: How often one of its archives was asked for and was there.
        size: Bytes of all these answers.
        days: Polls on each of `Stats.days`.
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
    """How all clients of one family behave.

    Attributes:
        clients: How many there are, by their addresses; 0 where the log has none.
        requests: For anything.
        polls: For feeds and archives that are there.
        not_modified: How many polls were answered with 304.
        interval: Seconds between two polls of one document by one client, the median, in
            two digits; None where nobody is known to have polled twice.
        size: Bytes of all answers.
        wasted: Bytes of documents that a client had, and got again because it sent no validators.
        errors: Answers with a status of 400 or more.
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
    """A path that was answered with a status of 400 or more; empty where what came was not HTTP."""

    path: str
    status: int
    requests: int


@dataclass(frozen=True, slots=True)
class Dead:
    """A document of a feed that is not there any more, or never was, and is still asked for.

    Attributes:
        status: Of the last answer: 301, 308, 404 or 410.
        requests: How often it was asked for in vain, without bots and browsers.
        clients: By how many.
        who: By family how many of these, most first.
        moved: Where it is now; empty if the edition does not know.
    """

    path: str
    status: int
    requests: int
    clients: int
    who: tuple[tuple[str, int], ...]
    moved: str


@dataclass(frozen=True, slots=True)
class Stats:
    """What a log says.

    Attributes:
        requests: How many there are.
        broken: Lines that tell of none.
        anonymous: Requests of which the log does not tell the client. These are told apart
            by family only, so there are at least as many pollers as counted.
        since, until: The first and the last moment; None if there is no request.
        parts: Requests for feeds, their archives, pages for people, and the rest.
        days: The last days, 90 at most.
        audiences: Of each feed that was fetched or is in the edition, the largest first.
        manners: Of each family, the busiest first.
        failures, dead: Most asked for first.
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
    """Return what all requests say together; None stands for a line that tells of none.

    Args:
        requests: Each client's in their order.
        edition: What is published. Without it nobody knows of a feed that nobody asks for.
    """
    edition = edition or Edition()
    tally = Tally(unquote(urlsplit(edition.state.url).path).rstrip("/"))
    for request in requests:
        tally.add(request)
    days = _days(tally)
    dead = {path: each for path, each in tally.documents.items() if _is_dead(path, each, edition)}
    alive = {path: each for path, each in tally.documents.items() if path not in dead and each.polls}
    failures = (Failure(path, status, number) for (path, status), number in tally.failures.items())
    refused = (_dead(path, each, edition) for path, each in dead.items() if each.refusals)
    return Stats(
        sum(tally.parts.values()),
        tally.broken,
        tally.anonymous,
        tally.since,
        tally.until,
        tally.parts,
        days,
        tuple(sorted(_audiences(alive, edition, days), key=lambda each: (-each.subscribers, -each.polls, each.path))),
        tuple(sorted(_manners(tally), key=lambda each: (-each.requests, each.family, each.kind))),
        tuple(sorted(failures, key=lambda each: (-each.requests, each.path, each.status))),
        tuple(sorted(refused, key=lambda each: (-each.clients, -each.requests, each.path))),
    )


def _days(tally: Tally) -> tuple[date, ...]:
    if not tally.since or not tally.until:
        return ()
    last = tally.until.date()
    number = min(_DAYS, (last - tally.since.date()).days + 1)
    return tuple(last - timedelta(days=back) for back in reversed(range(number)))


def _is_dead(path: str, document: DocumentCounters, edition: Edition) -> bool:
    """Tell whether it was never there after it had been refused.

    So a feed that came during the log is not dead, nor one that is at http:// too, where
    every second request is answered with 301.
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
        # A static host has what moved at its old path, too.
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
            sum(each.polls for each in polled),
            sum(each.not_modified for each in polled),
            sum(each.polls for each in documents if each.archive),
            sum(each.size for each in documents),
            tuple(sum(each.days[day] for each in polled) for day in days),
        )


def _declared(documents: list[DocumentCounters]) -> Counter[str]:
    latest: dict[tuple[str, str], tuple[datetime, int]] = {}
    for document in documents:
        for key, said in document.declared.items():
            latest[key] = max(latest.get(key, said), said)
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
    for (family, kind), each in tally.families.items():
        yield ClientStats(
            family,
            kind,
            len(each.clients),
            each.requests,
            each.polls,
            each.not_modified,
            _median(each.intervals),
            each.size,
            each.wasted + again[family, kind],
            each.errors,
        )


def _median(numbers: Counter[int]) -> int | None:
    before, half = 0, numbers.total() / 2
    for value, number in sorted(numbers.items()):
        before += number
        if before >= half:
            return value
    return None


def _ranked(numbers: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(numbers.items(), key=lambda each: (-each[1], each[0])))
