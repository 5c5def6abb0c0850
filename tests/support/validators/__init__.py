"""Check a feed document against the specification of its format, independently of what wrote it.

Does not fetch, does not correct, and does not know the code it tests.

Spec: RFC 4287, RFC 5005, RFC 6721, RSS 2.0 with the RSS Advisory Board profile, JSON Feed 1.1, OPML 2.0, Media RSS.
"""

from .atom import check_atom
from .jsonfeed import check_json
from .markup import html_problems
from .opml import check_opml
from .rss import check_rss

__all__ = ["check", "html_problems"]

_CHECKERS = {"rss": check_rss, "atom": check_atom, "json": check_json, "opml": check_opml}


def check(data: bytes, kind: str, url: str | None = None) -> list[str]:
    """Return the mistakes of a document of `kind` (rss, atom, json, opml); none if it is valid.

    Each message begins with a stable code: `rss-item-guid-missing: item in line 7 has no guid`. `url` is the URL of
    the document; without it, only the presence of a link to itself is checked. Raises: KeyError for another kind.
    """
    return _CHECKERS[kind](data, url)
