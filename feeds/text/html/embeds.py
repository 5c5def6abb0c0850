"""Frames, embedded files and form controls, which become a link, a picture or text.

A feed reader shows no frame, and no page of another site may run inside a body.
"""

from urllib.parse import unquote, urlsplit

from feeds.text.html import players
from feeds.text.html.attribute_filter import AttributeFilter
from feeds.text.html.attributes import LAZY_SOURCES
from feeds.text.html.elements import ELEMENTS
from feeds.text.html.insertion import HtmlWriter
from feeds.text.html.limits import OutputBudget
from feeds.text.html.report import Report
from feeds.text.html.serialisation import start_tag

_PIXEL = frozenset({"0", "1"})
"""Width and height of frames that only count readers."""
_FILE_PARAMETERS = ("movie", "src", "url", "filename")


class Embeds:
    """The frames, embedded files and controls of one body."""

    def __init__(self, writer: HtmlWriter, filtered: AttributeFilter, budget: OutputBudget, report: Report) -> None:
        self._writer = writer
        self._filter = filtered
        self._budget = budget
        self._report = report
        # URLs of the written links: a body often names one player for each kind of reader.
        self._pages: set[str] = set()
        # True inside an `object` without a file; a parameter may name the file.
        self._is_object_open = False

    def end(self, name: str) -> None:
        """Note an end tag."""
        self._is_object_open = self._is_object_open and name != "object"

    def replace_frame(self, name: str, values: dict[str, str]) -> bool:
        """Replace a frame or an embedded file by a link or a picture. Return whether its content stays."""
        keys = {"area": ("href",), "object": ("data",)}.get(name, ("src", *LAZY_SOURCES))
        kind, label = values.get("type", "").lower(), values.get("title", "") or values.get("alt", "")
        url = next((url for key in keys if (url := self._filter.file_url(values.get(key)))), None)
        is_hidden = {values.get("width"), values.get("height")} <= _PIXEL
        if is_hidden:
            self._report.lost[name] += 1
        elif url and kind.startswith("image/") and name in ("embed", "object"):
            self._budget.spend(len(url))
            self._writer.insert("img", ELEMENTS["img"], start_tag("img", {"src": url, "alt": label}))
        elif url:
            self._replace_by_link(name, url, label)
        elif name == "object":
            self._report.texts[name] += 1
            self._is_object_open = True
            self._writer.needs_space = True
            return True
        elif name != "area" or values.get("href"):
            self._report.lost[name] += 1
            if label.strip():
                self._writer.write_spaced_text(label)
        return False

    def replace_parameter(self, values: dict[str, str]) -> None:
        """Replace an old `object` by a link to its file, if this `param` names the file."""
        if not self._is_object_open or values.get("name", "").lower() not in _FILE_PARAMETERS:
            return
        if url := self._filter.file_url(values.get("value")):
            self._is_object_open = False
            self._report.texts["object"] -= 1
            self._replace_by_link("object", url, "")

    def replace_input(self, values: dict[str, str]) -> None:
        """Replace a control by the text that it shows."""
        kind = values.get("type", "text").strip().lower()
        if kind in ("checkbox", "radio"):
            self._report.texts["input"] += 1
            self._writer.write_spaced_text("☑" if "checked" in values else "☐")
        elif kind in ("button", "submit", "reset") and values.get("value", "").strip():
            self._report.texts["input"] += 1
            self._writer.write_spaced_text(values["value"])
        elif kind != "hidden":
            self._report.lost["input"] += 1
            self._writer.needs_space = True

    def _replace_by_link(self, name: str, url: str, label: str) -> None:
        """Write a link to an embedded page or file once; of a known player, to the page with the video."""
        page = players.page_of(url)
        parts = urlsplit(page or url)
        file_name = unquote(parts.path.rpartition("/")[2]) if name in ("embed", "object") and not page else ""
        label = " ".join(label.split()) or (file_name if "." in file_name else parts.netloc.removeprefix("www."))
        page, label = page or url, f"▶ {label}" if page else label
        self._report.links[name] += 1
        if page in self._pages:
            return
        self._pages.add(page)
        self._budget.spend(len(page) + len(label))
        self._writer.insert_link(start_tag("a", {"href": page}), label)
