"""Measure how long readers wait while 200 clients are slow at the hub, and while its Redis hangs.

Run it as `python -m bench.slow`; it needs `redis-server` for the second part. Each round measures the service
at rest and under attack in turn, so that a slower moment of the machine counts for both.
"""

import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click

from tests.support.processes import free_port, until
from tests.support.raw_http import Connection, Server, request, server
from tests.support.websub_subscriber import AI, FORM, HubSite

SLOW = 200
READS = 3000
ROUNDS = 3
HEAD = (
    "POST /hub HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.{}\r\n"
    f"Content-Type: {FORM}\r\nContent-Length: 100\r\n\r\nhub.mode"
)


def reads(running: Server) -> list[float]:
    """Return the milliseconds of some requests for a feed, half of them on new connections."""
    found = []
    with running.connect() as kept:
        for number in range(READS):
            begun = time.perf_counter()
            answer = running.ask("/feeds/ai.xml") if number % 2 else kept.ask("/feeds/ai.xml")
            found.append(1000 * (time.perf_counter() - begun))
            if answer.status != 200:
                raise RuntimeError(answer.head)
    return found


def attack(running: Server, stack: ExitStack, body: bytes) -> list[Connection]:
    made = []
    for number in range(SLOW):
        connection = stack.enter_context(running.connect(60))
        connection.send(body.replace(b"{}", str(number).encode()))
        made.append(connection)
    return made


def compare(what: str, running: Server, body: bytes) -> None:
    ratios = []
    for _ in range(ROUNDS):
        idle = reads(running)
        with ExitStack() as stack:
            attack(running, stack, body)
            busy = reads(running)
        (i50, i99), (b50, b99) = (
            (statistics.median(each), statistics.quantiles(each, n=100)[98]) for each in (idle, busy)
        )
        ratios.append(b99 / i99)
        click.echo(
            f"{what}: idle {i50:.2f} and {i99:.2f} ms, attacked {b50:.2f} and {b99:.2f} ms, 99 % at {b99 / i99:.2f}"
        )
        time.sleep(6)  # until all slow requests have timed out
    click.echo(f"{what}: median of the ratios {statistics.median(ratios):.2f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        HubSite(Path(folder))
        with server(Path(folder)) as running:
            compare(f"{SLOW} slow posters", running, HEAD.encode())
    program = shutil.which("redis-server")
    if not program:
        click.echo("no redis-server")
        return
    with tempfile.TemporaryDirectory() as folder, free_port() as port:
        process = subprocess.Popen(  # noqa: S603 - found on this machine
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""], stdout=subprocess.DEVNULL
        )
        try:
            HubSite(Path(folder), f'{{networks: [127.0.0.0/8], queue: "redis://127.0.0.1:{port}/0"}}')
            with server(Path(folder)) as running:
                publish = request(
                    "/hub",
                    "POST",
                    f"hub.mode=publish&hub.topic={AI}".encode(),
                    Content_Type=FORM,
                    X_Forwarded_For="192.0.2.{}",
                )
                until(lambda: running.ask("/metrics").status == 200)
                os.kill(process.pid, signal.SIGSTOP)
                try:
                    compare(f"{SLOW} posters and a Redis that hangs", running, publish)
                finally:
                    os.kill(process.pid, signal.SIGCONT)
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
