"""HTTP that connects to nothing but what may be called.

An address is checked when it is connected to, and there is no second look-up; the environment's
proxies are not used, and no cookie is kept.
"""

import socket
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from feeds.websub.callback_urls import Network, is_allowed

_AGENT = "Everyday-Feeds-hub (WebSub)"
Resolver = Callable[[], AbstractResolver]


class NotAllowedError(OSError):
    """The address is not to be connected to."""

    def __init__(self) -> None:
        super().__init__("not a public address and port")


def open_session(
    seconds: float, networks: tuple[Network, ...], resolver: Resolver = aiohttp.ThreadedResolver
) -> aiohttp.ClientSession:
    """Return a session, in the loop that runs.

    Args:
        seconds: For connecting and for the answer.
        networks: What may be called besides public addresses.
        resolver: What looks names up, if not the system.
    """

    def checked(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, (host, port, *_) = address
        # The last word: an address that stands in the URL is never looked up.
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
        headers={"User-Agent": _AGENT, "Accept-Encoding": "identity"},
    )


class _Checked(AbstractResolver):
    """Looks up a name, and refuses it if any of its addresses is not to be connected to."""

    def __init__(self, inner: AbstractResolver, networks: tuple[Network, ...]) -> None:
        self._inner = inner
        self._networks = networks

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not all(is_allowed(each["host"], port, self._networks) for each in found):
            raise NotAllowedError
        return found

    async def close(self) -> None:
        await self._inner.close()
