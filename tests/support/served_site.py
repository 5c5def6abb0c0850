"""Sites for servers in tests, and readers that send requests without a pause."""

import gzip
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import brotli
import zstandard
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from feeds.content.model import Content
from feeds.edition.manifest import to_manifest
from feeds.edition.model import Document, Edition, strong_etag
from feeds.model import Category
from feeds.pipeline.compose import compose
from tests.support.factories import NOW, SITE, make_entry
from tests.support.http_site import decoded
from tests.support.raw_http import Answer, ClosedError, Server, request
from tests.support.trees import CONFIG, publish

FEED = "/feeds/ai.xml"


def edition_of(
    *names: str, before: Edition = Edition(), now: datetime = NOW, aliases: dict[str, str] | None = None
) -> Edition:
    """Return an edition with these entries, all of the topic AI."""
    entries = tuple(make_entry(name, day, categories=(Category("ai", "AI"),)) for day, name in enumerate(names, 1))
    return compose(Content(entries), [], replace(SITE, aliases=aliases or {}), before, now).edition


def site(folder: Path, serve: str = "", edition: Edition | None = None) -> Path:
    """Create a site in a folder, with an edition if one is given."""
    (folder / "config.yaml").write_text(CONFIG + (f"serve: {{{serve}}}\n" if serve else ""))
    if edition:
        publish(edition, folder / "public")
    return folder


def tag_of(edition: Edition, path: str = FEED) -> str:
    return f'"{edition.documents[path[1:]].etag}"'


def serves(running: Server, edition: Edition) -> bool:
    """Return whether the server serves this edition.

    A document of the next edition that is already in the folder has no date yet.
    """
    answer = running.ask("/manifest.json")
    return answer.body == to_manifest(edition) and "Last-Modified" in answer


def metrics(running: Server) -> list[Sample]:
    answer = running.ask("/metrics")
    assert answer.status == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(answer.body.decode()))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    assert all(family.type in ("counter", "gauge", "summary", "histogram") for family in families)
    samples = [sample for family in families for sample in family.samples]
    keys = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in samples]
    assert len(keys) == len(set(keys))
    return samples


def number(running: Server, name: str, **labels: str) -> float:
    """Return a metric, summed over all other labels."""
    found = [each for each in metrics(running) if each.name == name and labels.items() <= each.labels.items()]
    return sum(each.value for each in found)


@dataclass
class Readers:
    """Clients that send requests without a pause, and their results."""

    running: Server
    paths: list[str]
    answers: int = 0
    slowest: float = 0
    wrong: list[str] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    def ask(self, seed: int) -> None:
        codings = ("identity", "gzip", "br", "zstd")
        number = seed
        while not self.stop.is_set():
            try:
                with self.running.connect() as connection:
                    while not self.stop.is_set():
                        number += 7
                        path, coding = self.paths[number % len(self.paths)], codings[number % 4]
                        began = time.monotonic()
                        connection.send(request(path, Accept_Encoding=coding))
                        self.check(path, connection.receive(), time.monotonic() - began)
            except ClosedError as closed:
                if closed.seen:
                    self.wrong.append(f"torn: {closed.seen[:80]!r}")
            except ConnectionRefusedError:
                return
            except OSError as error:
                # Closed before the first byte of the response; otherwise `seen` would have it.
                if isinstance(error, TimeoutError):
                    self.wrong.append(f"timeout: {error}")

    def check(self, path: str, answer: Answer, seconds: float) -> None:
        self.answers += 1
        self.slowest = max(self.slowest, seconds)
        self.statuses.add(answer.status)
        if answer.status == 200:
            tag = re.fullmatch(r'"([0-9a-f]+)(?:-(?:gzip|br|zstd))?"', answer["ETag"])
            if not tag or strong_etag(decoded(answer)) != tag[1]:
                self.wrong.append(f"{path}: the tag is not that of the bytes")
        elif answer.status >= 500:
            self.wrong.append(f"{path}: {answer.head!r}")


@contextmanager
def reading(running: Server, paths: list[str], count: int = 3) -> Iterator[Readers]:
    """Let clients send requests until the end of the block."""
    readers = Readers(running, paths)
    threads = [threading.Thread(target=readers.ask, args=(seed,)) for seed in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield readers
    finally:
        readers.stop.set()
        for thread in threads:
            thread.join(20)
    assert not readers.wrong, readers.wrong[:5]


def large(count: int, version: str, modified: datetime) -> Edition:
    """Return an edition with this number of documents of 4 KB."""
    documents = {}
    for n in range(count):
        body = (f"<rss><!-- {n} {version} -->" + f"<item>{n * n} {version}</item>\n" * 200)[:4096].encode()
        path = f"feeds/n{n}.xml"
        documents[path] = Document(
            path,
            "application/rss+xml; charset=utf-8",
            strong_etag(body),
            len(body),
            modified,
            body,
            kind="feed",
            feed=f"feeds/n{n}",
        )
    return Edition(documents, edition_of("a").state)


def lay(edition: Edition, folder: Path, coded: bool = True) -> None:
    """Write an edition into a folder like an export, but without the slow safety steps."""
    (folder / "feeds").mkdir(parents=True, exist_ok=True)
    for path, document in edition.documents.items():
        assert document.body
        (folder / path).write_bytes(document.body)
        if coded:
            (folder / f"{path}.gz").write_bytes(gzip.compress(document.body, 1, mtime=0))
            (folder / f"{path}.br").write_bytes(brotli.compress(document.body, quality=1))
            (folder / f"{path}.zst").write_bytes(zstandard.compress(document.body, 1))
    (folder / ".manifest.json.new").write_bytes(to_manifest(edition))
    (folder / ".manifest.json.new").rename(folder / "manifest.json")
