"""Sizes and types of files from their servers: one HEAD request for each file."""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

import aiohttp
from yarl import URL

from feeds.http.public_addresses import Network
from feeds.http.public_client import Resolver, error_text, open_session

SECONDS = 10.0
"""Timeout of a request with its redirects."""
_AGENT = "Everyday-Feeds-check"
_AT_ONCE = 8
_REDIRECTS = 5


class RemoteFile(NamedTuple):
    """A file as its server reports it.

    Attributes:
        length: The size in bytes; None if the server does not report it.
        type: The media type, without parameters; empty if there is none.
        failure: Why there is no response about the file; empty if there is one.
    """

    length: int | None = None
    type: str = ""
    failure: str = ""


def request_files(
    urls: Iterable[str], networks: tuple[Network, ...] = (), resolver: Resolver = aiohttp.ThreadedResolver
) -> dict[str, RemoteFile]:
    """Return what the servers report about the files at these URLs.

    Args:
        urls: http(s) URLs.
        networks: Networks that are allowed in addition to public addresses.
        resolver: The DNS resolver; by default the system's.
    """
    return asyncio.run(_request_all(tuple(dict.fromkeys(urls)), networks, resolver))


async def _request_all(
    urls: tuple[str, ...], networks: tuple[Network, ...], resolver: Resolver
) -> dict[str, RemoteFile]:
    slots = asyncio.Semaphore(_AT_ONCE)
    async with open_session(SECONDS, _AGENT, networks, resolver) as session:

        async def request(url: str) -> RemoteFile:
            async with slots:
                return await _request(session, url)

        return dict(zip(urls, await asyncio.gather(*map(request, urls)), strict=True))


async def _request(session: aiohttp.ClientSession, url: str) -> RemoteFile:
    try:
        # Servers of podcasts count a download and redirect. The client checks each address again.
        target = URL(url, encoded=True)
        async with session.head(target, allow_redirects=True, max_redirects=_REDIRECTS + 1) as response:
            if response.status != 200:
                return RemoteFile(failure=f"the server answers {response.status}")
            length = response.headers.get("Content-Length", "")
            is_whole = response.headers.get("Content-Encoding", "identity").lower() == "identity"
            size = int(length) if is_whole and length.isascii() and length.isdigit() and len(length) < 16 else 0
            return RemoteFile(size or None, response.headers.get("Content-Type", "").partition(";")[0].strip().lower())
    except aiohttp.TooManyRedirects:
        return RemoteFile(failure=f"more than {_REDIRECTS} redirects")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return RemoteFile(failure=error_text(error, SECONDS))
