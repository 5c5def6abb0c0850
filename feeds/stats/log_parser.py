"""Parser of access log lines: nginx and Apache "combined", Caddy's JSON, and our own JSON.

The format is detected for each line, so one log can mix the lines of several servers. This
module opens no files and does not interpret requests. Log lines contain untrusted text: `parse`
accepts any text and never raises.

Formats: nginx, ngx_http_log_module; Apache, mod_log_config; Caddy, the access logs of `log`;
our own, one JSON object per line, see docs/stats.md.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

_MOST = 500  # most characters of a path or an agent that are kept
_COMBINED = re.compile(
    # Apache's vhost_combined puts the host name first. The second word of a client (identd) is always a dash
    # today, which tells the two formats apart.
    r"(?:\S+ )??(\S+) - .*? ?"
    r"\[(\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    r'"([^"\\]*(?:\\.[^"\\]*)*)" (\d{3}) (\d{1,18}|-)'
    r'(?: "[^"\\]*(?:\\.[^"\\]*)*" "([^"\\]*(?:\\.[^"\\]*)*)")?',
    re.ASCII,
)
_ESCAPED = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_MONTHS = {
    name: f"{1 + number:02}" for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())
}
_VALIDATORS = ("If-None-Match", "If-Modified-Since")  # RFC 9110, section 13.1
# Client values from a local proxy, or from a log that hides addresses.
_NOBODY = {"", "-", "unix:", "127.0.0.1", "::1", "0.0.0.0", "::"}  # noqa: S104 - nothing is bound to it


@dataclass(frozen=True, slots=True)
class Request:
    """One request from an access log. All texts are printable and short.

    Attributes:
        moment: Time of the request, in UTC.
        client: The address, or another value that tells clients apart; None if the log has neither.
        method: In capitals; empty if the request was not HTTP.
        path: Decoded, without the query; empty if the request was not HTTP.
        status: Status code of the response.
        size: Bytes of the response.
        agent: The User-Agent; empty if the header was absent.
        conditional: Whether the request had a validator; None if the log does not show it.
    """

    moment: datetime
    client: str | None
    method: str
    path: str
    status: int
    size: int
    agent: str
    conditional: bool | None = None


def parse(line: str) -> Request | None:
    """Return the request in a log line, or None if the line has none."""
    try:
        return _from_json(json.loads(line)) if line.startswith("{") else _from_combined(line)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, OSError, RecursionError):
        return None


def _from_combined(line: str) -> Request | None:
    match = _COMBINED.match(line)
    if not match:
        return None
    client, moment, request, status, size, agent = match.groups()
    method, _, rest = request.partition(" ")
    target, _, protocol = rest.rpartition(" ")
    if not protocol.startswith("HTTP/"):
        target = rest
    if not (method.isascii() and method.isupper() and method.isalpha() and target):
        method = target = ""  # such as a TLS handshake on a plain HTTP port, or an empty request
    return Request(
        _moment(moment),
        _client(client),
        method,
        _path(_unescape(target)),
        int(status),
        0 if size == "-" else int(size),
        "" if agent in (None, "-") else _text(_unescape(agent)),
        True if status == "304" else None,
    )


def _from_json(value: dict[str, Any]) -> Request | None:
    if "request" in value:
        return _from_caddy(value)
    return Request(
        _utc(datetime.fromisoformat(value["time"])),
        _client(value.get("client")),
        _method(value["method"]),
        _path(value["path"]),
        _number(value["status"]),
        _number(value["bytes"]),
        _text(value.get("agent") or ""),
        _flag(value.get("conditional")),
    )


def _from_caddy(value: dict[str, Any]) -> Request | None:
    # Caddy logs an error once more as http.log.error, with the same request.
    if not value.get("logger", "http.log.access").startswith("http.log.access"):
        return None
    request, status, moment = value["request"], _number(value["status"]), value["ts"]
    headers = request.get("headers")
    conditional = None if headers is None else any(name in headers for name in _VALIDATORS)
    return Request(
        _utc(datetime.fromisoformat(moment) if isinstance(moment, str) else datetime.fromtimestamp(moment, UTC)),
        _client(request.get("client_ip") or request.get("remote_ip")),
        _method(request["method"]),
        _path(request["uri"]),
        status,
        _number(value.get("size", 0)),
        _text(((headers or {}).get("User-Agent") or [""])[0]),
        # Only a conditional request gets a 304, even if the log omits the header.
        True if status == 304 else conditional,
    )


def _moment(text: str) -> datetime:
    # fromisoformat takes a tenth of the time of strptime, and does not depend on the locale.
    return _utc(datetime.fromisoformat(f"{text[7:11]}-{_MONTHS[text[3:6]]}-{text[:2]}T{text[12:20]}{text[21:]}"))


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _client(value: str | None) -> str | None:
    return None if value is None or value in _NOBODY else _text(value)


def _method(value: str) -> str:
    return _text(value).upper()


def _number(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 60:
        raise ValueError("not a non-negative number")
    return value


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


@lru_cache(maxsize=4096)
def _path(target: str) -> str:
    path = target.partition("?")[0].partition("#")[0]
    if path.startswith(("http://", "https://")):  # RFC 9112, section 3.2.2: the form for proxies
        path = "/" + path.split("/", 3)[3] if path.count("/") > 2 else "/"
    return _text(unquote(path))


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    """Make text safe for terminals and documents: no control or direction characters, limited length."""
    value = value[:_MOST]
    return value if value.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in value)


def _unescape(value: str) -> str:
    if "\\" not in value:
        return value
    # nginx escapes non-ASCII text byte by byte, so the bytes are joined before decoding.
    return _ESCAPED.sub(_byte, value.encode("utf-8", "replace")).decode("utf-8", "replace")


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode()) if match[1] else match[2]
