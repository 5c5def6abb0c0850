"""Find unsafe or broken HTML in a feed, which readers show without its page and without trust.

Does not validate HTML as a document: it ignores nesting and the attributes of each element.

Spec: HTML Living Standard for names and references; RSS Advisory Board profile and RFC 4287 section 8 for safety.
"""

import re
from html.entities import html5
from html.parser import HTMLParser
from urllib.parse import unquote

from .report import Report

ELEMENTS = frozenset(
    "a abbr acronym address area article aside audio b bdi bdo big blockquote br button canvas caption center "
    "cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em fieldset figcaption "
    "figure font footer form h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd label legend li main map "
    "mark menu meter nav ol optgroup option output p picture pre progress q rp rt ruby s samp search section "
    "select small source span strike strong sub summary sup table tbody td template textarea tfoot th thead "
    "time tr track tt u ul var video wbr".split()
)
MATH = frozenset(
    "math menclose merror mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace"
    " msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none".split()
)
DOCUMENT = frozenset("html head body title base link meta style noscript".split())
FRAMES = frozenset("iframe frame frameset noframes".split())
EMBEDDED = frozenset("object embed applet param".split())
URL_ATTRIBUTES = frozenset("href src poster cite action formaction data longdesc background".split())
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
OPTIONAL_END = frozenset(
    "li dt dd p rt rp optgroup option colgroup caption thead tbody tfoot tr td th html head body".split()
)
LITERAL = frozenset("code pre kbd samp tt var textarea".split())

_REFERENCE = re.compile(r"&([A-Za-z][A-Za-z0-9]*)(;?)")
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
# A quoted attribute may hold any `<` and `>`.
_TAGS = re.compile(r"<!--.*?-->|<[A-Za-z/](?:[^\"'>]|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_START_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?>")


def html_problems(html: str) -> list[str]:
    """Return a message for each part of `html` that is wrong, or unsafe outside its own page."""
    report = Report()
    parser = _Checker(report)
    parser.feed(html)
    parser.close()
    for jump in sorted(parser.jumps - parser.ids):
        report.rule("html-relative-url", not jump, f"href='#{jump}' leads to nothing")
    report.rule("html-unclosed", not parser.left_open(), f"no end tag for {', '.join(parser.left_open())}")
    _check_text(html, report)
    return report.messages


def has_markup(text: str) -> bool:
    """Return whether `text` has an HTML element with its end tag, so that it is probably not plain text."""
    lower = text.lower()
    return any(
        match[1] in ELEMENTS and lower.find(f"</{match[1]}>", match.end()) >= 0 for match in _START_TAG.finditer(lower)
    )


def _check_text(html: str, report: Report) -> None:
    for match in _REFERENCE.finditer(html):
        if match[2]:
            report.rule("html-entity", match[1] + ";" in html5, f"&{match[1]}; is no character of HTML")
    text = _TAGS.sub(" ", html)
    report.rule("html-bare", not re.search(r"<(?![A-Za-z/!?])", text), "'<' that begins no tag is not written as &lt;")
    # Without a semicolon HTML still reads the old names in text, though not in attributes: `&copy` is a sign.
    for match in _REFERENCE.finditer(text):
        read = not match[2] and any(match[1][:end] in html5 for end in range(2, len(match[1]) + 1))
        report.rule("html-entity", not read, f"&{match[1]} is read as a character though it has no semicolon")


class _Checker(HTMLParser):
    def __init__(self, report: Report) -> None:
        super().__init__(convert_charrefs=True)
        self.report = report
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.jumps: set[str] = set()

    def left_open(self) -> list[str]:
        return [name for name in self.open if name not in OPTIONAL_END]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._check_element(tag)
        for name, value in attrs:
            self._check_attribute(tag, name, (value or "").strip())
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.report.rule("html-end-tag", tag in self.open, f"</{tag}> ends nothing"):
            return
        while self.open:
            name = self.open.pop()
            if name == tag:
                return
            self.report.rule("html-unclosed", name in OPTIONAL_END, f"no end tag for {name} before </{tag}>")

    def handle_data(self, data: str) -> None:
        if LITERAL.isdisjoint(self.open):
            found = _ESCAPED.search(data)
            near = data[max(0, found.start() - 25) : found.end() + 25] if found else ""
            self.report.rule("html-escaped-twice", not found, f"the reader sees {near!r}")

    def handle_comment(self, data: str) -> None:
        self.report.rule("html-comment", not data.startswith("["), "conditional comment")

    def handle_decl(self, decl: str) -> None:
        self.report.rule("html-document", not decl, f"<!{decl}> belongs to a page")

    def _check_element(self, tag: str) -> None:
        if tag == "script":
            self.report.rule("html-script", tag != "script", "script element")
        elif tag in FRAMES:
            self.report.rule("html-frame", tag not in FRAMES, f"{tag} element")
        elif tag in EMBEDDED:
            self.report.rule("html-embedded", tag not in EMBEDDED, f"{tag} element")
        elif tag in DOCUMENT:
            self.report.rule("html-document", tag not in DOCUMENT, f"{tag} belongs to a page")
        else:
            self.report.rule("html-element", tag in ELEMENTS | MATH, f"{tag} is no element of HTML")

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        self.report.rule("html-event", not name.startswith("on"), f"{name} on {tag}")
        self.report.rule("html-style", name != "style", f"style on {tag}")
        if name == "id":
            self.report.rule("html-id", value not in self.ids, f"{value!r} is there twice")
            self.ids.add(value)
        if name == "href" and value.startswith("#"):
            self.jumps.add(unquote(value[1:]))
        elif name in URL_ATTRIBUTES:
            self._check_url(f"{tag} {name}", value)
        if name == "srcset":
            for candidate in re.split(r",\s+|,(?=https?:)", value):
                self._check_url(f"{tag} srcset", candidate.strip().split(" ")[0])

    def _check_url(self, where: str, value: str) -> None:
        # Browsers drop these characters before they read the scheme.
        scheme, colon, rest = re.sub(r"[\x00-\x20\x7f]", "", value).partition(":")
        active = scheme.lower() in {"javascript", "vbscript"} or (
            scheme.lower() == "data" and not rest.lower().startswith("image/")
        )
        self.report.rule("html-javascript", not active, f"{where}={value[:60]!r}")
        absolute = colon and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme)
        self.report.rule("html-relative-url", absolute, f"{where}={value[:60]!r}")
