"""Check an RSS 2.0 document against the expectations of current readers and validators.

Does not accept older versions of RSS, and does not rank rules: recommendations of the profile are checked too.

Spec: RSS 2.0 and RSS Advisory Board profile; RFC 5005 and WebSub as atom:link in the channel.
"""

from collections import Counter
from datetime import datetime

from .links import LINK, check_links, check_paging, check_self, relation
from .media import check_media
from .modules import check_modules, check_twins
from .report import Report
from .rssitem import check_items
from .rsstext import check_date, check_editor, check_plain_texts, check_url
from .values import is_integer, is_language
from .xmldoc import Element, attribute, child, children, elements, local_name, namespace, read, text_of, where

DOCS = "http://www.rssboard.org/rss-specification"
WEEK = frozenset("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
CHILDREN = {
    "rss": frozenset({"channel"}),
    "channel": frozenset(
        "title link description language copyright managingEditor webMaster pubDate lastBuildDate category generator "
        "docs cloud ttl image rating textInput skipHours skipDays item".split()
    ),
    "item": frozenset("title link description author category comments enclosure guid pubDate source".split()),
    "image": frozenset("url title link width height description".split()),
    "textInput": frozenset("title description name link".split()),
    "skipHours": frozenset({"hour"}),
    "skipDays": frozenset({"day"}),
}
ATTRIBUTES = {
    "rss": frozenset({"version"}),
    "guid": frozenset({"isPermaLink"}),
    "category": frozenset({"domain"}),
    "source": frozenset({"url"}),
    "enclosure": frozenset({"url", "length", "type"}),
    "cloud": frozenset({"domain", "port", "path", "registerProcedure", "protocol"}),
}
WITHOUT_TEXT = CHILDREN.keys() | {"enclosure", "cloud"}


def check_rss(data: bytes, url: str | None) -> list[str]:
    """Return the mistakes of the RSS document at `url`."""
    report = Report()
    root = read(data, report)
    if root is None or not report.rule("rss-root", root.tag == "rss", f"the root is {root.tag}, not rss"):
        return report.messages
    version = attribute(root, "version")
    report.rule("rss-version", version == "2.0", f"version {version!r}")
    channels = children(root, "channel")
    report.rule("rss-channel", len(channels) == 1, f"{len(channels)} channels")
    _check_vocabulary(root, report)
    check_plain_texts(data, report)
    for channel in channels:
        _check_channel(channel, url, report)
    check_modules(root, report)
    check_media(root, report)
    return report.messages


def _check_vocabulary(root: Element, report: Report) -> None:
    for element in elements(root):
        if namespace(element):
            continue
        name, parent = local_name(element), element.getparent()
        if parent is not None and not namespace(parent):
            known = CHILDREN.get(local_name(parent), frozenset())
            report.rule("rss-element", name in known, f"{where(element)} is unknown in {local_name(parent)}")
        given = {str(key) for key in element.attrib if not str(key).startswith("{")}
        stray = sorted(given - ATTRIBUTES.get(name, frozenset()))
        report.rule("rss-attribute", not stray, f"{where(element)} has the attributes {stray}")
        if name not in WITHOUT_TEXT:
            report.rule("rss-empty", text_of(element).strip(), f"{where(element)} is empty")


def _check_channel(channel: Element, url: str | None, report: Report) -> None:
    _check_required(channel, report)
    _check_link(channel, url, report)
    built = _check_dates(channel, report)
    _check_placement(channel, report)
    check_self(channel, "application/rss+xml", url, report)
    check_links(channel, report)
    check_paging(channel, url, report)
    check_twins(channel, report)
    check_items(channel, built, report)
    for element in children(channel, "managingEditor", "webMaster"):
        check_editor(element, report)
    for name, check in _CHECKS.items():
        for element in children(channel, name):
            check(element, report)


def _check_required(channel: Element, report: Report) -> None:
    counted = Counter(str(element.tag) for element in children(channel) if not namespace(element))
    for name in ("title", "link", "description"):
        report.rule("rss-channel-missing", text_of(child(channel, name)).strip(), f"the channel has no {name}")
    for name in sorted(CHILDREN["channel"] - {"item", "category"}):
        report.rule("rss-channel-repeated", counted[name] < 2, f"the channel has {counted[name]} of {name}")


def _check_link(channel: Element, url: str | None, report: Report) -> None:
    feed = {url} | {attribute(link, "href") for link in children(channel, LINK) if relation(link) in {"self", "hub"}}
    for link in children(channel, "link"):
        check_url(link, report)
        report.rule(
            "rss-channel-link", text_of(link) not in feed, "the channel's link is the feed or its hub, not a page"
        )


def _check_dates(channel: Element, report: Report) -> datetime | None:
    published = [check_date(element, report) for element in children(channel, "pubDate")]
    built = [check_date(element, report) for element in children(channel, "lastBuildDate")]
    late = published and built and published[0] and built[0] and published[0] > built[0]
    report.rule("rss-date-order", not late, "the channel's pubDate is younger than its lastBuildDate")
    return built[0] if built else None


def _check_placement(channel: Element, report: Report) -> None:
    items = children(channel, "item")
    if items:
        late = [element for element in items[0].itersiblings("*") if element.tag != "item"]
        report.rule("rss-item-misplaced", not late, f"{where(late[0]) if late else ''} comes after an item")


def _check_image(image: Element, report: Report) -> None:
    channel = image.getparent()
    for name in ("url", "title", "link"):
        report.rule("rss-image-missing", len(children(image, name)) == 1, f"{where(image)} has not one {name}")
    for name in ("title", "link"):
        same = channel is None or text_of(child(image, name)) == text_of(child(channel, name))
        report.rule("rss-image-differs", same, f"{where(image)} has another {name} than the channel")
    for element in children(image, "url", "link"):
        check_url(element, report)
    for name, limit in (("width", 144), ("height", 400)):
        for element in children(image, name):
            text = text_of(element)
            fits = is_integer(text) and 1 <= int(text) <= limit
            report.rule("rss-image-size", fits, f"{where(element)}: {text!r} is not 1 to {limit}")


def _check_language(language: Element, report: Report) -> None:
    report.rule("rss-language", is_language(text_of(language)), f"{text_of(language)!r} is no language")


def _check_ttl(ttl: Element, report: Report) -> None:
    report.rule("rss-ttl", is_integer(text_of(ttl)) and int(text_of(ttl)) > 0, f"{text_of(ttl)!r} is no minutes")


def _check_docs(docs: Element, report: Report) -> None:
    report.rule("rss-docs", text_of(docs) == DOCS, f"docs is {text_of(docs)!r}, not {DOCS}")


def _check_category(category: Element, report: Report) -> None:
    report.rule("rss-category-empty", text_of(category).strip(), f"{where(category)} is empty")


def _check_cloud(cloud: Element, report: Report) -> None:
    missing = [name for name in sorted(ATTRIBUTES["cloud"]) if attribute(cloud, name) is None]
    report.rule("rss-cloud", not missing, f"{where(cloud)} lacks {missing}")
    port = attribute(cloud, "port") or ""
    report.rule("rss-cloud", is_integer(port) and 0 < int(port) < 65536, f"{where(cloud)}: port {port!r}")


def _check_skip_hours(hours: Element, report: Report) -> None:
    values = [text_of(hour) for hour in children(hours, "hour")]
    right = all(is_integer(value) and int(value) < 24 for value in values)
    report.rule("rss-skip-hours", values and right and len(set(map(int, values))) == len(values), f"hours {values}")


def _check_skip_days(days: Element, report: Report) -> None:
    values = [text_of(day) for day in children(days, "day")]
    right = values and WEEK.issuperset(values) and len(set(values)) == len(values)
    report.rule("rss-skip-days", right, f"days {values}")


def _check_discouraged(element: Element, report: Report) -> None:
    report.rule("rss-discouraged", element is None, f"{where(element)} is better left out")


_CHECKS = {
    "image": _check_image,
    "language": _check_language,
    "ttl": _check_ttl,
    "docs": _check_docs,
    "category": _check_category,
    "cloud": _check_cloud,
    "skipHours": _check_skip_hours,
    "skipDays": _check_skip_days,
    "rating": _check_discouraged,
    "textInput": _check_discouraged,
}
