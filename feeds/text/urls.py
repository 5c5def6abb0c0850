"""URLs in absolute ASCII form, and host names in lower-case ASCII.

`ada-url` parses URLs as browsers do (WHATWG URL Standard), with hosts by Unicode Technical
Standard 46, non-transitional. In the result, characters that RFC 3986 does not allow are encoded
too, because feeds have URLs by that standard; browsers read both forms as the same URL.
"""

import re
from functools import lru_cache
from urllib.parse import quote

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
    """Return a URL without scheme, `www.` and last slash, which often change while the page stays."""
    return value.partition("://")[2].removeprefix("www.").rstrip("/")


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")
# RFC 3986: characters that need no encoding in a path, a query or a fragment.
# "%" is one of them, so that an encoded URL stays as it is.
_URL_SAFE = "/:@!$&'()*+,;=-._~%?"
_NOT_URL_SAFE = re.compile(r"[^A-Za-z0-9/:@!$&'()*+,;=._~%?-]|%(?![0-9A-Fa-f]{2})")
# Characters that end a host in a URL, or that are encoded there.
_NOT_HOST = re.compile(r"[\s/\\?#@:%\[\]<>^|`{}\"']")
_NO_PATH = re.compile(r"[A-Za-z]+:[/\\]*+[^/\\?#]++(?:[?#]|$)")
_MAX_URL = 4096


@lru_cache(maxsize=4096)
def domain(value: str) -> str | None:
    """Return a host name in lower-case ASCII (RFC 5890), or None if it is not valid."""
    host = value.strip().rstrip(".").lower()
    if not host.isascii():
        if len(host) > _MAX_URL or _NOT_HOST.search(host):
            return None
        href = _parse(f"https://{host}/", None)
        if href is None:
            return None
        host = href.removeprefix("https://").removesuffix("/").rstrip(".")
    return host if _DOMAIN.fullmatch(host) and len(host) <= MAX_NAME else None


def former_domain(value: str) -> str | None:
    """Return the name that IDNA 2003 gave to this domain, if it is another one, for redirects from it."""
    if "xn--" not in value:
        return None
    import ada_url

    try:
        former = ada_url.idna_to_unicode(value).encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return former if former != value else None


# The usual form of a URL, which `url` returns unchanged. A last label with a digit first may be an IPv4
# address in another form, and browsers resolve "." and ".." in the path.
PLAIN_URL = re.compile(
    r"https?://(?:[a-z0-9-]++\.)+[a-z][a-z0-9-]*+"
    r"(?:/(?!\.|%2[Ee])(?:[A-Za-z0-9:@!$'()*+,;=._~-]|%[0-9A-Fa-f]{2}|/(?!\.|%2[Ee]))*)?"
    r"(?:\?(?:[A-Za-z0-9/:@!$()*+,;=._~?-]|&(?!amp;)|%[0-9A-Fa-f]{2})+)?"
)


def url(value: str, base: str | None = None, schemes: tuple[str, ...] = ("http", "https")) -> str | None:
    """Return an absolute URL in ASCII, or None if `value` is not one.

    Spaces, quotes and non-ASCII letters are encoded; encoded characters stay. A relative reference
    is resolved against `base`; without `base` it gives None.
    """
    if len(value) <= _MAX_URL and PLAIN_URL.fullmatch(value) and "http" in schemes:
        return value
    # URLs are often copied from HTML. Only "&amp;" is certain there: "&copy=2" is a parameter.
    value = drop_controls(value).replace("&amp;", "&").strip()
    # WHATWG URL, 4.4: remove tabs and newlines, otherwise "java\nscript:" passes.
    value = value.replace("\t", "").replace("\n", "").replace("\r", "")
    if not (value or base) or len(value) > _MAX_URL:
        return None
    scheme = match[0][:-1].lower() if (match := _SCHEME.match(value)) else ""
    if scheme == "mailto" and scheme in schemes:
        address = value.partition(":")[2].partition("?")[0].partition("#")[0]
        return f"mailto:{_encode(quote(address, _URL_SAFE))}" if "@" in address else None
    if not scheme and not base:
        return None
    href = _parse(value, base)
    if href is None:
        return None
    scheme, _, rest = href.partition("://")
    if scheme not in schemes:
        return None
    rest, _, fragment = rest.partition("#")
    rest, _, query = rest.partition("?")
    host, slash, path = rest.partition("/")
    # A user name in front of the host is a means of deception.
    if not host or "@" in host:
        return None
    if not path and _NO_PATH.match(value):
        # "https://example.org" stays as it was given.
        slash = ""
    result = f"{scheme}://{host}{slash}{_encode(path)}"
    result += f"?{_encode(query)}" if query else ""
    return result + (f"#{_encode(fragment)}" if fragment else "")


def _parse(value: str, base: str | None) -> str | None:
    """Return a URL as browsers write it, or None if they refuse it."""
    # Imported here because most URLs have the usual form.
    import ada_url

    try:
        return ada_url.join_url(base, value) if base else ada_url.normalize_url(value)
    except ValueError:
        return None


def _encode(part: str) -> str:
    return _NOT_URL_SAFE.sub(lambda match: f"%{ord(match[0]):02X}", part)
