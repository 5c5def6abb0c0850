"""Tables in plain text, whose columns are aligned by the cells that characters take on a terminal."""

from collections.abc import Collection, Sequence

from rich.cells import cell_len, set_cell_size

_NARROWEST = 10  # cells to which a column may be cut


def table_lines(
    rows: Sequence[Sequence[str]], right: Collection[int] = (), width: int | None = None, cut: Sequence[int] = ()
) -> list[str]:
    """Return the rows as lines of aligned columns.

    Args:
        rows: The cells; all rows are equally long.
        right: The columns that are aligned to the right.
        width: Most cells of a line; None for no limit.
        cut: The columns that are cut to keep the limit, the first of them first.
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for place in cut if width is not None else ():
        excess = sum(widths) + 2 * (len(widths) - 1) - (width or 0)
        if excess > 0:
            widths[place] = max(widths[place] - excess, min(widths[place], _NARROWEST))
    return [
        "  ".join(_padded(cell, widths[place], is_right=place in right) for place, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def cut_text(text: str, width: int) -> str:
    """Return a text of at most `width` cells, with an ellipsis if something is missing."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def _padded(text: str, width: int, *, is_right: bool) -> str:
    text = cut_text(text, width)
    space = " " * (width - cell_len(text))
    return space + text if is_right else text + space
