"""An edition: every document that is published right now, and what became of the one before.

A document carries its bytes and its HTTP validators (RFC 9110, section 8.8). An
edition is written down as a manifest, from which it can be read again without
the bytes. Nothing here touches a file or knows what a feed looks like.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from feeds.errors import EditionError

MANIFEST = "manifest.json"
_VERSION = 1
_SAFE_PATH = re.compile(r"(?!\.)[^/\\\x00-\x1f]+(?:/(?!\.)[^/\\\x00-\x1f]+)*")


@dataclass(frozen=True, slots=True)
class Document:
    """One published file.

    Attributes:
        path: Its URL and its place in the exported folder: `feeds/ai.xml`.
        type: The Content-Type, with charset where the media type has one.
        etag: A hash of the bytes, without the quotes of the header.
        size: Bytes.
        modified: When these bytes first appeared, in whole seconds.
        body: The bytes; None where only the manifest is known.
    """

    path: str
    type: str
    etag: str
    size: int
    modified: datetime
    body: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """What the edition says of a feed without opening it; `updated` is its newest entry's."""

    path: str
    title: str
    kind: str
    entries: int
    updated: datetime


@dataclass(frozen=True, slots=True)
class Edition:
    """Every document by its path, and every feed."""

    documents: Mapping[str, Document] = field(default_factory=lambda: MappingProxyType({}))
    feeds: tuple[Listing, ...] = ()
    max_age: int = 1800

    def apply(self, changes: "Changes") -> "Edition":
        """Return the edition that `changes` lead to; `compare` of the two is `changes` again."""
        documents = dict(self.documents)
        for path in changes.removed:
            del documents[path]
        documents |= {document.path: document for document in changes.added + changes.changed}
        return Edition(MappingProxyType(documents), changes.feeds, changes.max_age)


@dataclass(frozen=True, slots=True)
class Changes:
    """How one edition differs from the one before."""

    added: tuple[Document, ...] = ()
    changed: tuple[Document, ...] = ()
    removed: tuple[str, ...] = ()
    feeds: tuple[Listing, ...] = ()
    max_age: int = 1800

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def fingerprint(body: bytes) -> str:
    """Return the entity tag of these bytes: the same on every machine, for ever."""
    return sha256(body).hexdigest()[:32]


def compare(before: Edition, after: Edition) -> Changes:
    """Return what has to be written and removed to make `after` out of `before`."""
    old, new = before.documents, after.documents
    return Changes(
        added=tuple(new[path] for path in sorted(new.keys() - old.keys())),
        changed=tuple(new[path] for path in sorted(new.keys() & old.keys()) if new[path] != old[path]),
        removed=tuple(sorted(old.keys() - new.keys())),
        feeds=after.feeds,
        max_age=after.max_age,
    )


def to_manifest(edition: Edition) -> bytes:
    """Return the edition without its bytes, as the JSON that is published beside them."""
    documents = {
        path: {"type": doc.type, "etag": doc.etag, "size": doc.size, "modified": _to_text(doc.modified)}
        for path, doc in sorted(edition.documents.items())
    }
    feeds = [
        {
            "path": feed.path,
            "title": feed.title,
            "kind": feed.kind,
            "entries": feed.entries,
            "updated": _to_text(feed.updated),
        }
        for feed in edition.feeds
    ]
    value = {"version": _VERSION, "max_age": edition.max_age, "feeds": feeds, "documents": documents}
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def from_manifest(data: bytes, origin: str) -> Edition:
    """Return the edition that a manifest describes, its documents without their bytes.

    Raises:
        EditionError: It is no manifest of ours, or names a path outside its folder.
    """
    try:
        value = json.loads(data)
        if not isinstance(value, dict) or value.get("version") != _VERSION:
            raise EditionError(origin, "not a manifest of this version")
        documents = {path: _document(path, item) for path, item in value["documents"].items()}
        feeds = tuple(
            Listing(item["path"], item["title"], item["kind"], int(item["entries"]), _to_moment(item["updated"]))
            for item in value["feeds"]
        )
        return Edition(MappingProxyType(documents), feeds, int(value["max_age"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EditionError(origin, f"not a manifest: {error!r}") from None


def _document(path: str, item: dict[str, Any]) -> Document:
    if not _SAFE_PATH.fullmatch(path):
        raise ValueError(f"a path outside the folder: {path!r}")
    etag, content_type = str(item["etag"]), str(item["type"])
    if not re.fullmatch(r"[\x21\x23-\x7e]+", etag) or not re.fullmatch(r"[\x20-\x7e]+", content_type):
        raise ValueError(f"a header that cannot be sent: {path!r}")
    return Document(path, content_type, etag, int(item["size"]), _to_moment(item["modified"]))


def _to_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _to_moment(value: str) -> datetime:
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
