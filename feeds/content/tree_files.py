"""Selection of the files of a generator's tree by patterns of paths."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from feeds.content.presets.table import SUFFIXES
from feeds.content.scan import File, collection_of, is_in_collections
from feeds.model import ContentFilter, TreeFormat

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANING = {"**/": "(?:[^/]+/)*+", "**": ".*+", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=256)
def compile_glob(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern: `**` for any folders, `*` and `?` within a name."""
    parts = _PARTS.findall(pattern)
    # The last `**` takes all the rest, so that only it can be possessive.
    made = [_MEANING[part] if part in _MEANING else re.escape(part) for part in parts]
    made[:-1] = [".*" if part == "**" else text.replace("*+", "*") for part, text in zip(parts, made, strict=True)][:-1]
    return re.compile("".join(made), re.DOTALL)


def is_match(path: str, patterns: Iterable[str]) -> bool:
    return any(compile_glob(pattern).fullmatch(path) for pattern in patterns)


def select_files(files: Iterable[File], tree: TreeFormat, limits: ContentFilter) -> dict[str, File]:
    """Return the files that may be entries, by path."""
    selected = {}
    for file in files:
        path = file.name
        if not path.lower().endswith(SUFFIXES) or not is_match(path, tree.files or ()):
            continue
        if not is_match(path, tree.exclude or ()) and is_in_collections(collection_of(path.rpartition("/")[0]), limits):
            selected[path] = file
    return selected


def count_unread(files: Iterable[File], tree: TreeFormat, suffixes: tuple[str, ...]) -> Counter[str]:
    """Return the number of files in the places of entries that are not read because of their suffix."""
    counts: Counter[str] = Counter()
    for file in files:
        suffix = next((each for each in suffixes if file.name.lower().endswith(each)), "")
        if suffix and is_match(file.name, tree.files or ()) and not is_match(file.name, tree.exclude or ()):
            counts[suffix] += 1
    return counts
