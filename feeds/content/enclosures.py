"""The files among the `actions` of an entry: which links are files, their media type and their size."""

import re
from collections.abc import Iterator

from feeds.model import Enclosure
from feeds.parsing.fields import Fields, quoted
from feeds.text import media_types

# Digits, in groups of three if there are separators. "231.084" may be a duration in seconds.
_SIZE = re.compile(
    r"\d{1,15}|\d{1,3}(?:(?P<separator>[,_' ])\d{3})(?:(?P=separator)\d{3}){0,3}|\d{1,3}(?:\.\d{3}){2,4}"
)
_PAGES = frozenset({"text/html", "application/xhtml+xml"})


def read_enclosures(fields: Fields) -> Iterator[Enclosure]:
    """Yield the files among the actions; report what is not known about a file.

    An action is a file if it has a size, or a media type as its `type`, or a URL with the suffix of a file to
    download. All other actions are links to pages.
    """
    for item in fields.mappings("actions"):
        href = item.url("url")
        if href is None:
            continue
        given = media_types.written_type(item.text("type") or "")
        length = (item.block("length") or "").strip()
        kind = given or (media_types.any_media_type(href) if length else media_types.media_type(href))
        if kind is None:
            if length:
                item.report(
                    item.line("url"), f"{item.prefix}type", "enclosure.unknown_type", (("url", href),), "warning"
                )
        elif length or (given and given not in _PAGES) or (not given and media_types.is_download(kind)):
            yield Enclosure(href, kind, _bytes(item, href, length))


def _bytes(item: Fields, href: str, value: str) -> int | None:
    """Return the size of a file in bytes; report a size that is missing, zero or not a size."""
    size = int("".join(filter(str.isdigit, value))) if _SIZE.fullmatch(value) else None
    if value and size is None:
        item.warn("length", "enclosure.bad_length", url=href, value=quoted(value))
    elif not size:
        line = item.line("length" if "length" in item.data else "url")
        item.report(line, f"{item.prefix}length", "enclosure.unknown_length", (("url", href),), "warning")
    return size or None
