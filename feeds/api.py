"""The public API: single steps of a build, and a complete build.

    read_config --> load --> compose --> an edition, every document with its bytes
                       build: all steps, and write what changed

The command `feeds` uses further functions, whose interfaces may change.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feeds.config.model import Config
from feeds.content.model import Content
from feeds.edition.model import Edition
from feeds.pipeline import build as pipeline_build
from feeds.pipeline.report import Report
from feeds.pipeline.safety import SafetyOverrides

if TYPE_CHECKING:
    from feeds.selection.explain import Explanation


def load(config: Config) -> Content:
    """Return the published entries of the content tree in full. `check` reports the problems.

    Raises:
        FeedsError: The tree cannot be read.
    """
    from feeds.content import loader
    from feeds.content.scan import ContentTree
    from feeds.store.content_index import ContentIndex

    with ContentIndex(None) as index:
        tree = ContentTree(config.content, config.limits, output=config.output)
        content = loader.load(tree, config.site, index).content
        entries = tuple(map(loader.IndexedEntries(index, tree, config.site).load_entry, content.entries))
    return Content(
        entries, content.topics, content.organizations, content.assets, content.unreadable, faulty=content.faulty
    )


def compose(config: Config, content: Content, before: Edition | None = None, now: datetime | None = None) -> Edition:
    """Return the edition of this content: all documents by path, with their bytes. Writes nothing.

    The entries are as you give them. The content has no bytes of assets, so this function reads their files.

    Args:
        config: The site and its feeds.
        content: The result of `load`, which you may change.
        before: The published edition, if there is one: unchanged documents keep their dates.
        now: The time, which decides which entries are due; None for the current time.
    """
    from feeds.content.assets import TreeAssets
    from feeds.content.scan import ContentTree
    from feeds.pipeline.compose import compose as composed

    tree = ContentTree(config.content, config.limits, output=config.output)
    assets = TreeAssets(tree, {asset.path for asset in content.assets})
    return composed(content, config.feeds, config.site, before or Edition(), _at(now), assets=assets).edition


def build(
    config: Config, now: datetime | None = None, *, accept_new_ids: bool = False, accept_removals: bool = False
) -> Report:
    """Publish the content into the output folder and return a report.

    Args:
        config: The site, its feeds and the folders.
        now: The time of the build; None for the current time.
        accept_new_ids: Continue although many entries get new ids.
        accept_removals: Continue although many published documents would be removed.

    Raises:
        FeedsError: A user error, or another build is running; the published documents stay.
    """
    return pipeline_build.build(config, _at(now), SafetyOverrides(accept_new_ids, accept_removals))


def check(config: Config, now: datetime | None = None) -> Report:
    """Return the report of a build, with the problems of the content, without writing anything.

    Raises:
        FeedsError: A user error.
    """
    return pipeline_build.check(config, _at(now))


def explain(config: Config, entry: str, feed: str | None = None, now: datetime | None = None) -> "Explanation":
    """Return which feeds have an entry and by which rule, and the selection steps for one feed.

    Args:
        config: The site and its feeds.
        entry: The entry's file, id or link.
        feed: A feed's path, without `feeds/` and suffix.
        now: The time; None for the current time.

    Raises:
        FeedsError: The entry or the feed does not exist.
    """
    return pipeline_build.explain(config, _at(now), entry, feed)


def _at(now: datetime | None) -> datetime:
    return (now or datetime.now(UTC)).replace(microsecond=0)
