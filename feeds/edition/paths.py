"""Paths of documents: which are safe, which are archives, which are WebSub topics."""

import re
from urllib.parse import quote

from feeds.edition.model import Document, Edition

# Half of a character, which JSON can say, is in no file name.
_PART = r"(?!\.)[^/\\\x00-\x1f\x7f\ud800-\udfff]+"
_SAFE_PATH = re.compile(f"{_PART}(?:/{_PART})*")


def is_safe_path(path: str) -> bool:
    """Return whether a document may have this path: inside the folder and not hidden."""
    return bool(_SAFE_PATH.fullmatch(path))


_MONTH = re.compile(r"\d{4}-\d{2}")
SUBSCRIBED = (".xml", ".atom", ".json")
"""The suffixes of feed formats that readers subscribe to."""
SUFFIXES = (*SUBSCRIBED, ".html")
"""The suffixes of all documents of a feed."""


def is_month(name: str) -> bool:
    """Return whether a name is the name of a monthly archive."""
    return bool(_MONTH.fullmatch(name))


def topics(edition: Edition) -> dict[str, Document]:
    """Return the WebSub topics by URL: feed documents, without archives, pages and moved documents.

    Only topics name hubs.
    """
    found = {}
    for path, document in edition.documents.items():
        stem, dot, suffix = path.rpartition(".")
        feed, _, name = stem.rpartition("/")
        if not path.startswith("feeds/") or dot + suffix not in SUBSCRIBED or path in edition.state.moved:
            continue
        if not (is_month(name) and f"{feed}.{suffix}" in edition.documents):
            found[f"{edition.state.url}{quote(path)}"] = document
    return found
