"""Selection of the files of a generator's tree by patterns of paths."""

import re
from collections.abc import Iterable
from functools import lru_cache

from feeds.content.presets.table import SUFFIXES, UNREAD_SUFFIXES
from feeds.content.scan import File, collection_of, count_suffix, is_in_collections
from feeds.model import ContentFilter, TreeFormat

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANING = {"**/": "(?:[^/]+/)*+", "**": ".*+", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=256)
def compile_glob(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern: `**` for any folders, `*` and `?` within a name."""
    parts = _PARTS.findall(pattern)
    # The last `**` takes all the rest, so that only it can be possessive.
    patterns = [_MEANING[part] if part in _MEANING else re.escape(part) for part in parts]
    patterns[:-1] = [
        ".*" if part == "**" else text.replace("*+", "*") for part, text in zip(parts, patterns, strict=True)
    ][:-1]
    return re.compile("".join(patterns), re.DOTALL)


def is_match(path: str, patterns: Iterable[str]) -> bool:
    return any(compile_glob(pattern).fullmatch(path) for pattern in patterns)


def select_files(
    files: Iterable[File], tree: TreeFormat, limits: ContentFilter
) -> tuple[dict[str, File], dict[str, int]]:
    """Return the files that may be entries, by path, and the number of the others by a suffix that is not read."""
    selected: dict[str, File] = {}
    unread: dict[str, int] = {}
    for file in files:
        path = file.name
        lowered = path.lower()
        is_read = lowered.endswith(SUFFIXES)
        if not (is_read or lowered.endswith(UNREAD_SUFFIXES)) or not is_match(path, tree.files or ()):
            continue
        if is_match(path, tree.exclude or ()) or not is_in_collections(collection_of(path.rpartition("/")[0]), limits):
            continue
        if is_read:
            selected[path] = file
        else:
            count_suffix(path, unread)
    return selected, unread
