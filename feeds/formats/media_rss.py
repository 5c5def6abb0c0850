"""Media RSS 1.5 elements of an entry, for RSS and Atom.

The podcast namespaces are not written. feedgen's own media extension puts single items into a
group, which validators report as an error, and it cannot write players and credits.
"""

from typing import Any

from feedgen.util import xml_elem

from feeds.model import Entry, Image
from feeds.text import media_types

MEDIA = "http://search.yahoo.com/mrss/"


def add_media(entry: Entry, parent: Any) -> None:
    """Append the images, the video and the files of an entry to its element."""
    for image in entry.images:
        _image(image, parent)
    if entry.player:
        _video(entry, parent)
    for enclosure in entry.enclosures:
        kind = enclosure.type.partition("/")[0]
        size = {"fileSize": str(enclosure.length)} if enclosure.length else {}
        medium = {"medium": kind} if kind in ("image", "audio", "video") else {}
        seconds = entry.duration_of(enclosure)
        duration = {"duration": str(seconds)} if seconds else {}
        attributes = size | medium | duration
        xml_elem(f"{{{MEDIA}}}content", parent, url=enclosure.url, type=enclosure.type, **attributes)
    if entry.images:
        _sized(xml_elem(f"{{{MEDIA}}}thumbnail", parent, url=entry.images[0].url), entry.images[0])


def _image(image: Image, parent: Any) -> None:
    content = xml_elem(f"{{{MEDIA}}}content", parent, url=image.url, medium="image")
    kind = media_types.media_type(image.url)
    if kind and kind.startswith("image/"):
        content.set("type", kind)
    _sized(content, image)
    if image.title:
        xml_elem(f"{{{MEDIA}}}title", content, type="plain").text = image.title
    if image.credit:
        xml_elem(f"{{{MEDIA}}}credit", content).text = image.credit


def _video(entry: Entry, parent: Any) -> None:
    # The video has a page with a player and no file, so the element has a player and no URL.
    content = xml_elem(f"{{{MEDIA}}}content", parent, medium="video")
    if entry.duration:
        content.set("duration", str(entry.duration))
    xml_elem(f"{{{MEDIA}}}title", content, type="plain").text = entry.title
    if entry.images:
        _sized(xml_elem(f"{{{MEDIA}}}thumbnail", content, url=entry.images[0].url), entry.images[0])
    if entry.provider:
        xml_elem(f"{{{MEDIA}}}credit", content).text = entry.credit or entry.provider.name
    xml_elem(f"{{{MEDIA}}}player", content, url=entry.player)


def _sized(element: Any, image: Image) -> None:
    if image.width and image.height:
        element.set("width", str(image.width))
        element.set("height", str(image.height))
