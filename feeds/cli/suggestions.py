"""Replacements for lines with a problem.

A replacement follows from what is written: from the problem's suggestion, or from a key that
other site generators use. There is none where the value would have to be invented.
"""

import difflib
import re
from collections.abc import Sequence

from feeds.content import frontmatter
from feeds.content.schema import ENTRY
from feeds.errors import Problem
from feeds.model import Site, SourceFile

_KEY = re.compile(r"^(\s*(?:-\s+)?)([\w.-]+)\s*:\s*(.*)$")
_SITE = Site("", "https://example.org/", "example.org,2026", "https://example.org/")
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
    if kind == "value":
        return f"{indent}{key}: {text}"
    if value and text in ("images", "tags", "topics") and value[0] not in "[{":
        value = f"[{{url: {value}}}]" if text == "images" else f"[{value}]"
    return f"{indent}{text}: {value}".rstrip()


def is_improvement(problem: Problem, lines: Sequence[str], written: str) -> bool:
    """Tell whether a content file has no new problem, and this one no more, with another line.

    Args:
        problem: The problem, at a line of the file.
        lines: The lines of the file.
        written: The line to write instead.
    """
    before, after = (_parse(each) for each in (lines, [*lines[: problem.line - 1], written, *lines[problem.line :]]))
    if problem.code.startswith("yaml."):
        # The parser stops at the first mistake, so the next one in the file is not new.
        return all(not code.startswith("yaml.") or line > problem.line for line, _, code in after)
    return (problem.line, problem.key, problem.code) not in after and after < before


def _parse(lines: Sequence[str]) -> set[tuple[int, str, str]]:
    parsed = frontmatter.parse("\n".join(lines).encode(), SourceFile("a.md", "2000-01-01-a.md", ""), _SITE)
    unknown = {(line, key, "entry.unknown_key") for key, line in parsed.unknown}
    return unknown | {(each.line, each.key, each.code) for each in parsed.problems}


def similar_key(key: str) -> str:
    """Return the key of the front matter that was probably meant, or nothing."""
    key = key.strip()
    if key in _OTHER_GENERATORS:
        return _OTHER_GENERATORS[key]
    folded = {each.casefold(): each for each in ENTRY} | {each.casefold(): of for each, of in _OTHER_GENERATORS.items()}
    folded |= {each.casefold(): each for each in ENTRY}
    if key.casefold() in folded:
        return folded[key.casefold()]
    close = difflib.get_close_matches(key, ENTRY, 1, 0.75)
    return close[0] if close else ""
