"""The access log: one line of JSON for each response, without the client."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.processes import run, until
from tests.support.raw_http import Answer, Server, request, server
from tests.support.served_site import FEED, edition_of, site


def logged(path: Path, count: int) -> list[dict[str, object]]:
    """Return the lines of a log as soon as it has this number of lines; each must be a JSON object."""

    def lines() -> list[str]:
        return path.read_text("utf-8").splitlines(keepends=True)

    until(lambda: len(lines()) >= count and lines()[-1].endswith("\n"))
    found = [json.loads(line) for line in lines()]
    assert all(isinstance(each, dict) for each in found)
    return found


@pytest.fixture(scope="module")
def logging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """Yield a server with an access log next to the config, also if the server runs in another folder."""
    folder = site(tmp_path_factory.mktemp("log"), "access_log: access.log", edition_of("a", "b"))
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with server(folder, cwd=elsewhere) as running:
        yield running, folder / "access.log"
    assert not list(elsewhere.iterdir())


Log = tuple[Server, Path]


def last(logging: Log, path: str, method: str = "GET", **headers: str | None) -> tuple[Answer, dict[str, object]]:
    """Send a request, and return the response and its log line."""
    running, log = logging
    count = len(logged(log, 1))
    answer = running.ask(path, method, **headers)
    return answer, logged(log, count + 1)[-1]


def test_a_request_is_logged_as_a_line_of_json(logging: Log) -> None:
    began = datetime.now(UTC)
    answer, line = last(logging, f"{FEED}?a=b", User_Agent="Reader/1.0", Accept_Encoding="gzip")
    moment = datetime.fromisoformat(str(line["time"]))
    assert moment.utcoffset() == timedelta(0)
    assert abs(moment - began) < timedelta(seconds=30)
    assert isinstance(line["seconds"], float)
    assert 0 <= line["seconds"] < 30
    assert str(line["path"]).split("?")[0] == FEED
    assert {key: line[key] for key in ("method", "status", "bytes", "agent", "conditional", "coding")} == {
        "method": "GET",
        "status": 200,
        "bytes": len(answer.body),
        "agent": "Reader/1.0",
        "conditional": False,
        "coding": "gzip",
    }


@pytest.mark.parametrize(
    ("path", "method", "headers", "expected"),
    [
        (FEED, "GET", {}, {"status": 200, "conditional": False}),
        (FEED, "HEAD", {}, {"status": 200, "method": "HEAD", "bytes": 0}),
        (FEED, "GET", {"If_None_Match": "*"}, {"status": 304, "bytes": 0, "conditional": True}),
        (FEED, "GET", {"If_None_Match": '"x"'}, {"status": 200, "conditional": True}),
        (FEED, "GET", {"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, {"status": 200, "conditional": True}),
        (FEED, "GET", {"Accept_Encoding": "br"}, {"coding": "br"}),
        (FEED, "GET", {"Accept_Encoding": "zstd"}, {"coding": "zstd"}),
        (FEED, "POST", {}, {"status": 405, "method": "POST"}),
        (FEED, "OPTIONS", {}, {"status": 204, "method": "OPTIONS", "bytes": 0}),
        ("/nope", "GET", {}, {"status": 404, "path": "/nope"}),
        ("/nope", "HEAD", {}, {"status": 404, "bytes": 0}),
        ("/%E6%BC%A2.xml", "GET", {}, {"status": 404, "path": "/%E6%BC%A2.xml"}),
        (FEED, "GET", {"User_Agent": None}, {"agent": ""}),
    ],
)
def test_the_log_has_status_and_size_of_the_response(
    logging: Log, path: str, method: str, headers: dict[str, str | None], expected: dict[str, object]
) -> None:
    answer, line = last(logging, path, method, **headers)
    assert {key: line[key] for key in expected} == expected
    assert (line["status"], line["bytes"]) == (answer.status, len(answer.body))


def test_the_log_has_no_client_addresses(logging: Log) -> None:
    _, line = last(
        logging,
        FEED,
        X_Forwarded_For="203.0.113.7",
        Forwarded="for=203.0.113.7",
        X_Real_IP="203.0.113.7",
        Cookie="203.0.113.7",
        Authorization="203.0.113.7",
    )
    assert "client" not in line
    assert "203.0.113.7" not in json.dumps(line)
    assert "127.0.0.1" not in logging[1].read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        '"quoted"',
        "back\\slash",
        '", "client": "x',
        "tab\there",
        "\x85\xa0\xff",
        "\xe2\x80\xa8",
        "{}",
        "\x7f" * 3,
        "漢字".encode().decode("latin-1"),
    ],
)
def test_no_request_text_adds_a_line_to_the_log(logging: Log, text: str) -> None:
    running, log = logging
    count = len(logged(log, 1))
    running.ask(FEED)  # so that the log has a line
    with running.connect() as connection:
        connection.send(
            request(f"/nope?{text}".replace(" ", "%20").replace("\t", "%09"), User_Agent=text, Referer=text)
        )
        refused = connection.receive().status == 400
    expected = count + (1 if refused else 2)
    found = logged(log, expected)
    assert len(found) == expected
    assert all(line.keys() == found[0].keys() for line in found)


def test_a_line_break_in_a_path_is_escaped_in_the_log(logging: Log) -> None:
    _, line = last(logging, '/%0a{"status":%20200}%0d%0a%e2%80%a8%00%c2%85')
    assert line["status"] == 404
    assert not set(str(line["path"])) & set("\n\r\0\x85\u2028")


def test_concurrent_requests_are_logged_one_per_line(logging: Log) -> None:
    running, log = logging
    count = len(logged(log, 1))

    def ask() -> None:
        with running.connect() as connection:
            for _ in range(100):
                connection.ask(FEED)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = logged(log, count + 800)
    assert len(found) == count + 800
    assert {line["status"] for line in found[count:]} == {200}


def test_log_clients_adds_addresses_and_a_dash_means_standard_output(tmp_path: Path) -> None:
    with server(site(tmp_path, "access_log: '-', log_clients: true", edition_of("a"))) as running:
        asked = {
            "/none": (None, "127.0.0.1"),
            # The address from a proxy on the same machine, and from no other client.
            "/one": ("203.0.113.7", "203.0.113.7"),
            "/two": ("198.51.100.1, 2001:db8::7", "2001:db8::7"),
            "/nonsense": ('203.0.113.7, "x', "127.0.0.1"),
        }
        for path, (forwarded, client) in asked.items():
            running.ask(path, X_Forwarded_For=forwarded)
            until(lambda: f'"{path}"' in running.said)  # noqa: B023
            line = next(json.loads(line) for line in running.said.splitlines() if f'"{path}"' in line)
            assert line["client"] == client


def test_a_log_is_continued_and_complete_after_a_stop(tmp_path: Path) -> None:
    folder = site(tmp_path, "access_log: access.log", edition_of("a"))
    for number in (1, 2):
        with server(folder) as running, running.connect() as connection:
            connection.send(request("/feeds/all.xml") * 200)
            for _ in range(200):
                connection.receive()
        lines = (tmp_path / "access.log").read_text("utf-8").splitlines()
        assert sum(json.loads(line)["path"] == "/feeds/all.xml" for line in lines) == 200 * number


def test_a_log_that_cannot_be_opened_is_an_operator_error(tmp_path: Path) -> None:
    for place in ("missing/access.log", "public"):
        done = run("serve", cwd=site(tmp_path, f"access_log: {place}", edition_of("a")), check=False)
        assert done.returncode == 2
        assert place in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="an unwritable file needs Linux")
def test_a_log_that_cannot_be_written_does_not_stop_responses(tmp_path: Path) -> None:
    # The fixture `server` checks that there is no traceback.
    with server(site(tmp_path, "access_log: /dev/full", edition_of("a"))) as running, running.connect() as connection:
        for _ in range(300):
            assert connection.ask(FEED).status == 200
        assert running.ask("/healthz").status == 200
