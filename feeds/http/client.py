"""The address of the client that sent a request."""

from collections.abc import Mapping
from ipaddress import ip_address


def client_of(environ: Mapping[str, str]) -> str:
    """Return the address of who asks, as a proxy on the same machine tells it if there is one; empty if nobody does."""
    address = environ.get("REMOTE_ADDR", "")
    try:
        if ip_address(address).is_loopback:
            # What stands before the last one was written by whoever asked the proxy.
            return str(ip_address(environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()))
    except ValueError:
        pass
    return address
