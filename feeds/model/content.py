"""The files of a content tree, and the topics, providers and assets in it."""

import posixpath
from dataclasses import dataclass
from typing import Literal, NamedTuple

from feeds.model.entry import Image
from feeds.model.tree import FileFacts, TreeFormat


class SourceFile(NamedTuple):
    """A content file: its name for messages, its path in the content folder, and its collection.

    Attributes:
        facts: The format of the tree and facts from other files; None for a tree in the format of Everyday Feeds.
    """

    name: str
    path: str
    collection: str
    facts: FileFacts | None = None

    @property
    def stem(self) -> str:
        return posixpath.splitext(posixpath.basename(self.path))[0]


Status = Literal["published", "unpublished", "undated", "invalid", "plain"]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic in `_data/topics`; `parent` is the name of its parent topic."""

    slug: str
    name: str
    parent: str | None = None
    description: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Organization:
    """A provider in `_data/organizations`."""

    domain: str
    name: str
    description: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the tree's `assets` folder, published as it is under the same path.

    Attributes:
        etag: The ETag of its document.
        size: Bytes.
    """

    path: str
    type: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class ContentFilter:
    """Filter of content files: patterns for names of collections, and the largest size in bytes.

    Attributes:
        tree: The format of the tree; None for the format of Everyday Feeds.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_bytes: int = 1024 * 1024
    tree: TreeFormat | None = None
