"""The picture of an entry that names none: the first picture of its body."""

import re
from collections.abc import Iterator
from html import unescape

from feeds.model import Image
from feeds.parsing.fields import MAX_TITLE
from feeds.text import plain, urls

SMALLEST = 50
"""Fewest pixels of a picture's width and height; a smaller one is an icon or a tracking pixel."""
# In sanitised HTML every attribute has double quotes, and no attribute contains a bracket.
_PICTURE = re.compile(r"<(img|video)\b([^<>]*)>")
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_PIXELS = re.compile(r"(\d{1,5})(?:px)?")
# In the source of a body: an image with its attributes, and the signs of a decoration, which the sanitiser drops.
_SOURCE_IMAGE = re.compile(r"<img\b[^<>]*", re.IGNORECASE)
_SOURCE_URL = re.compile(r"""\bsrc\s{0,9}=\s{0,9}(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.IGNORECASE)
_SIGN = re.compile(
    r"\b(?:emoji|emoticon|smiley|smilie)|display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden"
    r"|\b(?:width|height)\s{0,9}:\s{0,9}[012](?:px)?\s{0,9}[;\"']",
    re.IGNORECASE,
)
# Addresses of emoji, of counters that send a picture, and of build badges.
_DECORATION = re.compile(
    r"/(?:emojis?|emojione|twemoji|emoticons?|smil(?:ies|eys?))/"
    r"|//(?:pixel|stats|analytics|counter|feeds\.feedburner|feedproxy\.google|img\.shields|badge\.fury)\."
    r"|/(?:pixel|spacer|blank|clear|transparent|1x1|__utm|b)\.(?:gif|png)"
    r"|/(?:matomo|piwik)\.php|/_/stat\?|/track/open|/badge\.svg",
    re.IGNORECASE,
)


def first_picture(html: str, source: str, link: str, base: str) -> Image | None:
    """Return the first picture of a body that is no decoration.

    A film counts with the picture that is shown before it starts.

    Args:
        html: The sanitised body.
        source: The body as its author wrote it, in Markdown or HTML.
        link: The page that URLs of the body are relative to.
        base: The site that the URLs of assets are relative to.
    """
    if "<img" not in html and "<video" not in html:
        return None
    decorations = set(_decorations(source, link, base)) if _SIGN.search(source) else set()
    for name, attributes in _PICTURE.findall(html):
        values = {key: unescape(value) for key, value in _ATTRIBUTE.findall(attributes)}
        url = values.get("src" if name == "img" else "poster", "")
        width, height = _pixels(values.get("width")), _pixels(values.get("height"))
        is_small = any(pixels is not None and pixels < SMALLEST for pixels in (width, height))
        if urls.url(url) and not is_small and url not in decorations and not _DECORATION.search(url):
            title = plain.shorten(" ".join(values.get("alt", "").split()), MAX_TITLE)
            return Image(url, width, height, title or None)
    return None


def _decorations(source: str, link: str, base: str) -> Iterator[str]:
    """Yield the URLs of the images of a body whose class or style says that they are emoji or hidden."""
    for tag in _SOURCE_IMAGE.findall(source):
        match = _SOURCE_URL.search(tag)
        if match and _SIGN.search(tag.replace(match[0], " ")):
            written = unescape(match[1] or match[2] or match[3] or "").strip()
            if url := urls.url(written, base if written.startswith("/assets/") else link):
                yield url


def _pixels(value: str | None) -> int | None:
    match = _PIXELS.fullmatch((value or "").strip())
    return int(match[1]) if match else None
