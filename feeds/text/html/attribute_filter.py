"""The attributes that an element keeps: allowed names, absolute URLs, valid values.

`elements` has the table of allowed attributes, and `attributes` reads the types of values.
"""

from collections.abc import Callable

from feeds.text.html import attributes as values
from feeds.text.html.attributes import Resolve
from feeds.text.html.elements import Element
from feeds.text.html.internal_links import InternalLinks
from feeds.text.html.limits import OutputBudget
from feeds.text.html.report import Report
from feeds.text.html.serialisation import start_tag
from feeds.text.html.tokenizer import Attributes, parse_attributes

Decode = Callable[[str], str]
"""Decodes the character references in the value of an attribute."""


class AttributeFilter:
    """Filter of the attributes of one body."""

    def __init__(
        self, decode: Decode, resolve: Resolve, links: InternalLinks, budget: OutputBudget, report: Report
    ) -> None:
        self._decode = decode
        self._resolve = resolve
        self._links = links
        self._budget = budget
        self._report = report

    def start_tag(self, name: str, element: Element, attributes: Attributes) -> str:
        """Return the start tag of an element with its allowed attributes."""
        allowed = element.attributes
        has_targets = bool(self._links.targets)
        # Most attributes are for style sheets; this test skips them quickly.
        if not attributes or (
            isinstance(attributes, str) and not has_targets and not any(key in attributes for key in allowed)
        ):
            return f"<{name}>"
        kept: dict[str, str | None] = {}
        for key, raw in parse_attributes(attributes):
            if key in kept:
                continue
            if key in allowed:
                value = self._decode(raw) if "&" in raw else raw
                kind = allowed[key]
                if kind == "text":
                    kept[key] = value
                elif kind == "url":
                    kept[key] = self._url(key, value)
                elif kind == "alignment":
                    if alignment := values.text_alignment(value):
                        kept["align"] = alignment
                else:
                    kept[key] = values.convert(value, kind)
            elif has_targets and (key == "id" or (key == "name" and name == "a")) and "id" not in kept:
                kept["id"] = self._links.id(self._decode(raw))
        return start_tag(name, kept)

    def values(self, attributes: Attributes) -> dict[str, str]:
        """Return all attributes with decoded values. The first attribute of each name counts (13.2.5.33)."""
        decoded: dict[str, str] = {}
        for key, raw in parse_attributes(attributes):
            if key not in decoded:
                decoded[key] = self._decode(raw) if "&" in raw else raw
        return decoded

    def file_url(self, value: str | None) -> str | None:
        """Return the absolute URL of a file. An empty value names no file, and not the page itself."""
        return self._resolve(value) if value and value.strip() else None

    def _url(self, key: str, value: str) -> str | None:
        if key != "href":
            url = self._resolve(value)
        else:
            url = self._links.link(value) if "#" in value and self._links.targets else None
            url = url or values.link_url(value, self._resolve)
            if url is None and value.strip():
                self._report.texts["a"] += 1
        self._budget.spend(len(url or ""))
        return url
