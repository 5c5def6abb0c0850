"""Check the text constructs and the content of Atom: whether a text matches its type.

Does not call a title with a tag in it HTML: a title of type text may speak about `<title>`.

Spec: RFC 4287 sections 3.1 and 4.1.3.
"""

import base64
import binascii

from lxml import etree

from .markup import has_markup, html_problems
from .report import Report
from .values import is_iri, is_media_type
from .xmldoc import ATOM, XHTML, Element, attribute, child, children, text_of, where

TEXTS = tuple(f"{{{ATOM}}}{name}" for name in ("title", "subtitle", "rights", "summary"))
SUMMARY, CONTENT = (f"{{{ATOM}}}{name}" for name in ("summary", "content"))
DIV = f"{{{XHTML}}}div"


def check_texts(element: Element, report: Report) -> None:
    """Check every text construct of a feed, an entry or a source."""
    for text in children(element, *TEXTS):
        kind = attribute(text, "type") or "text"
        if report.rule("atom-text-type", kind in {"text", "html", "xhtml"}, f"{where(text)} has type {kind!r}"):
            _check_text(text, kind, report)


def check_content(entry: Element, has_alternate: bool, report: Report) -> None:
    """Check the content of an entry, or the link to a page instead of it."""
    content = child(entry, CONTENT)
    if content is None:
        report.rule("atom-content-or-alternate", has_alternate, f"{where(entry)} has neither content nor alternate")
        return
    kind, src = attribute(content, "type"), attribute(content, "src")
    if src is not None:
        _check_remote(content, src, kind, report)
        report.rule(
            "atom-content-summary", children(entry, SUMMARY), f"{where(entry)} has content elsewhere, no summary"
        )
    elif (kind or "text") in {"text", "html", "xhtml"}:
        _check_text(content, kind or "text", report)
    else:
        _check_media_type(content, kind or "", bool(children(entry, SUMMARY)), report)


def _check_text(text: Element, kind: str, report: Report) -> None:
    if kind == "xhtml":
        _check_xhtml(text, report)
        return
    report.rule("atom-text-children", not len(text), f"{where(text)} of type {kind} has elements in it")
    if kind == "html":
        _check_html(text, text_of(text), report)
    elif text.tag in {SUMMARY, CONTENT}:
        report.rule("atom-undeclared-html", not has_markup(text_of(text)), f"{where(text)} is HTML, its type is text")


def _check_xhtml(text: Element, report: Report) -> None:
    inside = children(text)
    loose = (text.text or "").strip() or any((part.tail or "").strip() for part in inside)
    only_div = len(inside) == 1 and inside[0].tag == DIV and not loose
    if report.rule("atom-xhtml-div", only_div, f"{where(text)} is not exactly one xhtml:div"):
        _check_html(text, _as_html(inside[0]), report)


def _as_html(div: Element) -> str:
    return str(etree.tostring(div, method="html", encoding="unicode", with_tail=False))


def _check_html(text: Element, html: str, report: Report) -> None:
    for problem in html_problems(html):
        code, _, said = problem.partition(": ")
        report.rule(code, not said, f"{where(text)}: {said}")


def _check_remote(content: Element, src: str, kind: str | None, report: Report) -> None:
    report.rule("atom-content-src", is_iri(src), f"{where(content)}: src {src!r} is not absolute")
    empty = not len(content) and not text_of(content)
    report.rule("atom-content-src", empty, f"{where(content)} has src and is not empty")
    good = kind is not None and is_media_type(kind)
    report.rule("atom-content-src-type", good, f"{where(content)} has src, and type {kind!r}")


def _check_media_type(content: Element, kind: str, has_summary: bool, report: Report) -> None:
    essence = kind.partition(";")[0].strip().lower()
    right = is_media_type(kind) and not essence.startswith(("multipart/", "message/"))
    if not report.rule("atom-content-type", right, f"{where(content)}: type {kind!r}"):
        return
    if essence.endswith(("+xml", "/xml")):
        loose = (content.text or "").strip()
        report.rule("atom-content-inline", len(content) == 1 and not loose, f"{where(content)} is not one element")
    elif essence.startswith("text/"):
        report.rule("atom-content-inline", not len(content), f"{where(content)} of type {kind} has elements in it")
    else:
        report.rule("atom-content-inline", _is_base64(text_of(content)), f"{where(content)} is not Base64")
        report.rule("atom-content-summary", has_summary, f"{where(content)} is Base64, and there is no summary")


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        return False
