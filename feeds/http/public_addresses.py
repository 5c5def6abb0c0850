"""Public addresses and the usual ports: all that the program connects to at a stranger's request."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
PORTS = frozenset({80, 443, 8080, 8443})
_UNICAST = ip_network("2000::/3")
# IANA's special-purpose ranges that `is_global` accepts: 6to4 relays; Teredo and similar; 6to4; documentation.
# All other ranges that embed an IPv4 address are outside of 2000::/3.
_SPECIAL = tuple(map(ip_network, ("192.88.99.0/24", "2001::/23", "2002::/16", "2001:db8::/32", "3fff::/20")))


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
