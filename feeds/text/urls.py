"""Make URLs absolute and ASCII (RFC 3986), and host names lower case and ASCII (RFC 5890)."""

import re
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from feeds.text import urls
from feeds.text.plain import drop_controls
from feeds.text.slugs import MAX_NAME


def resolve(value: str, base: str) -> str | None:
    """Return an absolute URL; one that begins with `/` belongs to the site at `base`."""
    value = value.strip()
    if value.startswith("//"):
        value = f"https:{value}"
    elif value.startswith("/"):
        value = base + value[1:]
    return urls.url(value)


_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")
# RFC 3986: what may stand in a path, a query or a fragment without being encoded.
# "%" stays, so that a URL that is encoded already is left as it is.
_URL_SAFE = "/:@!$&'()*+,;=-._~%?"
_MAX_URL = 4096


@lru_cache(maxsize=4096)
def domain(value: str) -> str | None:
    """Return a host name in lower case and in ASCII (RFC 5890), or None if it is none."""
    host = value.strip().rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return host if _DOMAIN.fullmatch(host) and len(host) <= MAX_NAME else None


# What most URLs are, and `url` would give back unchanged.
PLAIN_URL = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/(?:[A-Za-z0-9/:@!$'()*+,;=._~-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9/:@!$'()*+,;=._~?-]|&(?!amp;)|%[0-9A-Fa-f]{2})+)?"
)


def url(value: str, base: str | None = None, schemes: tuple[str, ...] = ("http", "https")) -> str | None:
    """Return an absolute URL in ASCII (RFC 3986), or None if `value` gives none.

    Spaces, quotes and letters outside ASCII are encoded; what is encoded already
    stays. `base` is what a relative reference is resolved against; without one a
    relative reference gives None.
    """
    if len(value) <= _MAX_URL and PLAIN_URL.fullmatch(value) and "http" in schemes:
        return value
    # A URL is copied from HTML now and then; its other references would be
    # guesses ("&copy=2" is a parameter), "&amp;" is certain.
    value = drop_controls(value).replace("&amp;", "&").strip()
    # WHATWG URL, 4.4: tabs and newlines inside are removed, or "java\nscript:" passes.
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
    # A bare "%" would make a URL that nobody can decode.
    path, query, fragment = (_BARE_PERCENT.sub("%25", quote(part, _URL_SAFE)) for part in parts[2:])
    return urlunsplit((scheme, netloc, path, query, fragment))
