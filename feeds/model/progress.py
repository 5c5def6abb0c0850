"""The function that receives the progress of a build."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with the name of a step, the number of finished items, and the number of all items."""


def no_progress(doing: str, done: int, total: int) -> None:
    """Report no progress."""
