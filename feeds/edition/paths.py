"""Paths of documents: safe paths, and the classification of paths without a document."""

import re
from collections.abc import Container
from urllib.parse import quote

from feeds.edition.model import Document, DocumentKind, Edition
from feeds.http import asset_policy

# JSON can contain lone surrogates. File names cannot.
_PART = r"(?!\.)[^/\\\x00-\x1f\x7f\ud800-\udfff]+"
_SAFE_PATH = re.compile(f"{_PART}(?:/{_PART})*")


def is_safe_path(path: str) -> bool:
    """Return whether a document may have this path: inside the folder and not hidden."""
    return bool(_SAFE_PATH.fullmatch(path))


_MONTH = re.compile(r"\d{4}-\d{2}")
FEEDS_PREFIX = "feeds/"
"""Start of the paths of all feeds and their documents."""
SUBSCRIBED = (".xml", ".atom", ".json")
"""The suffixes of feed formats that readers subscribe to."""
_PAGE = ".html"
SUFFIXES = (*SUBSCRIBED, _PAGE)
"""The suffixes of all documents of a feed."""


def feed_name(path: str) -> str:
    """Return the name of a feed in the configuration and on the command line."""
    return path.removeprefix(FEEDS_PREFIX)


def parse_feed_path(path: str) -> tuple[DocumentKind, str] | None:
    """Return the kind that the form of a path indicates, and the path of the feed.

    A `Document` has both. This function is for paths without a document: those of requests, of
    access logs and of a manifest of version 1.

    Returns:
        None if no document of a feed has such a path.
    """
    stem, dot, suffix = path.rpartition(".")
    if not stem.startswith(FEEDS_PREFIX) or stem == FEEDS_PREFIX or dot + suffix not in SUFFIXES:
        return None
    parent, _, name = stem.rpartition("/")
    in_archive = len(parent) > len(FEEDS_PREFIX) and bool(_MONTH.fullmatch(name))
    feed = parent if in_archive else stem
    if dot + suffix == _PAGE:
        return "page", feed
    return "archive" if in_archive else "feed", feed


def classify_path(path: str, documents: Container[str], redirects: Container[str]) -> tuple[DocumentKind, str | None]:
    """Return the kind and the feed of a document in a manifest of version 1.

    Args:
        path: The path of the document.
        documents: The paths of all documents of the edition.
        redirects: The paths of moved and removed documents.
    """
    if path in redirects:
        return "redirect", None
    if asset_policy.is_asset(path):
        return "asset", None
    parsed = parse_feed_path(path)
    if parsed is None:
        return "site", None
    kind, feed = parsed
    stem, dot, suffix = path.rpartition(".")
    if feed != stem and f"{feed}{dot}{suffix}" not in documents:
        # The feed is named like a month, in a folder that is not a feed.
        return "page" if kind == "page" else "feed", stem
    return kind, feed


def topics(edition: Edition) -> dict[str, Document]:
    """Return the WebSub topics by URL: feed documents, without archives, pages and moved documents.

    Only topics name hubs.
    """
    return {
        f"{edition.state.url}{quote(path)}": document
        for path, document in edition.documents.items()
        if document.kind == "feed"
    }
