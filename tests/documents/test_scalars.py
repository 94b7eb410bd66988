"""The smallest parts of the language: days, instants, durations, names."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from reconciler.documents.scalars import (
    Count,
    Duration,
    Flag,
    Name,
    Text,
    Texts,
    last_second,
    read_day,
    read_duration,
    read_moment,
)

BAD_DAYS = {
    "2026-02-30": "February 2026 has 28 days",
    "2024-02-30": "February 2024 has 29 days",
    "2026-04-31": "April 2026 has 30 days",
    "2026-13-01": "months go from 01 to 12",
    "2026-00-01": "months go from 01 to 12",
    "2026-01-00": "January 2026 has 31 days",
    "0000-01-01": "years go from 0001",
    "2026-1-1": "write it as 2026-03-31",
    "3/31/2026": "write it as 2026-03-31",
    "soon": "write it as 2026-03-31",
    "": "write it as 2026-03-31",
}


@pytest.mark.parametrize(("text", "says"), BAD_DAYS.items())
def test_a_day_that_is_none(text, says):
    with pytest.raises(ValueError, match=says):
        read_day(text)


@given(st.dates())
def test_every_day_is_read_as_it_is_written(day):
    assert read_day(day.isoformat()) == day
    assert read_moment(day.isoformat()) == day


def test_instants():
    assert read_moment("2026-03-31T09:00") == datetime.fromisoformat("2026-03-31T09:00")
    assert read_moment("2026-03-31 09:00:01.5") == datetime.fromisoformat("2026-03-31T09:00:01")
    offset = timezone(timedelta(hours=-5))
    assert read_moment("2026-03-31T09:00-05:00") == datetime(2026, 3, 31, 9, tzinfo=offset)
    with pytest.raises(ValueError, match="write it as"):
        read_moment("2026-03-31T25:00")


DURATIONS = {
    "90 days": Duration(90, "day"),
    "1 day": Duration(1, "day"),
    "12 months": Duration(12, "month"),
    "2weeks": Duration(2, "week"),
    " 1 year ": Duration(1, "year"),
}


@pytest.mark.parametrize(("text", "duration"), DURATIONS.items())
def test_durations(text, duration):
    assert read_duration(text) == duration
    assert read_duration(str(duration)) == duration


@pytest.mark.parametrize(
    "text", ["90", "days", "1.5 years", "-1 day", "99999 days", "2 decades", "", None]
)
def test_a_duration_that_is_none(text):
    with pytest.raises(ValueError, match="'90 days' or '12 months'"):
        read_duration(text)


AFTER = {
    "the month's last day": ("1 month", date(2026, 1, 31), date(2026, 2, 28)),
    "in a leap year": ("1 month", date(2024, 1, 31), date(2024, 2, 29)),
    "a year after the leap day": ("1 year", date(2024, 2, 29), date(2025, 2, 28)),
    "over the end of a year": ("3 months", date(2025, 11, 30), date(2026, 2, 28)),
    "weeks": ("2 weeks", date(2026, 1, 1), date(2026, 1, 15)),
    "never past the last day": ("9999 years", date(2026, 1, 1), date.max),
}


@pytest.mark.parametrize(("text", "day", "after"), AFTER.values(), ids=AFTER.keys())
def test_after(text, day, after):
    """P7."""
    assert read_duration(text).after(day) == after


SPANS = st.builds(Duration, st.integers(0, 400), st.sampled_from(["day", "week", "month", "year"]))


@given(SPANS, st.dates(date(1900, 1, 1), date(2500, 1, 1)), st.integers(0, 500))
def test_later_is_never_earlier(duration, day, days):
    assert day <= duration.after(day) <= duration.after(day + timedelta(days=days))


@given(SPANS, st.dates(date(1900, 1, 1), date(2500, 1, 1)))
def test_the_latest_start_is_the_last_day_from_which_it_has_passed(duration, day):
    start = duration.latest_start(day)

    assert start is not None
    assert duration.after(start) <= day
    assert duration.after(start + timedelta(days=1)) > day


def test_there_is_no_start_before_the_first_year():
    assert read_duration("9999 years").latest_start(date(2026, 1, 1)) is None


def test_the_last_second_of_a_day():
    """A9."""
    chicago = ZoneInfo("America/Chicago")
    assert last_second(date(2026, 1, 1), chicago) == datetime(2026, 1, 2, 5, 59, 59, tzinfo=UTC)
    assert last_second(date(2026, 7, 1), chicago) == datetime(2026, 7, 2, 4, 59, 59, tzinfo=UTC)


READ = {
    "a text": (Text, " cafe\u0301 ", "café"),
    "one text for several": (Texts, "a", ("a",)),
    "several texts": (Texts, ["a", " b"], ("a", "b")),
    "true": (Flag, "true", True),
    "false": (Flag, "false", False),
    "a count": (Count, "14", 14),
    "a name in another script": (Name, "küche-1", "küche-1"),
    "a name of digits": (Name, "0042", "0042"),
    "the longest name": (Name, "a" * 63, "a" * 63),
}


@pytest.mark.parametrize(("kind", "written", "meant"), READ.values(), ids=READ.keys())
def test_read(kind, written, meant):
    assert TypeAdapter(kind).validate_python(written) == meant


REFUSED = {
    "a list for a text": (Text, ["a"]),
    "a blank text": (Text, "  "),
    "no texts": (Texts, []),
    "a blank among texts": (Texts, ["a", ""]),
    "a list among texts": (Texts, [["a"]]),
    "yes": (Flag, "yes"),
    "TRUE": (Flag, "TRUE"),
    "a word for a count": (Count, "ten"),
    "a fraction for a count": (Count, "1.5"),
    "a name with a space": (Name, "a b"),
    "a name with a dot": (Name, "a.b"),
    "a name that begins with a hyphen": (Name, "-a"),
    "a name that is too long": (Name, "a" * 64),
}


@pytest.mark.parametrize(("kind", "written"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(kind, written):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(written)


# the story: the span, as of when, in which time zone, and until when
LATER = {
    "a day": ("1 day", "2026-03-03T09:00", "UTC", "2026-03-04T09:00"),
    "a month, cut to its last day": ("1 month", "2026-01-31T09:00", "UTC", "2026-02-28T09:00"),
    "a year": ("1 year", "2026-08-01T09:00", "UTC", "2027-08-01T09:00"),
    "a leap day": ("1 year", "2028-02-29T09:00", "UTC", "2029-02-28T09:00"),
    "of the local day": ("1 month", "2026-01-31T23:30", "America/Chicago", "2026-02-28T23:30"),
    "into summer time": ("1 month", "2026-03-01T09:00", "America/Chicago", "2026-04-01T09:00"),
    "longer than calendars": ("9000 years", "2026-01-01T00:00", "UTC", "9999-12-29T00:00"),
}


@pytest.mark.parametrize(("span", "as_of", "zone", "until"), LATER.values(), ids=LATER)
def test_how_long_something_is_good(span, as_of, zone, until):
    """P7: months and years are calendar ones on local dates, at the same hour."""
    as_of, until = (
        datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(zone)) for at in (as_of, until)
    )
    assert read_duration(span).later(as_of.astimezone(UTC), ZoneInfo(zone)) == until
