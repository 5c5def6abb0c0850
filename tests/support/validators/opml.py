"""Check an OPML document, in particular as a list of feeds to subscribe to.

Does not follow inclusions, and accepts any attribute of an outline, like the specification.

Spec: OPML 2.0.
"""

import re
from collections import Counter

from .report import Report
from .values import is_integer, is_mail, is_web_iri, rfc822_date, weekday_is_right
from .xmldoc import Element, attribute, children, elements, local_name, namespace, read, text_of, where

HEAD = frozenset(
    "title dateCreated dateModified ownerName ownerEmail ownerId docs expansionState vertScrollState windowTop "
    "windowLeft windowBottom windowRight".split()
)
CHILDREN = {"opml": frozenset({"head", "body"}), "head": HEAD, "body": {"outline"}, "outline": {"outline"}}
PLAIN = frozenset("text category created isBreakpoint isComment".split())
VERSIONS = frozenset({None, "RSS", "RSS1", "RSS2", "scriptingNews"})


def check_opml(data: bytes, url: str | None) -> list[str]:
    """Return the mistakes of an OPML document; it cannot name its own URL, so `url` is not used."""
    del url
    report = Report()
    root = read(data, report)
    if root is None or not report.rule("opml-root", root.tag == "opml", f"the root is {root.tag}, not opml"):
        return report.messages
    version = attribute(root, "version")
    report.rule("opml-version", version == "2.0", f"version {version!r}")
    parts = [local_name(part) for part in children(root)]
    report.rule("opml-parts", parts == ["head", "body"], f"the document has {parts}, not one head and one body")
    _check_vocabulary(root, report)
    for head in children(root, "head"):
        _check_head(head, report)
    for body in children(root, "body"):
        report.rule("opml-body-empty", children(body, "outline"), "the body has no outline")
    for element in elements(root):
        if element.tag == "outline":
            _check_outline(element, report)
    return report.messages


def _check_vocabulary(root: Element, report: Report) -> None:
    for element in elements(root):
        parent = element.getparent()
        if parent is None or namespace(element):
            continue
        known = CHILDREN.get(local_name(parent), frozenset())
        report.rule("opml-element", local_name(element) in known, f"{where(element)} is unknown in {parent.tag}")


def _check_head(head: Element, report: Report) -> None:
    counted = Counter(local_name(element) for element in children(head) if not namespace(element))
    for name, count in counted.items():
        report.rule("opml-head-repeated", count == 1, f"the head has {count} of {name}")
    for element in children(head, "dateCreated", "dateModified"):
        _check_date(where(element), text_of(element), report)
    for element in children(head, "ownerEmail"):
        report.rule("opml-owner-email", is_mail(text_of(element)), f"{where(element)}: {text_of(element)!r}")
    for element in children(head, "ownerId", "docs"):
        report.rule("opml-head-url", is_web_iri(text_of(element)), f"{where(element)}: {text_of(element)!r}")
    for element in children(head, "vertScrollState", "windowTop", "windowLeft", "windowBottom", "windowRight"):
        report.rule("opml-window", is_integer(text_of(element)), f"{where(element)}: {text_of(element)!r}")
    for element in children(head, "expansionState"):
        lines = re.fullmatch(r"(?:\d+(?:,\s*\d+)*)?", text_of(element).strip())
        report.rule("opml-expansion", lines, f"{where(element)}: {text_of(element)!r}")


def _check_date(place: str, text: str, report: Report) -> None:
    right = rfc822_date(text) and weekday_is_right(text)
    report.rule("opml-date", right, f"{place}: {text!r} is no RFC 822 date with its right weekday")


def _check_outline(outline: Element, report: Report) -> None:
    report.rule("opml-text", (attribute(outline, "text") or "").strip(), f"{where(outline)} has no text")
    created = attribute(outline, "created")
    if created is not None:
        _check_date(where(outline), created, report)
    for name in ("isComment", "isBreakpoint"):
        word = attribute(outline, name)
        report.rule("opml-boolean", word in {None, "true", "false"}, f"{where(outline)}: {name} {word!r}")
    kind, feed = attribute(outline, "type"), attribute(outline, "xmlUrl")
    # The W3C validator warns of other attributes where there is no type.
    plain = kind or {str(name) for name in outline.attrib} <= PLAIN
    report.rule("opml-untyped", plain, f"{where(outline)} has no type, and {', '.join(map(str, outline.attrib))}")
    if kind == "rss":
        _check_subscription(outline, report)
    else:
        report.rule("opml-type", feed is None, f"{where(outline)} has xmlUrl and not type=rss")
    if kind in {"link", "include"}:
        url = attribute(outline, "url") or ""
        report.rule("opml-url", is_web_iri(url), f"{where(outline)}: url {url!r}")


def _check_subscription(outline: Element, report: Report) -> None:
    feed, page = attribute(outline, "xmlUrl") or "", attribute(outline, "htmlUrl") or ""
    report.rule("opml-xml-url", is_web_iri(feed), f"{where(outline)}: xmlUrl {feed!r} is no absolute URL")
    report.rule("opml-html-url", is_web_iri(page), f"{where(outline)}: htmlUrl {page!r} is no absolute URL")
    report.rule("opml-title", (attribute(outline, "title") or "").strip(), f"{where(outline)} has no title")
    version = attribute(outline, "version")
    report.rule("opml-feed-version", version in VERSIONS, f"{where(outline)}: version {version!r}")
