"""URLs in absolute ASCII form (RFC 3986), and host names in lower-case ASCII (RFC 5890)."""

import re
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from feeds.text import urls
from feeds.text.plain import drop_controls
from feeds.text.slugs import MAX_NAME


def resolve(value: str, base: str) -> str | None:
    """Return an absolute URL; a reference that starts with `/` is relative to the site at `base`."""
    value = value.strip()
    if value.startswith("//"):
        value = f"https:{value}"
    elif value.startswith("/"):
        value = base + value[1:]
    return urls.url(value)


def comparable(value: str) -> str:
    """Return a URL without what may change while it stays the URL of one page: scheme, `www.` and last slash."""
    return value.partition("://")[2].removeprefix("www.").rstrip("/")


_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")
# RFC 3986: characters that need no encoding in a path, a query or a fragment.
# "%" is one of them, so that an encoded URL stays as it is.
_URL_SAFE = "/:@!$&'()*+,;=-._~%?"
_MAX_URL = 4096


@lru_cache(maxsize=4096)
def domain(value: str) -> str | None:
    """Return a host name in lower-case ASCII (RFC 5890), or None if it is not valid."""
    host = value.strip().rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return host if _DOMAIN.fullmatch(host) and len(host) <= MAX_NAME else None


# The usual form of a URL, which `url` returns unchanged.
PLAIN_URL = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/(?:[A-Za-z0-9/:@!$'()*+,;=._~-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9/:@!$'()*+,;=._~?-]|&(?!amp;)|%[0-9A-Fa-f]{2})+)?"
)


def url(value: str, base: str | None = None, schemes: tuple[str, ...] = ("http", "https")) -> str | None:
    """Return an absolute URL in ASCII (RFC 3986), or None if `value` is not one.

    Spaces, quotes and non-ASCII letters are encoded; encoded characters stay. A relative reference
    is resolved against `base`; without `base` it gives None.
    """
    if len(value) <= _MAX_URL and PLAIN_URL.fullmatch(value) and "http" in schemes:
        return value
    # URLs are often copied from HTML. Only "&amp;" is certain there: "&copy=2" is a parameter.
    value = drop_controls(value).replace("&amp;", "&").strip()
    # WHATWG URL, 4.4: remove tabs and newlines, otherwise "java\nscript:" passes.
    value = value.replace("\t", "").replace("\n", "").replace("\r", "")
    if not value or len(value) > _MAX_URL:
        return None
    try:
        if base and not _SCHEME.match(value):
            value = urljoin(base, value)
        parts = urlsplit(value)
        scheme = parts.scheme.lower()
        if scheme not in schemes:
            return None
        if scheme == "mailto":
            return f"mailto:{quote(parts.path, _URL_SAFE)}" if "@" in parts.path else None
        host = parts.hostname
        if not host or parts.username is not None or any(c in host for c in " \"'<>\\"):
            return None
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
        netloc = f"[{host}]" if ":" in host else host
        if parts.port is not None:
            netloc += f":{parts.port}"
    except (ValueError, UnicodeError):
        return None
    # A bare "%" would make a URL that no client can decode.
    path, query, fragment = (_BARE_PERCENT.sub("%25", quote(part, _URL_SAFE)) for part in parts[2:])
    return urlunsplit((scheme, netloc, path, query, fragment))
