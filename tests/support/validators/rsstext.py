"""Check the values of RSS elements: dates, addresses, people, and the bytes of plain text.

Does not know which element may stand where.

Spec: RSS 2.0, RSS Advisory Board profile (character data, dates), RFC 822.
"""

import re
from datetime import datetime

from .markup import html_problems
from .report import Report
from .values import is_mail_with_name, is_web_url, rfc822_date, weekday_is_right
from .xmldoc import Element, text_of, where

PLAIN = ("title", "category", "copyright", "generator", "author", "managingEditor", "webMaster", "name", "dc:creator")

_IGNORED = re.compile(r"<!--.*?-->", re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_PLAIN = re.compile(rf"<({'|'.join(PLAIN)})(?:\s[^>]*[^>/])?>(.*?)</\1\s*>", re.DOTALL)
_ONCE = re.compile(r"&lt;[A-Za-z/!?]|&amp;#")
_TWICE = re.compile(r"&amp;(?:[A-Za-z][A-Za-z0-9]*|#\d+|#[xX][0-9A-Fa-f]+);")


def check_plain_texts(data: bytes, report: Report) -> None:
    """Check, in the bytes, that plain text cannot be taken for HTML.

    Only the bytes distinguish `&#x3C;b>` and `&lt;b>`; a parser gives both as `<b>`.
    """
    text = _CDATA.sub(_as_escaped, _IGNORED.sub("", data.decode("utf-8", "replace")))
    for name, raw in _PLAIN.findall(text):
        report.rule("rss-plain-markup", not _ONCE.search(raw), f"{name} {raw!r} needs &#x3C; and &#x26;")
        report.rule("rss-plain-escaped-twice", not _TWICE.search(raw), f"{name} {raw!r} shows its entities")


def check_date(element: Element, report: Report) -> datetime | None:
    """Check a date and return its time, or None if it is invalid."""
    text = text_of(element)
    moment = rfc822_date(text)
    report.rule("rss-date", moment, f"{where(element)}: {text!r} is not RFC 822 with four digits of year")
    report.rule("rss-date-weekday", weekday_is_right(text), f"{where(element)}: {text!r} was another day of the week")
    return moment


def check_url(element: Element, report: Report) -> None:
    """Check that an element holds an absolute web address and nothing around it."""
    text = text_of(element)
    report.rule("rss-url", is_web_url(text), f"{where(element)}: {text!r} is no absolute http or https URL")


def check_html(element: Element, report: Report) -> None:
    """Check the HTML of a description or of full content."""
    for problem in html_problems(text_of(element)):
        code, _, said = problem.partition(": ")
        report.rule(code, not said, f"{where(element)}: {said}")


def check_editor(element: Element, report: Report) -> None:
    """Check a person of the channel."""
    report.rule("rss-editor", is_mail_with_name(text_of(element)), f"{where(element)} is not `address (Real Name)`")


def _as_escaped(match: re.Match[str]) -> str:
    return match[1].replace("&", "&amp;").replace("<", "&lt;")
