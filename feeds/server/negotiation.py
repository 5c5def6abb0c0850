"""Negotiation of the content coding, and conditional requests.

Pure functions. RFC 9110, sections 12.5.3 and 13.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from werkzeug.datastructures import ETags
from werkzeug.http import parse_date, parse_etags

IDENTITY = "identity"
CODINGS = ("br", "zstd", "gzip", IDENTITY)
"""The available content codings, the best first."""
_LONG = 300


def codings_for(accept: str) -> tuple[str, ...]:
    """Return the content codings that an Accept-Encoding header admits, the preferred one first.

    The result is empty if no coding is acceptable. Invalid and implausible members are ignored.
    """
    return _codings(accept if len(accept) <= _LONG else accept[:_LONG].rpartition(",")[0])


@lru_cache(maxsize=512)
def _codings(accept: str) -> tuple[str, ...]:
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, parameters = part.partition(";")
        weight = _weight(parameters)
        name = name.strip()
        if name and weight is not None:
            weights["gzip" if name == "x-gzip" else name] = weight
    # Identity is acceptable unless excluded, but codings that are named explicitly come first.
    default = weights.get("*", 0.0)
    qualities = {coding: weights.get(coding, default) for coding in CODINGS[:-1]}
    qualities[IDENTITY] = weights.get(IDENTITY, default if "*" in weights else 0.0001)
    acceptable = [coding for coding in CODINGS if qualities[coding] > 0]
    return tuple(sorted(acceptable, key=lambda coding: -qualities[coding]))


def _weight(parameters: str) -> float | None:
    """Return the q value in a member's parameters, or None if it is invalid."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return None
            return weight if 0 <= weight <= 1 else None
    return 1.0


def wants_only_new(manipulations: str) -> bool:
    """Return whether an A-IM header asks for only the new entries of a feed (RFC 3229)."""
    for part in manipulations.lower().split(",")[:50]:
        name, _, parameters = part.partition(";")
        if name.strip() == "feed":
            return bool(_weight(parameters))
    return False


def status_of(environ: Mapping[str, str], etag: str, modified: datetime | None) -> int:
    """Return the status for a conditional request: 200, 304 or 412 (RFC 9110, section 13.2.2).

    Args:
        environ: The request's headers under their WSGI names.
        etag: The strong ETag of the representation, without quotes.
        modified: Time of the last change, in whole seconds; None if unknown.
    """
    if "HTTP_IF_MATCH" in environ:
        if not _matches(environ["HTTP_IF_MATCH"], etag, weakly=False):
            return 412
    elif (since := _date(environ.get("HTTP_IF_UNMODIFIED_SINCE"))) and modified and modified > since:
        return 412
    if "HTTP_IF_NONE_MATCH" in environ:
        return 304 if _matches(environ["HTTP_IF_NONE_MATCH"], etag, weakly=True) else 200
    since = _date(environ.get("HTTP_IF_MODIFIED_SINCE"))
    return 304 if since and modified and modified <= since else 200


def _date(header: str | None) -> datetime | None:
    """Return a date of HTTP, or None if it is invalid: then the condition is ignored (RFC 9110, section 13.1.3)."""
    try:
        return parse_date(header)
    except OverflowError:  # a year that no date has
        return None


def _matches(header: str, etag: str, weakly: bool) -> bool:
    header_tags = tags(header)
    return header_tags.contains_weak(etag) if weakly else header_tags.contains(etag)


def tags(header: str) -> ETags:
    """Return the ETags of an If-Match or If-None-Match header, as far as they are valid."""
    return parse_etags(header[:8192])
