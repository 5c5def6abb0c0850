"""The address of the client that sent a request."""

from collections.abc import Mapping
from ipaddress import ip_address


def client_address(environ: Mapping[str, str]) -> str:
    """Return the client's address; behind a proxy on this machine, the address that the proxy reports."""
    address = environ.get("REMOTE_ADDR", "")
    try:
        if ip_address(address).is_loopback:
            # The last address is from the proxy; the client can forge the addresses before it.
            return str(ip_address(environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()))
    except ValueError:
        pass
    return address
