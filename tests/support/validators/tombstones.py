"""Check the deleted-entry elements of an Atom feed against the entries it still lists.

Does not know the earlier entries of a feed, so it cannot find a missing tombstone.

Spec: RFC 6721.
"""

from datetime import datetime

from .report import Report
from .values import is_iri, rfc3339_date
from .xmldoc import ATOM, TOMBSTONES, Element, attribute, child, children, elements, text_of, where

DELETED = f"{{{TOMBSTONES}}}deleted-entry"


def check_tombstones(feed: Element, report: Report) -> None:
    """Check every deleted entry of `feed`, each alone, against the others and against the entries."""
    updated = {text_of(child(entry, _atom("id"))): _updated(entry) for entry in children(feed, _atom("entry"))}
    seen: set[tuple[str, str]] = set()
    for stone in (element for element in elements(feed) if element.tag == DELETED):
        report.rule("tombstone-place", stone.getparent() is feed, f"{where(stone)} is not a child of the feed")
        ref, when = attribute(stone, "ref") or "", attribute(stone, "when") or ""
        report.rule("tombstone-repeated", (ref, when) not in seen, f"{ref} is deleted twice at {when}")
        seen.add((ref, when))
        _check_stone(stone, ref, report)
        moment = rfc3339_date(when)
        if report.rule("tombstone-when", moment, f"{where(stone)}: {when!r} is no RFC 3339 date") and moment:
            _check_moment(ref, moment, updated, _updated(feed), report)


def _check_stone(stone: Element, ref: str, report: Report) -> None:
    report.rule("tombstone-ref", is_iri(ref), f"{where(stone)}: {ref!r} is no atom:id")
    for name in ("by", "comment"):
        found = children(stone, f"{{{TOMBSTONES}}}{name}")
        report.rule("tombstone-child", len(found) < 2, f"{where(stone)} has {len(found)} of {name}")
    for person in children(stone, f"{{{TOMBSTONES}}}by"):
        names = children(person, _atom("name"))
        report.rule("tombstone-by", len(names) == 1 and text_of(names[0]).strip(), f"{where(person)} has not one name")
    for comment in children(stone, f"{{{TOMBSTONES}}}comment"):
        kind = attribute(comment, "type") or "text"
        report.rule("tombstone-comment", kind in {"text", "html", "xhtml"}, f"{where(comment)} has type {kind}")


def _check_moment(
    ref: str, moment: datetime, entries: dict[str, datetime | None], feed: datetime | None, report: Report
) -> None:
    entry = entries.get(ref)
    back = ref not in entries or (entry is not None and entry > moment)
    report.rule("tombstone-listed", back, f"{ref} is deleted, yet listed with no later update")
    report.rule(
        "tombstone-feed-updated", feed is None or feed >= moment, f"the feed is older than its deletion of {ref}"
    )


def _updated(element: Element) -> datetime | None:
    return rfc3339_date(text_of(child(element, _atom("updated"))))


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"
