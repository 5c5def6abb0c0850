"""Ask one YAML mapping for its values, each by key and type, and report what is wrong.

What a value has to be is known only by who asks, so the types are decided here
and not by YAML. Content files and the configuration are both read through this;
it knows the keys of neither.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal, TypeVar

from feeds import schema, text
from feeds.model import Image, Provider
from feeds.yamllines import Items, Mapping

T = TypeVar("T")
Level = Literal["error", "warning"]
Report = Callable[[int, str, str, Level], None]
"""Called with the 1-based line, the key, the message and the level."""

MAX_TITLE = 500
_CONTROL = "has a character that no feed may hold, dropped"
MAX_SUMMARY = 2000

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
# YAML 1.1's timestamp, which is ISO 8601 with a little more freedom.
_MOMENT = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?:[Tt]|[ \t]+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d*)?)?"
    r"[ \t]*(?P<zone>[Zz]|(?P<sign>[-+])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?)?"
)
_ISO_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")
_CLOCK_DURATION = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")


def to_datetime(value: str) -> datetime | None:
    """Return a moment in UTC, in whole seconds, or None if `value` is none since 1900.

    A bare date is its midnight, and a time without a zone is UTC: the answer must
    not depend on where the build runs.
    """
    value = value.strip()
    if len(value) == 20 and value[4] + value[7] + value[10] + value[13] + value[16] + value[19] == "--T::Z":
        try:
            moment = datetime.fromisoformat(value)
            return moment if moment.year >= 1900 else None
        except ValueError:
            return None
    match = _MOMENT.fullmatch(value)
    if not match:
        return None
    part = {name: int(digits) for name, digits in match.groupdict().items() if digits and digits.isdigit()}
    offset = timedelta(hours=part.get("hours", 0), minutes=part.get("minutes", 0))
    try:
        zone = timezone(-offset if match["sign"] == "-" else offset)
        moment = datetime(
            part["year"],
            part["month"],
            part["day"],
            part.get("hour", 0),
            part.get("minute", 0),
            part.get("second", 0),
            tzinfo=zone,
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= 1900 else None


def to_seconds(value: str) -> int | None:
    """Return the seconds of a duration such as `PT1H2M3S` (ISO 8601) or `1:02:03`."""
    match = _ISO_DURATION.fullmatch(value) or _CLOCK_DURATION.fullmatch(value)
    if not match or not any(match.groups()):
        return None
    numbers = [int(digits or 0) for digits in match.groups()]
    days, hours, minutes, seconds = [0] * (4 - len(numbers)) + numbers
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return total if 0 < total < 10**8 else None


def resolve(value: str, base: str) -> str | None:
    """Return an absolute URL; one that begins with `/` belongs to the site at `base`."""
    value = value.strip()
    if value.startswith("//"):
        value = f"https:{value}"
    elif value.startswith("/"):
        value = base + value[1:]
    return text.url(value)


def quoted(value: object) -> str:
    """Return a value as messages show it."""
    return repr(text.shorten(str(value), 60))


@dataclass(slots=True)
class Fields:
    """The values of one mapping; mistakes go to `report`, and `failed` says if any was an error.

    Attributes:
        data: The mapping.
        first: The 1-based line of the file on which the YAML text begins.
        prefix: What stands before the key in messages: `provider.`
        base: What site-relative URLs are relative to.
        at: The line to name for a key that is not there.
    """

    data: Mapping
    first: int
    report: Report
    prefix: str = ""
    base: str = ""
    failed: bool = False
    at: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        for key in self.data.repeated:
            self.warn(key, "stands there more than once, the last one counts")

    def line(self, key: str) -> int:
        return self.first + self.data.lines[key] if key in self.data.lines else self.at

    def item_line(self, key: str, item: str) -> int:
        """Return the line of an item of a list of texts."""
        value = self.data.get(key)
        if isinstance(value, Items):
            for each, line in zip(value, value.lines, strict=True):
                if isinstance(each, str) and text.line(each) == item:
                    return self.first + line
        return self.line(key)

    def error(self, key: str, message: str, line: int | None = None) -> None:
        self.failed = True
        # What is wrong inside a part costs the part, not the whole.
        self.report(line or self.line(key), self.prefix + key, message, "warning" if self.prefix else "error")

    def warn(self, key: str, message: str) -> None:
        self.report(self.line(key), self.prefix + key, message, "warning")

    def _scalar(self, key: str) -> str | None:
        value = self.data.get(key)
        # What nearly all values are: nothing, or a text of one line with nothing odd in it.
        if value is None or (value.__class__ is str and value.isprintable()):
            return value
        if isinstance(value, dict | list):
            kind = "a list" if isinstance(value, list) else "a mapping"
            self.warn(key, f"expected a text, found {kind}; left out")
            return None
        value = str(value)
        if text.has_controls(value):
            # An escape such as "\x07" gets past the look at the file's own characters.
            self.warn(key, _CONTROL)
        return text.drop_controls(value)

    def _look_for_controls(self, key: str, value: str | None) -> None:
        """Report a reference such as `&#7;`: what it stands for is dropped when it is decoded."""
        if value and text.has_bad_reference(value):
            self.warn(key, _CONTROL)

    def given(self, key: str) -> bool:
        """Tell whether the key is there with anything but white space."""
        value = self.data.get(key)
        return bool(value.strip() if isinstance(value, str) else value)

    def block(self, key: str) -> str | None:
        """Return a text as it stands, line breaks, markup and all."""
        return self._scalar(key)

    def text(self, key: str, required: bool = False, limit: int = MAX_TITLE) -> str | None:
        written = self._scalar(key)
        self._look_for_controls(key, written)
        value = text.line(written) if written else ""
        if required and not value and not isinstance(self.data.get(key), dict | list):
            self.error(key, "missing" if self.data.get(key) is None else "empty")
        if len(value) > limit:
            self.warn(key, f"{len(value)} characters, cut to {limit}")
            value = text.shorten(value, limit)
        return value or None

    def lines(self, key: str) -> str | None:
        written = self._scalar(key)
        self._look_for_controls(key, written)
        value = text.lines(written or "")
        if len(value) > MAX_SUMMARY:
            self.warn(key, f"{len(value)} characters, cut to {MAX_SUMMARY}")
            value = text.shorten(value, MAX_SUMMARY)
        return value or None

    def flag(self, key: str, default: bool) -> bool:
        value = self.data.get(key)
        if value is None or value == "":
            return default
        word = value.strip().lower() if isinstance(value, str) else ""
        if word not in _TRUE and word not in _FALSE:
            self.error(key, f"neither true nor false: {quoted(value)}")
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
            self.warn(key, f"not a number, left out: {quoted(value)}")
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
        if moment is None:
            self.error(key, f"not a date: {quoted(value)} (write 2024-05-31T09:30:00Z)")
        return moment

    def url(self, key: str, needed: bool = False) -> str | None:
        value = self._scalar(key)
        if value is None or not value.strip():
            return None
        found = resolve(value, self.base)
        if found is None and needed:
            # What people copy from where a browser hides the beginning.
            meant = f" (write https://{value.strip()})" if text.domain(value.partition("/")[0]) else ""
            self.error(key, f"not an http(s) URL: {quoted(value)}{meant}")
        elif found is None:
            self.warn(key, f"not an http(s) URL, left out: {quoted(value)}")
        return found

    def domain(self, key: str) -> str | None:
        value = self._scalar(key)
        if value is None or not value.strip():
            self.warn(key, "missing, so the provider has no feed")
            return None
        found = text.domain(value)
        if found is None:
            self.warn(key, f"not a domain, so the provider has no feed: {quoted(value)}")
        return found

    def texts(self, key: str, most: int | None = None) -> tuple[str, ...]:
        """Return the texts of a list, each once.

        Args:
            most: How many of them count; None for all.
        """
        value = self.data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            if isinstance(value, dict):
                self.warn(key, "expected a list of texts, found a mapping; left out")
                return ()
            self.warn(key, f"expected a list, read as its one item: {quoted(str(value))}")
            value = [value]
        if any(isinstance(item, dict | list) for item in value):
            self.warn(key, "an item is not a text, left out")
        items = [str(item) for item in value if item is not None and not isinstance(item, dict | list)]
        if any(text.has_controls(item) or text.has_bad_reference(item) for item in items):
            self.warn(key, _CONTROL)
        found = map(text.line, items)
        return self._first(key, tuple(dict.fromkeys(text.shorten(item, MAX_TITLE) for item in found if item)), most)

    def _first(self, key: str, items: list[T] | tuple[T, ...], most: int | None) -> tuple[T, ...]:
        """Return no more items than count, and report the others."""
        if most is None or len(items) <= most:
            return tuple(items)
        self.warn(key, f"{len(items)} items, only the first {most} count")
        return tuple(items[:most])

    def mapping(self, key: str) -> "Fields | None":
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.warn(key, "expected keys with values, left out")
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
                self.warn(key, "an item has no keys, left out")

    def _inner(self, value: Mapping, prefix: str, at: int) -> "Fields":
        return Fields(value, self.first, self.report, prefix, self.base, at=at)

    def images(self, key: str) -> tuple[Image, ...]:
        """Return the pictures that have a URL."""
        found = (
            Image(address, item.size("width"), item.size("height"), item.text("title"), item.text("attribution"))
            for item in self.mappings(key)
            if (address := item.url("url"))
        )
        return tuple({image.url: image for image in found}.values())

    def provider(self, key: str) -> Provider | None:
        item = self.mapping(key)
        if item is None:
            return None
        domain = item.domain("domain")
        name = item.text("name") or domain
        return Provider(name, domain, item.images("images")) if name else None
