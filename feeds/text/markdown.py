"""Markdown (CommonMark with tables) to HTML, with limits on time and memory. The HTML is not sanitised."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore


class ExcessError(ValueError):
    """The text nests too deeply, or its output would be many times its size."""


# Each delimiter costs the Markdown parser a search.
_MAX_DELIMITERS = 20_000
# The parser drops deeper levels silently.
_MAX_NESTING = 20
# Limit for text from link definitions, in addition to ten times the size of the source.
_MAX_REFERENCES = 2_000_000
_DELIMITER_ROW = re.compile(r"[|:\-+*> \t]*")


def render_markdown(source: str) -> str:
    """Convert Markdown (CommonMark with tables) to HTML. The HTML is not sanitised yet.

    Raises:
        ExcessError: The text needs far more time or memory than its size justifies.
    """
    if any(source.count(character) > _MAX_DELIMITERS for character in "<[*_`&") or _has_sparse_table(source):
        raise ExcessError
    return str(_parser().render(source))


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])
    parser.core.ruler.after("block", "bound", _check_limits)
    return parser


def _check_limits(state: "StateCore") -> None:
    """Reject text that nests too deeply or repeats a long link definition many times."""
    if any(token.level >= _MAX_NESTING - 1 for token in state.tokens):
        raise ExcessError
    definitions = state.env.get("references", {}).values()
    longest = max((len(definition["href"]) + len(definition["title"]) for definition in definitions), default=0)
    if longest * state.src.count("[") > 10 * len(state.src) + _MAX_REFERENCES:
        raise ExcessError


def _has_sparse_table(source: str) -> bool:
    """Return whether a table has far more columns than its rows fill; the parser would add the empty cells."""
    columns = bars = rows = 0
    for row in source.split("\n"):
        if "|" in row and _DELIMITER_ROW.fullmatch(row):
            columns = max(columns, row.count("|"))
        if not row.strip():
            columns = bars = rows = 0
        bars += row.count("|")
        rows += 1
        if columns * rows > 4 * bars + 1000:
            return True
    return False
