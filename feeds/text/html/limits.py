"""Limits on the depth and the size of sanitised HTML."""

from feeds.text import markdown

MAX_DEPTH = 200
"""Most elements that may be open at once; the parsers of many readers stop at 256."""
MAX_GROWTH = 10
"""Most output characters per input character; `_FREE_GROWTH` characters come on top."""
_FREE_GROWTH = 20_000


class OutputBudget:
    """The number of characters that the output of one body may have.

    Attributes:
        limit: Most characters of the output.
    """

    def __init__(self, source_size: int) -> None:
        self.limit = MAX_GROWTH * source_size + _FREE_GROWTH
        self._rest = self.limit

    def spend(self, length: int) -> None:
        """Count output without a counterpart in the input: resolved URLs, reopened formats.

        Raises:
            ExcessError: Such output has more than `limit` characters in all.
        """
        self._rest -= length
        if self._rest < 0:
            raise markdown.ExcessError

    def check(self, html: str) -> None:
        """Check the size of the whole output.

        Raises:
            ExcessError: The output is longer than `limit`.
        """
        if len(html) > self.limit:
            raise markdown.ExcessError
