"""The sanitiser of one body: gives each token to the part that keeps, unwraps, drops or replaces it."""

from feeds.text.html.attribute_filter import AttributeFilter
from feeds.text.html.attributes import Resolve
from feeds.text.html.elements import BREAKOUT, ELEMENTS, FOREIGN, INTEGRATION, MEDIA, REDUCED, RENAMED, UNKNOWN, Element
from feeds.text.html.embeds import Embeds
from feeds.text.html.formulas import Formulas
from feeds.text.html.insertion import HtmlWriter
from feeds.text.html.internal_links import InternalLinks
from feeds.text.html.limits import OutputBudget
from feeds.text.html.literal_tags import LiteralTagTokenizer
from feeds.text.html.media import Media
from feeds.text.html.pictures import Pictures
from feeds.text.html.tokenizer import Attributes


class HtmlSanitiser(LiteralTagTokenizer):
    """Handler of the tokens of one body."""

    def __init__(self, markup: str, resolve: Resolve, size: int, prefix: str) -> None:
        super().__init__(markup, [])
        report = self.report
        self._budget = budget = OutputBudget(size)
        self._links = InternalLinks(markup, resolve, prefix, budget)
        self._filter = kept = AttributeFilter(self.decode_attribute, resolve, self._links, budget, report)
        self._writer = writer = HtmlWriter(self._output, budget)
        self._pictures = Pictures(writer, kept, resolve, budget, report)
        self._media = Media(self, writer, kept, budget, report)
        self._embeds = Embeds(writer, kept, budget, report)
        self._formulas = Formulas(writer, kept, report)
        # The title of a dropped drawing.
        self._drawing_title: list[str] = []

    def write(self) -> str:
        """Return the sanitised HTML.

        Raises:
            ExcessError: The markup nests too deeply or grows too much.
        """
        self.run()
        self._writer.close(0)
        html = self._links.finish("".join(self._output).strip())
        self._budget.check(html)
        return html

    # Tokens

    def handle_text(self, value: str) -> None:
        writer = self._writer
        if writer.skipped < 0:
            writer.write_text(value)
        elif writer.stack[writer.skipped].name == "svg" and writer.stack[-1].name == "title":
            self._drawing_title.append(value)

    def handle_start_tag(self, name: str, attributes: Attributes, closes_itself: bool) -> bool:
        writer = self._writer
        if writer.skipped >= 0 and not self._leave_foreign_content(name):
            return self._skip_start_tag(name, closes_itself)
        if writer.formula >= 0 and not self._formulas.leave_at_start(name):
            self._formulas.insert(name, attributes, closes_itself)
            return False
        element = ELEMENTS.get(name, UNKNOWN)
        if element.treatment != "keep" or (name == "a" and not attributes):
            if self.is_literal_start(name, attributes, closes_itself):
                writer.write_text(self.tag_source())
                return False
            if name in REDUCED:
                self.report.texts[name] += 1
            if element is UNKNOWN and attributes and (closes_itself or self._is_empty(name)):
                self.report.lost[name] += name not in RENAMED
            if name in RENAMED:
                name = RENAMED[name]
                element = ELEMENTS[name]
            if element.treatment == "replace":
                return self._replace(name, element, attributes, closes_itself)
        if element.treatment == "unwrap":
            writer.needs_space = writer.needs_space or element.needs_space
            self.track_head(name)
        elif name == "span" and self._is_formula_again(attributes):
            self._skip(name)
        else:
            writer.insert(name, element, self._filter.start_tag(name, element, attributes))
        return False

    def handle_end_tag(self, name: str) -> None:
        writer = self._writer
        if name not in ELEMENTS or name in self._literal_names:
            if writer.skipped < 0 and writer.formula < 0 and self.is_literal_end(name):
                writer.write_text(self.tag_source())
                return
            name = RENAMED.get(name, name)
        if writer.close_current(name) or (writer.skipped >= 0 and self._close_in_skipped(name)):
            return
        if writer.formula >= 0 and not self._formulas.close(name):
            return
        element = ELEMENTS.get(name, UNKNOWN)
        if element.treatment != "keep":
            writer.needs_space = writer.needs_space or element.needs_space
            self._is_in_head = self._is_in_head and name != "head"
            self._pictures.end(name)
            self._embeds.end(name)
        writer.close_name(name, element)

    def handle_raw_text(self, name: str, value: str) -> None:
        writer = self._writer
        if writer.skipped >= 0 or name == "iframe":
            return
        if name == "textarea":
            self.report.texts[name] += 1
            writer.write_spaced_text(self.decode(value))
        elif name == "xmp":
            element = ELEMENTS["pre"]
            writer.insert("pre", element, "<pre>")
            writer.write_text(value)
            writer.close_name("pre", element)
        else:
            self.report.lost[name] += 1

    # Elements that are dropped with their content

    def _skip(self, name: str) -> None:
        self._drawing_title = []
        self._writer.skip(name)

    def _skip_start_tag(self, name: str, closes_itself: bool) -> bool:
        """Skip a start tag in a dropped element. Return whether raw text follows."""
        writer = self._writer
        element = ELEMENTS.get(name, UNKNOWN)
        is_foreign = writer.formula >= 0 or writer.stack[writer.skipped].name in FOREIGN
        # SVG and MathML have no raw text elements, but self-closing tags (13.2.6.5).
        if element.is_raw and not is_foreign and self.has_end(name):
            return True
        if element.layout != "void" and not (is_foreign and closes_itself):
            writer.push(name, "")
        return False

    def _leave_foreign_content(self, name: str) -> bool:
        """Close the dropped SVG or MathML element at a start tag that ends it (13.2.6.5). Return whether it did."""
        writer = self._writer
        if name not in BREAKOUT or writer.stack[writer.skipped].name not in FOREIGN:
            return False
        if any(element.name in INTEGRATION for element in writer.stack[writer.skipped + 1 :]):
            return False
        writer.close(writer.skipped)
        return True

    def _close_in_skipped(self, name: str) -> bool:
        """Close an element inside the dropped one, or the dropped one. Return whether one has this name."""
        writer = self._writer
        for index in range(len(writer.stack) - 1, writer.skipped - 1, -1):
            if writer.stack[index].name == name:
                writer.close(index)
                if writer.skipped < 0 and self._drawing_title:
                    writer.write_spaced_text(" ".join("".join(self._drawing_title).split()))
                    self._drawing_title = []
                return True
        return False

    def _is_formula_again(self, attributes: Attributes) -> bool:
        """Return whether a `span` has the last formula again, for browsers without MathML."""
        return self._formulas.has_formula and "katex-html" in str(attributes) and self.has_end("span")

    def _is_empty(self, name: str) -> bool:
        """Return whether the end tag follows the start tag."""
        end_tag = f"</{name}"
        return self.following(len(end_tag)) == end_tag

    # Elements that are replaced

    def _replace(self, name: str, element: Element, attributes: Attributes, closes_itself: bool) -> bool:
        """Replace an element. Return whether raw text follows."""
        if name == "img":
            self._pictures.insert_image(attributes)
        elif element.is_raw and name != "iframe":
            if self.has_end(name) or not attributes:
                return True
            # The text after a tag that nothing ends is meant to be read.
            self.report.lost[name] += 1
        elif name in MEDIA:
            self._media.insert(name, element, attributes)
        elif name in ("source", "track"):
            if self._media.is_current():
                self._media.insert_source(name, element, attributes)
            elif name == "source":
                self._pictures.read_source(attributes)
        elif name == "math":
            self._formulas.start(name, element, attributes)
        elif name in ("svg", "template"):
            self.report.lost[name] += 1
            if not closes_itself and self.has_end(name):
                self._skip(name)
        elif name in ("area", "embed", "frame", "iframe", "object"):
            keeps_content = self._embeds.replace_frame(name, self._filter.values(attributes))
            if name == "object" and not keeps_content and self.has_end(name):
                self._skip(name)
            return name == "iframe" and self.has_end(name)
        elif name == "param":
            self._embeds.replace_parameter(self._filter.values(attributes))
        elif name == "input":
            self._embeds.replace_input(self._filter.values(attributes))
        elif name == "picture":
            self._pictures.start_picture()
        elif name == "noscript":
            self._pictures.is_in_noscript = True
        elif name in ("applet", "canvas"):
            self.report.texts[name] += 1
            self._writer.needs_space = True
        return False
