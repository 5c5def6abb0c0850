"""Parser pool: parses files in batches, in worker processes if there are many."""

import marshal
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Self

from feeds.content import frontmatter
from feeds.content.scan import File
from feeds.errors import NOT_ISOLATED, bug_in
from feeds.model import Site, SourceFile
from feeds.store.serialize import MARSHAL_VERSION, ParsedFile, content_digest, encode_content, entry_place, pack_meta
from feeds.system import cpu

BATCH_SIZE = 64
# With fewer changed files, starting workers costs more time than it saves.
PARALLEL_THRESHOLD = 400
# Most batches that wait for a worker, because the bytes of waiting files take memory.
MAX_PENDING_BATCHES = 8


def workers() -> Executor:
    """Return an executor with a process for each usable core."""
    import multiprocessing  # imported here because a few changed files need no processes
    from concurrent.futures import ProcessPoolExecutor

    # Forked processes share the imported modules.
    context = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(cpu.count(), context, _end_with_parent)


def _end_with_parent() -> None:
    """Make a worker end when the build is killed, because it would wait for work forever."""
    from multiprocessing import parent_process
    from threading import Thread

    def wait() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


_Done = tuple[File, bytes, ParsedFile]


class ParserPool:
    """Parser of files in batches, in worker processes if there are many; the number of batches is limited."""

    def __init__(self, site: Site, executor: Callable[[], Executor], count: int) -> None:
        self._site = site
        self._pool = executor() if count >= PARALLEL_THRESHOLD else None
        self._broken = False
        self._batch: list[tuple[File, bytes, SourceFile]] = []
        self._waiting: deque[tuple[list[tuple[File, bytes, SourceFile]], Future[list[ParsedFile]]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            for _batch, future in self._waiting:
                future.cancel()
            # Some executors cannot cancel waiting tasks.
            self._pool.shutdown(wait=True)

    def parse(self, file: File, data: bytes, source: SourceFile) -> Iterator[_Done]:
        """Add a file, and yield the results that are ready."""
        self._batch.append((file, data, source))
        if len(self._batch) == BATCH_SIZE:
            self._send()
        while len(self._waiting) > MAX_PENDING_BATCHES:
            yield from self._next()

    def rest(self) -> Iterator[_Done]:
        """Yield the remaining results."""
        self._send()
        while self._waiting:
            yield from self._next()

    def _send(self) -> None:
        batch, self._batch = self._batch, []
        jobs = [(data, source) for _, data, source in batch]
        future: Future[list[ParsedFile]] | None = None
        if self._pool and not self._broken:
            try:
                future = self._pool.submit(parse_files, jobs, self._site)
            except BrokenExecutor:
                self._broken = True
        if future is None:
            future = Future()
            future.set_result(parse_files(jobs, self._site))
        self._waiting.append((batch, future))

    def _next(self) -> Iterator[_Done]:
        batch, future = self._waiting.popleft()
        try:
            results = future.result()
        except BrokenExecutor:  # a worker was killed, perhaps for lack of memory
            results = parse_files([(data, source) for _, data, source in batch], self._site)
            self._broken = True
        for (file, data, _), packed in zip(batch, results, strict=True):
            yield file, data, packed


def parse_files(batch: Sequence[tuple[bytes, SourceFile]], site: Site) -> list[ParsedFile]:
    """Parse the content files of a batch; see `frontmatter.parse`.

    A bug costs only the file that triggers it.
    """
    return [_parse_isolated(data, source, site) for data, source in batch]


def _parse_isolated(data: bytes, source: SourceFile, site: Site) -> ParsedFile:
    try:
        return _parse_file(frontmatter.parse(data, source, site))
    except NOT_ISOLATED:
        raise
    except Exception as error:  # noqa: BLE001 - the other files of the batch are still parsed
        return ParsedFile("invalid", (bug_in(source.name, error),), ())


def _parse_file(parsed: frontmatter.Parsed) -> ParsedFile:
    entry = parsed.entry
    if entry is None:
        return ParsedFile(parsed.status, parsed.problems, parsed.unknown)
    content = encode_content(entry)
    full_entry = marshal.dumps((entry_place(entry), content), MARSHAL_VERSION)
    return ParsedFile(
        parsed.status, parsed.problems, parsed.unknown, pack_meta(entry, content_digest(content)), full_entry
    )
