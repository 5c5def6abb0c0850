"""Errors and problems: one class for each kind of mistake.

A mistake of an operator (configuration, folders, permissions) is an exception and stops the
build before anything is written. A mistake in a content file is a value, a `Problem`. It costs
at most one entry, and all problems are reported at once. A defect of Everyday Feeds keeps its
traceback. A defect that affects only one entry is a `Bug`: the entry is left out, and the
rest is published.

Errors and problems carry a code and parameters. `messages` has the text for each code.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from feeds.text.terminal import escape_controls

Param = str | int | float
Params = tuple[tuple[str, Param], ...]
Level = Literal["error", "warning", "note", "bug"]


class FeedsError(Exception):
    """Base of the errors that an operator can fix; reads as `message: subject: cause`.

    Attributes:
        message: The kind of error.
        subject: The file, address or name that the error is about.
        code: The key of the cause in `messages.MESSAGES`; empty if the subject is the cause.
        params: The values for the text of the code.
        remedy: A code for an option of the command line with which the command continues; empty for none.
        problems: The single mistakes, or the mistakes that may have caused the error.
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
    """The output folder cannot be written; its documents are unchanged."""

    message = "output"


class EditionError(FeedsError):
    """A manifest is missing, broken or from another version of its format."""

    message = "edition"


class IdChangeLimitError(FeedsError):
    """More ids changed than `protect` allows; readers would announce old entries again."""

    message = "ids"


class RemovalLimitError(FeedsError):
    """More entries or feeds would be removed than `protect` allows."""

    message = "removals"


class LockedError(FeedsError):
    """Another build or push is running, with the same result."""

    message = "lock"


class ServeError(FeedsError):
    """The server cannot listen at its address and port."""

    message = "serve"


class HubError(FeedsError):
    """The hub has no queue, or a package that it needs is missing."""

    message = "hub"


class LogError(FeedsError):
    """An access log cannot be read."""

    message = "log"


class NotFoundError(FeedsError):
    """No entry, feed or revision has this name."""

    message = "not found"


class ScaffoldError(FeedsError):
    """A site or an entry cannot be created here."""

    message = "cannot create"


class Suggestion(NamedTuple):
    """A replacement for a line with a problem.

    Attributes:
        kind: `key` replaces the key, `value` the value, `line` the whole line; `insert` is a new line.
        text: The new text.
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
        key: The key; empty if the problem concerns no key.
        code: The key of the text in `messages.MESSAGES`.
        params: The values for the text.
        level: `error` costs the entry or the topic. `warning` costs neither, and `note` is no mistake.
            `bug` is a defect of Everyday Feeds, which costs the entry.
        suggestion: The text to write instead, if it follows from the text of the file.
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
        """The text: the mistake, its effect, its remedy."""
        return render_message(self.code, self.params, self.level)

    def __str__(self) -> str:
        path = self.path.replace("\n", "\\n")
        position = f"{path}:{self.line}" if self.line else path
        return escape_controls(": ".join(part for part in (position, self.key, self.message) if part))

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
    """Return a problem; the other keyword arguments are its parameters."""
    return Problem(path, line, key, code, tuple(params.items()), level, suggestion)


def render_message(code: str, params: Params, level: str) -> str:
    """Return the text of a code, or the code itself if it has no text."""
    from feeds.messages import MESSAGES  # most builds report nothing

    message = MESSAGES.get(code)
    return message.render(dict(params), level) if message else code


@dataclass(frozen=True, slots=True, order=True)
class Bug(Problem):
    """An unexpected exception that one file caused.

    Attributes:
        trace: The traceback.
    """

    trace: str = ""

    def as_dict(self) -> dict[str, Any]:
        return Problem.as_dict(self) | {"trace": self.trace}


_LONGEST = 500  # characters of an exception's message
NOT_ISOLATED = (FeedsError, MemoryError, OSError)
"""Exceptions that stop the build, even if a single entry raised them."""


def bug_in(path: str, error: Exception) -> Bug:
    """Return an unexpected exception as a problem of the file that caused it."""
    from traceback import format_exception

    text = " ".join(str(error).split())
    named = f"{type(error).__name__}: {text}" if text else type(error).__name__
    # Terminals obey control characters.
    shown = "".join(char if char.isprintable() else "\ufffd" for char in named[:_LONGEST])
    trace = "".join(format_exception(error)).encode("utf-8", "backslashreplace").decode()
    return Bug(path, 0, "", "internal.bug", (("error", shown),), "bug", trace=trace)
