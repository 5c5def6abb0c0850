"""`feeds check --online`: the size and the type of files, as their servers report them.

It only reports: files of the content folder belong to their authors and are never changed.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from feeds.cli import suggestions
from feeds.errors import FeedsError, Problem, Suggestion, problem
from feeds.text import media_types

if TYPE_CHECKING:
    from feeds.http.public_addresses import Network
    from feeds.http.remote_files import RemoteFile


_UNKNOWN = {
    "enclosure.unknown_length": "length",
    "enclosure.bad_length": "length",
    "enclosure.unknown_type": "type",
}
"""The codes of the problems that a server can answer, and the key of the value."""
_BLOCK = re.compile(r"(\s*(?:-\s+)?)(\w+)\s*:(?!\s*[{\[])")
# A key with its value in braces.
_LENGTH = re.compile(r"""([{,]\s?length\s?:\s?)("[^"]*"|'[^']*'|[^,}]*)""")
_TYPE = re.compile(r"""([{,]\s?type\s?:\s?)("[^"]*"|'[^']*'|[^,}]*)""")
_PAGES = ("text/html", "application/xhtml+xml")


def require_client() -> None:
    """Check that the HTTP client is installed.

    Raises:
        FeedsError: It is not.
    """
    if find_spec("aiohttp") is None:
        raise FeedsError("aiohttp", "program.not_installed", package="aiohttp")


def look_up(
    problems: Sequence[Problem], networks: "tuple[Network, ...]", lines_of: Callable[[str], Sequence[str]]
) -> list[Problem]:
    """Return the problems, those about a size or a type with the line to write, or with the server's failure.

    Args:
        problems: The problems of the content.
        networks: Networks that are allowed in addition to public addresses.
        lines_of: Returns the lines of a file.
    """
    from feeds.http.remote_files import request_files  # imported here because it needs aiohttp

    files = request_files((_url(reported) for reported in problems if reported.code in _UNKNOWN), networks)
    completed: list[Problem] = []
    for reported in problems:
        completed += (
            _completed(reported, files[_url(reported)], lines_of(reported.path))
            if reported.code in _UNKNOWN
            else [reported]
        )
    return completed


def _url(about: Problem) -> str:
    return str(dict(about.params)["url"])


def _completed(about: Problem, file: "RemoteFile", lines: Sequence[str]) -> Iterator[Problem]:
    """Yield a problem about a file with what the server reports."""
    key, url = _UNKNOWN[about.code], _url(about)
    place = (about.path, about.line, about.key)
    if file.failure:
        yield about
        yield problem(*place, "enclosure.no_response", level="warning", url=url, reason=file.failure)
    elif file.type in _PAGES:
        yield about
        yield problem(*place, "enclosure.web_page", level="warning", url=url)
    else:
        kind = media_types.written_type(file.type)
        value = str(file.length or "") if key == "length" else kind if kind != "application/octet-stream" else None
        if value:
            yield replace(about, suggestion=_suggestion(about, key, value, lines))
        else:
            yield about
            yield problem(*place, "enclosure.not_reported", level="warning", url=url, key=key)


def _suggestion(about: Problem, key: str, value: str, lines: Sequence[str]) -> Suggestion:
    """Return the whole line with the value if the file is better with it, or else a line to add to the item."""
    line = lines[about.line - 1] if 0 < about.line <= len(lines) else ""
    block = _BLOCK.match(line)
    if block and block[2] == key:
        written = f"{block[1]}{key}: {value}"
    elif block or line.count("{") != 1:
        indent = " " * len(block[1]) if block else ""
        return Suggestion("insert", f"{indent}{key}: {value}")
    else:
        written = _with_value(line, key, value)
    if suggestions.is_improvement(about, lines, written):
        return Suggestion("line", written)
    return Suggestion("insert", f"{key}: {value}")


def _with_value(line: str, key: str, value: str) -> str:
    """Return the line of an item in braces with another value of the key."""
    pattern = _LENGTH if key == "length" else _TYPE
    replaced, count = pattern.subn(rf"\g<1>{value}", line, count=1)
    if count:
        return replaced
    before, brace, after = line.rpartition("}")
    return f"{before.rstrip()}, {key}: {value}{brace}{after}"
