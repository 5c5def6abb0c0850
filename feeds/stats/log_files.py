"""Lines of access logs from files, gzipped files and standard input, read as a stream."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from io import BufferedReader
from pathlib import Path

from feeds.errors import LogError

_LONGEST = 64 * 1024  # servers accept no larger request header


def read_lines(logs: Iterable[str]) -> Iterator[str]:
    """Yield the lines of all logs in order; `-` is standard input, and `.gz` files are unpacked.

    Invalid UTF-8 is replaced. A line that is longer than `_LONGEST` comes in pieces.

    Raises:
        LogError: A log cannot be read; the lines before the error have been yielded.
    """
    for log in logs:
        try:
            with _open(log) as file:
                for line in iter(partial(file.readline, _LONGEST), b""):
                    yield line.decode("utf-8", "replace")
        except (OSError, EOFError, zlib.error) as error:
            cause = getattr(error, "strerror", None) or str(error)
            raise LogError("standard input" if log == "-" else log, "system.error", reason=cause) from None


def _open(log: str) -> BufferedReader | gzip.GzipFile:
    if log == "-":
        return open(0, "rb", closefd=False)
    return gzip.open(log) if log.endswith(".gz") else Path(log).open("rb")
