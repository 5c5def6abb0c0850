"""Check a JSON Feed: its bytes, its structure by schema, and the other rules of the specification.

Does not accept version 1, and does not compare the documents of a `next_url` chain.

Spec: JSON Feed 1.1, RFC 8259, RFC 7493.
"""

import functools
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from .markup import has_markup, html_problems
from .report import Report
from .values import is_iri, is_language, is_media_type, rfc3339_date

LIMIT = 250_000
URLS = frozenset("home_page_url feed_url next_url icon favicon url external_url image banner_image avatar".split())
PLACEHOLDERS = frozenset({"None", "nan", "NaN"})


def check_json(data: bytes, url: str | None) -> list[str]:
    """Return the mistakes of the JSON Feed at `url`."""
    report = Report()
    feed = _read(data, report)
    if not report.rule("json-object", isinstance(feed, dict), "the document is no JSON object"):
        return report.messages
    assert isinstance(feed, dict)
    report.rule("json-size", len(data) <= LIMIT, f"{len(data)} bytes, more than {LIMIT}")
    _check_schema(feed, report)
    _check_feed(feed, url, report)
    for path, value in _walk(feed):
        _check_value(path, value, report)
    items = feed.get("items")
    entries = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    for item in entries:
        _check_item(item, report)
    for value, count in Counter(str(item.get("id")) for item in entries).items():
        report.rule("json-id-repeated", count == 1, f"{count} items have the id {value}")
    return report.messages


def _read(data: bytes, report: Report) -> object:
    report.rule("json-bom", not data.startswith(b"\xef\xbb\xbf"), "a byte order mark stands before the object")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        report.rule("json-encoding", not error, f"not UTF-8: {error}")
        return None

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        for name, count in Counter(name for name, _ in pairs).items():
            report.rule("json-key-repeated", count == 1, f"{count} members are called {name}")
        return dict(pairs)

    def constant(name: str) -> object:
        report.rule("json-number", not name, f"{name} is no JSON")
        return None

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        report.rule("json-malformed", not error, str(error))
        return None


@functools.cache
def _schema() -> Any:
    text = Path(__file__).with_name("jsonfeed.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _check_schema(feed: dict[str, Any], report: Report) -> None:
    for error in _schema().iter_errors(feed):
        report.rule("json-schema", not error, f"{error.json_path}: {str(error.message)[:120]}")


def _check_feed(feed: dict[str, Any], url: str | None, report: Report) -> None:
    report.rule("json-version-first", next(iter(feed), "") == "version", "version is not the first member")
    for name in ("home_page_url", "feed_url"):
        report.rule("json-feed-urls", name in feed, f"no {name}, which a feed on the web has")
    for name in ("icon", "favicon"):
        report.rule("json-icon", name in feed, f"no {name}")
    own = feed.get("feed_url")
    report.rule("json-feed-url", url is None or own in (None, url), f"feed_url is {own}, but it lives at {url}")
    known = [address for address in (own, url) if address is not None]
    report.rule("json-next-url", feed.get("next_url") not in known, "next_url leads to the document itself")
    report.rule("json-home-page", feed.get("home_page_url") not in known, "home_page_url is the feed, not a page")


def _check_item(item: dict[str, Any], report: Report) -> None:
    name = repr(item.get("id"))
    report.rule("json-item-url", "url" in item, f"item {name} has no url")
    html = item.get("content_html")
    for problem in html_problems(html) if isinstance(html, str) else []:
        code, _, said = problem.partition(": ")
        report.rule(code, not said, f"item {name}: {said}")
    # A title may mention `<b>`; longer plain text with whole elements was intended as HTML.
    for field in ("summary", "content_text"):
        text = item.get(field)
        report.rule(
            "json-plain-text", not (isinstance(text, str) and has_markup(text)), f"item {name}: HTML in {field}"
        )
    for field in ("date_published", "date_modified"):
        moment = rfc3339_date(str(item.get(field)))
        report.rule("json-date", field not in item or moment, f"item {name}: {field} {item.get(field)!r}")


def _check_value(path: tuple[str, ...], value: object, report: Report) -> None:
    here, custom = ".".join(path), any(part.startswith("_") for part in path)
    report.rule("json-null", value is not None or custom, f"{here} is null, not absent")
    if isinstance(value, dict):
        _check_names(path, value, report)
    if not isinstance(value, str):
        return
    report.rule("json-surrogate", not re.search(r"[\ud800-\udfff]", value), f"{here} has half a surrogate pair")
    report.rule("json-placeholder", value not in PLACEHOLDERS, f"{here} is {value!r}")
    name = path[-1]
    if custom:
        return
    if name in URLS:
        report.rule("json-url", is_iri(value), f"{here}: {value!r} is no absolute URL")
    if name == "language":
        report.rule("json-language", is_language(value), f"{here}: {value!r} is no language")
    if name == "mime_type":
        report.rule("json-mime-type", is_media_type(value), f"{here}: {value!r} is no media type")


def _check_names(path: tuple[str, ...], value: dict[str, object], report: Report) -> None:
    for name, member in value.items():
        report.rule("json-surrogate", not re.search(r"[\ud800-\udfff]", name), f"a name in {path} has half a pair")
        inside = any(part.startswith("_") for part in path)
        if inside:
            plain = "." not in name and not name.startswith("_")
            report.rule("json-custom-member", plain, f"{'.'.join(path)} has a member {name!r}")
        elif name.startswith("_"):
            report.rule("json-custom-name", re.fullmatch(r"_[A-Za-z][^.]*", name), f"custom object {name!r}")
            report.rule("json-custom-object", isinstance(member, dict), f"{name} is no object")


def _walk(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path or ("feed",), value
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from _walk(inside, (*path, name))
    if isinstance(value, list):
        for position, inside in enumerate(value):
            yield from _walk(inside, (*path, str(position)))
