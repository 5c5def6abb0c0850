"""The treatment of each HTML element: one table, and groups of elements from the HTML standard.

This module neither reads nor writes HTML. Section numbers are those of the HTML standard.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

Treatment = Literal["keep", "unwrap", "drop"]
"""Keep the element, keep only its content, or drop it with its content."""
Layout = Literal["inline", "format", "block", "heading", "item", "table", "part", "void", "rule"]
"""Effect of an element on open elements. HTML5 reopens a `format` after a block has closed it."""
Value = Literal["text", "url"]


class Element(NamedTuple):
    """The treatment of one element.

    Attributes:
        attributes: The allowed attributes and the type of each value.
        is_raw: Whether the content is raw text up to the end tag.
    """

    treatment: Treatment = "unwrap"
    layout: Layout = "inline"
    attributes: Mapping[str, Value] = {}
    is_raw: bool = False


def _elements() -> Iterator[tuple[str, Element]]:
    rows: tuple[tuple[Treatment, Layout, str], ...] = (
        ("keep", "inline", "abbr cite del ins kbd mark q samp span sub sup time var"),
        ("keep", "format", "a b code em i s small strong u"),
        ("keep", "block", "blockquote div dl figcaption figure ol p pre ul"),
        ("keep", "heading", "h1 h2 h3 h4 h5 h6"),
        ("keep", "item", "dd dt li"),
        ("keep", "table", "table"),
        ("keep", "part", "caption tbody td tfoot th thead tr"),
        ("keep", "void", "br img"),
        ("keep", "rule", "hr"),
        (
            "unwrap",
            "block",
            "address article aside center details dialog dir fieldset footer form header hgroup listing main menu nav"
            " search section summary",
        ),
        ("unwrap", "void", "area base basefont bgsound col frame input keygen link meta param source track wbr"),
        ("drop", "void", "embed"),
        ("drop", "inline", "math object select svg template"),
    )
    attributes: dict[str, dict[str, Value]] = {
        "a": {"href": "url"},
        "blockquote": {"cite": "url"},
        "img": {"src": "url", "alt": "text", "width": "text", "height": "text"},
        "ol": {"start": "text"},
        "q": {"cite": "url"},
        "td": {"colspan": "text", "rowspan": "text"},
        "th": {"colspan": "text", "rowspan": "text"},
        "time": {"datetime": "text"},
    }
    everywhere: dict[str, Value] = {"lang": "text", "title": "text"}
    for treatment, layout, names in rows:
        for name in names.split():
            allowed = everywhere | attributes.get(name, {}) if treatment == "keep" else {}
            yield name, Element(treatment, layout, allowed)
    for name in "iframe noscript script style textarea title".split():
        yield name, Element("drop", is_raw=True)
    for name in "noembed noframes xmp".split():
        yield name, Element("unwrap", is_raw=True)


ELEMENTS: Mapping[str, Element] = dict(_elements())
"""The treatment of each element; an element that is not listed is unwrapped."""
UNKNOWN = Element()
FORMATS = frozenset(name for name, element in ELEMENTS.items() if element.layout == "format")
HEADINGS = frozenset(name for name, element in ELEMENTS.items() if element.layout == "heading")
# 13.2.4.2, for the elements that the sanitiser writes; they limit the scope of an item and of an inline end tag.
SPECIAL = frozenset(
    name
    for name, element in ELEMENTS.items()
    if element.treatment == "keep" and element.layout in ("block", "heading", "item", "table", "part")
)
ITEM_BORDERS = SPECIAL - {"div", "p"}
LISTS = frozenset({"ol", "ul"})
ITEMS = {"li": frozenset({"li"}), "dd": frozenset({"dd", "dt"}), "dt": frozenset({"dd", "dt"})}
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
