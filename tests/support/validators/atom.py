"""Check an Atom feed document: first its structure by schema, then the rules that a schema cannot express.

Does not accept a lone entry document, and does not check whether ids stay the same over time.

Spec: RFC 4287.
"""

import functools
from collections import Counter
from datetime import datetime
from pathlib import Path

from lxml import etree

from .atomtext import check_content, check_texts
from .links import LINK, check_links, check_paging, check_self, relation
from .media import check_enclosed, check_media
from .report import Report
from .tombstones import check_tombstones
from .values import is_iri, is_mail, rfc3339_date
from .xmldoc import ATOM, Element, attribute, child, children, local_name, read, text_of, where

FEED, ENTRY, SOURCE = (f"{{{ATOM}}}{name}" for name in ("feed", "entry", "source"))
ID, TITLE, UPDATED, PUBLISHED = (f"{{{ATOM}}}{name}" for name in ("id", "title", "updated", "published"))
AUTHOR, CONTRIBUTOR, NAME, URI, EMAIL = (
    f"{{{ATOM}}}{name}" for name in ("author", "contributor", "name", "uri", "email")
)
CATEGORY, GENERATOR, ICON, LOGO = (f"{{{ATOM}}}{name}" for name in ("category", "generator", "icon", "logo"))
SINGLE = frozenset("id title updated published content summary rights source generator icon logo subtitle".split())


def check_atom(data: bytes, url: str | None) -> list[str]:
    """Return the mistakes of the Atom feed at `url`."""
    report = Report()
    feed = read(data, report)
    if feed is None:
        return report.messages
    if not report.rule("atom-root", feed.tag == FEED, f"the root is {feed.tag}, not a feed"):
        return report.messages
    _check_schema(feed, report)
    _check_feed(feed, url, report)
    for entry in children(feed, ENTRY):
        _check_entry(entry, feed, report)
    _check_ids(feed, report)
    check_tombstones(feed, report)
    check_media(feed, report)
    return report.messages


@functools.cache
def _schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(str(Path(__file__).with_name("atom.rng"))))


def _check_schema(feed: Element, report: Report) -> None:
    schema = _schema()
    valid = schema.validate(feed)
    # The log ends with the whole feed; its first line is nearest to the mistake.
    first = next((f"line {error.line}: {error.message}" for error in schema.error_log), "")
    report.rule("atom-schema", valid, first)


def _check_feed(feed: Element, url: str | None, report: Report) -> None:
    _check_container(feed, report)
    check_self(feed, "application/atom+xml", url, report)
    check_paging(feed, url, report)
    entries = children(feed, ENTRY)
    if entries:
        after = [element for element in entries[0].itersiblings("*") if _is_metadata(element)]
        report.rule("atom-metadata-order", not after, f"{where(after[0]) if after else ''} comes after an entry")
    moment = _date(feed, UPDATED)
    for entry in entries:
        changed = _date(entry, UPDATED)
        older = moment and changed and moment < changed
        report.rule("atom-feed-updated", not older, f"the feed is older than its {where(entry)}")


def _is_metadata(element: Element) -> bool:
    return element.tag != ENTRY and str(element.tag).startswith(f"{{{ATOM}}}")


def _check_entry(entry: Element, feed: Element, report: Report) -> None:
    _check_container(entry, report)
    source = child(entry, SOURCE)
    if source is not None:
        for tag in (ID, TITLE, UPDATED):
            report.rule("atom-source", children(source, tag), f"{where(source)} does not keep {tag}")
        _check_values(source, report)
    authors = [owner for owner in (entry, source, feed) if owner is not None and children(owner, AUTHOR)]
    report.rule("atom-author", authors, f"{where(entry)} has no author, nor has the feed")
    published, updated = _date(entry, PUBLISHED), _date(entry, UPDATED)
    early = published and updated and updated < published
    report.rule("atom-updated-published", not early, f"{where(entry)} was updated before it was published")
    relations = {relation(link) for link in children(entry, LINK)}
    check_content(entry, "alternate" in relations, report)
    check_enclosed(entry, "enclosure" in relations, report)


def _check_container(element: Element, report: Report) -> None:
    for tag in (ID, TITLE, UPDATED):
        report.rule("atom-required", children(element, tag), f"{where(element)} has no {tag}")
    report.rule("atom-title-empty", text_of(child(element, TITLE)).strip(), f"{where(element)} has an empty title")
    _check_values(element, report)


def _check_values(element: Element, report: Report) -> None:
    counted = Counter(local_name(item) for item in children(element) if str(item.tag).startswith(f"{{{ATOM}}}"))
    for name in sorted(SINGLE & counted.keys()):
        report.rule("atom-repeated", counted[name] == 1, f"{where(element)} has {counted[name]} of {name}")
    for found in children(element, ID):
        report.rule("atom-id", is_iri(text_of(found)), f"{where(found)}: {text_of(found)!r} is no absolute IRI")
    for found in children(element, UPDATED, PUBLISHED):
        moment = rfc3339_date(text_of(found))
        report.rule("atom-date", moment, f"{where(found)}: {text_of(found)!r} is not RFC 3339 with T and Z")
    for found in children(element, AUTHOR, CONTRIBUTOR):
        _check_person(found, report)
    for found in children(element, CATEGORY):
        _check_category(found, report)
    for found in children(element, ICON, LOGO):
        report.rule("atom-image", is_iri(text_of(found)), f"{where(found)}: {text_of(found)!r} is not absolute")
    _check_generator(element, report)
    _check_alternates(element, report)
    check_links(element, report)
    check_texts(element, report)


def _check_person(person: Element, report: Report) -> None:
    names = children(person, NAME)
    report.rule("atom-person-name", len(names) == 1 and text_of(names[0]).strip(), f"{where(person)} has not one name")
    for found in children(person, URI):
        report.rule("atom-person-uri", is_iri(text_of(found)), f"{where(person)}: {text_of(found)!r} is no IRI")
    for found in children(person, EMAIL):
        report.rule("atom-person-email", is_mail(text_of(found)), f"{where(person)}: {text_of(found)!r}")


def _check_category(category: Element, report: Report) -> None:
    report.rule("atom-category-term", (attribute(category, "term") or "").strip(), f"{where(category)} has no term")
    scheme = attribute(category, "scheme")
    report.rule("atom-category-scheme", scheme is None or is_iri(scheme), f"{where(category)}: scheme {scheme!r}")


def _check_generator(element: Element, report: Report) -> None:
    for generator in children(element, GENERATOR):
        report.rule("atom-generator", text_of(generator).strip(), f"{where(generator)} is empty")
        uri = attribute(generator, "uri")
        report.rule("atom-generator", uri is None or is_iri(uri), f"{where(generator)}: uri {uri!r}")


def _check_alternates(element: Element, report: Report) -> None:
    alternates = [link for link in children(element, LINK) if relation(link) == "alternate"]
    kinds = Counter((attribute(link, "type"), attribute(link, "hreflang")) for link in alternates)
    for kind, count in kinds.items():
        report.rule("atom-alternate-repeated", count == 1, f"{where(element)} has {count} alternates of {kind}")


def _check_ids(feed: Element, report: Report) -> None:
    ids = Counter(text_of(child(entry, ID)) for entry in children(feed, ENTRY))
    for value, count in ids.items():
        report.rule("atom-id-repeated", count == 1, f"{count} entries have the id {value}")
    own = text_of(child(feed, ID))
    report.rule("atom-id-repeated", own not in ids, f"an entry has the id of the feed, {own}")


def _date(element: Element, tag: str) -> datetime | None:
    return rfc3339_date(text_of(child(element, tag)))
