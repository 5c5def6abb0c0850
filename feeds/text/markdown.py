"""Markdown (CommonMark with tables) to HTML, with limits on time and memory. The HTML is not sanitised."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore


class ExcessError(ValueError):
    """The text nests too deeply, or its output would be many times its size."""


# Each delimiter costs the Markdown parser a search.
_MAX_DELIMITERS = 20_000
# The parser drops deeper levels silently.
_MAX_NESTING = 20
# Limit for text from link definitions, in addition to ten times the size of the source.
_MAX_REFERENCES = 2_000_000
# CommonMark 4.6: HTML blocks that end with a mark of their own, not with a blank line.
_ENDLESS = re.compile(r"<!--|<\?|<!\[CDATA\[|<(?:script|pre|style|textarea)(?=[\s>])", re.IGNORECASE)
_MARKS = {"<!--": "-->", "<?": "?>", "<![cdata[": "]]>"}
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
    parser.block.ruler.at("html_block", _html_block, {"alt": ["paragraph", "reference", "blockquote"]})
    return parser


def _html_block(state: "StateBlock", start_line: int, end_line: int, silent: bool) -> bool:
    """Read a block of HTML, unless it would run to the end of the text because its tag has no end.

    In CommonMark, a comment and four elements start such a block. In a paragraph, the tag is inline HTML.
    """
    from markdown_it.rules_block.html_block import html_block

    opening = _ENDLESS.match(state.src, state.bMarks[start_line] + state.tShift[start_line])
    if opening and not _has_end(state, opening[0].lower(), opening.end()):
        return False
    return html_block(state, start_line, end_line, silent)


def _has_end(state: "StateBlock", opening: str, position: int) -> bool:
    """Return whether the mark that ends such a block comes after a position."""
    last_ends = state.env.setdefault("last_ends", {})
    if opening not in last_ends:
        text = state.env.setdefault("lower", state.src.lower())
        last_ends[opening] = text.rfind(_MARKS.get(opening, f"</{opening[1:]}>"))
    return bool(last_ends[opening] >= position)


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
