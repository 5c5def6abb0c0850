"""Check the items of an RSS channel, each alone and as a list.

Does not resolve a permalink, and cannot know whether a guid stays the same when its item changes.

Spec: RSS 2.0 and RSS Advisory Board profile (item elements); RSS 1.0 content module.
"""

from collections import Counter
from datetime import datetime

from .links import check_links
from .media import check_enclosed
from .modules import check_twins
from .report import Report
from .rsstext import check_date, check_html, check_url
from .values import is_integer, is_mail_with_name, is_media_type, is_web_url
from .xmldoc import CONTENT, DC, Element, attribute, child, children, namespace, text_of, where

CORE = frozenset("title link description author category comments enclosure guid pubDate source".split())
ENCODED = f"{{{CONTENT}}}encoded"
CREATOR = f"{{{DC}}}creator"


def check_items(channel: Element, built: datetime | None, report: Report) -> None:
    """Check every item of `channel`, their guids, their order, and that none is younger than the build."""
    items = children(channel, "item")
    moments = [_check_item(item, report) for item in items]
    _check_guids(items, report)
    dated = [moment for moment in moments if moment]
    report.rule("rss-item-order", dated == sorted(dated, reverse=True), "the newest item does not come first")
    for item, moment in zip(items, moments, strict=True):
        late = built and moment and moment > built
        report.rule("rss-date-order", not late, f"{where(item)} is younger than lastBuildDate")


def _check_item(item: Element, report: Report) -> datetime | None:
    present = text_of(child(item, "title")).strip() or text_of(child(item, "description")).strip()
    report.rule("rss-item-title-or-description", present, f"{where(item)} has neither title nor description")
    counted = Counter(str(element.tag) for element in children(item) if not namespace(element))
    for name in sorted(CORE - {"category", "enclosure"}):
        report.rule("rss-item-repeated", counted[name] < 2, f"{where(item)} has {counted[name]} of {name}")
    for element in children(item, "link", "comments"):
        check_url(element, report)
    for element in children(item, "category"):
        report.rule("rss-category-empty", text_of(element).strip(), f"{where(element)} is empty")
    for element in children(item, "description", ENCODED):
        check_html(element, report)
    _check_author(item, report)
    _check_enclosures(item, report)
    _check_source(item, report)
    _check_content(item, report)
    check_links(item, report)
    check_twins(item, report)
    check_enclosed(item, children(item, "enclosure"), report)
    dates = [check_date(element, report) for element in children(item, "pubDate")]
    return dates[0] if dates else None


def _check_author(item: Element, report: Report) -> None:
    author = child(item, "author")
    if author is None:
        return
    both = children(item, CREATOR)
    report.rule("rss-author-creator", not both, f"{where(item)} has both author and dc:creator")
    mail = is_mail_with_name(text_of(author))
    report.rule("rss-author-mail", mail, f"{where(author)}: {text_of(author)!r} is not `address (Real Name)`")


def _check_enclosures(item: Element, report: Report) -> None:
    enclosures = children(item, "enclosure")
    report.rule("rss-enclosure-repeated", len(enclosures) < 2, f"{where(item)} has {len(enclosures)} enclosures")
    for enclosure in enclosures:
        url, length, kind = (attribute(enclosure, name) or "" for name in ("url", "length", "type"))
        report.rule("rss-enclosure-url", is_web_url(url), f"{where(enclosure)}: url {url!r}")
        report.rule("rss-enclosure-length", is_integer(length), f"{where(enclosure)}: length {length!r}")
        report.rule("rss-enclosure-type", is_media_type(kind), f"{where(enclosure)}: type {kind!r}")


def _check_source(item: Element, report: Report) -> None:
    for source in children(item, "source"):
        url = attribute(source, "url") or ""
        report.rule("rss-source-url", is_web_url(url), f"{where(source)}: url {url!r}")


def _check_content(item: Element, report: Report) -> None:
    encoded, description = children(item, ENCODED), children(item, "description")
    report.rule("rss-content-repeated", len(encoded) < 2, f"{where(item)} has {len(encoded)} of content:encoded")
    if not encoded:
        return
    report.rule("rss-content-empty", text_of(encoded[0]).strip(), f"{where(encoded[0])} is empty")
    if report.rule("rss-content-alone", description, f"{where(item)} has its only text in content:encoded"):
        before = encoded[0] in description[0].itersiblings("*")
        report.rule("rss-content-order", before, f"{where(item)} has content:encoded before description")


def _check_guids(items: list[Element], report: Report) -> None:
    guids = [(item, guid) for item in items for guid in children(item, "guid")]
    for item in items:
        report.rule("rss-item-guid-missing", children(item, "guid"), f"{where(item)} has no guid")
    for _, guid in guids:
        permalink = attribute(guid, "isPermaLink")
        report.rule("rss-guid-permalink", permalink in {None, "true", "false"}, f"{where(guid)}: {permalink!r}")
        url = permalink == "false" or is_web_url(text_of(guid))
        report.rule("rss-guid-url", url, f"{where(guid)}: {text_of(guid)!r} is a permalink and not a URL")
        trimmed = text_of(guid) == text_of(guid).strip() != ""
        report.rule("rss-guid-blank", trimmed, f"{where(guid)}: {text_of(guid)!r} is empty or has space around it")
    counted = Counter(text_of(guid) for _, guid in guids)
    for value, count in counted.items():
        report.rule("rss-guid-repeated", count == 1, f"{count} items have the guid {value}")
