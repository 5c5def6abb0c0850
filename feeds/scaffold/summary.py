"""A summary of an existing site's entries, so that a wrong permalink is seen at once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from feeds.config.reader import read_config
from feeds.content import loader
from feeds.content.scan import ContentTree
from feeds.errors import Problem
from feeds.model import EntryMeta
from feeds.store.content_index import ContentIndex

_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Summary:
    """The entries of a site.

    Attributes:
        counts: The number of files by status.
        newest: The newest entries.
        problems: The number of files for each problem, with the first one.
        unknown: The number of unknown keys.
        base: The base of the links.
    """

    counts: Counter[str]
    newest: tuple[EntryMeta, ...]
    problems: tuple[tuple[int, Problem], ...]
    unknown: int
    base: str


def summarise(config_path: Path) -> Summary:
    """Parse all entries of a site, and return their summary.

    Raises:
        FeedsError: The config or the content cannot be read.
    """
    config = read_config(config_path)
    with ContentIndex(None) as index:
        tree = ContentTree(config.content, config.limits, output=config.output)
        loaded = loader.load(tree, config.site, index)
    newest = sorted(loaded.content.entries, key=lambda entry: (entry.published, entry.id), reverse=True)
    return Summary(
        loaded.counts,
        tuple(newest[:_SHOWN]),
        tuple(_grouped(loaded.problems)),
        len(loaded.unknown),
        config.site.content_base_url,
    )


def _grouped(problems: tuple[Problem, ...]) -> Iterator[tuple[int, Problem]]:
    """Yield the number of problems with one code and key, and the first of them."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.code, problem.key), []).append(problem)
    for group in sorted(groups.values(), key=len, reverse=True):
        yield len(group), group[0]
