"""Standard streams that may be missing, closed or full.

A failed write raises nothing and prints no traceback: the stream stores the error and drops further
output. `lost` then returns whether the command failed because of it. A command with another effect
than output calls `succeed` after that effect.
"""

import errno
import io
import os
import select
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from feeds.text.terminal import escape_controls

_NAMES = ("stdin", "stdout", "stderr")


class _VisibleText(io.TextIOWrapper):
    """A text stream that escapes control characters of untrusted text."""

    def __init__(self, buffer: io.BufferedWriter, *, has_colours: bool, **options: Any) -> None:
        super().__init__(buffer, **options)
        self._has_colours = has_colours

    def write(self, text: str) -> int:
        return super().write(escape_controls(text, self._has_colours))


class Tolerant(io.RawIOBase):
    """An output stream whose writes never raise.

    Attributes:
        error: The first error of a write; later output is dropped.
        is_needed: Whether the command fails if its output cannot be written.
    """

    def __init__(self, stream: io.TextIOWrapper) -> None:
        # A stream without references is collected, which closes the stream below it.
        self._stream = stream
        # Unbuffered streams (python -u) have no buffer above the raw one.
        self._raw: Any = getattr(stream.buffer, "raw", stream.buffer)
        self.error: OSError | None = None
        self.is_needed = True

    def write(self, data: Any) -> int:
        size: int = memoryview(data).nbytes
        count: int | None = None
        try:
            while not self.error and count is None:
                count = self._raw.write(data)
                if count is None:
                    # Another process made the shared terminal or pipe non-blocking.
                    select.select((), (self.fileno(),), ())
        except OSError as error:
            self.error = error
        return size if count is None else count

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def fileno(self) -> int:
        return int(self._raw.fileno())


def install() -> None:
    """Replace standard output and standard error by tolerant streams."""
    _open_missing()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        # Titles can be in any script; characters that the terminal's encoding lacks are replaced.
        if isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _tolerant(stream))


def succeed() -> None:
    """Record that the command has done its work, so that lost output is not a failure."""
    if stream := _raw(sys.stdout):
        stream.is_needed = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Output that could not be written.

    Attributes:
        reason: The error message; empty if no message is needed.
        is_failure: Whether the command failed because of it.
    """

    reason: str
    is_failure: bool


def lost() -> Lost | None:
    """Return the lost output of standard output, or None if everything was written."""
    stream = _raw(sys.stdout)
    if stream is None:
        return None
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    error, is_needed = stream.error, stream.is_needed
    if error is None:
        return None
    if error.errno == errno.EBADF:
        return Lost("closed" if is_needed else "", is_needed)
    # A closed pipe needs no message: its reader has read enough.
    return Lost("" if error.errno == errno.EPIPE else error.strerror or str(error), is_needed)


def write_error(message: bytes) -> None:
    """Write to standard error without allocating, and without raising."""
    with suppress(OSError):
        os.write(2, message)


def _open_missing() -> None:
    """Open the standard descriptors that are closed, and their Python streams.

    Otherwise the next opened file would become descriptor 1, and a library's output would be written
    into it. They are opened in the wrong mode, so that writes still fail.
    """
    for number, name in enumerate(_NAMES):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDONLY if number else os.O_WRONLY)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)  # noqa: FBT003 - the function's only argument
        if getattr(sys, name) is None:
            setattr(sys, name, _new(number))


def _new(number: int) -> io.TextIOWrapper:
    raw = io.FileIO(number, "w" if number else "r", closefd=False)
    buffer = io.BufferedWriter(raw) if number else io.BufferedReader(raw)
    return io.TextIOWrapper(buffer, encoding="utf-8", errors="replace")


def _tolerant(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    stream.flush()
    return _VisibleText(
        io.BufferedWriter(Tolerant(stream)),
        has_colours=stream.isatty(),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _raw(stream: object) -> Tolerant | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw if isinstance(raw, Tolerant) else None
