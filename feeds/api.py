"""What programs call: the steps of a build one by one, and all of them at once.

    read_config --> load --> compose --> an edition, every document with its bytes
                       build: all of it, and write what changed

The command `feeds` has more to say of each; what it calls is not promised to stay.
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
    """Return all that is published in the content tree, its entries whole; what is wrong is for `check`.

    Raises:
        FeedsError: The tree cannot be read.
    """
    from feeds.content import loader
    from feeds.content.scan import ContentTree
    from feeds.store.content_index import ContentIndex

    with ContentIndex(None) as index:
        loaded = loader.load(ContentTree(config.content, config.limits), config.site, index)
        content = loaded.content
        entries = tuple(map(loaded.entry_repository.load_entry, content.entries))
    return Content(
        entries, content.topics, content.organizations, content.assets, content.unreadable, faulty=content.faulty
    )


def compose(config: Config, content: Content, before: Edition | None = None, now: datetime | None = None) -> Edition:
    """Return the edition of this content: every document by its path, with its bytes. Writes nothing.

    The entries are as you give them. Of assets the content has no bytes, so their files are read here.

    Args:
        config: The site and its feeds.
        content: What `load` returned, or what you made of it.
        before: The edition that is published, if there is one: what did not change keeps its dates.
        now: Decides which entries are due; None for the clock.
    """
    from feeds.content.assets import TreeAssets
    from feeds.content.scan import ContentTree
    from feeds.pipeline.compose import compose as composed

    assets = TreeAssets(ContentTree(config.content, config.limits), {asset.path for asset in content.assets})
    return composed(content, config.feeds, config.site, before or Edition(), _at(now), assets=assets).edition


def build(
    config: Config, now: datetime | None = None, *, accept_new_ids: bool = False, accept_removals: bool = False
) -> Report:
    """Publish what the content says into the output folder, and return what became of it.

    Args:
        config: The site, its feeds and where things lie.
        now: The moment of the build; None for the clock.
        accept_new_ids: Go on although readers will announce many entries again.
        accept_removals: Go on although much of what is published will be gone.

    Raises:
        FeedsError: A mistake of an operator, or another build is running; what was
            published before is still there.
    """
    return pipeline_build.build(config, _at(now), SafetyOverrides(accept_new_ids, accept_removals))


def check(config: Config, now: datetime | None = None) -> Report:
    """Return what `build` would publish and what is wrong with the content, and write nothing.

    Raises:
        FeedsError: A mistake of an operator.
    """
    return pipeline_build.check(config, _at(now))


def explain(config: Config, entry: str, feed: str | None = None, now: datetime | None = None) -> "Explanation":
    """Return which feeds have an entry and by which rule, and what happened on its way into one of them.

    Args:
        config: The site and its feeds.
        entry: The entry's file, id or link.
        feed: A feed's path, without `feeds/` and suffix.
        now: The moment at which it is asked; None for the clock.

    Raises:
        FeedsError: There is no such entry, or no such feed.
    """
    return pipeline_build.explain(config, _at(now), entry, feed)


def _at(now: datetime | None) -> datetime:
    return (now or datetime.now(UTC)).replace(microsecond=0)
