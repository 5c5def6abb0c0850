"""Whom an entry is from, for display."""

from feeds.model import Entry, Person


def credit(entry: Entry) -> str:
    """Return whom the piece is from: its provider, or else the address it is at."""
    if entry.credit:
        return entry.credit
    return entry.provider.name if entry.provider else entry.link.split("/")[2]


def authors(entry: Entry) -> tuple[Person, ...]:
    """Return whom an entry is by: its authors, or else its provider."""
    return entry.authors or ((Person(entry.provider.name),) if entry.provider else ())
