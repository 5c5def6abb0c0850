"""The attribution of an entry, for display."""

from feeds.model import Entry, Person


def credit(entry: Entry) -> str:
    """Return the source of an entry: its provider, or else the host of its URL."""
    if entry.credit:
        return entry.credit
    return entry.provider.name if entry.provider else entry.link.split("/")[2]


def authors(entry: Entry) -> tuple[Person, ...]:
    """Return the authors of an entry, or else its provider."""
    return entry.authors or ((Person(entry.provider.name),) if entry.provider else ())
