"""The context that builds, checks, comparisons and explanations start with.

It has the open content index, the content tree and the previous edition.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from feeds.config.model import Config
from feeds.content.scan import ContentTree
from feeds.edition.folder import load_published_edition
from feeds.edition.model import Edition
from feeds.edition.sink import DocumentSink
from feeds.model import Progress
from feeds.pipeline import fingerprints, remote_manifest
from feeds.pipeline.executors import load_executor
from feeds.store.content_index import ContentIndex

if TYPE_CHECKING:
    from feeds.content.loader import Loaded
    from feeds.content.model import EntryRepository
    from feeds.pipeline.compose import ComposeResult


class BuildContext:
    """The inputs of an edition, while the index is open.

    Args:
        config: The configuration.
        now: The time.
        progress: Receives the progress of loading and composing.
        index: The stored entries of unchanged files.
        tree: The content files.
        before: The previous edition; None for the published one.
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
        """The edition in the output folder, or None."""
        return load_published_edition(self.config.output)

    @cached_property
    def before(self) -> Edition:
        """The previous edition: the one in the output folder, or else the one at the URL `previous`."""
        if self._before is not None:
            return self._before
        if self.published is None and self.config.previous:
            return remote_manifest.fetch_edition(self.config.previous) or Edition()
        return self.published or Edition()

    @cached_property
    def entry_repository(self) -> "EntryRepository":
        """The repository of full entries, which needs the open index."""
        from feeds.content.loader import IndexedEntries

        return IndexedEntries(self.index, self.tree, self.config.site)

    def compose(self, store: DocumentSink) -> "tuple[Loaded, ComposeResult]":
        """Load the content and compose its edition."""
        # Imported here, because the imports take longer than the check for a skipped build.
        from feeds.content.assets import TreeAssets
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
            self.entry_repository,
            TreeAssets(self.tree, loaded.assets_read_now),
        )


@contextmanager
def open_build(
    config: Config,
    now: datetime,
    progress: Progress,
    index: ContentIndex | None = None,
    tree: ContentTree | None = None,
    before: Edition | None = None,
) -> Iterator[BuildContext]:
    """Open the inputs of an edition; without `index`, the stored index is read but not changed."""
    tree = tree or ContentTree(config.content, config.limits, output=config.output)
    if index is not None:
        yield BuildContext(config, now, progress, index, tree, before)
        return
    key = fingerprints.parse_key(config.site, tree.facts_key)
    with ContentIndex(config.state, key, keep=False) as opened:
        yield BuildContext(config, now, progress, opened, tree, before)
