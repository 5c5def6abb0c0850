"""What becomes of each HTML element: one table, and the groups that the HTML standard makes of them.

It does not know how HTML is read or written. Section numbers are those of the standard.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

Treatment = Literal["keep", "unwrap", "drop"]
"""Keep an element, keep only its content, or leave it out with its content."""
Layout = Literal["inline", "format", "block", "heading", "item", "table", "part", "void", "rule"]
"""How an element opens and closes others; a `format` is one that HTML5 opens again where a block closed it."""
Value = Literal["text", "url"]


class Element(NamedTuple):
    """What becomes of an element.

    Attributes:
        attributes: The attributes that stay, and what each holds.
        is_raw: Whether its content is text up to its end tag, without markup.
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
            kept = everywhere | attributes.get(name, {}) if treatment == "keep" else {}
            yield name, Element(treatment, layout, kept)
    for name in "iframe noscript script style textarea title".split():
        yield name, Element("drop", is_raw=True)
    for name in "noembed noframes xmp".split():
        yield name, Element("unwrap", is_raw=True)


ELEMENTS: Mapping[str, Element] = dict(_elements())
"""What becomes of each element; any other is unwrapped."""
UNKNOWN = Element()
FORMATS = frozenset(name for name, each in ELEMENTS.items() if each.layout == "format")
HEADINGS = frozenset(name for name, each in ELEMENTS.items() if each.layout == "heading")
# 13.2.4.2, as far as they are written; the borders of an item and of an inline end tag.
SPECIAL = frozenset(
    name
    for name, each in ELEMENTS.items()
    if each.treatment == "keep" and each.layout in ("block", "heading", "item", "table", "part")
)
ITEM_BORDERS = SPECIAL - {"div", "p"}
LISTS = frozenset({"ol", "ul"})
ITEMS = {"li": frozenset({"li"}), "dd": frozenset({"dd", "dt"}), "dt": frozenset({"dd", "dt"})}
GROUPS = frozenset({"tbody", "tfoot", "thead"})
PARENTS = {"tr": GROUPS, "td": frozenset({"tr"}), "th": frozenset({"tr"})}
TABLE = frozenset({"table"})
STRUCTURE = frozenset(name for name, each in ELEMENTS.items() if each.layout in ("table", "part"))
# What content stands in; between these and the table there is none.
CELLS = frozenset({"caption", "td", "th"})
FOREIGN = frozenset({"math", "svg"})
# 13.2.6.5: HTML that ends an SVG or a formula, but not where either may hold HTML.
BREAKOUT = frozenset(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta"
    " nobr ol p pre ruby s small span strong strike sub sup table tt u ul var".split()
)
INTEGRATION = frozenset("annotation-xml desc foreignobject mi mn mo ms mtext title".split())
