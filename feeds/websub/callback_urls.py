"""Rules for callback URLs: public addresses at the usual ports, and networks that the config allows.

It resolves no names and opens no connections. The HTTP client checks each address here before it
connects.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlencode, urlsplit

Network = IPv4Network | IPv6Network
PORTS = frozenset({80, 443, 8080, 8443})
MAX_URL = 2000
# Only visible ASCII reaches a request line. Parsers disagree about a backslash, so it is rejected.
_is_url = re.compile(r"https?://[!-~]+", re.IGNORECASE).fullmatch
_is_host = re.compile(r"[\w.:-]+").fullmatch
_is_unreserved = re.compile(r"[A-Za-z0-9._~-]").fullmatch
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNICAST = ip_network("2000::/3")
# IANA's special-purpose ranges that `is_global` accepts: 6to4 relays; Teredo and similar; 6to4; documentation.
# All other ranges that embed an IPv4 address are outside of 2000::/3.
_SPECIAL = tuple(map(ip_network, ("192.88.99.0/24", "2001::/23", "2002::/16", "2001:db8::/32", "3fff::/20")))


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
    if port not in PORTS and not networks:
        return f"its port is not one of {', '.join(map(str, sorted(PORTS)))}"
    try:
        ip_address(host)
    except ValueError:
        return None
    return None if is_allowed(host, port, networks) else "not a public address and port"


def is_allowed(address: str, port: int, networks: Iterable[Network] = ()) -> bool:
    """Return whether a connection to this address is allowed; addresses in `networks` may use any port."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if any(ip in network for network in networks):
        return True
    if port not in PORTS or not ip.is_global or ip.is_multicast or any(ip in network for network in _SPECIAL):
        return False
    return ip.version == 4 or ip in _UNICAST


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
