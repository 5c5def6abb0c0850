"""Loader of the content tree: finds the files, parses the changed ones, and reports on each.

It reads entries and data files; `assets` reads assets. `frontmatter` knows the meaning of a file.

    ContentTree --files--> index --unchanged-----------------------> metadata
                                 --changed--> parser, worker pool --> metadata
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Generic, TypeVar

from feeds.content import data_files, frontmatter
from feeds.content.assets import LoadedAssets, changed_while_read, load_assets
from feeds.content.model import Content
from feeds.content.scan import SUFFIXES, ContentTree, File, is_read_error
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
        had_read_errors: A file could not be read, which may succeed later without a change of the file.
        counts: Number of files by status.
        unknown: File and line of each unknown key, in the order of the files.
        assets_read_now: Paths of assets that this load has read; see `TreeAssets`.
    """

    content: Content
    problems: tuple[Problem, ...] = ()
    had_read_errors: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    unknown: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    assets_read_now: frozenset[str] = field(default=frozenset(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class DataFiles(Generic[T]):
    """The values in a folder of `_data`, with the problems, and the paths of files that cannot be read now."""

    values: tuple[T, ...]
    problems: tuple[Problem, ...]
    unreadable: frozenset[str]


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
        index: The stored entries of unchanged files; new ones are stored there, in full.
        executor: Returns an executor for many files; a few files are parsed in this process.
        progress: Receives the progress of the loader.
    """
    progress("Reading", 0, len(tree.sources))
    topics = _data(tree, "topics", (".yaml", ".yml"), data_files.parse_topic)
    organizations = _data(
        tree, "organizations", SUFFIXES, lambda data, name: data_files.parse_organization(data, name, site)
    )
    has_assets = tree.is_own_format and site.content_base_url == site.url
    assets = load_assets(tree, index) if has_assets else LoadedAssets(())
    unreadable = set(tree.scanned.unreadable | topics.unreadable | organizations.unreadable | assets.unreadable)
    read_errors: dict[str, Problem] = {}
    counts: Counter[str] = Counter()
    unknown: dict[str, list[tuple[str, int]]] = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    faulty: set[str] = set()
    held_back: set[str] = set()

    def heads() -> Iterator[tuple[str, tuple[Any, ...]]]:
        for row in _iter_rows(tree, site, index, executor, progress, read_errors):
            counts[row.status] += 1
            for key, line in row.unknown:
                unknown.setdefault(key, []).append((f"{tree.name}/{row.path}", line))
            if row.problems:
                problems[row.path] = row.problems
            if row.head is not None:
                yield row.path, row.head
            elif row.status == "unpublished":
                held_back.add(row.path)
            elif row.status in ("invalid", "undated"):
                unreadable.add(row.path)
                if any(isinstance(problem, Bug) for problem in row.problems):
                    faulty.add(row.path)

    def failed(path: str, error: Exception) -> None:
        problems[path] = (*problems.get(path, ()), bug_in(f"{tree.name}/{path}", error))
        counts.update(published=-1, invalid=1)
        unreadable.add(path)
        faulty.add(path)

    entries = sorted(serialize.unpack_metas(heads(), failed), key=attrgetter("source"))
    earlier = (*topics.problems, *organizations.problems, *assets.problems)
    # The index reads files for comparison in another order.
    unread = sorted(read_errors.values(), key=attrgetter("path"))
    parsed = [problem for path in sorted(problems) for problem in problems[path]]

    index.flush()
    content = Content(
        tuple(entries),
        topics.values,
        organizations.values,
        assets.assets,
        frozenset(unreadable),
        frozenset(faulty),
        frozenset(held_back),
    )
    where = {key: sorted(unknown[key]) for key in sorted(unknown)}
    return Loaded(
        content,
        (*tree.problems, *earlier, *unread, *parsed),
        any(map(is_read_error, (*earlier, *unread))),
        counts,
        where,
        assets.read_now,
    )


class IndexedEntries:
    """Repository of the full entries in an open index; an entry with a damaged row is parsed again."""

    def __init__(self, index: ContentIndex, tree: ContentTree, site: Site) -> None:
        self._index = index
        self._tree = tree
        self._site = site

    def load_entry(self, entry: EntryMeta) -> Entry:
        try:
            full = serialize.unpack(self._index.entry(entry.source) or b"")
            return replace(full, expires=entry.expires) if entry.expires else full
        except (ValueError, TypeError, EOFError):  # the index row is damaged
            return _parse_again(self._tree, self._tree.sources[entry.source], self._site)


def _data(
    tree: ContentTree,
    folder: str,
    suffixes: tuple[str, ...],
    parse: Callable[[bytes, str], tuple[T | None, tuple[Problem, ...]]],
) -> DataFiles[T]:
    """Load the files of a folder of `_data`."""
    values: list[T] = []
    problems: list[Problem] = []
    unreadable = set()
    # The folder `_data` of another generator has other data.
    for file in tree.under(f"_data/{folder}/") if tree.is_own_format else ():
        if not file.name.endswith(suffixes):
            continue
        data = tree.read(file)
        if isinstance(data, Problem):
            problems.append(data)
            unreadable |= {file.name} if is_read_error(data) else set()
            continue
        try:
            value, mistakes = parse(data, f"{tree.name}/{file.name}")
        except NOT_ISOLATED:
            raise
        except Exception as error:  # noqa: BLE001 - the other files are still loaded
            value, mistakes = None, (bug_in(f"{tree.name}/{file.name}", error),)
        problems += mistakes
        values += [] if value is None else [value]
    return DataFiles(tuple(values), tuple(problems), frozenset(unreadable))


def _iter_rows(
    tree: ContentTree,
    site: Site,
    index: ContentIndex,
    executor: Callable[[], Executor],
    progress: Progress,
    read_errors: dict[str, Problem],
) -> Iterator[FileRow]:
    """Yield a row for each file; a file that cannot be read gets an invalid row and its problem in `read_errors`."""
    unchanged: set[str] = set()
    # Bytes of changed files that were read for the comparison, limited in number, so that they are not read twice.
    already_read: dict[str, bytes] = {}

    def read(path: str) -> bytes | None:
        progress("Reading", len(unchanged), len(tree.sources))
        data = tree.read(tree.sources[path])
        if isinstance(data, Problem):
            read_errors[path] = data
            return None
        if len(already_read) < PARALLEL_THRESHOLD:
            already_read[path] = data
        return data

    for row in index.iter_unchanged({path: (file.size, file.mtime) for path, file in tree.sources.items()}, read):
        unchanged.add(row.path)
        already_read.pop(row.path, None)
        yield row
    others = (file for path, file in tree.sources.items() if path not in unchanged)
    changed = sorted(others, key=lambda file: bucket_of(file.name))
    with ParserPool(site, executor, len(changed)) as parsers:
        for number, file in enumerate(changed):
            progress("Reading", len(unchanged) + number, len(tree.sources))
            data = read_errors.get(file.name) or already_read.pop(file.name, None)
            if data is None:
                data = tree.read(file)
            if isinstance(data, Problem):
                read_errors[file.name] = data
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
    parsed = frontmatter.parse(data, tree.source(file), site) if isinstance(data, bytes) else None
    if parsed is None or parsed.entry is None:
        raise changed_while_read(tree, file)
    return serialize.with_derived_fields(parsed.entry)
