"""Documents over HTTP: media types, paths and bytes."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from feeds.edition.model import Document
from tests.support.http_site import FEED, IMF_FIXDATE
from tests.support.raw_http import Server

# 8.1


def test_a_document_has_its_type_its_length_and_its_bytes(
    served: Server, documents: dict[str, Document], site: Path
) -> None:
    with served.connect() as connection:
        for path, document in documents.items():
            answer = connection.ask(path)
            assert answer.status == 200, path
            assert answer["Content-Type"] == document.type
            assert int(answer["Content-Length"]) == len(answer.body) == document.size
            assert answer.body == (site / "public" / document.path).read_bytes()


def test_a_response_has_one_date_with_the_current_time(served: Server) -> None:
    for path, status in ((FEED, 200), ("/nope", 404)):
        answer = served.ask(path)
        assert answer.status == status
        assert IMF_FIXDATE.fullmatch(answer["Date"])
        assert abs(parsedate_to_datetime(answer["Date"]) - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/feeds/ai.xml", "application/rss+xml; charset=utf-8"),
        ("/feeds/ai.atom", "application/atom+xml; charset=utf-8"),
        ("/feeds/ai.json", "application/feed+json"),
        ("/feeds/ai.html", "text/html; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/manifest.json", "application/json"),
        ("/style.css", "text/css; charset=utf-8"),
    ],
)
def test_each_kind_of_document_has_its_media_type(served: Server, path: str, expected: str) -> None:
    assert served.ask(path)["Content-Type"] == expected


def test_the_start_page_is_at_the_root(served: Server, site: Path) -> None:
    for path in ("/", "/?utm_source=x"):
        answer = served.ask(path)
        assert (answer.status, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert answer.body == (site / "public/index.html").read_bytes()


def test_the_manifest_is_served_as_it_is(served: Server, site: Path) -> None:
    assert served.ask("/manifest.json").body == (site / "public/manifest.json").read_bytes()


def test_a_query_changes_nothing(served: Server) -> None:
    assert served.ask(f"{FEED}?utm_source=a&b=%00").lasting == served.ask(FEED).lasting


def test_a_path_may_have_unnecessary_escapes(served: Server) -> None:
    assert served.ask("/%66eeds/%61i.xml").body == served.ask(FEED).body
