"""Check the elements of other vocabularies in an RSS channel and its items: Dublin Core, syndication, podcasts.

Does not check subcategories of podcasts, and not vocabularies that only describe (comments, places, licences).

Spec: Dublin Core in RSS (RSS Advisory Board profile), RSS 1.0 syndication module, Apple's podcast RSS requirements.
"""

from urllib.parse import urlsplit

from .report import Report
from .values import is_integer, is_w3cdtf, is_web_url
from .xmldoc import DC, ITUNES, SY, Element, attribute, children, elements, local_name, namespace, text_of, where

TWINS = {"creator": "author", "date": "pubDate", "subject": "category", "publisher": "managingEditor"}
DC_NAMES = frozenset(
    "contributor coverage creator date description format identifier language publisher relation rights source subject "
    "title type".split()
)
PERIODS = frozenset("hourly daily weekly monthly yearly".split())
SY_NAMES = frozenset({"updatePeriod", "updateFrequency", "updateBase"})
APPLE = frozenset(
    {
        "Arts",
        "Business",
        "Comedy",
        "Education",
        "Fiction",
        "Government",
        "Health & Fitness",
        "History",
        "Kids & Family",
        "Leisure",
        "Music",
        "News",
        "Religion & Spirituality",
        "Science",
        "Society & Culture",
        "Sports",
        "TV & Film",
        "Technology",
        "True Crime",
    }
)


def check_modules(root: Element, report: Report) -> None:
    """Check each element of these vocabularies below `root`."""
    for element in elements(root):
        check = {DC: _check_dc, SY: _check_sy, ITUNES: _check_itunes}.get(namespace(element))
        if check:
            check(element, report)


def check_twins(parent: Element, report: Report) -> None:
    """Check that a channel or an item has no value twice, once in RSS and once in Dublin Core."""
    for dc, core in TWINS.items():
        both = children(parent, f"{{{DC}}}{dc}") and children(parent, core)
        report.rule("dc-twin", not both, f"{where(parent)} has both dc:{dc} and {core}")


def _check_dc(element: Element, report: Report) -> None:
    name, text = local_name(element), text_of(element)
    report.rule("dc-element", name in DC_NAMES, f"{where(element)} is no element of Dublin Core")
    report.rule("dc-empty", text.strip(), f"{where(element)} is empty")
    if name == "date":
        report.rule("dc-date", is_w3cdtf(text), f"{where(element)}: {text!r} is no W3C date")


def _check_sy(element: Element, report: Report) -> None:
    name, text = local_name(element), text_of(element)
    report.rule("sy-element", name in SY_NAMES, f"{where(element)} is no element of syndication")
    if name == "updatePeriod":
        report.rule("sy-period", text in PERIODS, f"{where(element)}: {text!r}")
    if name == "updateFrequency":
        report.rule("sy-frequency", is_integer(text) and int(text) > 0, f"{where(element)}: {text!r}")
    if name == "updateBase":
        report.rule("sy-base", is_w3cdtf(text), f"{where(element)}: {text!r} is no W3C date")


def _check_itunes(element: Element, report: Report) -> None:
    name = local_name(element)
    if name in {"explicit", "block", "complete"}:
        allowed = {"true", "false"} if name == "explicit" else {"Yes"}
        report.rule("itunes-word", text_of(element) in allowed, f"{where(element)}: {text_of(element)!r}")
    if name == "image":
        href = attribute(element, "href") or ""
        kind = urlsplit(href).path.lower().endswith((".jpg", ".jpeg", ".png")) if is_web_url(href) else False
        report.rule("itunes-image", kind, f"{where(element)}: href {href!r} is no URL of a JPEG or PNG")
    parent = element.getparent()
    if name == "category" and parent is not None and parent.tag == "channel":
        text = attribute(element, "text")
        report.rule("itunes-category", text in APPLE, f"{where(element)}: {text!r} is not in Apple's list")
