"""Download of a published site's manifest, for a build on an empty machine."""

from feeds.edition import manifest
from feeds.edition.model import Edition
from feeds.errors import ExportError

_MAX_MANIFEST = 256 * 1024 * 1024


def fetch_edition(url: str) -> Edition | None:
    """Return the edition whose manifest is at a URL, or None if the URL has none yet.

    Raises:
        EditionError: The response is not a manifest.
        ExportError: The server does not respond; a build without its manifest would lose ids and removals.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(url, headers={"User-Agent": "everyday-feeds"}), timeout=30) as answer:  # noqa: S310 - the config admits http(s) only
            return manifest.from_manifest(answer.read(_MAX_MANIFEST), url)
    except HTTPError as error:
        if error.code in (404, 410):
            return None
        raise ExportError(url, "output.answers", status=error.code) from None
    except (URLError, HTTPException, OSError) as error:
        raise ExportError(url, "system.error", reason=str(getattr(error, "reason", error))) from None
