"""Loader of the content tree: finds the files, parses the changed ones, and reports on each.

Only this module reads content. `frontmatter` knows the meaning of a file.

    ContentTree --files--> index --unchanged-----------------------> metadata
                                 --changed--> parser, worker pool --> metadata
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeVar

from feeds.content import data_files, frontmatter
from feeds.content.assets import changed_while_read, load_assets
from feeds.content.model import FULL_ENTRIES, NO_ASSETS, AssetReader, Content, EntryRepository
from feeds.content.scan import SUFFIXES, ContentTree, File
from feeds.content.workers import PARALLEL_THRESHOLD, ParserPool, workers
from feeds.errors import NOT_ISOLATED, Bug, Problem, bug_in
from feeds.model import Entry, EntryMeta, Progress, Site, no_progress
from feeds.store import serialize
from feeds.store.content_index import ContentIndex, FileRow, bucket_of
from feeds.store.serialize import ParsedFile

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The loaded content, and the report on its files.

    Attributes:
        problems: All problems, in the order of the files.
        counts: Number of files by status.
        unknown: File and line of each unknown key, in the order of the files.
        entry_repository: Loads full entries; needs the open index.
        asset_reader: Reads the bytes of the assets.
    """

    content: Content
    problems: tuple[Problem, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    unknown: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    entry_repository: EntryRepository = field(default=FULL_ENTRIES, repr=False, compare=False)
    asset_reader: AssetReader = field(default=NO_ASSETS, repr=False, compare=False)


def load(
    tree: ContentTree,
    site: Site,
    index: ContentIndex,
    executor: Callable[[], Executor] = workers,
    progress: Progress = no_progress,
) -> Loaded:
    """Load the published entries of a tree.

    The result depends neither on the order of files in the file system nor on the executor.

    Args:
        tree: The files.
        site: The base of ids and URLs.
        index: The stored entries of unchanged files; new ones are stored there. The entry repository
            loads full entries from it, so it must stay open as long as the repository is used.
        executor: Returns an executor for many files; a few files are parsed in this process.
        progress: Receives the progress of the loader.
    """
    progress("Reading", 0, len(tree.sources))
    topics = _data(tree, "topics", (".yaml", ".yml"), data_files.parse_topic)
    organizations = _data(
        tree, "organizations", SUFFIXES, lambda data, name: data_files.parse_organization(data, name, site)
    )
    assets, asset_reader = load_assets(tree, index) if site.content_base_url == site.url else ((), NO_ASSETS)
    counts: Counter[str] = Counter()
    unknown: dict[str, list[tuple[str, int]]] = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    faulty: set[str] = set()

    def heads() -> Iterator[tuple[str, tuple[Any, ...]]]:
        for row in _iter_rows(tree, site, index, executor, progress):
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
    entries = sorted(serialize.unpack_metas(heads(), failed), key=attrgetter("source"))
    # The index reads files for comparison in another order.
    said = tree.problems[:found] + sorted(tree.problems[found:], key=attrgetter("path"))
    said += [problem for path in sorted(problems) for problem in problems[path]]

    index.flush()
    broken = frozenset(tree.unreadable)
    content = Content(tuple(entries), topics, organizations, assets, broken, frozenset(faulty))
    where = {key: sorted(unknown[key]) for key in sorted(unknown)}
    return Loaded(content, tuple(said), counts, where, IndexedEntries(index, tree, site), asset_reader)


class IndexedEntries:
    """The full entries of the index; an entry with a damaged row is parsed again."""

    def __init__(self, index: ContentIndex, tree: ContentTree, site: Site) -> None:
        self._index = index
        self._tree = tree
        self._site = site

    def load_entry(self, entry: EntryMeta) -> Entry:
        try:
            return serialize.unpack(self._index.entry(entry.source) or b"")
        except (ValueError, TypeError, EOFError):  # the index row is damaged
            return _parse_again(self._tree, self._tree.sources[entry.source], self._site)


def _data(
    tree: ContentTree,
    folder: str,
    suffixes: tuple[str, ...],
    parse: Callable[[bytes, str], tuple[T | None, tuple[Problem, ...]]],
) -> tuple[T, ...]:
    """Load the files of a folder of `_data`."""
    made = []
    for file in tree.under(f"_data/{folder}/"):
        data = tree.read(file) if file.name.endswith(suffixes) else None
        if data is not None:
            try:
                value, problems = parse(data, f"{tree.name}/{file.name}")
            except NOT_ISOLATED:
                raise
            except Exception as error:  # noqa: BLE001 - the other files are still loaded
                value, problems = None, (bug_in(f"{tree.name}/{file.name}", error),)
            tree.problems += problems
            made += [] if value is None else [value]
    return tuple(made)


def _iter_rows(
    tree: ContentTree, site: Site, index: ContentIndex, executor: Callable[[], Executor], progress: Progress
) -> Iterator[FileRow]:
    known: set[str] = set()
    # Bytes of changed files that were read for the comparison, limited in number, so that they are not read twice.
    held: dict[str, bytes | None] = {}

    def read(path: str) -> bytes | None:
        progress("Reading", len(known), len(tree.sources))
        data = tree.read(tree.sources[path])
        if data is None or len(held) < PARALLEL_THRESHOLD:
            held[path] = data
        return data

    for row in index.iter_unchanged({path: (file.size, file.mtime) for path, file in tree.sources.items()}, read):
        known.add(row.path)
        held.pop(row.path, None)
        yield row
    others = (file for path, file in tree.sources.items() if path not in known)
    changed = sorted(others, key=lambda file: bucket_of(file.name))
    with ParserPool(site, executor, len(changed)) as parsers:
        for number, file in enumerate(changed):
            progress("Reading", len(known) + number, len(tree.sources))
            data = held.pop(file.name) if file.name in held else tree.read(file)
            if data is None:
                yield FileRow(file.name, file.size, file.mtime, 0, b"", "invalid", (), None)
            else:
                for done in parsers.parse(file, data, tree.source(file)):
                    yield _put(index, *done)
        for done in parsers.rest():
            yield _put(index, *done)
    progress("Reading", len(tree.sources), len(tree.sources))


def _put(index: ContentIndex, file: File, data: bytes, packed: ParsedFile) -> FileRow:
    return index.store(file.name, file.size, file.mtime, data, packed)


def _parse_again(tree: ContentTree, file: File, site: Site) -> Entry:
    data = tree.read(file)
    parsed = frontmatter.parse(data, tree.source(file), site) if data is not None else None
    if parsed is None or parsed.entry is None:
        raise changed_while_read(tree, file)
    return serialize.with_derived_fields(parsed.entry)
