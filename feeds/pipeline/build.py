"""The build pipeline: load, compose, export.

A build is skipped if none of its inputs changed since the last one. The check only scans the files.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.config.model import Config
from feeds.config.reader import read_config
from feeds.content.listing import ScanResult
from feeds.content.scan import ContentTree, is_read_error
from feeds.edition.folder import manifest_hash
from feeds.edition.model import Edition
from feeds.edition.sink import DocumentSink
from feeds.errors import NotFoundError, NothingPublishedError
from feeds.model import Progress, no_progress
from feeds.pipeline import export, fingerprints, recovery, up_to_date
from feeds.pipeline.context import BuildContext, open_build
from feeds.pipeline.report import Report, make_report, remembered_report, report_to_remember
from feeds.pipeline.safety import SafetyOverrides, safety_violations
from feeds.pipeline.timings import Timings
from feeds.pipeline.up_to_date import BuildStamp
from feeds.store.content_index import GRAIN_NS, ContentIndex
from feeds.system import files
from feeds.system.locks import exclusive_lock

if TYPE_CHECKING:
    from feeds.model import FeedDocuments
    from feeds.pipeline.compose import ComposeResult
    from feeds.selection.explain import Explanation


def build(
    config: Config,
    now: datetime,
    accepted: SafetyOverrides = SafetyOverrides(),
    progress: Progress = no_progress,
    scanned: ScanResult | None = None,
    timings: Timings | None = None,
) -> Report:
    """Publish the current content and return a report.

    Args:
        config: The configuration.
        now: The time.
        accepted: The safety checks that are switched off.
        progress: Receives the progress of loading and composing.
        scanned: The scan of the content folder; None to scan it here.
        timings: Measures the steps, and replaces `progress`.

    Raises:
        LockedError: Another build is running.
        IdChangeLimitError: Too many entries would get new ids.
        RemovalLimitError: Too many published documents would be removed.
        FeedsError: Another user error. The published edition stays.
    """
    notes: list[str] = []
    timings = timings or Timings(progress)
    timings.start("open state")
    with ExitStack() as stack:
        stack.enter_context(exclusive_lock(config.state))
        recovery.recover(config.output)
        timings.start("scan")
        tree = ContentTree(config.content, config.limits, scanned, config.output)
        key = fingerprints.parse_key(config.site, tree.facts_key)
        index = stack.enter_context(ContentIndex(config.state, key, notes.append))
        timings.start("compare with last build")
        if last := _unchanged_report(config, tree.scanned, now):
            return last
        timings.start("load published edition")
        with (
            open_build(config, now, timings, index, tree) as context,
            export.Export(config.output, context.published or Edition(), _same_generator(index, config)) as store,
        ):
            before = context.before
            loaded, composed = context.compose(store)
            timings.start("compare editions")
            report = make_report(config, before, loaded, composed)
            _refuse_empty_edition(before, report, tree)
            for reason in safety_violations(before, composed, accepted, config.protect):
                reason.problems = report.problems
                raise reason
            timings.start("export")
            store.commit(composed.edition)
        timings.start("save state")
        index.set_meta("made", _generator_stamp(config))
        is_known = files.write_if_changed(config.state / "problems", "\n".join(map(str, report.problems)))
        # A file that could not be read may become readable without another mtime.
        if loaded.had_read_errors or any(map(is_read_error, composed.problems)) or report.bugs:
            up_to_date.forget(config.state)
        else:
            _save_build_stamp(config, tree, now, composed.next_due, report)
    return replace(
        report,
        should_report=bool(report.changes or notes or (report.problems and not is_known)),
        index_warnings=tuple(notes),
    )


def _refuse_empty_edition(before: Edition, report: Report, tree: ContentTree) -> None:
    """Stop a first build if there are files but no entry, not even a draft.

    Raises:
        NothingPublishedError: No file is an entry.
    """
    counts = report.counts
    if before.documents or any(counts[status] for status in ("published", "scheduled", "unpublished")):
        return
    if count := sum(counts.values()):
        error = NothingPublishedError(tree.name, "content.nothing", count=count)
        error.problems = report.problems
        raise error


def check(config: Config, now: datetime, progress: Progress = no_progress) -> Report:
    """Return the report of a build without writing anything.

    Raises:
        FeedsError: A user error.
    """
    return preview(config, now, progress).report


@dataclass(frozen=True, slots=True)
class Preview:
    """The feeds that a build would publish.

    Attributes:
        feeds: All feeds with their entries.
        titles: Titles of the entries, by id.
    """

    report: Report
    feeds: "tuple[FeedDocuments, ...]" = field(repr=False)
    titles: Mapping[str, str] = field(repr=False)


def preview(config: Config, now: datetime, progress: Progress = no_progress) -> Preview:
    """Return the feeds that a build would publish, without writing anything.

    Raises:
        FeedsError: A user error.
    """
    with open_build(config, now, progress) as context:
        published = context.published
        intact = export.intact(published, config.output) if published else frozenset()
        store = DocumentSink(intact, _same_generator(context.index, config), export.reader(config.output))
        return _preview(context, store)


def preview_since(
    config: Config, path: Path, revision: str, now: datetime, progress: Progress = no_progress
) -> Preview:
    """Compare the feeds of a build with those of a git revision.

    Both are composed for the same time, independent of the published edition.

    Args:
        config: The current configuration; the revision's feeds use the revision's own one.
        path: The configuration file.

    Raises:
        NotFoundError: The revision does not exist or has no content.
        FeedsError: Another user error.
    """
    from feeds.pipeline import git_checkout

    with git_checkout.checkout(path, config.content, revision) as (old_path, old_content), ContentIndex(None) as index:
        old = read_config(old_path, old_content, config.output) if old_path else replace(config, content=old_content)
        with open_build(old, now, progress, index, before=Edition()) as context:
            _, composed = context.compose(DocumentSink())
        titles = _titles(composed)
    with open_build(config, now, progress, before=composed.edition) as context:
        current = _preview(context, DocumentSink())
    return replace(current, titles=titles | dict(current.titles))


def explain(
    config: Config, now: datetime, wanted: str, feed: str | None, progress: Progress = no_progress
) -> "Explanation":
    """Explain why feeds have or lack an entry; see `selection.explain`.

    Args:
        wanted: The entry's file, id or link.
        feed: A feed's path, without `feeds/` and suffix.

    Raises:
        NotFoundError: The entry or the feed does not exist.
        FeedsError: Another user error.
    """
    from feeds.content.frontmatter import Parsed, parse
    from feeds.selection import explain as selection_explain

    with open_build(config, now, progress) as context:
        before, tree = context.before, context.tree
        loaded, composed = context.compose(DocumentSink())
        path = _path_in(config.content, wanted)
        entry_path = selection_explain.find(wanted, path, loaded.content, composed.feeds) or path
        if entry_path not in tree.sources:
            raise NotFoundError(wanted, "entry.not_found")
        file = tree.sources[entry_path]
        source = tree.source(file)
        if entry_path in loaded.content.faulty:
            parsed = Parsed(
                "invalid", problems=tuple(problem for problem in loaded.problems if problem.path == source.name)
            )
        else:
            data = tree.read(file)
            parsed = parse(data if isinstance(data, bytes) else b"", source, config.site)
        trace = selection_explain.BuildTrace(
            loaded.content.without(composed.faulty),
            config.feeds,
            config.site,
            before,
            now,
            composed.feeds,
            composed.problems,
        )
        return selection_explain.explain(entry_path, parsed, trace, context.entry_repository, feed)


def _path_in(content: Path, wanted: str) -> str:
    """Return the tree path of a file, which is named from the current folder or from the content folder."""
    try:
        return Path(wanted).resolve().relative_to(content.resolve()).as_posix()
    except (ValueError, OSError):
        return wanted


def _preview(context: BuildContext, store: DocumentSink) -> Preview:
    config, before = context.config, context.before
    loaded, composed = context.compose(store)
    stops = tuple(safety_violations(before, composed, SafetyOverrides(), config.protect))
    report = replace(make_report(config, before, loaded, composed), blocking_errors=stops)
    return Preview(report, composed.feeds, _titles(composed))


def _titles(composed: "ComposeResult") -> dict[str, str]:
    return {entry.id: entry.title for feed in composed.feeds for entry in feed.all_entries}


def _same_generator(index: ContentIndex, config: Config) -> bool:
    """Return whether the same version of this program made the published edition."""
    return index.get_meta("made") == _generator_stamp(config)


def _generator_stamp(config: Config) -> bytes:
    """Return a hash of the program and the published manifest, because a folder may be restored from a backup."""
    published = manifest_hash(config.output)
    return f"{fingerprints.program_key()} {published}".encode()


def _unchanged_report(config: Config, scanned: ScanResult, now: datetime) -> Report | None:
    """Return the report of the last build if none of the inputs changed, or None."""
    last = up_to_date.read(config.state)
    if last is None or last.inputs_hash != _inputs_hash(config) or not last.is_current(scanned, config.output, now):
        return None
    return remembered_report(last.report)


def _inputs_hash(config: Config) -> str:
    return fingerprints.build_key(config.config_hash, config.content, config.output)


def _save_build_stamp(config: Config, tree: ContentTree, now: datetime, until: datetime | None, report: Report) -> None:
    """Store the inputs and the report of this build."""
    # A file with a very recent mtime may change again without another mtime.
    if tree.scanned.has_dates_near(datetime.now(UTC).timestamp() * 1e9, GRAIN_NS):
        up_to_date.forget(config.state)
        return
    files_hash = up_to_date.hash_files(tree.scanned, config.output)
    up_to_date.write(
        config.state,
        BuildStamp(_inputs_hash(config), files_hash, now, until, config.written_paths, report_to_remember(report)),
    )
