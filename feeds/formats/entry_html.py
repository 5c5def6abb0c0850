"""The HTML of an entry, the same in every format.

It holds the lead image or video, the text, facts about the piece, the credit and related
coverage. Plain text is escaped here; the body is already sanitised.
"""

from collections.abc import Iterator
from html import escape

from feeds.formats.attribution import credit
from feeds.model import Entry, Image


def content(entry: Entry) -> str:
    """Return the HTML of an entry, safe for a page or a feed."""
    return "\n".join(_parts(entry))


def _parts(entry: Entry) -> Iterator[str]:
    is_in_body = bool(entry.images) and f'src="{_url(entry.images[0].url)}"' in (entry.content or "")
    if entry.video:
        picture = _img(entry.images[0], entry.title) if entry.images and not is_in_body else ""
        yield f"<p>{_a(entry.video, picture + '▶ ' + _text(f'Watch: {entry.title}'))}</p>"
    elif entry.images and not is_in_body:
        yield _figure(entry.images[0], entry)
    if entry.content:
        yield entry.content
    else:
        yield from (f"<p>{_text(line)}</p>" for line in (entry.summary or "").split("\n") if line)
    if entry.actions:
        links = " · ".join(_a(action.href, _text(action.title or action.href)) for action in entry.actions)
        yield f"<p>{links}</p>"
    if entry.facts:
        yield f"<p>{_text(' · '.join(entry.facts))}</p>"
    terms = f' · <a rel="license" href="{escape(entry.license)}">licence</a>' if entry.license else ""
    yield f"<p>{_a(entry.link, _text(credit(entry)))}{terms}</p>"
    if entry.related:
        yield "<p>Related coverage</p>"
        items = (
            f"<li>{_a(item.link, _text(item.title))}{_text(f' ({item.provider})') if item.provider else ''}</li>"
            for item in entry.related
        )
        yield f"<ul>{''.join(items)}</ul>"


def _url(value: str) -> str:
    """Return a URL as the sanitiser writes it."""
    return escape(value).replace("&#x27;", "'")


def _text(value: str) -> str:
    return escape(value, quote=False)


def _figure(image: Image, entry: Entry) -> str:
    caption = " · ".join(filter(None, (image.title, image.credit)))
    below = f"<figcaption>{_text(caption)}</figcaption>" if caption else ""
    return f"<figure>{_a(entry.link, _img(image, image.title or ''))}{below}</figure>"


def _img(image: Image, alt: str) -> str:
    size = f' width="{image.width}" height="{image.height}"' if image.width and image.height else ""
    return f'<img src="{escape(image.url)}" alt="{escape(alt)}"{size}>'


def _a(href: str, inner: str) -> str:
    return f'<a href="{escape(href)}">{inner}</a>'
