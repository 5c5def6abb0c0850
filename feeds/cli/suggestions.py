"""Replacements for lines with a problem.

A replacement follows from what is written: from the problem's suggestion, or from a key that
other site generators use. There is none where the value would have to be invented.
"""

import difflib
import re

from feeds.content.schema import ENTRY
from feeds.errors import Problem

_KEY = re.compile(r"^(\s*(?:-\s+)?)([\w.-]+)\s*:\s*(.*)$")
_OTHER_GENERATORS = {
    "author": "",
    "authors": "",
    "categories": "topics",
    "category": "",
    "date": "publishedDateTime",
    "datePublished": "publishedDateTime",
    "date_published": "publishedDateTime",
    "dateModified": "updatedDateTime",
    "date_modified": "updatedDateTime",
    "description": "excerpt",
    "external_url": "originalUrl",
    "guid": "id",
    "hero": "",
    "image": "images",
    "keywords": "tags",
    "lang": "locale",
    "language": "locale",
    "last_modified_at": "updatedDateTime",
    "lastmod": "updatedDateTime",
    "layout": "",
    "link": "webUrl",
    "modified": "updatedDateTime",
    "permalink": "",
    "pubDate": "publishedDateTime",
    "publishDate": "publishedDateTime",
    "publish_date": "publishedDateTime",
    "published_at": "publishedDateTime",
    "published_date": "publishedDateTime",
    "slug": "",
    "subtitle": "",
    "summary": "excerpt",
    "tag": "tags",
    "template": "",
    "thumbnail": "images",
    "topic": "topics",
    "updated": "updatedDateTime",
    "updatedDate": "updatedDateTime",
    "updated_at": "updatedDateTime",
    "url": "webUrl",
    "weight": "",
}
"""Keys of other generators and the key with the same meaning; empty for none."""


def suggest_replacement(problem: Problem, line: str) -> str | None:
    """Return a line to write where a problem is, or None.

    Args:
        problem: What is wrong.
        line: The line of the problem; empty where it has none.
    """
    kind, text = problem.suggestion
    if kind in ("line", "insert"):
        return text
    match = _KEY.match(line)
    key = problem.key.rpartition(".")[2]
    if not kind or match is None or match[2] != key:
        return None
    indent, value = match[1], match[3].rstrip()
    return f"{indent}{text}: {value}".rstrip() if kind == "key" else f"{indent}{key}: {text}"


def similar_key(key: str) -> str:
    """Return the key of the front matter that was probably meant, or nothing."""
    if key in _OTHER_GENERATORS:
        return _OTHER_GENERATORS[key]
    close = difflib.get_close_matches(key, ENTRY, 1, 0.75)
    return close[0] if close else ""
