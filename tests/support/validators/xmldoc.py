"""Read an XML feed and check the rules of every XML format: encoding, prologue, characters, namespaces.

Does not check the vocabulary of a format, and never loads an entity, a DTD or a schema.

Spec: XML 1.0 fifth edition, Namespaces in XML 1.0; RSS 2.0 and RFC 4287 for extensions.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

from lxml import etree

from .report import Report
from .values import is_language

Element: TypeAlias = etree._Element

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
FH = "http://purl.org/syndication/history/1.0"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
MEDIA = "http://search.yahoo.com/mrss/"
SY = "http://purl.org/rss/1.0/modules/syndication/"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
XHTML = "http://www.w3.org/1999/xhtml"
XML = "http://www.w3.org/XML/1998/namespace"
USUAL_PREFIXES = {
    "atom": ATOM,
    "content": CONTENT,
    "dc": DC,
    "dcterms": "http://purl.org/dc/terms/",
    "fh": FH,
    "itunes": ITUNES,
    "media": MEDIA,
    "sy": SY,
    "at": TOMBSTONES,
    "xhtml": XHTML,
    "webfeeds": "http://webfeeds.org/rss/1.0",
    "thr": "http://purl.org/syndication/thread/1.0",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "georss": "http://www.georss.org/georss",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
    "app": "http://www.w3.org/2007/app",
    "svg": "http://www.w3.org/2000/svg",
    "mathml": "http://www.w3.org/1998/Math/MathML",
}
KNOWN = frozenset(USUAL_PREFIXES.values()) | {XML}

_DECLARED = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)")
_DISCOURAGED = re.compile(r"[\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_PLACEHOLDERS = frozenset({"None", "nan", "NaN"})


def read(data: bytes, report: Report) -> Element | None:
    """Parse `data` and apply the rules of XML; return its root, or None if it is not XML."""
    report.rule("xml-bom", not data.startswith(b"\xef\xbb\xbf"), "a byte order mark stands before the declaration")
    _check_encoding(data, report)
    report.rule("xml-prologue", data.startswith(b"<?xml "), "the document does not begin with its XML declaration")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        report.rule("xml-malformed", not error, str(error))
        return None
    report.rule("xml-doctype", not root.getroottree().docinfo.internalDTD, "a feed has no document type")
    for element in elements(root):
        _check_namespace(element, report)
        _check_texts(element, report)
        lang = attribute(element, f"{{{XML}}}lang")
        report.rule("xml-lang", not lang or is_language(lang), f"{lang!r} is no language")
    return root


def elements(root: Element) -> Iterator[Element]:
    """Yield `root` and every element below it, and no comment or processing instruction."""
    yield from root.iter("*")


def children(element: Element, *tags: str) -> list[Element]:
    """Return the child elements, all of them or those with one of `tags`."""
    return [child for child in element.iterchildren("*") if not tags or child.tag in tags]


def child(element: Element, tag: str) -> Element | None:
    """Return the first child with `tag`, if there is one."""
    return next(iter(children(element, tag)), None)


def text_of(element: Element | None) -> str:
    """Return the unchanged text of an element with its white space; empty if it has none."""
    if element is None:
        return ""
    return "".join(str(part) for part in element.itertext())


def attribute(element: Element, name: str) -> str | None:
    """Return the value of an attribute, or None if it is missing."""
    value = element.get(name)
    return None if value is None else str(value)


def namespace(element: Element) -> str:
    """Return the namespace of an element's name, empty for none."""
    return str(etree.QName(element).namespace or "")


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(etree.QName(element).localname)


def where(element: Element) -> str:
    """Return the name of an element for messages."""
    return f"{local_name(element)} in line {element.sourceline}"


def _check_encoding(data: bytes, report: Report) -> None:
    declared = _DECLARED.match(data)
    name = declared[1].decode("ascii", "replace") if declared else "utf-8"
    report.rule("xml-encoding", name.lower() == "utf-8", f"declared as {name}, not UTF-8")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        report.rule("xml-encoding", not error, f"not UTF-8: {error}")
        return
    found = _DISCOURAGED.search(text)
    report.rule("xml-character", not found, f"control or non-character at {found.start() if found else 0}")


def _check_namespace(element: Element, report: Report) -> None:
    for prefix, uri in element.nsmap.items():
        expected = USUAL_PREFIXES.get(str(prefix))
        report.rule("xml-prefix", expected in {None, str(uri)}, f"prefix {prefix} means {uri}, expected {expected}")
    uri = namespace(element)
    report.rule("xml-namespace", not uri or uri in KNOWN, f"{where(element)} is of an unknown vocabulary {uri}")


def _check_texts(element: Element, report: Report) -> None:
    values = [element.text, *element.attrib.values()]
    for value in values:
        placeholder = str(value).strip() if value is not None else ""
        report.rule("xml-placeholder", placeholder not in _PLACEHOLDERS, f"{where(element)} says {placeholder!r}")
