"""Read the content tree: find the files, have each parsed, and account for every one.

The only module that reads content. What a file means is for `frontmatter`.

    Tree --list--> files --unchanged--> index ---------------------> heads
                         --changed----> parse here or in workers --> heads
"""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any, Self, TypeVar

from feeds import cores, frontmatter, packing, text
from feeds.assets import TYPE, is_runnable
from feeds.edition import CODED, fingerprint
from feeds.entry import Source
from feeds.errors import NOT_ISOLATED, Bug, ContentError, Problem, bug_in
from feeds.index import Index, Row, Seen, shelf_of
from feeds.model import Asset, Entry, Head, Site
from feeds.packing import Packed
from feeds.selection import Content
from feeds.tree import SUFFIXES, File, Progress, Tree, no_progress

T = TypeVar("T")
_BATCH = 64
# So many changed files are worth the workers' start.
_MANY = 400
# So many batches may wait to be parsed; what is read and not parsed yet takes memory.
_AHEAD = 8
_LONGEST_PATH = 2000  # bytes of an asset's path, for which there is room below any output folder


def workers() -> Executor:
    """Return an executor with a process for each core that this one may use."""
    import multiprocessing  # few changed files need no processes
    from concurrent.futures import ProcessPoolExecutor

    # Forked they share what is loaded already.
    context = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(cores.count(), context, _end_with_parent)


def _end_with_parent() -> None:
    """Let a worker end when the build is killed: it would wait for work for ever."""
    from multiprocessing import parent_process
    from threading import Thread

    def wait() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


@dataclass(frozen=True, slots=True)
class Loaded:
    """The content, and the account of it.

    Attributes:
        problems: Every mistake in every file, in the order of the files.
        counts: How many files there were of each status.
        unknown: Where each key is that the format does not have, by file and line, in the order of the files.
    """

    content: Content
    problems: tuple[Problem, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    unknown: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)


def load(
    tree: Tree,
    site: Site,
    index: Index,
    executor: Callable[[], Executor] = workers,
    progress: Progress = no_progress,
) -> Loaded:
    """Return all that is published in a tree.

    The order in which the file system lists the files makes no difference, nor does
    who parses them.

    Args:
        tree: The files.
        site: What ids and URLs are made from.
        index: What the files were before; what they are now is put there. The content
            asks it for whole entries, so it is needed as long as the content is.
        executor: Makes what parses many files; a few are parsed here.
        progress: Told how far the reading is.
    """
    topics = _data(tree, "topics", (".yaml", ".yml"), frontmatter.parse_topic)
    organizations = _data(
        tree, "organizations", SUFFIXES, lambda data, name: frontmatter.parse_organization(data, name, site)
    )
    assets = _assets(tree, index) if site.base == site.url else ()
    counts: Counter[str] = Counter()
    unknown: dict[str, list[tuple[str, int]]] = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    faulty: set[str] = set()

    def heads() -> Iterator[tuple[str, tuple[Any, ...]]]:
        for row in _results(tree, site, index, executor, progress):
            counts[row.status] += 1
            for key, line in row.unknown:
                unknown.setdefault(key, []).append((f"{tree.name}/{row.path}", line))
            if row.problems:
                problems[row.path] = row.problems
            if row.head is not None:
                yield row.path, row.head
            elif row.status in ("invalid", "undated"):
                tree.unreadable.add(row.path)
                if any(isinstance(each, Bug) for each in row.problems):
                    faulty.add(row.path)

    def failed(path: str, error: Exception) -> None:
        problems[path] = (*problems.get(path, ()), bug_in(f"{tree.name}/{path}", error))
        counts.update(published=-1, invalid=1)
        tree.unreadable.add(path)
        faulty.add(path)

    found = len(tree.problems)
    entries = sorted(packing.unpack_heads(heads(), failed), key=attrgetter("source"))
    # What the index had read to compare it was read in an order of its own.
    said = tree.problems[:found] + sorted(tree.problems[found:], key=attrgetter("path"))
    said += [problem for path in sorted(problems) for problem in problems[path]]

    def whole(head: Head) -> Entry:
        try:
            return packing.unpack(index.entry(head.source) or b"")
        except (ValueError, TypeError, EOFError):  # the index lost it
            return _parse_again(tree, tree.sources[head.source], site)

    index.shelve()
    broken = frozenset(tree.unreadable)
    content = Content(tuple(entries), topics, organizations, assets, broken, whole, frozenset(faulty))
    return Loaded(content, tuple(said), counts, {key: sorted(unknown[key]) for key in sorted(unknown)})


def _data(
    tree: Tree,
    folder: str,
    suffixes: tuple[str, ...],
    parse: Callable[[bytes, str], tuple[T | None, tuple[Problem, ...]]],
) -> tuple[T, ...]:
    """Return what the files of a folder of `_data` describe."""
    made = []
    for file in tree.below(f"_data/{folder}/"):
        data = tree.read(file) if file.name.endswith(suffixes) else None
        if data is not None:
            try:
                value, problems = parse(data, f"{tree.name}/{file.name}")
            except NOT_ISOLATED:
                raise
            except Exception as error:  # noqa: BLE001 - the other files are read all the same
                value, problems = None, (bug_in(f"{tree.name}/{file.name}", error),)
            tree.problems += problems
            made += [] if value is None else [value]
    return tuple(made)


def _assets(tree: Tree, index: Index) -> tuple[Asset, ...]:
    """Return the files that are published as they are, of which one at a time is read."""
    files = list(_distinct(tree))
    known = index.etags({file.name: (file.size, file.mtime) for file in files})
    seen: dict[str, Seen] = {}
    made = []
    for file in files:
        try:
            asset = _asset(tree, file, known.get(file.name))
        except NOT_ISOLATED:
            raise
        except Exception as error:  # noqa: BLE001 - the other files are published all the same
            tree.problems.append(bug_in(f"{tree.name}/{file.name}", error))
            tree.unreadable.add(file.name)
            continue
        if asset is not None:
            seen[file.name] = (asset.size, file.mtime, asset.etag)
            made.append(asset)
    index.note_etags(seen)
    return tuple(made)


def _asset(tree: Tree, file: File, row: Seen | None) -> Asset | None:
    """Return an asset, or None if it cannot be read.

    Args:
        row: What the index knows of it.
    """
    size, etag, read_now = file.size, row[2] if row else "", ""
    if row is None or file.size > tree.limits.max_file_bytes:
        data = tree.read(file)
        if data is None:
            return None
        size, etag = len(data), fingerprint(data)
        read_now = "" if row else etag
    read = partial(_bytes_of, tree, file, read_now)
    kind = None if is_runnable(file.name) else text.media_type(file.name)
    return Asset(file.name, kind or TYPE, etag, size, read)


def _distinct(tree: Tree) -> Iterator[File]:
    """Yield the assets that have a path of their own; the others are left out and reported."""
    files = list(tree.below("assets/"))
    names = {text.fold(file.name): file.name for file in reversed(files)}
    for file in files:
        folded = text.fold(file.name)
        end = next((each for each in CODED.values() if folded.endswith(each)), "")
        copied = names.get(folded[: -len(end)]) if end else None
        message = ""
        if names[folded] != file.name:
            message = f"differs only in case from {names[folded]}, so on macOS and Windows they are one file"
        elif copied:
            message = f"a server takes it for {copied} compressed"
        elif len(file.name.encode()) > _LONGEST_PATH:
            message = f"its path has more than {_LONGEST_PATH} bytes"
        if message:
            problem = Problem(f"{tree.name}/{file.name}", 0, "", f"{message}: not published, rename it")
            tree.problems.append(problem)
        else:
            yield file


def _bytes_of(tree: Tree, file: File, etag: str) -> bytes | Problem:
    """Return the bytes of a file, or why it cannot be read.

    Args:
        etag: What they were when this build read them. Empty where only the index says what they
            are, because it may be wrong and still is to cost time only.
    """
    data = tree.read(file)
    if data is None:
        return tree.problems[-1]
    if etag and fingerprint(data) != etag:
        raise _changed(tree, file)
    return data


def _changed(tree: Tree, file: File) -> ContentError:
    return ContentError(f"{tree.name}/{file.name}", "changed while it was read: build again")


def _results(
    tree: Tree, site: Site, index: Index, executor: Callable[[], Executor], progress: Progress
) -> Iterator[Row]:
    known: set[str] = set()
    # What was read to be compared, and is another: of so many, that it is not read again.
    held: dict[str, bytes | None] = {}

    def read(path: str) -> bytes | None:
        progress("Reading", len(known), len(tree.sources))
        data = tree.read(tree.sources[path])
        if data is None or len(held) < _MANY:
            held[path] = data
        return data

    for row in index.recall({path: (file.size, file.mtime) for path, file in tree.sources.items()}, read):
        known.add(row.path)
        held.pop(row.path, None)
        yield row
    others = (file for path, file in tree.sources.items() if path not in known)
    changed = sorted(others, key=lambda file: shelf_of(file.name))
    with _Parsers(site, executor, len(changed)) as parsers:
        for number, file in enumerate(changed):
            progress("Reading", len(known) + number, len(tree.sources))
            data = held.pop(file.name) if file.name in held else tree.read(file)
            if data is None:
                yield Row(file.name, file.size, file.mtime, 0, b"", "invalid", (), None)
            else:
                for done in parsers.parse(file, data, tree.source(file)):
                    yield _put(index, *done)
        for done in parsers.rest():
            yield _put(index, *done)
    progress("Reading", len(tree.sources), len(tree.sources))


def _put(index: Index, file: File, data: bytes, packed: Packed) -> Row:
    return index.put(file.name, file.size, file.mtime, data, packed)


def _parse_again(tree: Tree, file: File, site: Site) -> Entry:
    data = tree.read(file)
    parsed = frontmatter.parse(data, tree.source(file), site) if data is not None else None
    if parsed is None or parsed.entry is None:
        raise _changed(tree, file)
    return packing.sealed(parsed.entry)


_Done = tuple[File, bytes, Packed]


class _Parsers:
    """Parses files in batches, in other processes if there are many; at most so many at a time."""

    def __init__(self, site: Site, executor: Callable[[], Executor], count: int) -> None:
        self._site = site
        self._pool = executor() if count >= _MANY else None
        self._broken = False
        self._batch: list[tuple[File, bytes, Source]] = []
        self._waiting: deque[tuple[list[tuple[File, bytes, Source]], Future[list[Packed]]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            for _batch, future in self._waiting:
                future.cancel()
            # Not every executor knows how to cancel what is waiting.
            self._pool.shutdown(wait=True)

    def parse(self, file: File, data: bytes, source: Source) -> Iterator[_Done]:
        """Take one more file, and yield what is ready."""
        self._batch.append((file, data, source))
        if len(self._batch) == _BATCH:
            self._send()
        while len(self._waiting) > _AHEAD:
            yield from self._next()

    def rest(self) -> Iterator[_Done]:
        """Yield what is left."""
        self._send()
        while self._waiting:
            yield from self._next()

    def _send(self) -> None:
        batch, self._batch = self._batch, []
        given = [(data, source) for _, data, source in batch]
        future: Future[list[Packed]] | None = None
        if self._pool and not self._broken:
            try:
                future = self._pool.submit(packing.parse, given, self._site)
            except BrokenExecutor:
                self._broken = True
        if future is None:
            future = Future()
            future.set_result(packing.parse(given, self._site))
        self._waiting.append((batch, future))

    def _next(self) -> Iterator[_Done]:
        batch, future = self._waiting.popleft()
        try:
            results = future.result()
        except BrokenExecutor:  # a process was killed, for want of memory perhaps
            results = packing.parse([(data, source) for _, data, source in batch], self._site)
            self._broken = True
        for (file, data, _), packed in zip(batch, results, strict=True):
            yield file, data, packed
