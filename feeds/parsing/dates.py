"""Parsers for dates and durations in the forms that people write."""

import re
from datetime import UTC, datetime, timedelta, timezone

# YAML 1.1's timestamp, which is a little less strict than ISO 8601.
_MOMENT = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?:[Tt]|[ \t]+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d*)?)?"
    r"[ \t]*(?P<zone>[Zz]|(?P<sign>[-+])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?)?"
)
_ISO_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")
_CLOCK_DURATION = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")


FIRST_YEAR = 1000
"""The first year of a date; formats and file systems do not agree on years of three digits."""


def to_datetime(value: str) -> datetime | None:
    """Return a time in UTC, in whole seconds, or None if `value` is not a time since the year 1000.

    A bare date means midnight, and a time without a zone is UTC, so that the result does not depend on
    the machine. A leap second counts as the second before it, and 24:00 is the start of the next day.
    """
    value = value.strip()
    if len(value) == 20 and value[4] + value[7] + value[10] + value[13] + value[16] + value[19] == "--T::Z":
        try:
            usual = datetime.fromisoformat(value)
            return usual if usual.year >= FIRST_YEAR else None
        except ValueError:
            pass
    parts = split_date(value)
    if parts is None:
        return None
    moment = parts[0]
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
    return moment if moment.year >= FIRST_YEAR else None


def split_date(value: str) -> tuple[datetime, bool] | None:
    """Return a time in the form of ISO 8601, naive if it has no zone, and whether it has seconds."""
    match = _MOMENT.fullmatch(value)
    if not match:
        return None
    part = {name: int(digits) for name, digits in match.groupdict().items() if digits and digits.isdigit()}
    hour, minute, second = part.get("hour", 0), part.get("minute", 0), part.get("second", 0)
    if part.get("minutes", 0) > 59:
        return None
    offset = timedelta(hours=part.get("hours", 0), minutes=part.get("minutes", 0))
    is_midnight = hour == 24 and not (minute or second)
    try:
        zone = timezone(-offset if match["sign"] == "-" else offset) if match["zone"] else None
        moment = datetime(
            part["year"],
            part["month"],
            part["day"],
            0 if is_midnight else hour,
            minute,
            59 if second == 60 else second,
            tzinfo=zone,
        )
        moment += timedelta(days=is_midnight)
        in_utc = moment.astimezone(UTC) if zone else moment
    except (ValueError, OverflowError):
        return None
    # RFC 3339, section 5.7: a leap second comes at the end of a day in UTC, in every zone.
    if second == 60 and (in_utc.hour, in_utc.minute) != (23, 59):
        return None
    return moment, "second" in part


def is_too_early(value: str) -> bool:
    """Return whether `value` is a time, but before the first year that is supported."""
    value = value.strip()
    match = _MOMENT.fullmatch(value)
    if match is None or int(match["year"]) > FIRST_YEAR or to_datetime(value):
        return False
    # The year 2400 has every day.
    return to_datetime(f"2400{value[4:]}") is not None


def to_seconds(value: str) -> int | None:
    """Return the seconds of a duration in the form `PT1H2M3S` (ISO 8601) or `1:02:03`."""
    match = _ISO_DURATION.fullmatch(value) or _CLOCK_DURATION.fullmatch(value)
    if not match or not any(match.groups()):
        return None
    numbers = [int(digits or 0) for digits in match.groups()]
    days, hours, minutes, seconds = [0] * (4 - len(numbers)) + numbers
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return total if 0 < total < 10**8 else None
