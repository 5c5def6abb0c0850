"""What a request asks for: which content coding, and whether it has the document already.

Pure. RFC 9110, sections 12.5.3 and 13.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from werkzeug.datastructures import ETags
from werkzeug.http import parse_date, parse_etags

IDENTITY = "identity"
CODINGS = ("br", "zstd", "gzip", IDENTITY)
"""What documents are offered in, the best first."""
_LONG = 300


def codings_for(accept: str) -> tuple[str, ...]:
    """Return the codings that an Accept-Encoding admits, the one to send first; none if none will do.

    What cannot be read is ignored, and what nobody means who is in his right mind.
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
    # Identity is acceptable unless it is excluded, but nothing that was asked for is less wanted.
    rest = weights.get("*", 0.0)
    found = {coding: weights.get(coding, rest) for coding in CODINGS[:-1]}
    found[IDENTITY] = weights.get(IDENTITY, rest if "*" in weights else 0.0001)
    wanted = [coding for coding in CODINGS if found[coding] > 0]
    return tuple(sorted(wanted, key=lambda coding: -found[coding]))


def _weight(parameters: str) -> float | None:
    """Return the q of a member's parameters, or None if it is none."""
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
    """Tell whether an A-IM asks for what is new in a feed alone (RFC 3229)."""
    for part in manipulations.lower().split(",")[:50]:
        name, _, parameters = part.partition(";")
        if name.strip() == "feed":
            return bool(_weight(parameters))
    return False


def status_of(environ: Mapping[str, str], etag: str, modified: datetime | None) -> int:
    """Return how a request for a representation is answered: 200, 304 or 412 (RFC 9110, section 13.2.2).

    Args:
        environ: The request's headers under their names in WSGI.
        etag: The strong tag of the representation, without quotes.
        modified: When it was last modified, in whole seconds; None where that is not known.
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
    """Return a date of HTTP, or None if it is none: then the condition does not count (RFC 9110, section 13.1.3)."""
    try:
        return parse_date(header)
    except OverflowError:  # a year that no date has
        return None


def _matches(header: str, etag: str, weakly: bool) -> bool:
    given = tags(header)
    return given.contains_weak(etag) if weakly else given.contains(etag)


def tags(header: str) -> ETags:
    """Return the tags of an If-Match or an If-None-Match, as far as one reads."""
    return parse_etags(header[:8192])
