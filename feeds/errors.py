"""Everything that can go wrong, whose mistake it is, and how it reads.

An operator's mistake (configuration, folders, permissions) is an exception and
stops the build before anything is written. A writer's mistake is a value, a
`Problem`: it costs one entry at most, and all of them are reported at once. A
mistake of ours is neither: it keeps its traceback. Where it hits one entry alone it is
a `Bug`: the entry is left out, and all else is published.
"""

from dataclasses import dataclass
from typing import Literal

from feeds.text.terminal import escape_controls


class FeedsError(Exception):
    """Base of the errors an operator can mend; reads as `message: subject: cause`.

    Attributes:
        problems: Each mistake by itself, where there may be several, or those that may have led to it.
    """

    message = "error"
    problems: "tuple[Problem, ...]" = ()

    def __init__(self, subject: str, cause: str = "") -> None:
        super().__init__(subject, cause)
        self.subject = subject
        self.cause = cause

    def __str__(self) -> str:
        return escape_controls(": ".join(part for part in (self.message, self.subject, self.cause) if part))


class ConfigError(FeedsError):
    """The configuration cannot be used; names the file, the line and the key."""

    message = "config"

    def __init__(self, subject: str, cause: str = "", problems: "tuple[Problem, ...]" = ()) -> None:
        super().__init__(subject, cause)
        self.problems = problems


class ContentError(FeedsError):
    """The content folder as a whole cannot be read."""

    message = "content"


class ExportError(FeedsError):
    """The output folder cannot be written; what it held before is still there."""

    message = "output"


class EditionError(FeedsError):
    """A manifest is missing, broken or from another version of its format."""

    message = "edition"


class IdChangeLimitError(FeedsError):
    """So many ids changed that readers would announce old entries again."""

    message = "ids"


class RemovalLimitError(FeedsError):
    """So much of what is published would be gone that it is hardly meant."""

    message = "removals"


class LockedError(FeedsError):
    """Another build or push is running; it does what this one would have done."""

    message = "lock"


class ServeError(FeedsError):
    """The server cannot listen where it is told to."""

    message = "serve"


class HubError(FeedsError):
    """The hub has no queue, or nothing to run with."""

    message = "hub"


class LogError(FeedsError):
    """An access log cannot be read."""

    message = "log"


class NotFoundError(FeedsError):
    """There is no entry, feed or revision of this name."""

    message = "not found"


class ScaffoldError(FeedsError):
    """A site or an entry cannot be begun here."""

    message = "not begun"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in one content file.

    Attributes:
        path: The file, as the user would name it.
        line: The 1-based line; 0 where the whole file is meant.
        key: The front-matter key; empty where none is to blame.
        message: What is wrong, lower case, with the remedy if there is one.
        level: `error` costs the entry, `warning` does not, `bug` is a mistake of ours that costs it.
    """

    path: str
    line: int
    key: str
    message: str
    level: Literal["error", "warning", "bug"] = "error"

    def __str__(self) -> str:
        path = self.path.replace("\n", "\\n")
        place = f"{path}:{self.line}" if self.line else path
        return escape_controls(": ".join(part for part in (place, self.key, self.message) if part))


@dataclass(frozen=True, slots=True, order=True)
class Bug(Problem):
    """An exception of ours that one file caused.

    Attributes:
        trace: The traceback.
    """

    trace: str = ""


_LONGEST = 500  # characters of an exception's message
NOT_ISOLATED = (FeedsError, MemoryError, OSError)
"""Exceptions that concern the build as a whole, whichever entry they come up at."""


def bug_in(path: str, error: Exception) -> Bug:
    """Return an exception of ours as a problem of the file that caused it."""
    from traceback import format_exception

    said = " ".join(str(error).split())
    named = f"{type(error).__name__}: {said}" if said else type(error).__name__
    # Terminals obey control characters.
    shown = "".join(each if each.isprintable() else "\ufffd" for each in named[:_LONGEST])
    trace = "".join(format_exception(error)).encode("utf-8", "backslashreplace").decode()
    return Bug(path, 0, "", f"bug in Everyday Feeds: {shown}; please report it", "bug", trace)
