"""Check the link elements of Atom, which RSS uses too, also those of feed paging and archiving.

Does not follow a link: whether a chain of archives ends needs more than one document.

Spec: RFC 4287 section 4.2.7, RFC 5005, the IANA registry of link relations, W3C WebSub section 4.
"""

from .report import Report
from .values import is_integer, is_iri, is_language, is_media_type
from .xmldoc import ATOM, FH, XML, Element, attribute, children, elements, text_of, where

LINK = f"{{{ATOM}}}link"
COMPLETE = f"{{{FH}}}complete"
ARCHIVE = f"{{{FH}}}archive"
PAGES = frozenset({"first", "last", "next", "previous", "prev"})
CHAIN = frozenset({"prev-archive", "next-archive"})
# The relations of the registry that a feed or an entry can have.
REGISTERED = frozenset().union(
    PAGES,
    CHAIN,
    "about acl alternate appendix archives author bookmark canonical chapter cite-as collection contents".split(),
    "copyright create-form current describedby describes disclosure duplicate edit edit-form edit-media".split(),
    "enclosure glossary help hub icon index item latest-version license mentions memento monitor original".split(),
    "payment predecessor-version preview privacy-policy publication related replies search section self".split(),
    "service start subsection successor-version tag terms-of-service timegate timemap type up".split(),
    "version-history via working-copy working-copy-of".split(),
)


def check_links(parent: Element, report: Report) -> None:
    """Check each single link of a feed, channel, entry or item."""
    for link in children(parent, LINK):
        _check_link(link, report)


def check_self(parent: Element, media_type: str, url: str | None, report: Report) -> None:
    """Check that the document names its own URL: once, with its media type, and correctly."""
    own = [link for link in children(parent, LINK) if relation(link) == "self"]
    report.rule("link-self-missing", own, "the document does not name its own URL")
    report.rule("link-self-repeated", len(own) < 2, "two links with rel=self")
    for link in own:
        given = attribute(link, "type")
        report.rule("link-self-type", given == media_type, f"rel=self has type {given}, not {media_type}")
        href = attribute(link, "href")
        report.rule("link-self-url", url in {None, href}, f"rel=self is {href}, but the document lives at {url}")


def check_paging(parent: Element, url: str | None, report: Report) -> None:
    """Check that a document is complete, paged or archived, and not two of these."""
    links: dict[str, list[str]] = {}
    for link in children(parent, LINK):
        links.setdefault(relation(link), []).append(attribute(link, "href") or "")
    own = {url or "", *links.get("self", [])} - {""}
    _check_markers(parent, report)
    _check_chain(links, own, report)
    complete, archive = (bool(children(parent, tag)) for tag in (COMPLETE, ARCHIVE))
    if complete:
        _check_complete(links, own, report)
    if archive:
        current = links.get("current", [])
        report.rule("paging-archive-current", current and not own & set(current), "an archive names no current feed")
    else:
        report.rule("paging-next-archive", "next-archive" not in links, "next-archive in a document that is no archive")
    kinds = complete + bool(archive or CHAIN & links.keys()) + bool(PAGES & links.keys())
    report.rule("paging-mixed", kinds < 2, "complete, paged and archived feeds exclude one another")


def relation(link: Element) -> str:
    """Return the relation of a link, in the short form if it is registered; none given means alternate."""
    rel = attribute(link, "rel")
    return "alternate" if rel is None else rel.removeprefix("http://www.iana.org/assignments/relation/")


def _check_link(link: Element, report: Report) -> None:
    href = attribute(link, "href")
    if report.rule("link-href", href, f"{where(link)} has no href"):
        based = any(attribute(above, f"{{{XML}}}base") for above in [link, *link.iterancestors("*")])
        report.rule("link-relative", based or is_iri(href or ""), f"{where(link)}: {href!r} is not absolute")
    rel = relation(link)
    report.rule("link-rel", rel in REGISTERED or is_iri(rel), f"{where(link)}: {rel!r} is neither registered nor a URI")
    media_type, language, length = (attribute(link, name) for name in ("type", "hreflang", "length"))
    report.rule("link-type", media_type is None or is_media_type(media_type), f"{where(link)}: type {media_type!r}")
    report.rule("link-hreflang", language is None or is_language(language), f"{where(link)}: hreflang {language!r}")
    report.rule("link-length", length is None or is_integer(length), f"{where(link)}: length {length!r}")
    if rel == "enclosure":
        # RFC 4287, section 4.2.7.6: the length should be there, but it is a hint, and 0 would be a wrong one.
        report.rule("link-enclosure", media_type, f"{where(link)} is an enclosure without a type")


def _check_markers(parent: Element, report: Report) -> None:
    for marker in elements(parent):
        if marker.tag in {COMPLETE, ARCHIVE}:
            report.rule("paging-marker", marker.getparent() is parent, f"{where(marker)} is not a child of the feed")
            report.rule(
                "paging-marker", not text_of(marker).strip() and not len(marker), f"{where(marker)} is not empty"
            )
    for tag in (COMPLETE, ARCHIVE):
        report.rule("paging-marker", len(children(parent, tag)) < 2, f"{tag} is there twice")


def _check_chain(links: dict[str, list[str]], own: set[str], report: Report) -> None:
    for rel in sorted(links.keys() & (PAGES | CHAIN | {"current"})):
        report.rule("paging-repeated", len(links[rel]) == 1, f"two links with rel={rel}")
    for rel in sorted(links.keys() & (CHAIN | {"next", "previous", "prev"})):
        report.rule("paging-loop", not own & set(links[rel]), f"rel={rel} leads to the document itself")
    both = set(links.get("prev-archive", [])) & set(links.get("next-archive", []))
    report.rule("paging-loop", not both, f"{both} is both before and after")
    report.rule("paging-previous", "prev" not in links, "feed paging calls it previous, not prev")


def _check_complete(links: dict[str, list[str]], own: set[str], report: Report) -> None:
    report.rule("paging-complete", not links.keys() & (PAGES | CHAIN), "a complete feed has no further documents")
    report.rule("paging-complete", set(links.get("current", [])) <= own, "a complete feed is its own current feed")
