"""Typed access to the values of a YAML mapping, with reports of invalid values.

The caller knows the type of each value, so types are decided here and not by YAML. Content files
and the configuration are both read with this module; it does not know their keys.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from feeds.errors import NO_SUGGESTION, Param, Params, Suggestion
from feeds.model import Image, Provider
from feeds.parsing import schema
from feeds.parsing.dates import FIRST_YEAR, is_too_early, to_datetime
from feeds.parsing.yaml_types import Items, Mapping
from feeds.text import markup, plain, urls
from feeds.text.urls import resolve

T = TypeVar("T")
Level = Literal["error", "warning"]
MAX_TITLE = 500
MAX_SUMMARY = 2000
# An item that means the same between brackets.
_PLAIN_ITEM = re.compile(r"[^\W_][^\[\]{},#:\"'\n]*+")
_IDS = frozenset(("id", "_id"))
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


class Report(Protocol):
    """Receives each problem: the 1-based line, the key, the code with its parameters."""

    def __call__(
        self,
        line: int,
        key: str,
        code: str,
        params: Params = (),
        level: Level = "error",
        suggestion: Suggestion = NO_SUGGESTION,
        /,
    ) -> None: ...


def quoted(value: object) -> str:
    """Return a value in the form that messages show."""
    return repr(plain.shorten(str(value), 60))


@dataclass(slots=True)
class Fields:
    """The values of a mapping; problems go to `report`, and `failed` is set by an error.

    Attributes:
        data: The mapping.
        first: The 1-based line in the file on which the YAML text starts.
        prefix: Prefix of the key in messages: `provider.`
        base: Base of site-relative URLs.
        at: The line that is reported for a missing key.
        drops_tags: Whether texts are used without their HTML tags.
    """

    data: Mapping
    first: int
    report: Report
    prefix: str = ""
    base: str = ""
    failed: bool = False
    at: int = field(default=0, repr=False)
    drops_tags: bool = False

    def __post_init__(self) -> None:
        for key in self.data.repeated:
            self.warn(key, "key.repeated")

    def line(self, key: str) -> int:
        return self.first + self.data.lines[key] if key in self.data.lines else self.at

    def item_line(self, key: str, item: str) -> int:
        """Return the line of an item in a list of texts."""
        value = self.data.get(key)
        if isinstance(value, Items):
            for written_item, line in zip(value, value.lines, strict=True):
                if isinstance(written_item, str) and plain.line(written_item) == item:
                    return self.first + line
        return self.line(key)

    def error(
        self,
        key: str,
        code: str,
        /,
        *,
        at_line: int | None = None,
        suggestion: Suggestion = NO_SUGGESTION,
        **params: Param,
    ) -> None:
        """Report a mistake that costs the whole; inside a part it costs the part alone."""
        self.failed = True
        level: Level = "warning" if self.prefix else "error"
        line = at_line or self.line(key)
        self.report(line, self.prefix + key, code, tuple(params.items()), level, suggestion)

    def warn(self, key: str, code: str, /, *, suggestion: Suggestion = NO_SUGGESTION, **params: Param) -> None:
        """Report a mistake that costs the value alone."""
        self.report(self.line(key), self.prefix + key, code, tuple(params.items()), "warning", suggestion)

    def _scalar(self, key: str) -> str | None:
        value = self.data.get(key)
        # The usual case: no value, or one line of printable text.
        if value is None or (value.__class__ is str and value.isprintable()):
            return value
        if isinstance(value, dict | list):
            kind = "a list" if isinstance(value, list) else "a mapping"
            self.warn(key, "value.not_text", kind=kind)
            return None
        value = str(value)
        if plain.has_controls(value):
            # An escape such as "\x07" gets past the look at the file's own characters.
            self.warn(key, "value.control_character")
        return plain.drop_controls(value)

    def _look_for_controls(self, key: str, value: str | None) -> None:
        """Report a numeric reference such as `&#7;`, whose character is dropped by decoding."""
        if value and plain.has_bad_reference(value):
            self.warn(key, "value.control_character")

    def given(self, key: str) -> bool:
        """Return whether the key has a value other than white space."""
        value = self.data.get(key)
        return bool(value.strip() if isinstance(value, str) else value)

    def block(self, key: str) -> str | None:
        """Return a text unchanged, with line breaks and markup."""
        return self._scalar(key)

    def text(self, key: str, required: bool = False, limit: int = MAX_TITLE) -> str | None:
        written = self._scalar(key)
        self._look_for_controls(key, written)
        if written and "<" in written and self.drops_tags and key not in _IDS:
            written = self._without_tags(key, written, " ")
        value = plain.line(written) if written else ""
        if required and not value and not isinstance(self.data.get(key), dict | list):
            if self.data.get(key) is None:
                self.error(key, "value.missing")
            else:
                self.error(key, "value.empty")
        if len(value) > limit:
            self.warn(key, "value.too_long", count=len(value), limit=limit)
            value = plain.shorten(value, limit)
        return value or None

    def _without_tags(self, key: str, written: str, line_break: str) -> str:
        """Return text without HTML tags, which readers would show as they are written."""
        text = markup.strip_tags(written, line_break)
        if text != written:
            self.warn(key, "value.markup")
        return text

    def lines(self, key: str) -> str | None:
        written = self._scalar(key)
        self._look_for_controls(key, written)
        if written and "<" in written and self.drops_tags:
            written = self._without_tags(key, written, "\n")
        value = plain.lines(written or "")
        if len(value) > MAX_SUMMARY:
            self.warn(key, "value.too_long", count=len(value), limit=MAX_SUMMARY)
            value = plain.shorten(value, MAX_SUMMARY)
        return value or None

    def flag(self, key: str, default: bool) -> bool:
        value = self.data.get(key)
        if value is None or value == "":
            return default
        word = value.strip().lower() if isinstance(value, str) else ""
        if word not in _TRUE and word not in _FALSE:
            self.error(key, "value.not_boolean", value=quoted(value))
        return word in _TRUE

    def number(self, key: str) -> float | None:
        value = self._scalar(key)
        if value is None:
            return None
        try:
            number = float(value.replace("_", ""))
        except ValueError:
            number = float("nan")
        if not -1e15 < number < 1e15:
            self.warn(key, "value.not_number", value=quoted(value))
            return None
        return int(number) if number.is_integer() else number

    def size(self, key: str) -> int | None:
        number = self.number(key)
        return int(number) if number and number >= 1 else None

    def date(self, key: str) -> datetime | None:
        value = self._scalar(key)
        if value is None or not value.strip():
            return None
        moment = to_datetime(value.strip())
        if moment is None and is_too_early(value):
            self.error(key, "value.date_too_early", value=quoted(value), year=FIRST_YEAR)
        elif moment is None:
            self.error(key, "value.not_date", value=quoted(value))
        return moment

    def url(self, key: str, needed: bool = False) -> str | None:
        value = self._scalar(key)
        if value is None or not value.strip():
            return None
        address = resolve(value, self.base)
        if address is None and needed:
            # Browsers hide the scheme, so people copy URLs without it.
            host, written = value.strip().partition("/")[0], f"https://{value.strip()}"
            is_address = urls.domain(host) and resolve(written, self.base)
            suggestion = Suggestion("value", written) if is_address else NO_SUGGESTION
            self.error(key, "value.not_url", suggestion=suggestion, value=quoted(value))
        elif address is None:
            self.warn(key, "value.not_url", value=quoted(value))
        return address

    def domain(self, key: str) -> str | None:
        value = self._scalar(key)
        if value is None or not value.strip():
            self.warn(key, "provider.missing_domain")
            return None
        name = urls.domain(value)
        if name is None:
            self.warn(key, "provider.bad_domain", value=quoted(value))
        return name

    def texts(self, key: str, most: int | None = None) -> tuple[str, ...]:
        """Return the distinct texts of a list.

        Args:
            most: Most items that are used; None for all.
        """
        value = self.data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            if isinstance(value, dict):
                self.warn(key, "list.mapping")
                return ()
            written = str(value)
            is_plain = _PLAIN_ITEM.fullmatch(written) is not None
            suggestion = Suggestion("value", f"[{written}]") if is_plain else NO_SUGGESTION
            self.warn(key, "list.not_list", suggestion=suggestion, value=quoted(written))
            value = [value]
        if any(isinstance(item, dict | list) for item in value):
            self.warn(key, "list.bad_item")
        items = [str(item) for item in value if item is not None and not isinstance(item, dict | list)]
        if any(plain.has_controls(item) or plain.has_bad_reference(item) for item in items):
            self.warn(key, "value.control_character")
        texts = list(map(plain.line, items))
        longest = max(map(len, texts), default=0)
        if longest > MAX_TITLE:
            self.warn(key, "list.item_too_long", count=longest, limit=MAX_TITLE)
        return self._first(key, tuple(dict.fromkeys(plain.shorten(item, MAX_TITLE) for item in texts if item)), most)

    def _first(self, key: str, items: list[T] | tuple[T, ...], most: int | None) -> tuple[T, ...]:
        """Return the first `most` items, and report the others."""
        if most is None or len(items) <= most:
            return tuple(items)
        self.warn(key, "list.too_many", count=len(items), limit=most)
        return tuple(items[:most])

    def mapping(self, key: str) -> "Fields | None":
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.warn(key, "mapping.expected")
            return None
        return self._inner(value, f"{self.prefix}{key}.", self.line(key))

    def mappings(self, key: str) -> Iterator["Fields"]:
        value = self.data.get(key)
        if value is None:
            return
        items = value if isinstance(value, list) else [value]
        for item in self._first(key, items, schema.MOST.get(key)):
            if isinstance(item, Mapping):
                yield self._inner(item, f"{self.prefix}{key}.", self.line(key))
            else:
                self.warn(key, "mapping.bad_item")

    def _inner(self, value: Mapping, prefix: str, at: int) -> "Fields":
        return Fields(value, self.first, self.report, prefix, self.base, at=at, drops_tags=self.drops_tags)

    def images(self, key: str) -> tuple[Image, ...]:
        """Return the images that have a URL, and report the others."""
        images = {}
        for item in self.mappings(key):
            if address := item.url("url"):
                size = item.size("width"), item.size("height")
                images[address] = Image(address, *size, item.text("title"), item.text("attribution"))
            elif not item.given("url"):
                item.warn("url", "image.without_url")
        return tuple(images.values())

    def provider(self, key: str) -> Provider | None:
        item = self.mapping(key)
        if item is None:
            return None
        domain = item.domain("domain")
        name = item.text("name") or domain
        return Provider(name, domain, item.images("images")) if name else None
