"""The treatment of each HTML element: one table, and groups of elements from the HTML standard.

This module neither reads nor writes HTML. Section numbers are those of the HTML standard.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

Treatment = Literal["keep", "unwrap", "drop", "replace"]
"""Keep the element, keep only its content, drop it with its content, or let the sanitiser decide."""
Layout = Literal["inline", "format", "block", "heading", "item", "table", "part", "void", "rule"]
"""Effect of an element on open elements. HTML5 reopens a `format` after a block has closed it."""
Value = Literal["text", "url", "integer", "flag", "alignment"] | frozenset[str]
"""The type of a value; a set names the allowed values."""


class Element(NamedTuple):
    """The treatment of one element.

    Attributes:
        attributes: The allowed attributes and the type of each value.
        is_raw: Whether the content is raw text up to the end tag.
        needs_space: Whether there is a space between an unwrapped element and the text around it.
    """

    treatment: Treatment = "unwrap"
    layout: Layout = "inline"
    attributes: Mapping[str, Value] = {}
    is_raw: bool = False
    needs_space: bool = False


_SIDES = frozenset({"left", "center", "right", "justify"})
_LEVELS = frozenset({"top", "middle", "bottom", "baseline"})
_SCOPES = frozenset({"col", "row", "colgroup", "rowgroup"})
_TRACKS = frozenset({"subtitles", "captions", "descriptions", "chapters", "metadata"})
_ROW: dict[str, Value] = {"align": _SIDES, "valign": _LEVELS, "style": "alignment"}
_CELL: dict[str, Value] = {"colspan": "text", "rowspan": "text", **_ROW}
_EDIT: dict[str, Value] = {"cite": "url", "datetime": "text"}


def _elements() -> Iterator[tuple[str, Element]]:
    rows: tuple[tuple[Treatment, Layout, str], ...] = (
        ("keep", "inline", "abbr bdi bdo cite del dfn ins kbd mark q rp rt ruby samp span sub sup time var"),
        ("keep", "format", "a b code em i s small strong u"),
        (
            "keep",
            "block",
            "address article aside blockquote details div dl figcaption figure footer header hgroup main nav ol p pre"
            " section summary ul",
        ),
        ("keep", "heading", "h1 h2 h3 h4 h5 h6"),
        ("keep", "item", "dd dt li"),
        ("keep", "table", "table"),
        ("keep", "part", "caption tbody td tfoot th thead tr"),
        ("keep", "void", "br"),
        ("keep", "rule", "hr"),
        (
            "unwrap",
            "inline",
            "big blink body colgroup data font head html label map marquee meter nobr output progress rb rtc slot",
        ),
        ("unwrap", "void", "base basefont bgsound col keygen link meta wbr"),
        ("replace", "inline", "math noscript picture svg template"),
        ("replace", "void", "area embed frame img input param source track"),
    )
    attributes: dict[str, dict[str, Value]] = {
        "a": {"href": "url"},
        "audio": {"src": "url", "loop": "flag"},
        "blockquote": {"cite": "url"},
        "del": _EDIT,
        "details": {"open": "flag"},
        "img": {"src": "url", "alt": "text", "width": "text", "height": "text"},
        "ins": _EDIT,
        "li": {"value": "integer"},
        "ol": {"start": "text", "reversed": "flag", "type": frozenset("1aAiI")},
        "q": {"cite": "url"},
        "source": {"src": "url", "type": "text"},
        "tbody": _ROW,
        "td": _CELL,
        "tfoot": _ROW,
        "th": _CELL | {"scope": _SCOPES},
        "thead": _ROW,
        "time": {"datetime": "text"},
        "tr": _ROW,
        "track": {"src": "url", "kind": _TRACKS, "srclang": "text", "label": "text", "default": "flag"},
        "video": {"src": "url", "poster": "url", "width": "text", "height": "text", "loop": "flag"},
    }
    everywhere: dict[str, Value] = {"lang": "text", "title": "text", "dir": frozenset({"ltr", "rtl", "auto"})}
    for treatment, layout, names in rows:
        for name in names.split():
            is_written = treatment == "keep" or name in attributes
            allowed = everywhere | attributes.get(name, {}) if is_written else {}
            yield name, Element(treatment, layout, allowed)
    for name in "button option optgroup select".split():
        yield name, Element("unwrap", needs_space=True)
    for name in "applet audio canvas noembed noframes object video".split():
        allowed = everywhere | attributes[name] if name in attributes else {}
        yield name, Element("replace", attributes=allowed, needs_space=True)
    for name in "iframe plaintext script style textarea title xmp".split():
        yield name, Element("replace", is_raw=True)


RENAMED = {
    "acronym": "abbr",
    "amp-anim": "img",
    "amp-audio": "audio",
    "amp-img": "img",
    "amp-video": "video",
    "center": "div",
    "dialog": "div",
    "dir": "ul",
    "fieldset": "div",
    "form": "div",
    "frameset": "div",
    "image": "img",
    "legend": "div",
    "listing": "pre",
    "menu": "ul",
    "search": "div",
    "strike": "s",
    "tt": "code",
}
"""Elements that are read as another one with the same look."""
ELEMENTS: Mapping[str, Element] = dict(_elements())
"""The treatment of each element; an element that is not listed is text, or unwrapped if its name may be XML's."""
UNKNOWN = Element()
REDUCED = frozenset({"button", "form", "select"})
"""Elements that are reported because only their text stays."""
_VOIDS = {name for name, element in ELEMENTS.items() if element.layout == "void"}
NEEDS_ATTRIBUTES = frozenset(_VOIDS - {"br", "wbr", "col", "basefont", "bgsound"})
"""Elements without a meaning if they have no attribute: such a tag is text."""
NEEDS_END = frozenset(
    name
    for name, element in ELEMENTS.items()
    if element.treatment == "replace" and element.layout == "inline" and name not in ("plaintext", "title")
) | {"select"}
"""Elements without a meaning if they have neither an attribute nor an end tag: such a tag is text."""
# Names of custom elements, and of elements in an XML vocabulary such as that of Word.
EXTENSION_NAME = re.compile(r"[a-z][a-z0-9._]*+[:-][a-z0-9._:-]+")
MEDIA = frozenset({"audio", "video"})
FORMATS = frozenset(name for name, element in ELEMENTS.items() if element.layout == "format")
HEADINGS = frozenset(name for name, element in ELEMENTS.items() if element.layout == "heading")
# 13.2.4.2, for the elements that the sanitiser writes; they limit the scope of an item and of an inline end tag.
SPECIAL = frozenset(
    name
    for name, element in ELEMENTS.items()
    if element.treatment == "keep" and element.layout in ("block", "heading", "item", "table", "part")
)
ITEM_BORDERS = SPECIAL - {"address", "div", "p"}
LISTS = frozenset({"ol", "ul"})
ITEMS = {"li": frozenset({"li"}), "dd": frozenset({"dd", "dt"}), "dt": frozenset({"dd", "dt"})}
# 13.2.6.4.7: `rt` and `rp` end these elements inside `ruby`.
RUBY_PARTS = frozenset({"rp", "rt"})
IMPLIED_ENDS = frozenset({"dd", "dt", "li", "p", "rp", "rt"})
# Elements in which a replacement gets a paragraph of its own.
PARAGRAPH_PARENTS = frozenset(
    "article aside blockquote dd details div figure footer header li main nav section td th".split()
)
GROUPS = frozenset({"tbody", "tfoot", "thead"})
PARENTS = {"tr": GROUPS, "td": frozenset({"tr"}), "th": frozenset({"tr"})}
TABLE = frozenset({"table"})
STRUCTURE = frozenset(name for name, element in ELEMENTS.items() if element.layout in ("table", "part"))
# The table parts that may hold content; content between these parts and the table is not allowed.
CELLS = frozenset({"caption", "td", "th"})
FOREIGN = frozenset({"math", "svg"})
# 13.2.6.5: start tags that end an SVG or MathML element, except at an HTML integration point.
BREAKOUT = frozenset(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta"
    " nobr ol p pre ruby s small span strong strike sub sup table tt u ul var".split()
)
INTEGRATION = frozenset("annotation-xml desc foreignobject mi mn mo ms mtext title".split())

# MathML. The elements of text hold text only, because HTML inside them would be read as HTML again.
MATH_TEXT = frozenset("mi mn mo ms mtext".split())
MATH_ELEMENTS = MATH_TEXT | frozenset(
    "math menclose merror mfenced mfrac mmultiscripts mover mpadded mphantom mprescripts mroot mrow mspace msqrt mstyle"
    " msub msubsup msup mtable mtd mtr munder munderover none".split()
)
MATH_ROWS = frozenset("maction mlabeledtr mlongdiv mstack msrow".split())
"""Elements that become an `mrow`, so that the element around them keeps its number of arguments."""
MATH_DROPPED = frozenset("annotation annotation-xml iframe malignmark mglyph script style svg title".split())
MATH_ATTRIBUTES = frozenset(
    "accent accentunder align close columnalign columnlines columnspacing columnspan depth dir display displaystyle"
    " fence form frame height largeop linethickness lspace mathvariant maxsize minsize movablelimits notation open"
    " rowalign rowlines rowspacing rowspan rspace scriptlevel separator separators stretchy symmetric voffset width"
    " alttext".split()
)

_ADDED = {"audio": ["controls"], "video": ["controls"]}
WRITTEN: Mapping[str, frozenset[str]] = {
    name: frozenset(element.attributes) - {"style"} | {"id", *_ADDED.get(name, ())}
    for name, element in ELEMENTS.items()
    if element.treatment == "keep" or element.attributes
} | dict.fromkeys(MATH_ELEMENTS, MATH_ATTRIBUTES)
"""All that the output may contain: the attributes of each element."""
