"""Rules for callback URLs: public addresses at the usual ports, and networks that the config allows.

It resolves no names and opens no connections. The HTTP client checks each address again before it
connects.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from feeds.http import public_addresses
from feeds.http.public_addresses import Network, is_allowed

MAX_URL = 2000
# Only visible ASCII reaches a request line. Parsers disagree about a backslash, so it is rejected.
_is_url = re.compile(r"https?://[!-~]+", re.IGNORECASE).fullmatch
_is_host = re.compile(r"[\w.:-]+").fullmatch
_is_unreserved = re.compile(r"[A-Za-z0-9._~-]").fullmatch
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")


def reason_against(url: str, networks: Iterable[Network] = ()) -> str | None:
    """Return why a callback URL is not allowed, as far as its text shows; None if it is allowed."""
    if len(url) > MAX_URL:
        return f"longer than {MAX_URL} characters"
    if not _is_url(url) or "\\" in url or "#" in url:
        return "not an http(s) URL in ASCII, without a fragment"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, port_of(url)
    except ValueError:
        return "not a URL"
    if "@" in parts.netloc:
        return "has a user name"
    if not host or not _is_host(host):
        return "has no host"
    networks = tuple(networks)
    if port not in public_addresses.PORTS and not networks:
        return f"its port is not one of {', '.join(map(str, sorted(public_addresses.PORTS)))}"
    try:
        ip_address(host)
    except ValueError:
        return None
    return None if is_allowed(host, port, networks) else "not a public address and port"


def host_of(url: str) -> str:
    """Return the host of a callback, as the key of a limit."""
    return (urlsplit(url).hostname or "").rstrip(".")


def port_of(url: str) -> int:
    parts = urlsplit(url)
    return parts.port if parts.port is not None else {"http": 80, "https": 443}[parts.scheme]


def with_query(url: str, values: dict[str, str]) -> str:
    """Return the URL with parameters added after its own (WebSub, section 5.1.1)."""
    glue = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
    return url + glue + urlencode(values)


def normalize_url(url: str) -> str:
    """Decode the unreserved characters of a URL, for comparison (RFC 3986, section 6.2.2.2)."""

    def plain(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if _is_unreserved(char) else match[0].upper()

    return _ENCODED.sub(plain, url)
