"""The manifest: an edition without its bytes, as JSON that is published with the documents.

It is the only state that builds share, and it is public: it names only what is or was published.
A loaded manifest is validated, because it may come from a server.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, get_args

from feeds.edition.model import (
    LONG_AGO,
    Document,
    DocumentKind,
    Edition,
    EditionState,
    FeedSummary,
    FileRecord,
    FormerEntry,
    Membership,
    Removal,
)
from feeds.edition.paths import FEEDS_PREFIX, classify_path, is_safe_path
from feeds.errors import EditionError
from feeds.http import asset_policy

PATH = "manifest.json"
PENDING_PATH = ".manifest.json.new"
"""The path of the complete manifest while an export renames the documents."""
TYPE = "application/json"
_VERSION = 3
_KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
_AT_ONCE = 1000
_ETAG = re.compile(r"[\x21\x23-\x7e]+")
_CONTENT_TYPE = re.compile(r"[\x20-\x7e]+")
_MEMORY = {b"feeds": b"[]", b"ids": b"[]", b"files": b"{}", b"former": b"{}", b"removals": b"{}", b"stays": b"{}"}
# RFC 3987, limited to what is safe in documents: no spaces, controls, brackets or quotes.
_IRI = re.compile('[A-Za-z][A-Za-z0-9+.-]*:[^\\s\\x00-\\x20\\x7f-\\x9f"<>\\\\^`{|}\\ud800-\\udfff\\ufffe\\uffff]+')


def to_manifest(edition: Edition) -> bytes:
    """Serialise an edition as a manifest; the same edition gives the same bytes."""
    return b"".join(pieces(edition))


def pieces(edition: Edition) -> Iterator[bytes]:
    """Yield the manifest of an edition in pieces, because building it at once takes three times its memory."""
    state = edition.state
    # Feeds refer to entries by their index in this list, because one entry can be in a dozen feeds.
    files = sorted(state.files.items())
    ids = sorted({entry for feed in state.feeds for entry in feed.entries})
    index = {entry: number for number, entry in enumerate(ids)}
    value = {
        "version": _VERSION,
        "url": state.url,
        "max_age": state.max_age,
        "hubs": list(state.hubs),
        "feeds": [
            {
                "path": feed.path,
                "title": feed.title,
                "kind": feed.kind,
                "window": feed.entry_count,
                "updated": _to_text(feed.updated),
                "fingerprint": feed.input_hash,
                "reach": _to_text(feed.oldest_published) if feed.oldest_published else None,
                "most": feed.max_entries,
                "entries": [index[entry] for entry in feed.entries],
            }
            | _shortened(feed)
            | _archive_hashes(feed)
            for feed in state.feeds
        ],
        "ids": ids,
        "files": dict(files),
        "former": {entry: [former.path, *former.record[1:]] for entry, former in sorted(state.former.items())},
        "removals": {
            entry: [_to_text(removal.when), *removal.feeds] for entry, removal in sorted(state.removals.items())
        },
        "stays": {
            path: {entry: [_to_text(stay.since), stay.active] for entry, stay in sorted(stays.items())}
            for path, stays in sorted(state.memberships.items())
        },
        "moved": dict(sorted(state.moved.items())),
        "gone": sorted(state.gone),
        "changed": _to_text(state.modified),
        "documents": {path: _item(document) for path, document in sorted(edition.documents.items())},
    }
    # One line for each part, so that a diff shows what changed.
    before = "{\n"
    for key, part in value.items():
        yield f'{before}"{key}": '.encode()
        yield from _pieces(part)
        before = ",\n"
    yield b"\n}\n"


def _item(document: Document) -> dict[str, Any]:
    item = {
        "type": document.type,
        "etag": document.etag,
        "size": document.size,
        "modified": _to_text(document.modified),
    }
    # The usual kind, and a feed that follows from the path, are left out to keep the manifest small.
    if document.kind != "feed":
        item["kind"] = document.kind
    if document.feed is not None and document.feed != _usual_feed(document.path, document.kind):
        item["feed"] = document.feed
    return item


def _usual_feed(path: str, kind: DocumentKind) -> str | None:
    """Return the feed of a document without `feed` in the manifest, from its path."""
    if kind == "archive":
        return path.rpartition("/")[0]
    return path.rpartition(".")[0] if kind in ("feed", "page") else None


def _shortened(feed: FeedSummary) -> dict[str, Any]:
    return {"shortened": {entry: list(sizes) for entry, sizes in feed.shortened.items()}} if feed.shortened else {}


def _archive_hashes(feed: FeedSummary) -> dict[str, Any]:
    return {"archives": dict(sorted(feed.archive_hashes.items()))} if feed.archive_hashes else {}


def _pieces(part: Any) -> Iterator[bytes]:
    if not isinstance(part, dict) or not part:
        yield json.dumps(part, ensure_ascii=False).encode()
        return
    items, before = iter(part.items()), "{"
    while some := dict(islice(items, _AT_ONCE)):
        yield f"{before}{json.dumps(some, ensure_ascii=False)[1:-1]}".encode()
        before = ", "
    yield b"}"


def from_manifest(data: bytes, origin: str, memory: bool = True) -> Edition:
    """Return the edition that a manifest describes, its documents without bytes.

    Args:
        data: The manifest.
        origin: The source of the manifest, for messages.
        memory: Whether to load the parts that only the next build needs, which are most of it.

    Raises:
        EditionError: The data is not a manifest of this program, or names a path outside its folder.
    """
    try:
        value = json.loads(data if memory else _without_memory(data))
        if not isinstance(value, dict) or value.get("version") not in (1, 2, _VERSION):
            raise EditionError(origin, "edition.manifest_version")
        if value["version"] == 1:
            _add_kinds(value)
        documents = {path: _document(path, item) for path, item in value["documents"].items()}
        # Older manifests do not have this value; the date of the newest document replaces it.
        newest = max((document.modified for document in documents.values()), default=LONG_AGO)
        changed = _to_moment(value["changed"]) if "changed" in value else newest
        return Edition(documents, replace(_state(value), modified=changed))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise EditionError(origin, "edition.manifest_broken", reason=str(error)) from None


def _add_kinds(value: dict[str, Any]) -> None:
    """Add the kind and the feed of each document to a manifest of version 1."""
    documents = value["documents"]
    redirects = {*value["moved"], *value["gone"]}
    for path, item in documents.items():
        item["kind"], item["feed"] = classify_path(path, documents, redirects)


def _without_memory(data: bytes) -> bytes:
    """Return a manifest without the parts that only builds need; each part is one line."""
    if not data.endswith(b"}\n}\n"):
        raise ValueError("its end is missing")
    lines = data.split(b"\n")
    for number, line in enumerate(lines):
        for part, nothing in _MEMORY.items():
            if line.startswith(b'"%s": ' % part):
                lines[number] = b'"%s": %s,' % (part, nothing)
    return b"\n".join(lines)


def _state(value: dict[str, Any]) -> EditionState:
    ids = [_id(text) for text in value["ids"]]
    return EditionState(
        url=str(value["url"]),
        max_age=int(value["max_age"]),
        hubs=tuple(map(_id, value.get("hubs", ()))),
        feeds=tuple(
            FeedSummary(
                _path(item["path"]),
                str(item["title"]),
                str(item["kind"]),
                tuple(ids[number] for number in item["entries"]),
                int(item["window"]),
                _to_moment(item["updated"]),
                str(item.get("fingerprint", "")),
                _to_moment(item["reach"]) if item.get("reach") else None,
                int(item.get("most", 0)),
                {_id(entry_id): (int(was), int(now)) for entry_id, (was, now) in item.get("shortened", {}).items()},
                # Older manifests do not have these hashes, so the next build renders all archives once.
                {str(month): str(input_hash) for month, input_hash in item.get("archives", {}).items()},
            )
            for item in value["feeds"]
        ),
        files={str(path): _record(*record) for path, record in value["files"].items()},
        former={
            entry: FormerEntry(str(path), _record(entry, *record))
            for entry, (path, *record) in value.get("former", {}).items()
        },
        removals={
            _id(entry): Removal(_to_moment(when), tuple(map(str, feeds)))
            for entry, (when, *feeds) in value["removals"].items()
        },
        memberships={
            str(path): {
                _id(entry): Membership(_to_moment(since), bool(inside)) for entry, (since, inside) in stays.items()
            }
            for path, stays in value["stays"].items()
        },
        moved={_path(old): _path(new) for old, new in value["moved"].items()},
        gone=frozenset(path for path in map(_path, value["gone"]) if path.startswith(FEEDS_PREFIX)),
    )


def _record(entry: str, link: str, content: str, title: str = "", published: int = 0, sketch: str = "") -> FileRecord:
    """Return the record of an entry; before version 3, it ends with the hash of the content."""
    return FileRecord(_id(entry), str(link), str(content), str(title), int(published), str(sketch))


def _document(path: str, item: dict[str, Any]) -> Document:
    etag, content_type = str(item["etag"]), str(item["type"])
    if not _ETAG.fullmatch(etag) or not _CONTENT_TYPE.fullmatch(content_type):
        raise ValueError(f"a header that cannot be sent: {path!r}")
    kind = item.get("kind", "feed")
    if kind not in _KINDS:
        raise ValueError(f"not a kind of document: {kind!r}")
    if asset_policy.is_asset(path) != (kind == "asset"):
        # The kind decides the security policy of the response.
        raise ValueError(f"an asset of another kind, or another document among the assets: {path!r}")
    feed = item.get("feed") or _usual_feed(path, kind)
    return Document(
        _path(path),
        content_type,
        etag,
        int(item["size"]),
        _to_moment(item["modified"]),
        kind=kind,
        feed=None if feed is None else _path(feed),
    )


def _path(path: str) -> str:
    if not is_safe_path(path):
        raise ValueError(f"a path outside the folder: {path!r}")
    return path


def _id(value: str) -> str:
    # The id may come from a server, and is written into documents.
    if not _IRI.fullmatch(value):
        raise ValueError(f"not an id: {value!r}")
    return value


def _to_text(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def _to_moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value).astimezone(UTC)
    if not 1000 <= moment.year < 9999:
        raise ValueError(f"not a date: {value!r}")
    return moment
