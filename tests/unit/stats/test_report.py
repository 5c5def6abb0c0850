"""Statistics of a log: who fetches the feeds, and how."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.edition.model import Document, Edition, EditionState, FeedSummary
from feeds.stats import counters
from feeds.stats.log_parser import Request
from feeds.stats.render import to_table
from feeds.stats.report import ClientStats, Dead, Failure, FeedStats, count

START = datetime(2026, 5, 1, tzinfo=UTC)
FEEDLY = "Feedly/1.0 (+http://www.feedly.com/fetcher.html; {} subscribers; like FeedFetcher-Google)"
FEEDBIN = "Feedbin feed-id:{} - {} subscribers"
NEWSBOAT = "Newsboat/2.32 (Linux x86_64)"
FRESHRSS = "FreshRSS/1.24.3 (Linux; https://freshrss.org)"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def request(
    agent: str = NEWSBOAT, path: str = "/feeds/ai.xml", client: str | None = "a", hours: float = 0, **values: Any
) -> Request:
    defaults: dict[str, Any] = {"method": "GET", "status": 200, "size": 1000}
    return Request(START + timedelta(hours=hours), client, path=path, agent=agent, **(defaults | values))


def audience(*requests: Request, edition: Edition | None = None) -> FeedStats:
    (found,) = count(requests, edition).audiences
    return found


def manners(*requests: Request) -> ClientStats:
    (found,) = count(requests).manners
    return found


def edition_of(*paths: str, **state: Any) -> Edition:
    documents = {f"{path}.xml": Document(f"{path}.xml", "application/rss+xml", "x", 1, START) for path in paths}
    listings = tuple(FeedSummary(path, path, "rule", (), 0, START) for path in paths)
    return Edition(documents, EditionState(**({"url": "https://feeds.example/", "feeds": listings} | state)))


def test_a_hosted_reader_counts_with_its_last_declared_number() -> None:
    said = [request(FEEDLY.format(number), hours=hour, client=str(hour)) for hour, number in enumerate([3, 9, 7])]
    assert audience(*said).declared == (("Feedly", 7),)
    assert audience(*reversed(said)).declared == (("Feedly", 7),)
    assert audience(*said).pollers == 0


def test_the_documents_of_a_feed_are_one_feed() -> None:
    found = audience(
        request(FEEDLY.format(3), "/feeds/ai.xml"),
        request(FEEDLY.format(4), "/feeds/ai.atom"),
        request(FEEDLY.format(5), "/feeds/ai.json"),
    )
    assert (found.path, found.declared, found.subscribers) == ("/feeds/ai", (("Feedly", 12),), 12)


def test_a_hosted_reader_counts_once_for_each_feed_id() -> None:
    found = audience(
        request(FEEDBIN.format(1, 7)),
        request(FEEDBIN.format(2, 5)),
        request(FEEDBIN.format(1, 8), hours=1),
        request(FEEDBIN.format(1, 9), "/feeds/ai.atom", hours=2),
    )
    assert found.declared == (("Feedbin", 14),)


def test_a_delta_response_counts_as_a_poll() -> None:
    found = audience(request(), request(FEEDLY.format(9), status=226))
    assert (found.polls, found.not_modified, found.declared) == (2, 0, (("Feedly", 9),))


def test_subscribers_declared_in_a_failed_request_do_not_count() -> None:
    assert audience(request(), request(FEEDLY.format(9), status=500)).declared == ()


@pytest.mark.parametrize(
    ("agents", "pollers"),
    [
        ([NEWSBOAT], 1),
        ([NEWSBOAT, NEWSBOAT], 1),
        ([NEWSBOAT, FRESHRSS], 2),
        (["curl/8"], 0),
        (["curl/8", "curl/8"], 1),
        (["", ""], 1),
        ([FIREFOX, FIREFOX], 0),
        ([GOOGLEBOT, GOOGLEBOT], 0),
        (["Slackbot 1.0", "Slackbot 1.0"], 1),
        ([FEEDLY.format(2), FEEDLY.replace("{} subscribers; ", "")], 0),
    ],
)
def test_a_poller_is_a_reader_or_another_client_that_polled_twice(agents: list[str], pollers: int) -> None:
    assert audience(*(request(agent) for agent in agents)).pollers == pollers


def test_pollers_are_distinguished_by_their_address() -> None:
    assert audience(request(client="a"), request(client="b")).pollers == 2
    assert audience(request(path="/feeds/ai.xml"), request(path="/feeds/ai.atom")).pollers == 1
    # A hosted reader without a declared number of subscribers uses many addresses.
    assert audience(request("Slackbot 1.0", client="a"), request("Slackbot 1.0", client="b")).pollers == 1


def test_addresses_of_one_ipv6_network_are_one_poller() -> None:
    one, same, other = "2001:db8:1:2:3::4", "2001:db8:1:2:5::6", "2001:db8:1:3:3::4"
    assert audience(request(client=one), request(client=same), request(client=other)).pollers == 2
    assert audience(request(client="::ffff:192.0.2.1"), request(client="::ffff:192.0.2.2")).pollers == 2


def test_without_client_addresses_the_number_of_pollers_is_a_lower_bound() -> None:
    stats = count([request(client=None), request(client=None, hours=1), request(FRESHRSS, client=None)])
    assert stats.anonymous == 3
    assert stats.audiences[0].pollers == 2
    # If many clients look like one, the interval of each is unknown.
    assert {each.interval for each in stats.manners} == {None}
    assert "at least as many" in to_table(stats)
    assert "at least as many" not in to_table(count([request()]))


def test_archives_belong_to_their_feed_and_have_no_subscribers() -> None:
    found = audience(
        request(),
        request(FEEDLY.format(9), "/feeds/ai/2024-05.xml"),
        request(FRESHRSS, "/feeds/ai/2024-05.atom"),
    )
    assert (found.path, found.subscribers, found.polls, found.archives) == ("/feeds/ai", 1, 1, 2)


def test_pages_and_other_files_are_counted_separately() -> None:
    paths = ["/", "/index.html", "/feeds/ai.html", "/style.css", "/feeds.opml", "/robots.txt", "/feeds/ai.xml", ""]
    stats = count(request(path=path) for path in [*paths, "/feeds/x/2024-05.json"])
    assert stats.parts == {"feeds": 1, "archives": 1, "pages": 3, "rest": 4}


def test_a_feed_of_a_provider_has_a_suffix_after_its_dots() -> None:
    assert audience(request(path="/feeds/providers/nature.com.xml")).path == "/feeds/providers/nature.com"


def test_a_site_below_a_path_has_the_same_feeds() -> None:
    edition = edition_of("feeds/ai", url="https://feeds.example/a%20site/")
    assert audience(request(path="/a site/feeds/ai.xml"), request(path="/feeds/ai.xml"), edition=edition).polls == 2


def test_only_get_is_a_poll() -> None:
    stats = count([request(), request(method="HEAD"), request(method="POST", status=405)])
    assert (stats.requests, stats.audiences[0].polls, stats.manners[0].polls) == (3, 1, 1)


def test_the_interval_is_the_median_of_each_client_and_document() -> None:
    hours = [0, 1, 2, 3, 10]
    polls = [request(client=client, hours=hour) for hour in hours for client in "ab"]
    assert manners(*polls).interval == 3600
    assert manners(*polls, request(path="/feeds/x.xml", hours=0.5)).interval == 3600
    assert manners(request()).interval is None
    assert manners(request(), request(hours=1), request(hours=9)).interval == 3600  # the lower one of two


def test_an_interval_has_two_digits() -> None:
    assert [counters._two_digits(each) for each in (0, 7, 42, 99, 3612, 3660, 86400)] == [
        0,
        7,
        42,
        99,
        3600,
        3700,
        86000,
    ]


def test_a_log_in_reverse_order_has_no_negative_intervals() -> None:
    assert manners(request(hours=5), request(hours=6), request(hours=1), request(hours=2)).interval == 3600
    assert manners(request(hours=5), request(hours=1)).interval is None


def test_a_client_without_any_304_sends_no_validators() -> None:
    polls = [request(hours=hour, size=size) for hour, size in enumerate([1000, 1000, 1200, 1200, 1200])]
    assert manners(*polls).wasted == 1000 + 1200 + 1200
    assert manners(*polls, request(status=304, size=0, hours=9)).wasted == 0
    assert manners(*polls, request(status=304, size=0, path="/feeds/x.xml")).wasted == 3400


def test_validators_in_the_log_are_used() -> None:
    values: dict[str, Any] = {"status": 304, "size": 0, "conditional": True}
    polls = [request(), request(hours=1, conditional=False), request(hours=2, **values)]
    assert manners(*polls).wasted == 1000
    assert manners(request(conditional=False), request(hours=1, conditional=True)).wasted == 0


def test_two_first_fetches_of_a_document_waste_no_bytes() -> None:
    assert manners(request(client="a"), request(client="b")).wasted == 0


def test_every_family_has_its_statistics() -> None:
    stats = count(
        [
            request(client="a"),
            request(client="b", hours=1),
            request(client="b", hours=3, status=304, size=0),
            request(client="b", path="/nothing", status=404, size=10, hours=4),
            request(GOOGLEBOT, "/", client="c"),
        ]
    )
    assert stats.manners == (
        ClientStats("newsboat", "reader", 2, 4, 3, 1, 7200, 2010, 0, 1),
        ClientStats("Googlebot", "bot", 1, 1, 0, 0, None, 1000, 0, 0),
    )
    assert stats.failures == (Failure("/nothing", 404, 1),)


def test_a_failed_request_that_is_not_http_has_no_path() -> None:
    stats = count([request("", "", method="", status=400), None])
    assert stats.failures == (Failure("", 400, 1),)
    assert stats.broken == 1
    assert "(not HTTP)" in to_table(stats)


def refused(status: int = 410, hours: float = 0, **values: Any) -> Request:
    return request(path="/feeds/old.xml", status=status, hours=hours, size=10, **values)


def test_a_dead_feed_lists_the_clients_that_still_request_it() -> None:
    stats = count(
        [
            refused(404, client="a"),
            refused(410, client="a", hours=1),
            refused(410, client="b", hours=2),
            refused(410, client="c", agent=FRESHRSS),
            refused(410, client="d", agent=FIREFOX),
            refused(410, client="e", agent=GOOGLEBOT),
        ]
    )
    assert stats.dead == (Dead("/feeds/old.xml", 410, 4, 3, (("newsboat", 2), ("FreshRSS", 1)), ""),)
    assert stats.audiences == ()
    assert count([refused(410, hours=1), refused(404)]).dead[0].status == 410


@pytest.mark.parametrize(
    ("answers", "is_dead"),
    [
        ([200, 200, 410], True),
        ([410], True),
        ([301, 301], True),
        ([404, 200], False),  # it came
        ([200, 404, 200], False),  # it was away
        ([301, 200, 301, 200, 301], False),  # it is available by http:// too
        ([500], False),
    ],
)
def test_a_feed_is_dead_if_it_was_never_served_after_a_refusal(answers: list[int], is_dead: bool) -> None:
    stats = count(refused(status, hours) for hours, status in enumerate(answers))
    assert bool(stats.dead) is is_dead
    assert not (stats.dead and stats.audiences)


def test_a_redirect_followed_within_a_second_is_not_a_dead_feed() -> None:
    assert count([refused(200), refused(301)]).dead == ()


def test_the_edition_decides_which_feeds_are_dead_and_where_they_moved() -> None:
    edition = edition_of("feeds/old")
    assert count([refused(301)], edition).dead == ()
    moved = edition_of("feeds/new", moved={"feeds/old.xml": "feeds/new.xml"})
    moved = replace(moved, documents=moved.documents | {"feeds/old.xml": moved.documents["feeds/new.xml"]})
    assert [(each.status, each.moved) for each in count([refused(301)], moved).dead] == [(301, "/feeds/new.xml")]


def test_a_moved_feed_has_the_clients_of_its_old_path() -> None:
    edition = edition_of("feeds/new", moved={"feeds/old.xml": "feeds/new.xml"})
    found = audience(refused(200), request(FRESHRSS, "/feeds/new.xml"), edition=edition)
    assert (found.path, found.pollers) == ("/feeds/new", 2)


def test_a_feed_without_polls_is_listed_with_zeros() -> None:
    stats = count([request()], edition_of("feeds/ai", "feeds/lonely"))
    assert [(each.path, each.polls) for each in stats.audiences] == [("/feeds/ai", 1), ("/feeds/lonely", 0)]
    assert "1 feeds were never polled." in to_table(stats)


def test_days_are_counted_up_to_the_last_one() -> None:
    stats = count([request(hours=hours) for hours in (0, 1, 49)])
    assert stats.days == (date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3))
    assert stats.audiences[0].days == (2, 0, 1)
    assert len(count([request(), request(hours=24 * 400)]).days) == 90


def test_invented_names_are_stored_up_to_a_limit_and_still_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "MOST", 10)
    names = ["".join(chr(97 + int(digit)) for digit in f"{number:03}") for number in range(200)]
    stats = count(
        request(f"{name} (5 subscribers)" if number % 2 else name, f"/feeds/{name}.xml", status=404)
        for number, name in enumerate(names)
    )
    assert (len(stats.manners), len(stats.failures), len(stats.dead)) == (11, 11, 10)
    assert sum(each.requests for each in stats.manners) == sum(each.requests for each in stats.failures) == 200
    assert stats.failures[0] == Failure("(others)", 0, 190)


ALONE = [NEWSBOAT, FRESHRSS, "curl/8", "", FIREFOX, GOOGLEBOT]
HOSTED = [FEEDLY.format(3), FEEDBIN.format(1, 2), "Slackbot 1.0"]
PATHS = ["/feeds/ai.xml", "/feeds/ai.atom", "/feeds/ai/2024-05.xml", "/feeds/old.xml", "/", "/x.css", ""]
steps = st.tuples(
    st.sampled_from(PATHS),
    st.sampled_from([200, 200, 304, 301, 404, 410, 500, 206]),
    st.sampled_from([0, 900, 1000]),
    st.sampled_from([0, 1, 3600, 90000]),
    st.sampled_from([None, True, False]),
)
lives = st.tuples(
    st.lists(st.tuples(st.sampled_from(ALONE), st.lists(steps, max_size=6)), max_size=5),
    # A hosted reader with any number of addresses is one client.
    st.lists(st.tuples(st.sampled_from(HOSTED), st.lists(steps, max_size=6)), unique_by=lambda life: life[0]),
).map(lambda both: both[0] + both[1])


def lived(number: int, agent: str, life: Iterable[tuple[str, int, int, int, bool | None]]) -> list[Request]:
    made, seconds = [], 0
    for path, status, size, pause, conditional in life:
        seconds += pause
        values: dict[str, Any] = {"status": status, "size": size, "conditional": conditional}
        made.append(request(agent, path, f"client-{number}", seconds / 3600, **values))
    return made


@given(lives, st.randoms(use_true_random=False), st.integers(0, 3))
def test_counts_do_not_depend_on_the_order_of_different_clients(
    lives: list[tuple[str, list[Any]]], chance: Any, broken: int
) -> None:
    queues = [lived(number, agent, life) for number, (agent, life) in enumerate(lives)]
    straight: list[Request | None] = [each for queue in queues for each in queue]
    mixed: list[Request | None] = []
    while any(queues):
        mixed.append(chance.choice([queue for queue in queues if queue]).pop(0))
    stats = count([*mixed, *[None] * broken])
    assert stats == count([*[None] * broken, *straight])
    assert stats.requests == len(straight) == sum(stats.parts.values()) == sum(each.requests for each in stats.manners)
    assert stats.broken == broken
    assert sum(each.errors for each in stats.manners) == sum(each.requests for each in stats.failures)
    assert sum(each.size for each in stats.manners) == sum(each.size for each in straight if each)
    for each in stats.manners:
        assert 0 <= each.wasted <= each.size
        assert each.not_modified <= each.polls <= each.requests
    for one in stats.audiences:
        assert one.subscribers == one.pollers + sum(number for _, number in one.declared)
        assert sum(one.days) == one.polls
    assert not {each.path for each in stats.dead} & {f"{one.path}.json" for one in stats.audiences}
