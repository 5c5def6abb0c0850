"""Pictures: the best file of the ones that an `img` and the `picture` around it name.

A body often has one picture twice: for scripts that load it later, and in `noscript` for readers without scripts.
It is written once.
"""

from feeds.text.html import attributes as values_of
from feeds.text.html.attribute_filter import AttributeFilter
from feeds.text.html.attributes import LAZY_SETS, LAZY_SOURCES, NO_PICTURE, Resolve
from feeds.text.html.elements import ELEMENTS
from feeds.text.html.insertion import HtmlWriter
from feeds.text.html.limits import OutputBudget
from feeds.text.html.report import Report
from feeds.text.html.serialisation import escape, start_tag
from feeds.text.html.tokenizer import Attributes

_PIXEL = frozenset({"0", "1"})
"""Width and height of pictures that only count readers."""


class Pictures:
    """The pictures of one body.

    Attributes:
        is_in_noscript: Whether the current place is in a `noscript`.
    """

    def __init__(
        self, writer: HtmlWriter, filtered: AttributeFilter, resolve: Resolve, budget: OutputBudget, report: Report
    ) -> None:
        self.is_in_noscript = False
        self._is_in_picture = False
        self._writer = writer
        self._filter = filtered
        self._resolve = resolve
        self._budget = budget
        self._report = report
        # The escaped URLs of the written pictures.
        self._written: set[str] = set()
        # Number of written pieces at the end of the last picture that a script loads.
        self._lazy_end = -2
        # The best `source` of the `picture` element.
        self._source = NO_PICTURE

    def start_picture(self) -> None:
        """Note the start tag of a `picture`, which is not written."""
        self._is_in_picture, self._source = True, NO_PICTURE

    def end(self, name: str) -> None:
        """Note an end tag."""
        self._is_in_picture = self._is_in_picture and name != "picture"
        self.is_in_noscript = self.is_in_noscript and name != "noscript"

    def read_source(self, attributes: Attributes) -> None:
        """Note the best file of a `source` element, if it is in a `picture`."""
        if not self._is_in_picture:
            return
        values = self._filter.values(attributes)
        for key in (*LAZY_SETS, "srcset"):
            picture = values_of.best_candidate(values.get(key, ""), self._resolve, values.get("type", ""))
            self._source = max(picture or NO_PICTURE, self._source)

    def insert_image(self, attributes: Attributes) -> None:
        """Insert an `img` with the best of its files, or its text if it has none."""
        element = ELEMENTS["img"]
        has_one_file = isinstance(attributes, str) and "srcset" not in attributes and "data-" not in attributes
        if has_one_file and not self._is_in_picture and not self.is_in_noscript:
            tag = self._filter.start_tag("img", element, attributes)
            if ' src="' in tag:
                self._writer.insert("img", element, tag)
                self._written.add(tag.partition(' src="')[2].partition('"')[0])
                return
        values = self._filter.values(attributes)
        url, is_lazy = values_of.best_picture(values, self._resolve, self._source)
        self._source = NO_PICTURE
        if url and self._is_repeated(url, is_lazy):
            return
        is_pixel = self.is_in_noscript and {values.get("width"), values.get("height")} <= _PIXEL
        if url is None or is_pixel:
            if values.keys() & {"src", "srcset", *LAZY_SOURCES, *LAZY_SETS}:
                self._report.lost["img"] += 1
            if alt := values.get("alt", "").strip():
                self._writer.write_spaced_text(alt)
            return
        self._budget.spend(len(url))
        self._written.add(escape(url, is_quoted=True))
        if "src" not in values:
            values = {"src": url, **values}
        kept = {key: url if key == "src" else values[key] for key in values if key in element.attributes}
        if "dir" in kept:
            kept["dir"] = values_of.convert(kept["dir"], element.attributes["dir"]) or "auto"
        self._writer.insert("img", element, start_tag("img", kept))
        self._lazy_end = len(self._writer.output) if is_lazy else self._lazy_end

    def _is_repeated(self, url: str, is_lazy: bool) -> bool:
        """Return whether this is the other form of a picture that was written."""
        if self.is_in_noscript and self._is_after_lazy():
            return True
        return (is_lazy or self.is_in_noscript) and escape(url, is_quoted=True) in self._written

    def _is_after_lazy(self) -> bool:
        """Return whether at most white space follows the last picture that a script loads."""
        output = self._writer.output
        return len(output) - self._lazy_end <= 1 and not "".join(output[self._lazy_end :]).strip()
