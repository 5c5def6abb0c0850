"""Effects on the whole process: garbage collection, and the hooks for errors in threads. Only commands use them."""

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def stop_garbage_collection() -> None:
    """Stop the collection of cycles, for a process that keeps nearly all its objects to the end."""
    gc.disable()


def skip_collection_at_exit() -> None:
    """Exclude all objects from the collection that the interpreter does when it ends."""
    gc.freeze()


@contextmanager
def exit_when_thread_dies(message: bytes) -> Iterator[None]:
    """End the process with code 2 if a thread dies for lack of memory or threads; waiting for it would never end.

    Args:
        message: Written to standard error without allocating memory.
    """

    def end(error: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
        with suppress(OSError):
            os.write(2, message)
        sys.__excepthook__(error.exc_type, error.exc_value or error.exc_type(), error.exc_traceback)
        os._exit(2)

    def end_if_short(error: "sys.UnraisableHookArgs") -> None:
        # Failed thread starts are reported here too, together with harmless errors.
        (end if isinstance(error.exc_value, MemoryError | SystemError) else hooks[1])(error)

    hooks = threading.excepthook, sys.unraisablehook
    threading.excepthook, sys.unraisablehook = end, end_if_short
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks
