"""The one story: load, compose, export.

A build that would come to what the last one came to is not begun: what it depends on is
compared first, which takes a look at the files and no more.
"""

import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.config.model import Config
from feeds.config.reader import read_config
from feeds.content.scan import ContentTree
from feeds.edition.diff import Changes
from feeds.edition.folder import load_published_edition, manifest_hash
from feeds.edition.model import Edition
from feeds.edition.sink import DocumentSink
from feeds.errors import NotFoundError
from feeds.model import Progress, no_progress
from feeds.pipeline import export, recovery, remote_manifest, up_to_date
from feeds.pipeline.executors import load_executor
from feeds.pipeline.report import Report, make_report
from feeds.pipeline.safety import SafetyOverrides, safety_violations
from feeds.pipeline.up_to_date import BuildStamp
from feeds.store.content_index import GRAIN_NS, ContentIndex, key_of
from feeds.system import files
from feeds.system.locks import one_at_a_time

if TYPE_CHECKING:
    from feeds.content.loader import Loaded
    from feeds.model import Feed
    from feeds.pipeline.compose import ComposeResult
    from feeds.selection.explain import Explanation


class BuildContext:
    """What an edition is composed from, while the index is open.

    Args:
        config: The configuration.
        now: The moment.
        progress: Told how far the reading is.
        index: What is known of the content files.
        tree: The content files.
        before: The edition to compare with; None for the one that is published.
    """

    def __init__(
        self,
        config: Config,
        now: datetime,
        progress: Progress,
        index: ContentIndex,
        tree: ContentTree,
        before: Edition | None = None,
    ) -> None:
        self.config = config
        self.index = index
        self.tree = tree
        self._now = now
        self._progress = progress
        self._before = before

    @cached_property
    def published(self) -> Edition | None:
        """The edition in the output folder, if there is one."""
        return load_published_edition(self.config.output)

    @cached_property
    def before(self) -> Edition:
        """The edition before: that in the folder or else the published one elsewhere."""
        if self._before is not None:
            return self._before
        if self.published is None and self.config.previous:
            return remote_manifest.fetch_edition(self.config.previous) or Edition()
        return self.published or Edition()

    def compose(self, store: DocumentSink) -> "tuple[Loaded, ComposeResult]":
        """Read the content and compose its edition."""
        # Not before they are needed: together they take longer to import than to find that nothing changed.
        from feeds.content.loader import load
        from feeds.content.workers import workers
        from feeds.pipeline.compose import compose

        config = self.config
        executor = load_executor(config.executor, config.folder) if config.executor else workers
        before = self.before
        loaded = load(self.tree, config.site, self.index, executor, self._progress)
        return loaded, compose(
            loaded.content,
            config.feeds,
            config.site,
            before,
            self._now,
            store,
            self._progress,
            loaded.entry_repository,
            loaded.asset_reader,
        )


@contextmanager
def _opened(
    config: Config,
    now: datetime,
    progress: Progress,
    index: ContentIndex | None = None,
    tree: ContentTree | None = None,
    before: Edition | None = None,
) -> Iterator[BuildContext]:
    """Open what an edition is composed from; without `index` the index is used and not changed."""
    tree = tree or ContentTree(config.content, config.limits)
    if index is not None:
        yield BuildContext(config, now, progress, index, tree, before)
        return
    with ContentIndex(config.state, key_of(config.site), keep=False) as opened:
        yield BuildContext(config, now, progress, opened, tree, before)


def build(
    config: Config,
    now: datetime,
    accepted: SafetyOverrides = SafetyOverrides(),
    progress: Progress = no_progress,
    tree: ContentTree | None = None,
) -> Report:
    """Publish what the content tree says now, and return what became of it.

    Args:
        config: The configuration.
        now: The moment.
        accepted: What need not be asked.
        progress: Told how far the reading is.
        tree: The files, if somebody has looked for them already.

    Raises:
        RunningError: Another build is running.
        IdentityError: Readers would announce many entries again.
        RemovalError: Much of what is published would be gone.
        FeedsError: Another mistake of an operator. The edition before is still there.
    """
    notes: list[str] = []
    tree = tree or ContentTree(config.content)
    tree.limits = config.limits
    with (
        one_at_a_time(config.state),
        ContentIndex(config.state, key_of(config.site), notes.append) as index,
        _opened(config, now, progress, index, tree) as context,
    ):
        recovery.recover(config.output)
        if last := _settled(config, tree, now):
            return last
        published, before = context.published or Edition(), context.before
        with export.Export(config.output, published, _same_generator(index, config)) as store:
            loaded, composed = context.compose(store)
            report = make_report(config, before, loaded, composed)
            for reason in safety_violations(before, composed, accepted, config.protect):
                reason.problems = report.problems
                raise reason
            store.commit(composed.edition)
        index.set_meta("made", _made(config))
        said = files.remember(config.state / "problems", "\n".join(map(str, report.problems)))
        _save_build_stamp(config, tree, now, composed.next_due, report)
    return replace(
        report,
        should_report=bool(report.changes or notes or (report.problems and not said)),
        index_warnings=tuple(notes),
    )


def check(config: Config, now: datetime, progress: Progress = no_progress) -> Report:
    """Return what `build` would publish and say, and write nothing.

    Raises:
        FeedsError: An operator's mistake.
    """
    return preview(config, now, progress).report


@dataclass(frozen=True, slots=True)
class Preview:
    """What a build would publish.

    Attributes:
        feeds: Every feed with its entries, as its documents would have them.
        titles: Of the entries, by their ids.
    """

    report: Report
    feeds: "tuple[Feed, ...]" = field(repr=False)
    titles: Mapping[str, str] = field(repr=False)


def preview(config: Config, now: datetime, progress: Progress = no_progress) -> Preview:
    """Return what `build` would publish, entries and all, and write nothing.

    Raises:
        FeedsError: An operator's mistake.
    """
    with _opened(config, now, progress) as context:
        published = context.published
        intact = export.intact(published, config.output) if published else frozenset()
        store = DocumentSink(intact, _same_generator(context.index, config), export.reader(config.output))
        return _preview(context, store)


def preview_since(
    config: Config, path: Path, revision: str, now: datetime, progress: Progress = no_progress
) -> Preview:
    """Return what a build would publish, compared with what it would have published at a revision of git.

    Both are made at the same moment; neither what is published nor what is remembered
    of it counts.

    Args:
        config: The configuration as it is; the revision's own counts for what it published.
        path: Where the configuration is.

    Raises:
        UnknownError: There is no such revision, or no content in it.
        FeedsError: Another mistake of an operator.
    """
    from feeds.pipeline import git_checkout

    with git_checkout.checkout(path, config.content, revision) as (old_path, old_content), ContentIndex(None) as index:
        old = read_config(old_path, old_content, config.output) if old_path else replace(config, content=old_content)
        with _opened(old, now, progress, index, before=Edition()) as context:
            _, composed = context.compose(DocumentSink())
        titles = _titles(composed)
    with _opened(config, now, progress, before=composed.edition) as context:
        made = _preview(context, DocumentSink())
    return replace(made, titles=titles | dict(made.titles))


def explain(
    config: Config, now: datetime, wanted: str, feed: str | None, progress: Progress = no_progress
) -> "Explanation":
    """Return why an entry is in the feeds that it is in, or not in one; see `why.explain`.

    Args:
        wanted: The entry's file, id or link.
        feed: A feed's path, without `feeds/` and suffix.

    Raises:
        UnknownError: There is no such entry, or no such feed.
        FeedsError: Another mistake of an operator.
    """
    from feeds.content.frontmatter import Parsed, parse
    from feeds.selection import explain as selection_explain

    with _opened(config, now, progress) as context:
        before, tree = context.before, context.tree
        loaded, composed = context.compose(DocumentSink())
        path = _path_in(config.content, wanted)
        found = selection_explain.find(wanted, path, loaded.content, composed.feeds) or path
        if found not in tree.sources:
            raise NotFoundError(wanted, "no entry has this file, id or link (only files in collections are entries)")
        file = tree.sources[found]
        source = tree.source(file)
        if found in loaded.content.faulty:
            parsed = Parsed("invalid", problems=tuple(each for each in loaded.problems if each.path == source.name))
        else:
            parsed = parse(tree.read(file) or b"", source, config.site)
        trace = selection_explain.BuildTrace(
            loaded.content.without(composed.faulty),
            config.feeds,
            config.site,
            before,
            now,
            composed.feeds,
            composed.problems,
            loaded.entry_repository,
        )
        return selection_explain.explain(found, parsed, trace, feed)


def _path_in(content: Path, wanted: str) -> str:
    """Return what the tree calls a file that is named from where somebody is, or from inside the tree."""
    try:
        return Path(wanted).resolve().relative_to(content.resolve()).as_posix()
    except (ValueError, OSError):
        return wanted


def _preview(context: BuildContext, store: DocumentSink) -> Preview:
    config, before = context.config, context.before
    loaded, composed = context.compose(store)
    stops = tuple(map(str, safety_violations(before, composed, SafetyOverrides(), config.protect)))
    report = replace(make_report(config, before, loaded, composed), blocking_errors=stops)
    return Preview(report, composed.feeds, _titles(composed))


def _titles(composed: "ComposeResult") -> dict[str, str]:
    return {entry.id: entry.title for feed in composed.feeds for entry in feed.all_entries}


def _same_generator(index: ContentIndex, config: Config) -> bool:
    """Tell whether what is published was made by this very program."""
    return index.get_meta("made") == _made(config)


def _made(config: Config) -> bytes:
    """Return what tells the program and the edition that is published from others: a folder may be put back."""
    published = manifest_hash(config.output)
    return f"{up_to_date.hash_code(config.site.pages)} {published}".encode()


def _settled(config: Config, tree: ContentTree, now: datetime) -> Report | None:
    """Return the report of the last build if this one would come to the same."""
    last = up_to_date.read(config.state)
    if last is None or last.inputs_hash != _made_from(config) or not last.is_current(tree, config.output, now):
        return None
    report = pickle.loads(last.report)  # noqa: S301 - our own
    return report if isinstance(report, Report) else None


def _made_from(config: Config) -> bytes:
    return up_to_date.hash_inputs(config.config_hash, config.content, config.output, config.site.pages)


def _save_build_stamp(config: Config, tree: ContentTree, now: datetime, until: datetime | None, report: Report) -> None:
    """Remember what this build depended on, and what it came to."""
    # What was written just now may be written again with the same date, and what could not be read
    # can be without another one.
    if tree.had_read_errors or report.bugs or tree.has_dates_near(datetime.now(UTC).timestamp() * 1e9, GRAIN_NS):
        up_to_date.write(config.state, None)
        return
    first = {key: places[:1] for key, places in report.unknown.items()}
    last = replace(report, unknown=first, listings=(), changes=Changes(), feeds=(), should_report=False)
    seen = up_to_date.hash_files(tree, config.output)
    up_to_date.write(
        config.state, BuildStamp(_made_from(config), seen, config.site.pages, now, until, pickle.dumps(last))
    )
