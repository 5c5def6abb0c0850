"""Time how soon the hub notifies many subscribers of an update; a tenth of them hang or fail.

    python bench/hub.py [COUNT]

Subscribers are callbacks on as many addresses of this machine, and one process answers for all of them. It shares the
cores with the hub. The time starts when the manifest is in its place.
"""

import asyncio
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import click

from feeds.websub.sqlite_store import SqliteSubscriptionStore
from feeds.websub.storage import open_storage
from feeds.websub.subscription_store import Subscription

ENTRIES = 50
MOST = 180  # seconds
TOPIC = "https://feeds.example/feeds/all.xml"
CONFIG = """site: {title: Bench, url: "https://feeds.example/", tag: "feeds.example,2026"}
hub: {networks: [127.0.0.0/8]}
"""
ENTRY = (
    "---\ntitle: Entry {0}\npublishedDateTime: 2026-01-01T00:00:{0:02}Z\nwebUrl: https://news.example/{0}\n---\n{1}\n"
)


class Callback(asyncio.Protocol):
    """Answers 204, or 500 for the path /fail, and never for the path /hang."""

    told: dict[bytes, float] = {}  # noqa: RUF012 - one for all

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, found, body = self.data.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        path = head.split(b" ", 2)[1]
        if path.startswith(b"/hang"):
            return
        status = b"500 No" if path.startswith(b"/fail") else b"204 No Content"
        self.transport.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        if path.startswith(b"/ok"):
            self.told.setdefault(path, time.time())


def answer(pipe: Connection, healthy: int) -> None:
    """Answer until all healthy subscribers are notified, and send the time of each notification."""
    raise_limit()

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Callback, "0.0.0.0", 0, backlog=4096)  # noqa: S104
        pipe.send(server.sockets[0].getsockname()[1])
        end = time.monotonic() + MOST
        while len(Callback.told) < healthy and time.monotonic() < end:
            await asyncio.sleep(0.05)
        pipe.send(sorted(Callback.told.values()))

    asyncio.run(run())


def raise_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def feeds(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "feeds", *arguments, "--config", str(folder / "config.yaml")]


def main(count: int) -> None:
    healthy = count - count // 10
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=answer, args=(theirs, healthy))
    process.start()
    port = ours.recv()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(CONFIG)
        news = folder / "content/news"
        news.mkdir(parents=True)
        for number in range(ENTRIES):
            (news / f"{number}.md").write_text(ENTRY.format(number, "Words of an entry. " * 80))
        subprocess.run(feeds(folder, "build"), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        storage = open_storage(folder / ".feeds", "https://feeds.example/")
        assert isinstance(storage.subscriptions, SqliteSubscriptionStore)  # noqa: S101
        subscriptions = []
        for number in range(count):
            # One in ten is faulty: half of these hang, the others fail.
            kind = "ok" if number % 10 else "hang" if number % 20 else "fail"
            host = f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"
            callback = f"http://{host}:{port}/{kind}/{number}"
            subscriptions.append(Subscription(TOPIC, callback, time.time() + 86400, "before"))
        storage.subscriptions.add_all(subscriptions)
        storage.close()
        size = (folder / "public/feeds/all.xml").stat().st_size
        begun = time.time()
        hub = subprocess.Popen(feeds(folder, "hub", "run"))  # noqa: S603
        try:
            told = ours.recv()
        finally:
            cpu = sum(map(float, Path(f"/proc/{hub.pid}/stat").read_text().split()[13:15])) / os.sysconf("SC_CLK_TCK")
            status = Path(f"/proc/{hub.pid}/status").read_text()
            memory = int(status.partition("VmHWM:")[2].split()[0]) // 1000
            hub.send_signal(signal.SIGTERM)
            hub.wait(30)
    process.join()
    click.echo(f"{count} subscribers of {size // 1000} kB, {count - healthy} of them hang or fail")
    click.echo(f"the hub took {cpu:.1f} s of CPU and {memory} MB")
    for share in (50, 99, 100):
        place = -(-healthy * share // 100) - 1
        click.echo(
            f"{share:>4} % of the healthy: " + (f"{told[place] - begun:.1f} s" if place < len(told) else "never")
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
