"""Serialisation of entries as plain values, for the index and for worker processes.

The same entry always gives the same bytes: version 2 of `marshal` ignores the identity of objects.
`entry` defines the meaning of an entry.
"""

import marshal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice, repeat
from operator import attrgetter
from typing import Any, NamedTuple

from feeds.errors import NOT_ISOLATED, Problem
from feeds.model import Category, Enclosure, Entry, EntryMeta, Image, Link, Person, Provider, Related, Status
from feeds.text.sketch import sketch

MARSHAL_VERSION = 2
_SIMPLE = frozenset({str, int, float, bool, type(None)})
# Fields for the place of an entry, which are not part of the digest.
_PLACE = ("id", "source", "collection", "has_own_id")
# Fields that are derived from others, set later, or in the metadata alone.
_DERIVED_FIELDS = ("digest", "sketch", "coverage", "merged", "expires")
# Stored fields of metadata: the source is the row's key, and `merged` is set later.
_HEAD = tuple(field.name for field in fields(EntryMeta) if field.name not in ("source", "merged"))
_AT_PROVIDER, _AT_COVERAGE, _AT_DIGEST, _AT_SKETCH = map(_HEAD.index, ("provider", "coverage", "digest", "sketch"))
_CONTENT_FIELDS = tuple(field.name for field in fields(Entry) if field.name not in _PLACE + _DERIVED_FIELDS)
entry_place, _head, _said = attrgetter(*_PLACE), attrgetter(*_HEAD), attrgetter(*_CONTENT_FIELDS)
_VALUES: dict[type, Callable[[Any], Iterable[Any]]] = {Category: tuple} | {
    kind: attrgetter(*(field.name for field in fields(kind)))
    for kind in (Enclosure, Image, Link, Person, Provider, Related)
}
# Values that many entries share, and their constructors.
_SHARED: dict[str, Callable[[Any], Any]] = {
    "collection": str,
    "type": lambda type_: type_,
    "tags": tuple,
    "provider": lambda provider: provider and Provider(*provider),
    "categories": lambda categories: _all(Category, categories),
}
# Metadata that fits into a processor's cache: all at once takes half as long again.
_AT_ONCE = 1000


class ParsedFile(NamedTuple):
    """A parsed content file in plain values.

    Attributes:
        head: The entry's metadata; None if the file has no entry.
        entry: The full entry.
    """

    status: Status
    problems: tuple[Problem, ...]
    unknown: tuple[tuple[str, int], ...]
    head: tuple[Any, ...] | None = None
    entry: bytes = b""


def with_derived_fields(entry: Entry) -> Entry:
    """Return the entry with its derived fields."""
    return replace(
        entry,
        digest=content_digest(encode_content(entry)),
        sketch=sketch((entry.summary, entry.content)),
        coverage=_coverage(entry.related),
    )


def unpack(data: bytes) -> Entry:
    """Deserialise a full entry."""
    location, content = marshal.loads(data)  # noqa: S302 - data from this program
    values = dict(zip(_CONTENT_FIELDS, marshal.loads(content), strict=True))  # noqa: S302
    for name in ("published", "updated"):
        values[name] = _moment(values[name])
    values["categories"] = _all(Category, values["categories"])
    values["authors"] = _all(Person, values["authors"])
    values["images"] = _all(Image, values["images"])
    values["enclosures"] = _all(Enclosure, values["enclosures"])
    values["actions"] = _all(Link, values["actions"])
    values["related"] = tuple(
        Related(title, link, provider, None if moment is None else _moment(moment))
        for title, link, provider, moment in values["related"]
    )
    if values["provider"]:
        name, domain, images = values["provider"]
        values["provider"] = Provider(name, domain, _all(Image, images))
    values |= zip(_PLACE, location, strict=True)
    return Entry(**values, digest=content_digest(content), coverage=_coverage(values["related"]))


def pack_meta(entry: Entry, digest: str) -> tuple[Any, ...]:
    values = _plain_all(_head(entry))
    provider = entry.provider
    values[_AT_PROVIDER] = (provider.name, provider.domain) if provider else None
    values[_AT_COVERAGE] = _coverage(entry.related)
    values[_AT_DIGEST] = digest
    values[_AT_SKETCH] = sketch((entry.summary, entry.content))
    return tuple(values)


def unpack_metas(
    rows: Iterable[tuple[str, tuple[Any, ...]]], failed: Callable[[str, Exception], None] | None = None
) -> Iterator[EntryMeta]:
    """Yield the deserialised metadata of entries; equal values are shared.

    Args:
        rows: The file and the serialised metadata of each entry.
        failed: Receives each file whose metadata cannot be deserialised, with the exception.
    """
    waiting = iter(rows)
    shared: dict[str, dict[Any, Any]] = {name: {} for name in _SHARED}
    while some := list(islice(waiting, _AT_ONCE)):
        try:
            heads = _unpack_metas(some, shared)
        except NOT_ISOLATED:
            raise
        except Exception:
            if failed is None:
                raise
            heads = list(_unpack_each(some, failed))
        yield from heads


def _unpack_each(
    rows: Sequence[tuple[str, tuple[Any, ...]]], failed: Callable[[str, Exception], None]
) -> Iterator[EntryMeta]:
    for row in rows:
        try:
            yield from _unpack_metas([row], {name: {} for name in _SHARED})
        except NOT_ISOLATED:
            raise
        except Exception as error:  # noqa: BLE001 - the exception is reported with its file
            failed(row[0], error)


def _unpack_metas(rows: Sequence[tuple[str, tuple[Any, ...]]], shared: dict[str, dict[Any, Any]]) -> list[EntryMeta]:
    sources, values = zip(*rows, strict=True)
    columns: dict[str, Iterable[Any]] = dict(zip(_HEAD, zip(*values, strict=True), strict=False))
    for name, constructor in _SHARED.items():
        values_by_key = shared[name]
        values_by_key |= {key: constructor(key) for key in set(columns[name]) if key not in values_by_key}
        columns[name] = map(values_by_key.get, columns[name])
    # The two are usually the same.
    links = zip(columns["link"], columns["original"], strict=True)
    columns["original"] = [link if link == original else original for link, original in links]
    moments = list(map(_moment, columns["published"]))
    dates = zip(moments, columns["published"], columns["updated"], strict=True)
    columns["updated"] = [moment if updated == published else _moment(updated) for moment, published, updated in dates]
    columns["expires"] = [None if moment is None else _moment(moment) for moment in columns["expires"]]
    columns |= {"published": moments, "source": sources, "merged": repeat(())}
    heads = list(map(object.__new__, repeat(EntryMeta, len(rows))))
    # Set column by column, because calling the constructor for each object takes twice as long.
    for name, column in columns.items():
        deque(map(getattr(EntryMeta, name).__set__, heads, column), maxlen=0)
    return heads


def encode_content(entry: Entry) -> bytes:
    return marshal.dumps(_plain_all(_said(entry)), MARSHAL_VERSION)


def content_digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()


def _coverage(related: Iterable[Related]) -> tuple[str, ...]:
    return tuple([item.link for item in related])


def _plain_all(values: Iterable[Any]) -> list[Any]:
    return [value if value.__class__ in _SIMPLE else _plain(value) for value in values]


def _plain(value: Any) -> Any:
    if value.__class__ is tuple:
        return tuple(_plain_all(value)) if value else value
    if value.__class__ is datetime:
        return int(value.timestamp())
    return tuple(_plain_all(_VALUES[value.__class__](value)))


def _all(kind: Any, rows: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(kind(*row) for row in rows)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
