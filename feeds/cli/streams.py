"""Standard streams that may be missing, closed or full.

A write that fails raises nothing and prints no traceback: the stream keeps the error and
drops what follows. `lost` then says whether the command failed by it. A command that
has an effect besides its output calls `succeed` when the effect is there.
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
    """A text stream on which no foreign text controls the terminal."""

    def __init__(self, buffer: io.BufferedWriter, *, has_colours: bool, **options: Any) -> None:
        super().__init__(buffer, **options)
        self._has_colours = has_colours

    def write(self, text: str) -> int:
        return super().write(escape_controls(text, self._has_colours))


class Tolerant(io.RawIOBase):
    """An output stream with writes that never raise.

    Attributes:
        error: The first error of a write; nothing is written after it.
        is_needed: The command has failed if its output cannot be written.
    """

    def __init__(self, stream: io.TextIOWrapper) -> None:
        # A stream that nothing refers to is collected, and closes what is below it.
        self._stream = stream
        # Unbuffered streams (python -u) have no buffer above the raw one.
        self._raw: Any = getattr(stream.buffer, "raw", stream.buffer)
        self.error: OSError | None = None
        self.is_needed = True

    def write(self, data: Any) -> int:
        size: int = memoryview(data).nbytes
        written: int | None = None
        try:
            while not self.error and written is None:
                written = self._raw.write(data)
                if written is None:
                    # The terminal or pipe is shared with a process that made it non-blocking.
                    select.select((), (self.fileno(),), ())
        except OSError as error:
            self.error = error
        return size if written is None else written

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def fileno(self) -> int:
        return int(self._raw.fileno())


def install() -> None:
    """Put tolerant streams in the place of standard output and standard error."""
    _open_missing()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        # Titles have every script: a terminal or a log without it shows something else.
        if isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _tolerant(stream))


def succeed() -> None:
    """Note that the command has done its work, so output that cannot be written is no failure."""
    if stream := _raw(sys.stdout):
        stream.is_needed = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Output that could not be written.

    Attributes:
        reason: Why; empty where nobody needs to be told.
        is_failure: The command has failed by that.
    """

    reason: str
    is_failure: bool


def lost() -> Lost | None:
    """Return what became of standard output if not all of it could be written."""
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
    # The reader at the other end of a pipe has enough, and knows it.
    return Lost("" if error.errno == errno.EPIPE else error.strerror or str(error), is_needed)


def write_error(message: bytes) -> None:
    """Write to standard error without allocating, and without raising."""
    with suppress(OSError):
        os.write(2, message)


def _open_missing() -> None:
    """Open the standard descriptors that are closed, and the Python streams of them.

    Without this the next file that is opened is descriptor 1, and what a library prints
    would be written into it. They are opened the wrong way round, so that their use still fails.
    """
    for number, name in enumerate(_NAMES):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDONLY if number else os.O_WRONLY)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)  # noqa: FBT003 - its only argument
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
