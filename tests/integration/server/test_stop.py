"""A stop: responses are completed, the log is complete, and no process is left."""

import json
import os
import signal
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from feeds.edition.model import Document, strong_etag
from tests.support.factories import NOW
from tests.support.processes import free_port, until
from tests.support.raw_http import request, server
from tests.support.served_site import FEED, edition_of, reading, site


def test_a_stop_under_load_truncates_no_response(tmp_path: Path) -> None:
    made = edition_of("a", "b")
    with server(site(tmp_path, edition=made)) as running:
        with reading(running, [f"/{path}" for path in made.documents], count=8) as readers:
            until(lambda: readers.answers > 500)
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(20) == 0
        assert readers.statuses == {200}


def test_every_sent_response_is_in_the_log_after_a_stop(tmp_path: Path) -> None:
    folder = site(tmp_path, "access_log: access.log", edition_of("a"))
    with server(folder) as running, reading(running, ["/feeds/all.xml"], count=8) as readers:
        until(lambda: readers.answers > 500)
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(20)
    lines = (tmp_path / "access.log").read_text("utf-8").splitlines()
    assert sum(json.loads(line)["path"] == "/feeds/all.xml" for line in lines) >= readers.answers


def test_a_slow_reader_gets_the_whole_response_after_a_stop(tmp_path: Path) -> None:
    made, body = edition_of("a"), os.urandom(12_000_000)
    picture = Document("assets/a.png", "image/png", strong_etag(body), len(body), NOW, body, kind="asset")
    site(tmp_path, edition=replace(made, documents={**made.documents, picture.path: picture}))
    with server(tmp_path) as running, running.connect(receive_buffer=4096) as connection:
        connection.send(request("/assets/a.png"))
        assert connection.socket.recv(1, 2)  # MSG_PEEK: the response has started
        running.process.send_signal(signal.SIGTERM)
        answer = connection.receive()
        assert (answer.status, strong_etag(answer.body)) == (200, picture.etag)
        assert running.process.wait(20) == 0


def test_a_silent_client_does_not_delay_a_stop(tmp_path: Path) -> None:
    with server(site(tmp_path, edition=edition_of("a"))) as running, ExitStack() as stack:
        idle = [stack.enter_context(running.connect()) for _ in range(20)]
        for connection in idle[:5]:
            assert connection.ask(FEED).status == 200
        for connection in idle[5:10]:
            connection.send(b"GET /feeds/ai.xml HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        for connection in idle[10:15]:
            connection.send(b"POST /feeds/ai.xml HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
        assert running.ask(FEED).status == 200
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(15) == 0


def test_a_keyboard_interrupt_stops_the_server(tmp_path: Path) -> None:
    with server(site(tmp_path, edition=edition_of("a"))) as running:
        assert running.ask(FEED).status == 200
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(15) == 0
        assert "KeyboardInterrupt" not in running.said


def test_a_stopped_server_leaves_no_process_and_its_port_is_free(tmp_path: Path) -> None:
    folder = site(tmp_path, edition=edition_of("a"))

    def files() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in (folder / "public").rglob("*") if path.is_file()}

    before = files()
    with free_port() as port:
        with server(folder, port=port) as running:
            processes = running.processes
            for path in (FEED, "/nope", "/metrics"):
                running.ask(path, Accept_Encoding="br")
        assert not [pid for pid in processes if Path(f"/proc/{pid}").exists()]
        with server(folder, port=port) as again:
            assert again.ask(FEED).status == 200
    # The client only reads now.
    assert files() == before
