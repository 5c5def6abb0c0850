"""JSON Feed 1.1.

Keys come in the order of the specification; a key without a value is left out.
"""

import json
from collections.abc import Iterable
from typing import Any

from feeds.formats._content import content
from feeds.formats._feedgen import authors
from feeds.model import Entry, Feed, Person

SUFFIX = ".json"
TYPE = "application/feed+json"


def render_entry(entry: Entry) -> bytes:
    """Return the item object of an entry."""
    return _dump(
        {
            "id": entry.id,
            "url": entry.link,
            "external_url": entry.via,
            "title": entry.title,
            "content_html": content(entry),
            "summary": entry.summary,
            "image": entry.images[0].url if entry.images else None,
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": [_author(person) for person in authors(entry)],
            "tags": [category.label for category in entry.categories] + list(entry.tags),
            "language": entry.language,
        }
    )


def render_feed(feed: Feed, items: Iterable[bytes]) -> bytes:
    """Return the document of a feed with these items."""
    site, spec = feed.site, feed.spec
    image = spec.image or site.image
    head = _dump(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.url(".html"),
            "feed_url": feed.url(SUFFIX),
            "description": feed.description,
            "icon": image.url if image else None,
            "favicon": site.icon,
            "authors": [_author(site.author or Person(site.title))],
            "language": site.language,
            "hubs": [{"type": "WebSub", "url": hub} for hub in site.hubs],
        }
    )
    return head.removesuffix(b"}") + b',"items":[\n' + b",\n".join(items) + b"\n]}\n"


def _author(person: Person) -> dict[str, str]:
    return {"name": person.name} | ({"url": person.uri} if person.uri else {})


def _dump(value: dict[str, Any]) -> bytes:
    kept = {key: item for key, item in value.items() if item}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
