"""The context that the producers of an edition's documents share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from feeds.content.model import Content
from feeds.edition.model import Document, FeedSummary
from feeds.errors import Bug, Problem
from feeds.model import FeedDocuments, Progress, Site
from feeds.pipeline.documents import BuiltFeed, DocumentBuilder
from feeds.pipeline.render import FeedRenderer
from feeds.selection.candidates import Candidates
from feeds.selection.select import Selection


class EntryFaultsError(Exception):
    """Bugs that single entries trigger, by file."""

    def __init__(self, bugs: Mapping[str, Bug]) -> None:
        super().__init__(*bugs)
        self.bugs = bugs


@dataclass(slots=True)
class Composition:
    """The inputs of an edition, and the results of its producers up to now.

    Attributes:
        content: The content without faulty entries.
        candidates: The entries that are due.
        selection: The entries of each feed.
        builder: Makes documents and dates them.
        renderer: Renders feeds and entries.
        progress: Receives the number of finished feeds.
        moved_feeds: Former paths of feeds that better slugs replaced, with the current paths.
        documents: The documents of earlier producers, by path.
        feeds: The finished feeds.
        unreadable_feeds: Feeds that stay because their files cannot be read now.
        problems: Problems of single documents.
        moved: Former paths of documents, with the current paths.
        removed_paths: Paths of former documents.
    """

    content: Content
    site: Site
    candidates: Candidates
    selection: Selection
    builder: DocumentBuilder
    renderer: FeedRenderer
    progress: Progress
    moved_feeds: Mapping[str, str]
    documents: dict[str, Document] = field(default_factory=dict)
    feeds: list[BuiltFeed] = field(default_factory=list)
    unreadable_feeds: tuple[FeedSummary, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    moved: Mapping[str, str] = field(default_factory=dict)
    removed_paths: frozenset[str] = frozenset()

    @property
    def feed_documents(self) -> list[FeedDocuments]:
        return [built.feed for built in self.feeds]

    @property
    def last_change(self) -> datetime:
        """The date of the newest change in any feed."""
        return max((built.feed.main.updated for built in self.feeds), default=self.site.tag_date)
