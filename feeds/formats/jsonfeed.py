"""JSON Feed 1.1 documents.

Keys are in the order of the specification; keys without a value are left out.
"""

import json
from collections.abc import Iterable
from typing import Any

from feeds.formats.attribution import authors
from feeds.model import Enclosure, Entry, FeedDocument, Image, Person, Site

SUFFIX = ".json"
TYPE = "application/feed+json"


def render_entry(entry: Entry, site: Site, body: str) -> bytes:
    """Render the item object of an entry."""
    return _dump(
        {
            "id": entry.id,
            "url": entry.link,
            "external_url": entry.via,
            "title": entry.title,
            "content_html": body,
            "summary": entry.summary,
            "image": entry.images[0].url if entry.images else None,
            "banner_image": next((image.url for image in entry.images if _is_banner(image)), None),
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": [_author(person) | _avatar(entry) for person in authors(entry)],
            "tags": [category.label for category in entry.categories] + list(entry.tags),
            "language": entry.language,
            "attachments": [_attachment(enclosure, entry) for enclosure in entry.enclosures],
        }
    )


def render_feed(feed: FeedDocument, site: Site, items: Iterable[bytes]) -> bytes:
    """Render the document of a feed with these items."""
    image = feed.spec.image or site.image
    head = _dump(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.page(site),
            "feed_url": feed.url(site, SUFFIX),
            "description": feed.description,
            "next_url": feed.url(site, SUFFIX, feed.position.previous) if feed.position.previous else None,
            "icon": image.url if image else None,
            "favicon": site.icon,
            "authors": [_author(site.author or Person(site.title))],
            "language": site.language,
            "hubs": [{"type": "WebSub", "url": hub} for hub in feed.hubs(site)],
        }
    )
    return head.removesuffix(b"}") + b',"items":[\n' + b",\n".join(items) + b"\n]}\n"


def _is_banner(image: Image) -> bool:
    return bool(image.width and image.height and image.width >= 1000 and image.width >= 1.5 * image.height)


def _attachment(enclosure: Enclosure, entry: Entry) -> dict[str, str | int]:
    numbers = {"size_in_bytes": enclosure.length, "duration_in_seconds": entry.duration_of(enclosure)}
    known = {key: number for key, number in numbers.items() if number}
    return {"url": enclosure.url, "mime_type": enclosure.type, **known}


def _author(person: Person) -> dict[str, str]:
    return {"name": person.name} | ({"url": person.uri} if person.uri else {})


def _avatar(entry: Entry) -> dict[str, str]:
    """Return the provider's image if the provider is the author."""
    if entry.authors or not (entry.provider and entry.provider.images):
        return {}
    return {"avatar": max(entry.provider.images, key=lambda image: image.width or 0).url}


def _dump(value: dict[str, Any]) -> bytes:
    present = {key: item for key, item in value.items() if item}
    return json.dumps(present, ensure_ascii=False, separators=(",", ":")).encode()
