"""Values of HTML attributes: types, links to mail and telephone, and the best picture of several.

Pictures follow the HTML standard, section 4.8.4.3, and the names that scripts for lazy loading use.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import quote, unquote

from feeds.text import urls
from feeds.text.html.elements import Value
from feeds.text.plain import drop_controls

Resolve = Callable[[str], str | None]
"""Makes a URL absolute, or returns None to reject it."""
LAZY_SETS = ("data-srcset", "data-lazy-srcset")
LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-actualsrc", "data-orig-file")
_MOST_CANDIDATES = 8
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_TEXT_ALIGN = re.compile(r"text-align\s*+:\s*+(left|right|center|justify|start|end)")
_TELEPHONE = re.compile(r"[+0-9A-Za-z().*#;=_-]{1,100}")
_MAIL_HEADERS = frozenset({"subject", "cc", "bcc", "to", "body"})
_RARE_FORMAT = re.compile(r"avif|jxl|hei[cf]|jp2")
_MATH_VALUE = re.compile(r"[\w .%+#-]{1,100}", re.ASCII)


def convert(value: str, kind: Value) -> str | None:
    """Return a value that is not a URL in the form to write, or None to drop it."""
    value = value if kind == "text" else value.strip()
    if isinstance(kind, frozenset):
        return next((choice for choice in (value, value.lower()) if choice in kind), None)
    if kind == "integer":
        return value if _INTEGER.fullmatch(value) else None
    return "" if kind == "flag" else value


def text_alignment(style: str) -> str | None:
    """Return the alignment in a style sheet, as a value of `align`."""
    match = _TEXT_ALIGN.search(style.lower())
    return {"start": "left", "end": "right"}.get(match[1], match[1]) if match else None


def math_value(name: str, value: str) -> str | None:
    """Return the value of a MathML attribute, or None to drop it."""
    if name in ("alttext", "open", "close", "separators"):
        return value
    return value if _MATH_VALUE.fullmatch(value) else None


def link_url(value: str, resolve: Resolve) -> str | None:
    """Return the target of a link: a URL, a mail address or a telephone number."""
    scheme = drop_controls(value).lstrip()[:7].lower()
    if scheme == "mailto:":
        return _mail_url(value)
    if scheme.startswith("tel:"):
        number = "".join(unquote(drop_controls(value).strip()[4:]).split())
        return f"tel:{number}" if _TELEPHONE.fullmatch(number) else None
    return resolve(value)


def _mail_url(value: str) -> str | None:
    """Return a `mailto` URL (RFC 6068) with the headers that a reader may fill in."""
    addresses, mark, query = value.partition("?")
    address = urls.url(addresses, schemes=("mailto",))
    if address is None and not (mark and not addresses.strip()[len("mailto:") :]):
        return None
    headers = []
    for header in query.replace("&amp;", "&").split("&"):
        name, equals, text = header.partition("=")
        if equals and name.strip().lower() in _MAIL_HEADERS:
            headers.append(f"{name.strip().lower()}={quote(unquote(drop_controls(text)), safe=_MAIL_SAFE)}")
    if address is None and not headers:
        return None
    return (address or "mailto:") + ("?" + "&".join(headers) if headers else "")


_MAIL_SAFE = "/:@!$'()*,;-._~?"


class Picture(NamedTuple):
    """A picture of several with the same content; a larger value is a better picture.

    Attributes:
        is_common: Whether most readers can show its format.
        is_width: Whether the size is a width in pixels; otherwise it is a density.
    """

    is_common: bool
    is_width: bool
    size: float
    url: str


NO_PICTURE = Picture(is_common=False, is_width=False, size=0, url="")


def candidates(source_set: str) -> Iterator[tuple[bool, float, str]]:
    """Yield whether the size is a width, the size, and the URL of each picture in a `srcset`."""
    url = ""
    descriptor = ""
    for token in source_set.split():
        while token:
            if not url:
                url = token.strip(",")
                is_end, token = token.endswith(","), ""
            else:
                word, comma, token = token.partition(",")
                descriptor = word or descriptor
                is_end = bool(comma)
            if is_end and url:
                yield (*_size(descriptor), url)
                url = descriptor = ""
    if url:
        yield (*_size(descriptor), url)


def _size(descriptor: str) -> tuple[bool, float]:
    number = descriptor[:-1]
    if descriptor[-1:] in ("w", "x") and len(number) <= 8 and number.replace(".", "", 1).isdecimal():
        return descriptor[-1] == "w", float(number)
    return False, 1.0


def best_candidate(source_set: str, resolve: Resolve, kind: str = "") -> Picture | None:
    """Return the largest picture of a `srcset`, with its absolute URL."""
    ordered = sorted(candidates(source_set), key=itemgetter(0, 1), reverse=True)
    for is_width, size, url in ordered[:_MOST_CANDIDATES]:
        if absolute := resolve(url):
            is_common = not _RARE_FORMAT.search(f"{kind} {absolute.partition('?')[0]}".lower())
            return Picture(is_common, is_width, size, absolute)
    return None


def best_picture(values: Mapping[str, str], resolve: Resolve, other: Picture = NO_PICTURE) -> tuple[str | None, bool]:
    """Return the URL of the best picture of an `img`, and whether a script would have loaded it.

    Args:
        values: The attributes.
        resolve: Makes a URL absolute.
        other: The best picture from the `source` elements of the same `picture`.
    """
    for name in LAZY_SETS:
        if name in values and (best := best_candidate(values[name], resolve)):
            return best.url, True
    for name in LAZY_SOURCES:
        value = values.get(name, "")
        # The value of such an attribute may also be a number or a word.
        if ("/" in value or "." in value) and (url := resolve(value)):
            return url, True
    own = best_candidate(values.get("srcset", ""), resolve)
    plain = resolve(values["src"]) if values.get("src", "").strip() else None
    if own and not own.is_width and plain and own.size <= 1:
        own = None
    is_larger = own and own.is_width and other.is_width and other.is_common and other.size > own.size
    if other.url and (is_larger or not (own or plain)):
        return other.url, False
    return (own.url if own else plain), False
