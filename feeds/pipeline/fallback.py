"""The last good rendering of entries, taken from the published documents of a feed.

An entry that a bug keeps from being rendered stays in its feeds this way. It works on documents of
this program, whose entries follow each other, and reads and writes no file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from feeds.formats import splitting
from feeds.model import EntryMeta


@dataclass(frozen=True, slots=True)
class Rendered:
    """A published entry.

    Attributes:
        head: The entry's metadata that the documents contain.
        parts: The rendered parts, by suffix, of the formats that could be split.
    """

    head: EntryMeta
    summary: str | None
    parts: Mapping[str, bytes]


def find_last_rendering(documents: Mapping[str, bytes], sources: Mapping[str, str]) -> dict[str, Rendered]:
    """Return the entries in the documents of a feed, by id.

    Args:
        documents: By path; documents that differ only in the suffix have the same entries.
        sources: The requested entries: ids and source files.
    """
    renderings: dict[str, Rendered] = {}
    for stem in sorted({path.rpartition(".")[0] for path in documents}):
        bodies = {path[len(stem) :]: body for path, body in documents.items() if path.rpartition(".")[0] == stem}
        parts = {suffix: _entries(body, suffix) for suffix, body in bodies.items()}
        items = [_item(part) for part in parts.pop(".json", [])]
        for index, item in enumerate(items):
            identity = str(item.get("id"))
            if identity not in sources or not (head := _head(item, sources[identity])):
                continue
            summary = item.get("summary")
            have = {suffix: rows[index] for suffix, rows in parts.items() if len(rows) == len(items)}
            have[".json"] = splitting.split_entries(bodies[".json"], ".json")[index]
            renderings.setdefault(identity, Rendered(head, str(summary) if summary else None, have))
    return renderings


def _entries(body: bytes, suffix: str) -> list[bytes]:
    entries = splitting.split_entries(body, suffix)
    joined = (b",\n" if suffix == ".json" else b"").join(entries)
    # Otherwise the document has content between the entries.
    return entries if joined in body else []


def _item(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _head(item: Mapping[str, Any], source: str) -> EntryMeta | None:
    try:
        published, updated = (
            datetime.fromisoformat(item[key]).astimezone(UTC) for key in ("date_published", "date_modified")
        )
        original = item.get("external_url")
        return EntryMeta(
            item["id"],
            item["title"],
            item["url"],
            published,
            updated,
            source,
            "",
            original=str(original) if original else None,
        )
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
