"""The values of the program, in the words of Atom (RFC 4287).

All values are frozen. Absent text is `None`. "No items" is an empty tuple. Every datetime is aware
and in UTC. Every URL is absolute http(s). No string has a character that XML 1.0 forbids.
These modules read, parse and render nothing.
"""

from feeds.model.content import Asset, ContentFilter, Organization, SourceFile, Status, Topic
from feeds.model.entry import Category, Enclosure, Entry, EntryMeta, Image, Link, Person, Provider, Related
from feeds.model.feed import (
    ArchiveMonth,
    ArchivePosition,
    Condition,
    FeedDefinition,
    FeedDocument,
    FeedDocuments,
    Rule,
    Tombstone,
)
from feeds.model.progress import Progress, no_progress
from feeds.model.site import ICON_PATH, Bound, Policy, Protection, Site, Window
from feeds.model.tree import FileFacts, TreeFormat

__all__ = [
    "ICON_PATH",
    "ArchiveMonth",
    "ArchivePosition",
    "Asset",
    "Bound",
    "Category",
    "Condition",
    "ContentFilter",
    "Enclosure",
    "Entry",
    "EntryMeta",
    "FeedDefinition",
    "FeedDocument",
    "FeedDocuments",
    "FileFacts",
    "Image",
    "Link",
    "Organization",
    "Person",
    "Policy",
    "Progress",
    "Protection",
    "Provider",
    "Related",
    "Rule",
    "Site",
    "SourceFile",
    "Status",
    "Tombstone",
    "Topic",
    "TreeFormat",
    "Window",
    "no_progress",
]
