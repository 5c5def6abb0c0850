"""The content codings in which documents are sent (RFC 9110, section 8.4.1), by their names.

The same bytes are coded into the same bytes by one version of a library, and not by the next.
"""

import gzip
from collections.abc import Callable

import brotli
import zstandard

# In bits; hardly a document has more than 256 KB, and for a larger one each thread would take 20 MB.
_WINDOW = 18


def _brotli(body: bytes) -> bytes:
    # Beyond this quality it takes ten times as long for a tenth of the size.
    return bytes(brotli.compress(body, quality=5, lgwin=_WINDOW))


def _zstandard(body: bytes) -> bytes:
    parameters = zstandard.ZstdCompressionParameters.from_level(9, window_log=_WINDOW)
    return zstandard.ZstdCompressor(compression_params=parameters).compress(body)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


ENCODE: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "zstd": _zstandard, "gzip": _gzip}
DECODE: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
    "gzip": gzip.decompress,
}
