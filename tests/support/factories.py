"""Entries, a site and content files for tests."""

from datetime import UTC, datetime
from typing import Any

from feeds.model import Entry, Site
from feeds.store.serialize import with_derived_fields

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


SITE = Site(
    title="Test", url="https://feeds.example/", tag="feeds.example,2026", content_base_url="https://feeds.example/"
)


def make_entry(name: str = "a", day: int = 1, **values: Any) -> Entry:
    """Return an entry with all required values, published on a day of January 2026."""
    published = values.pop("published", datetime(2026, 1, day, tzinfo=UTC))
    defaults: dict[str, Any] = {
        "id": f"tag:feeds.example,2026:news/{name}",
        "title": f"Title {name}",
        "link": f"https://news.example/{name}",
        "published": published,
        "updated": published,
        "source": f"news/{name}.md",
        "collection": "news",
    }
    return with_derived_fields(Entry(**(defaults | values)))


def article(
    title: str = "A title", date: str = "2026-01-02T03:04:05Z", url: str = "https://news.example/a", more: str = ""
) -> str:
    """Return a content file."""
    return f'---\ntitle: "{title}"\npublishedDateTime: {date}\nwebUrl: {url}\n{more}---\n'
