"""Render Markdown (CommonMark with tables) within bounds. The HTML is not sanitised."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore


class ExcessError(ValueError):
    """A text nests too deep, or becomes many times its size."""


# Each of these costs the Markdown parser a search.
_MAX_DELIMITERS = 20_000
# The parser leaves out what is deeper, without a word.
_MAX_NESTING = 20
# So many characters may come out of links to definitions beside ten times the text.
_MAX_REFERENCES = 2_000_000
_DELIMITER_ROW = re.compile(r"[|:\-+*> \t]*")


def markdown(source: str) -> str:
    """Return the HTML of a Markdown text (CommonMark with tables); it is not yet sanitised.

    Raises:
        ExcessError: The text would take much more time or memory than its size accounts for.
    """
    if any(source.count(character) > _MAX_DELIMITERS for character in "<[*_`&") or _has_sparse_table(source):
        raise ExcessError
    return str(_markdown().render(source))


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])
    parser.core.ruler.after("block", "bound", _bound)
    return parser


def _bound(state: "StateCore") -> None:
    """Refuse what lies too deep, and links that would repeat a long definition many times."""
    if any(token.level >= _MAX_NESTING - 1 for token in state.tokens):
        raise ExcessError
    definitions = state.env.get("references", {}).values()
    longest = max((len(each["href"]) + len(each["title"]) for each in definitions), default=0)
    if longest * state.src.count("[") > 10 * len(state.src) + _MAX_REFERENCES:
        raise ExcessError


def _has_sparse_table(source: str) -> bool:
    """Tell whether a table has far more columns than its rows write, because the parser fills them."""
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
