"""Content codings (RFC 9110, section 8.4.1): encoders and decoders by name.

One version of a library always gives the same bytes; another version can give different bytes.
"""

import gzip
from collections.abc import Callable

import brotli
import zstandard

# log2 of the window size. Few documents exceed 256 KB, and a larger window costs 20 MB per thread.
_WINDOW = 18


def _brotli(body: bytes) -> bytes:
    # A higher quality takes ten times as long and saves a tenth of the size.
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
