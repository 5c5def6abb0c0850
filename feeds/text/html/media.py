"""Videos and sounds: kept with controls if they have a usable file, otherwise replaced by their content."""

import re
from collections.abc import Iterator
from itertools import islice

from feeds.text.html import attributes as values_of
from feeds.text.html.attribute_filter import AttributeFilter
from feeds.text.html.attributes import LAZY_SOURCES
from feeds.text.html.elements import ELEMENTS, MEDIA, RENAMED, UNKNOWN, Element
from feeds.text.html.insertion import HtmlWriter
from feeds.text.html.limits import OutputBudget
from feeds.text.html.report import Report
from feeds.text.html.serialisation import start_tag
from feeds.text.html.tokenizer import Attributes, Tokenizer, parse_attributes

_TAG = re.compile(r"<(/?)([A-Za-z][^\s/<>]*+)([^<>]*+)>")
_SRC = re.compile(r"""\bsrc\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)
_LOOKAHEAD = 4000  # characters in which the sources of a video or a sound are searched
_MOST_SOURCES = 8


class Media:
    """The videos and sounds of one body."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        writer: HtmlWriter,
        filtered: AttributeFilter,
        budget: OutputBudget,
        report: Report,
    ) -> None:
        self._tokenizer = tokenizer
        self._writer = writer
        self._filter = filtered
        self._budget = budget
        self._report = report

    def insert(self, name: str, element: Element, attributes: Attributes) -> None:
        """Insert a video or a sound that has a usable source, or else the picture that a video shows first."""
        values = self._filter.values(attributes)
        file_url = self._filter.file_url
        source = next((url for key in ("src", *LAZY_SOURCES) if (url := file_url(values.get(key)))), None)
        if source or self._has_source():
            kept: dict[str, str | None] = {"src": source}
            for key, kind in element.attributes.items():
                if key in values and key != "src":
                    value = values[key]
                    kept[key] = file_url(value) if kind == "url" else values_of.convert(value, kind)
                    self._budget.spend(len(kept[key] or ""))
            self._budget.spend(len(source or ""))
            self._writer.insert(name, element, start_tag(name, kept | {"controls": ""}))
            return
        self._report.lost[name] += 1
        if poster := file_url(values.get("poster")):
            self._budget.spend(len(poster))
            tag = start_tag("img", {"src": poster, "alt": values.get("title", "")})
            self._writer.insert("img", ELEMENTS["img"], tag)
        self._writer.needs_space = True

    def is_current(self) -> bool:
        """Return whether the current element is a video or a sound."""
        stack = self._writer.stack
        return bool(stack) and stack[-1].name in MEDIA

    def insert_source(self, name: str, element: Element, attributes: Attributes) -> None:
        """Insert a `source` or `track` of the current video or sound."""
        given = parse_attributes(attributes)
        lazy = next((raw for key, raw in given if key == "data-src"), None)
        if lazy is not None:
            given = [("src", lazy), *given]
        tag = self._filter.start_tag(name, element, given)
        if ' src="' in tag:
            self._writer.output.append(tag)

    def _has_source(self) -> bool:
        """Return whether the video or sound that starts here has a usable `source` element.

        Only a child counts (4.8.11.5): browsers ignore a `source` in another element.
        """
        sources = islice(_child_sources(self._tokenizer.following(_LOOKAHEAD)), _MOST_SOURCES)
        return any(self._filter.file_url(self._tokenizer.decode_attribute(source)) for source in sources)


def _child_sources(content: str) -> Iterator[str]:
    """Yield the undecoded URLs of the `source` elements that are children of a video or sound with this content."""
    depth = 0
    for slash, tag_name, attributes in map(re.Match.groups, _TAG.finditer(content)):
        name = tag_name.lower()
        element = ELEMENTS.get(RENAMED.get(name, name), UNKNOWN)
        if name in MEDIA:
            return
        if name == "source" and not slash:
            if not depth and (source := _SRC.search(attributes)):
                yield "".join(filter(None, source.groups()))
        elif element.treatment != "unwrap" and element.layout not in ("void", "rule"):
            depth = max(0, depth - 1) if slash else depth + 1
