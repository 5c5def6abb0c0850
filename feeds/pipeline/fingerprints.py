"""Hashes of the inputs of a parsed file, a document of a feed and a build.

Every field of a dataclass is named here: in `FIELDS` if results depend on it, or in `EXCLUDED`
with the reason why they do not. A field in neither fails a test.

Two version numbers stand for the code. Raise `PARSER_VERSION` when the same file gives another entry or the
index has another layout, and `RENDER_VERSION` when the same entries give other bytes. `tests/data/versions.json` has
digests of both, so a test fails when a number must be raised.
"""

import marshal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import Any

from feeds.model import (
    ArchivePosition,
    Entry,
    EntryMeta,
    FeedDefinition,
    FeedDocument,
    Image,
    Person,
    Policy,
    Provider,
    Related,
    Site,
    Tombstone,
    Window,
)
from feeds.system.packages import installed_versions

PARSER_VERSION = 6
RENDER_VERSION = 7
PARSER_LIBRARIES = ("PyYAML", "python-frontmatter", "markdown-it-py", "mdurl", "ada-url", "regex")
RENDER_LIBRARIES = ("feedgen", "google-re2", "Jinja2", "lxml", "MarkupSafe", "python-dateutil")
PROJECT = "everyday-feeds"
"""The version of the project is part of the keys, so each release parses and renders everything again."""

PARSED_FIELDS = ("tag", "content_base_url")
"""The fields of `Site` that a parsed file depends on."""
BUILD_FIELDS = ("config_hash", "content", "output")
"""The fields of `Config` that an edition depends on."""
_FROM_TEXT = "read from the config's text, whose hash is `config_hash`"
EXCLUDED_FROM_BUILD = {
    "site": _FROM_TEXT,
    "state": _FROM_TEXT,
    "limits": _FROM_TEXT,
    "feeds": _FROM_TEXT,
    "previous": _FROM_TEXT,
    "protect": _FROM_TEXT,
    "executor": _FROM_TEXT,
    "serving": _FROM_TEXT,
    "hub": _FROM_TEXT,
    "folder": "`content` and `output` are absolute",
    "written_paths": _FROM_TEXT,
    "notes": _FROM_TEXT,
}

FIELDS: dict[type, tuple[str, ...]] = {
    Site: (
        "title",
        "url",
        "tag",
        "content_base_url",
        "description",
        "language",
        "author",
        "copyright",
        "icon",
        "image",
        "hubs",
        "max_age",
        "window",
        "accent",
        "policies",
        "aliases",
        "tombstones",
        "pages",
        "templates",
        "generator",
    ),
    Window: ("entries", "recent_period", "warn_bytes", "max_bytes"),
    Policy: ("excerpt", "images", "link", "credit", "license"),
    Person: ("name", "uri", "email"),
    Image: ("url", "width", "height", "title", "credit"),
    FeedDefinition: (
        "path",
        "name",
        "title",
        "kind",
        "description",
        "limit",
        "max_per_provider",
        "collapse",
        "content",
        "order_by_first_match",
        "archive",
        "image",
    ),
    FeedDocument: ("spec", "position", "tombstones"),
    ArchivePosition: ("complete", "archive", "previous", "next"),
    Tombstone: ("ref", "when"),
    EntryMeta: ("digest", "id", "updated", "categories", "tags", "merged"),
    Related: ("title", "link", "provider", "published"),
    Provider: ("name", "domain", "images"),
}
_IN_DIGEST = "in the digest"
_SELECTS = "decides which entries are selected, and the selected ones are hashed"
EXCLUDED: dict[type, dict[str, str]] = {
    Site: {"alias_sources": "for messages"},
    FeedDefinition: {
        "rule": _SELECTS,
        "unique_links": _SELECTS,
        "parent": "shown by documents of the whole site alone, which are always rendered",
        "source": "for messages",
        "line": "for messages",
        "rule_references": "for messages",
    },
    FeedDocument: {
        "updated": "follows from the entries and the tombstones",
        "entries": "hashed one by one",
        "path": "follows from the spec and the month, by which the hashes of archives are kept",
        "months": "hashed by `document_key`, because an archive document has none",
    },
    EntryMeta: {
        "title": _IN_DIGEST,
        "link": _IN_DIGEST,
        "published": _IN_DIGEST,
        "source": "the path of an entry is not shown",
        "collection": "the path of an entry is not shown",
        "type": _IN_DIGEST,
        "provider": _IN_DIGEST,
        "original": _IN_DIGEST,
        "amp": _IN_DIGEST,
        "coverage": _IN_DIGEST,
        "quality": _IN_DIGEST,
        "heat": _IN_DIGEST,
        "has_own_id": "the id itself is hashed",
        "sketch": "by which a renamed file is recognised",
        "expires": "decides which entries are selected, and the selected ones are hashed",
    },
}


def parse_key(site: Site, tree: str = "") -> str:
    """Return a hash of all inputs of a parsed file except its bytes.

    Args:
        tree: A hash of the format of the tree and of its data files: `ContentTree.facts_key`.
    """
    settings = tuple(getattr(site, name) for name in PARSED_FIELDS)
    versions = _versions()[: len(PARSER_LIBRARIES) + 1]
    return _digest((PARSER_VERSION, _PYTHON, versions, settings, tree)).hex()


def program_key() -> str:
    """Return a hash of the versions of the program, of Python and of the libraries."""
    return _digest((PARSER_VERSION, RENDER_VERSION, _PYTHON, _versions())).hex()


def build_key(config_hash: str, content: Path, output: Path) -> str:
    """Return a hash of all inputs of an edition except the files and the time: `BUILD_FIELDS` and the program."""
    return _digest((config_hash, str(content), str(output), program_key())).hex()


def site_key(site: Site) -> bytes:
    """Return the part of the site in the hash of the inputs of its documents."""
    return _digest(plain(site))


def document_key(document: FeedDocument, site: bytes) -> bytes:
    """Return the part of a feed's document, without its entries, in the hash of its inputs.

    Args:
        document: The main document or an archive.
        site: The result of `site_key`.
    """
    archives = tuple((month.name, month.entry_count) for month in document.months)
    return marshal.dumps((site, plain(document), archives), _MARSHAL)


def entry_key(entry: EntryMeta, logos: tuple[Image, ...] | None) -> bytes:
    """Return the part of an entry in the hash of a document's inputs.

    Args:
        logos: The pictures of its provider.
    """
    return marshal.dumps((plain(entry), plain(logos)), _MARSHAL)


def plain(value: Any) -> Any:
    """Return a value as tuples, texts and numbers, each dataclass by its fields in `FIELDS`.

    Raises:
        TypeError: It contains a value whose fields are not in `FIELDS`, or that has no fixed order or form.
    """
    kind = value.__class__
    if kind in _SIMPLE:
        return value
    if kind in _GETTERS:
        return tuple([plain(field_value) for field_value in _GETTERS[kind](value)])
    if isinstance(value, tuple):
        return tuple([plain(item) for item in value])
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return tuple([(key, plain(value[key])) for key in sorted(value)])
    raise TypeError(f"no fields are named for {kind.__name__}")


_MARSHAL = 2  # the last version that ignores the identity of objects
_PYTHON = tuple(sys.version_info[:3])  # its library reads character references, and knows the characters of Unicode
_SIMPLE = frozenset({str, bytes, int, float, bool, type(None)})
_GETTERS: dict[type, Callable[[Any], tuple[Any, ...]]] = {kind: attrgetter(*names) for kind, names in FIELDS.items()}
_GETTERS[Entry] = _GETTERS[EntryMeta]


@cache
def _versions() -> tuple[str, ...]:
    return installed_versions((PROJECT, *PARSER_LIBRARIES, *RENDER_LIBRARIES))


def _digest(values: tuple[Any, ...]) -> bytes:
    return blake2b(marshal.dumps(values, _MARSHAL), digest_size=16).digest()
