"""Replacements for lines with a problem.

A replacement follows from the text of the file: from the problem's suggestion, or from a key that
other site generators use. No value is ever invented; such a problem has no replacement.
"""

import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from feeds.config import reader
from feeds.config.file import ConfigFile
from feeds.content import frontmatter
from feeds.content.scan import SUFFIXES
from feeds.content.schema import ENTRY
from feeds.errors import ConfigError, Problem
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
    """Return the replacement for the line with a problem, or None.

    Args:
        problem: The problem.
        line: The line with the problem; empty if the problem has no line.
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


def is_improvement(problem: Problem, lines: Sequence[str], replacement: str) -> bool:
    """Return whether a replacement removes a problem and causes no new one.

    Args:
        problem: The problem, at a line of a content file or of the config.
        lines: The lines of the file.
        replacement: The line to write instead.
    """
    replaced = [*lines[: problem.line - 1], replacement, *lines[problem.line :]]
    before, after = _problems(problem.path, lines), _problems(problem.path, replaced)
    if problem.code.startswith("yaml."):
        # The parser may stop at the first mistake. So a mistake on a later line is not new.
        return not any(
            line == problem.line or (line < problem.line and code.startswith("yaml.")) for line, _, code in after
        )
    return (problem.line, problem.key, problem.code) not in after and after < before


def _problems(path: str, lines: Sequence[str]) -> set[tuple[int, str, str]]:
    """Return the line, key and code of each problem in a file."""
    text = "\n".join(lines)
    if path.endswith(SUFFIXES):
        parsed = frontmatter.parse(text.encode(), SourceFile("a.md", "2000-01-01-a.md", ""), _SITE)
        unknown = {(line, key, "entry.unknown_key") for key, line in parsed.unknown}
        return unknown | {(problem.line, problem.key, problem.code) for problem in parsed.problems}
    try:
        _, mistakes = reader.parse(ConfigFile(path, Path(path).absolute().parent, text, (), ""))
    except ConfigError as error:
        return {(0, "", error.code)}
    return {(mistake.line, mistake.key, mistake.code) for mistake in mistakes}


def similar_key(key: str) -> str:
    """Return the key of the front matter that the author probably meant, or an empty string."""
    key = key.strip()
    if key in _OTHER_GENERATORS:
        return _OTHER_GENERATORS[key]
    folded = {other.casefold(): known for other, known in _OTHER_GENERATORS.items()}
    folded |= {known.casefold(): known for known in ENTRY}
    if key.casefold() in folded:
        return folded[key.casefold()]
    close = difflib.get_close_matches(key, ENTRY, 1, 0.75)
    return close[0] if close and _is_typo(key.casefold(), close[0].casefold()) else ""


def _is_typo(written: str, meant: str) -> bool:
    """Return whether one letter is missing, added, replaced or swapped: a larger difference is another word."""
    if written == meant or abs(len(written) - len(meant)) > 1:
        return written == meant
    pairs = enumerate(zip(written, meant, strict=False))
    start = next((place for place, (one, other) in pairs if one != other), min(len(written), len(meant)))
    one, other = written[start:], meant[start:]
    swapped = one[1:2] + one[:1] + one[2:] == other
    return swapped or one[1:] == other[1:] or one[1:] == other or one == other[1:]
