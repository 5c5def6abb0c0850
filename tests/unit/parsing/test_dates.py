"""Dates in the forms that people write, and what is no date."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.parsing.dates import is_too_early, to_datetime


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-05", "2026-01-05T00:00:00"),
        ("2026-01-05 10:00", "2026-01-05T10:00:00"),
        ("2026-01-05t10:00:00z", "2026-01-05T10:00:00"),
        ("2026-01-05T10:00:00+0200", "2026-01-05T08:00:00"),
        ("2026-01-05 10:00:00 -0200", "2026-01-05T12:00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59"),
        ("2017-01-01T00:59:60+01:00", "2016-12-31T23:59:59"),
        ("2026-01-05T24:00:00Z", "2026-01-06T00:00:00"),
        ("2026-12-31 24:00", "2027-01-01T00:00:00"),
        ("1815-12-10", "1815-12-10T00:00:00"),
        ("1000-01-01", "1000-01-01T00:00:00"),
    ],
)
def test_a_time_is_read_in_the_forms_that_people_write(value: str, moment: str) -> None:
    assert to_datetime(value) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "2026-01-05T24:01Z",
        "2026-01-05T25:00Z",
        "2026-01-05T12:30:60Z",
        "2026-01-05T10:00+02:75",
        "2026-01-05T10:00+24:00",
        "9999-12-31T24:00Z",
        "yesterday",
    ],
)
def test_a_time_that_does_not_exist_is_refused(value: str) -> None:
    assert to_datetime(value) is None
    assert not is_too_early(value)


@pytest.mark.parametrize("value", ["0999-12-31", "0476-09-04 12:00", "0001-01-01", "1000-01-01T00:00:00+02:00"])
def test_a_date_of_an_early_year_is_told_from_no_date(value: str) -> None:
    assert to_datetime(value) is None
    assert is_too_early(value)


@given(st.datetimes(datetime(1000, 1, 2), datetime(9998, 12, 31), timezones=st.timezones()))
def test_a_time_that_is_written_is_read_again(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    if moment.utcoffset().total_seconds() % 60 == 0:  # type: ignore[union-attr]
        assert to_datetime(moment.isoformat()) == moment
        assert to_datetime(moment.isoformat(" ").replace("+00:00", " z")) == moment
