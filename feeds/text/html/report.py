"""Counts of what the sanitiser drops from a body or replaces in it."""

from collections import Counter


class Report:
    """Counts by element name, for the warnings about a body.

    Attributes:
        lost: Elements that were dropped with their content.
        links: Elements that a link replaces.
        texts: Elements that their text replaces.
        has_controls: Whether a character that no feed may hold was dropped.
    """

    def __init__(self) -> None:
        self.lost: Counter[str] = Counter()
        self.links: Counter[str] = Counter()
        self.texts: Counter[str] = Counter()
        self.has_controls = False
