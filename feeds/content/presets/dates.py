"""Dates in the forms that generators read, in the zone that each generator assumes."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from feeds.parsing.dates import split_date

_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_CLOCK = (
    r"(?:[ ,T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?"
    r"[ ]?(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_ZONE = r"[ ]?(?P<zone>[Zz]|UTC|GMT|[-+]\d{2}:?\d{2})?(?:[ ]\(?[A-Z]{2,5}\)?)?"
_WEEKDAY = r"(?:[A-Za-z]{3,9}\.?,? )?"
_FORMS = tuple(
    re.compile(f"{_WEEKDAY}{date}{_CLOCK}{_ZONE}")
    for date in (
        r"(?P<name>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",  # Jan 2, 2026
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[- ](?P<name>[A-Za-z]{3,9})\.?,?[- ](?P<year>\d{4})",  # 6 December 2024
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",  # 2026/1/2
    )
)
_LONGEST = 64
_DATE_NAME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?=$|[-_. ])[-_. ]?(.*)", re.DOTALL)
_ZOLA_NAME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T[\d:.Z+-]{0,30})? ?[-_](.+)", re.DOTALL)
_JEKYLL_NAME = re.compile(r"(\d{2,4})-(\d{1,2})-(\d{1,2})-(.+)", re.DOTALL)
_PATH_DATE = re.compile(r"(?:^|/)(\d{4})/(\d{1,2})/(?:(\d{1,2})/)?")
_NAME_FORMS = {"jekyll": _JEKYLL_NAME, "zola": _ZOLA_NAME}
_KEEPS_DATE = frozenset({"eleventy", "pelican", "obsidian", "plain", "everyday", "hugo", "astro"})
"""Presets in which a date at the start of a file name stays in the permalink."""


@cache
def zone_of(name: str | None) -> tzinfo:
    return ZoneInfo(name) if name else UTC


def read_date(value: str, preset: str, zone: tzinfo) -> datetime | None:
    """Return an aware time in the zone in which the generator shows it, or None if it is not a date.

    Args:
        zone: The zone of the site, for a time without a zone.
    """
    moment, has_seconds = _read(value)
    if moment is None:
        return None
    if preset == "hugo" and value.rstrip().endswith(("GMT", "UTC")):
        # Hugo replaces a zone that is only a name with the zone of the site.
        moment = moment.replace(tzinfo=None)
    if moment.tzinfo is None:
        # Ruby's YAML reads a time with seconds as UTC; Jekyll reads all other forms in the site's zone.
        is_utc = preset in ("zola", "eleventy", "mkdocs") or (preset == "jekyll" and has_seconds)
        moment = moment.replace(tzinfo=UTC if is_utc else zone)
    try:
        return moment.astimezone(zone) if preset == "jekyll" else moment.astimezone(moment.tzinfo)
    except (OverflowError, ValueError):
        return None


def date_in_name(name: str, preset: str, zone: tzinfo) -> tuple[datetime | None, str]:
    """Return the date at the start of a file's name, and the name as the permalink has it."""
    match = _NAME_FORMS.get(preset, _DATE_NAME).fullmatch(name)
    if match is None:
        return None, name
    year, month, day = (int(match[number]) for number in (1, 2, 3))
    moment = _moment(year + 2000 if year < 100 else year, month, day)
    if moment is None:
        return None, name
    is_utc = preset in ("zola", "eleventy", "mkdocs")
    return moment.replace(tzinfo=UTC if is_utc else zone), name if preset in _KEEPS_DATE else match[4] or name


def date_in_path(path: str, zone: tzinfo) -> datetime | None:
    """Return the date of the folders of a path, such as `2026/01/02/a.md`; without a day, the first of the month."""
    match = _PATH_DATE.search(path)
    moment = _moment(int(match[1]), int(match[2]), int(match[3] or 1)) if match else None
    return moment and moment.replace(tzinfo=zone)


def _read(value: str) -> tuple[datetime | None, bool]:
    """Return a time, naive if it has no zone, and whether it has seconds."""
    value = " ".join(value.split())
    if parts := split_date(value):
        return parts
    if len(value) <= _LONGEST:
        for form in _FORMS:
            if match := form.fullmatch(value):
                return _from_match(match), bool(match["second"])
    return None, False


def _from_match(match: re.Match[str]) -> datetime | None:
    part = match.groupdict()
    name = (part.get("name") or "")[:3].lower()
    month = _NAMES.index(name) + 1 if name in _NAMES else int(part.get("month") or 0)
    hour = int(part["hour"] or 0)
    if half := part["half"]:
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    moment = _moment(
        int(part["year"]), month, int(part["day"]), hour, int(part["minute"] or 0), int(part["second"] or 0)
    )
    zone = part["zone"]
    if moment is None or zone is None:
        return moment
    if zone[0] not in "+-":
        return moment.replace(tzinfo=UTC)
    digits = zone[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    try:
        return moment.replace(tzinfo=timezone(-offset if zone[0] == "-" else offset))
    except ValueError:
        return None


def _moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime | None:
    try:
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the caller knows the zone
    except ValueError:
        return None
    return moment if year >= 1900 else None
