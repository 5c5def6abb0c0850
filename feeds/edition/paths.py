"""Paths of documents: which are safe, and what they say where no `Document` is known."""

import re
from collections.abc import Container
from urllib.parse import quote

from feeds.edition.model import Document, DocumentKind, Edition
from feeds.http import asset_policy

_SAFE_PATH = re.compile(r"(?!\.)[^/\\\x00-\x1f\x7f]+(?:/(?!\.)[^/\\\x00-\x1f\x7f]+)*")


def is_safe_path(path: str) -> bool:
    """Tell whether a document may have this path: inside the folder, and nothing hidden."""
    return bool(_SAFE_PATH.fullmatch(path))


_MONTH = re.compile(r"\d{4}-\d{2}")
FEEDS_PREFIX = "feeds/"
"""What the paths of all feeds, and of their documents, begin with."""
SUBSCRIBED = (".xml", ".atom", ".json")
"""The suffixes of documents that readers subscribe to."""
_PAGE = ".html"
SUFFIXES = (*SUBSCRIBED, _PAGE)
"""The suffixes of all documents of a feed."""


def feed_name(path: str) -> str:
    """Return what the configuration and the command line call the feed at a path."""
    return path.removeprefix(FEEDS_PREFIX)


def parse_feed_path(path: str) -> tuple[DocumentKind, str] | None:
    """Return the kind of document that a path of this form has, and the path of its feed.

    A `Document` knows both. This is for paths without one: those of requests, also of
    documents that are gone, and those of a manifest of version 1.

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
    """Return the kind and the feed of a document of which only the path is known.

    Args:
        path: The document's.
        documents: The paths of all documents of the edition.
        redirects: The paths of documents that moved or are gone.
    """
    if path in redirects:
        return "redirect", None
    if asset_policy.is_asset(path):
        return "asset", None
    found = parse_feed_path(path)
    if found is None:
        return "site", None
    kind, feed = found
    stem, dot, suffix = path.rpartition(".")
    if feed != stem and f"{feed}{dot}{suffix}" not in documents:
        # A feed that is called like a month, in a folder that is no feed.
        return "page" if kind == "page" else "feed", stem
    return kind, feed


def topics(edition: Edition) -> dict[str, Document]:
    """Return by their URLs the documents that are subscribed to: no archive, no page, none that moved.

    These are the topics of WebSub, and they alone name hubs.
    """
    return {
        f"{edition.state.url}{quote(path)}": document
        for path, document in edition.documents.items()
        if document.kind == "feed"
    }
