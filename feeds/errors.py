"""Errors and problems: what can go wrong, and whose mistake it is.

A mistake of an operator (configuration, folders, permissions) is an exception and stops the
build before anything is written. A mistake in a content file is a value, a `Problem`: it costs
at most one entry, and all problems are reported at once. A defect of Everyday Feeds keeps its
traceback. Where a defect affects one entry alone it is a `Bug`: the entry is left out, and the
rest is published.

Errors and problems carry a code and parameters. `messages` has the text for each code.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from feeds.text.terminal import escape_controls

Param = str | int | float
Params = tuple[tuple[str, Param], ...]
Level = Literal["error", "warning", "bug"]


class FeedsError(Exception):
    """Base of the errors that an operator can fix; reads as `message: subject: cause`.

    Attributes:
        message: The kind of error.
        subject: The file, address or name that the error is about.
        code: The key of the cause in `messages.MESSAGES`; empty where the subject says it all.
        params: The values for the text of the code.
        remedy: A code for an option of the command line that lets the command go on; empty for none.
        problems: Each mistake by itself, or the mistakes that may have caused the error.
    """

    message = "error"
    problems: "tuple[Problem, ...]" = ()

    def __init__(self, subject: str, code: str = "", *, remedy: str = "", **params: Param) -> None:
        super().__init__(subject, code)
        self.subject = subject
        self.code = code
        self.params = params
        self.remedy = remedy

    @property
    def cause(self) -> str:
        """The cause in words."""
        return render_message(self.code, tuple(self.params.items()), "error") if self.code else ""

    def __str__(self) -> str:
        return escape_controls(": ".join(part for part in (self.message, self.subject, self.cause) if part))


class ConfigError(FeedsError):
    """The configuration cannot be used; names the file, the line and the key."""

    message = "config"

    def __init__(
        self, subject: str, code: str = "", *, problems: "tuple[Problem, ...]" = (), remedy: str = "", **params: Param
    ) -> None:
        super().__init__(subject, code, remedy=remedy, **params)
        self.problems = problems


class ContentError(FeedsError):
    """The content folder as a whole cannot be read."""

    message = "content"


class NothingPublishedError(FeedsError):
    """None of the files is an entry, so the first build would publish an empty feed."""

    message = "nothing to publish"


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


class Suggestion(NamedTuple):
    """A replacement for a line with a problem.

    Attributes:
        kind: `key` replaces the key, `value` the value, `line` the whole line; `insert` is a new line.
        text: What to write.
    """

    kind: Literal["", "key", "value", "line", "insert"]
    text: str


NO_SUGGESTION = Suggestion("", "")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in one file.

    Attributes:
        path: The file, as the user would name it.
        line: The 1-based line; 0 for the whole file.
        key: The key; empty where the problem has none.
        code: The key of the text in `messages.MESSAGES`.
        params: The values for the text.
        level: `error` costs the entry, `warning` does not, `bug` is a defect of ours that costs the entry.
        suggestion: What to write instead, if that follows from what is written.
    """

    path: str
    line: int
    key: str
    code: str
    params: Params = ()
    level: Level = "error"
    suggestion: Suggestion = NO_SUGGESTION

    @property
    def message(self) -> str:
        """The text: what is wrong, what happens, what to do."""
        return render_message(self.code, self.params, self.level)

    def __str__(self) -> str:
        path = self.path.replace("\n", "\\n")
        place = f"{path}:{self.line}" if self.line else path
        return escape_controls(": ".join(part for part in (place, self.key, self.message) if part))

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as values for JSON."""
        return {
            "path": self.path,
            "line": self.line,
            "key": self.key,
            "code": self.code,
            "params": dict(self.params),
            "message": self.message,
            "level": self.level,
        }


def problem(
    path: str,
    line: int,
    key: str,
    code: str,
    /,
    *,
    level: Level = "error",
    suggestion: Suggestion = NO_SUGGESTION,
    **params: Param,
) -> Problem:
    """Return a problem whose parameters are the other keyword arguments."""
    return Problem(path, line, key, code, tuple(params.items()), level, suggestion)


def render_message(code: str, params: Params, level: str) -> str:
    """Return the text of a code; a code that has none is its own text."""
    from feeds.messages import MESSAGES  # most builds report nothing

    message = MESSAGES.get(code)
    return message.render(dict(params), level) if message else code


@dataclass(frozen=True, slots=True, order=True)
class Bug(Problem):
    """An exception of ours that one file caused.

    Attributes:
        trace: The traceback.
    """

    trace: str = ""

    def as_dict(self) -> dict[str, Any]:
        return Problem.as_dict(self) | {"trace": self.trace}


_LONGEST = 500  # characters of an exception's message
NOT_ISOLATED = (FeedsError, MemoryError, OSError)
"""Exceptions that concern the build as a whole, whichever entry they come up at."""


def bug_in(path: str, error: Exception) -> Bug:
    """Return an exception of ours as a problem of the file that caused it."""
    from traceback import format_exception

    text = " ".join(str(error).split())
    named = f"{type(error).__name__}: {text}" if text else type(error).__name__
    # Terminals obey control characters.
    shown = "".join(each if each.isprintable() else "\ufffd" for each in named[:_LONGEST])
    trace = "".join(format_exception(error)).encode("utf-8", "backslashreplace").decode()
    return Bug(path, 0, "", "internal.bug", (("error", shown),), "bug", trace=trace)
