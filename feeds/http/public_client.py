"""HTTP client that connects only to allowed addresses.

Each address is checked when the connection opens, without a second DNS lookup. Proxies from the
environment are not used, and no cookies are stored.
"""

import os
import socket
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from feeds.http.public_addresses import Network, is_allowed

Resolver = Callable[[], AbstractResolver]


class NotAllowedError(OSError):
    """A connection to the address is not allowed."""

    def __init__(self) -> None:
        super().__init__("not a public address and port")


def open_session(
    seconds: float, agent: str, networks: tuple[Network, ...], resolver: Resolver = aiohttp.ThreadedResolver
) -> aiohttp.ClientSession:
    """Return a client session for the running event loop.

    Args:
        seconds: Timeout of a connection and of a response.
        agent: The `User-Agent` of requests.
        networks: Networks that are allowed in addition to public addresses.
        resolver: The DNS resolver; by default the system's.
    """

    def checked(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, (host, port, *_) = address
        # The final check: a literal address in a URL is never resolved.
        if not is_allowed(host, port, networks):
            raise NotAllowedError
        return socket.socket(family, kind, protocol)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0, force_close=True, resolver=_Checked(resolver(), networks), socket_factory=checked
        ),
        trust_env=False,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=seconds),
        headers={"User-Agent": agent, "Accept-Encoding": "identity"},
    )


def error_text(error: Exception, seconds: float) -> str:
    """Return an error message of a request that contains neither a URL nor a secret.

    Args:
        error: What the request raised.
        seconds: The timeout of the session.
    """
    if isinstance(error, TimeoutError):
        return f"no response within {seconds:g} s"
    if isinstance(error, aiohttp.ClientConnectorError):
        inner = error.os_error
        if isinstance(inner, NotAllowedError):
            return str(inner)
        # asyncio puts the address into `strerror`.
        return os.strerror(inner.errno) if inner.errno and inner.errno > 0 else inner.strerror or "no connection"
    return str(error) if isinstance(error, NotAllowedError) else f"no response ({type(error).__name__})"


class _Checked(AbstractResolver):
    """DNS resolver that rejects a name if any of its addresses is not allowed."""

    def __init__(self, inner: AbstractResolver, networks: tuple[Network, ...]) -> None:
        self._inner = inner
        self._networks = networks

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._inner.resolve(host, port, family)
        if not all(is_allowed(result["host"], port, self._networks) for result in addresses):
            raise NotAllowedError
        return addresses

    async def close(self) -> None:
        await self._inner.close()
