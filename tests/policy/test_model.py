"""The language: what a rule may say, and what its windows and due days mean (A1, A9, T1-T5)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from reconciler.documents.scalars import ends
from reconciler.policy.model import (
    Automation,
    Exemption,
    FixedDue,
    OnExit,
    Policy,
    RelativeDue,
    Scope,
    Target,
    Window,
    canonical,
)

CHICAGO, BERLIN = ZoneInfo("America/Chicago"), ZoneInfo("Europe/Berlin")
RULE = {"assign": "course/x", "target": {"role": "cook"}}


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# name: (window, zone, opens, closes), the instants in UTC
WINDOWS = {
    "days in winter": (("2026-01-01", "2026-01-31"), CHICAGO, "2026-01-01T06:00", "2026-02-01T06:00"),
    "one day": (("2026-07-04", "2026-07-04"), CHICAGO, "2026-07-04T05:00", "2026-07-05T05:00"),
    "the short day": (("2026-03-08", "2026-03-08"), CHICAGO, "2026-03-08T06:00", "2026-03-09T05:00"),
    "the long day": (("2026-11-01", "2026-11-01"), CHICAGO, "2026-11-01T05:00", "2026-11-02T06:00"),
    "over a change of the clock": (("2026-03-01", "2026-04-01"), BERLIN, "2026-02-28T23:00", "2026-04-01T22:00"),
    "local instants": (("2026-01-01T09:00", "2026-01-01T17:00"), CHICAGO, "2026-01-01T15:00", "2026-01-01T23:00"),
    "instants with an offset": (("2026-01-01T09:00+02:00", "2026-01-01T09:00Z"), CHICAGO, "2026-01-01T07:00", "2026-01-01T09:00"),
    "a time that the clock skips": (("2026-03-08T02:30", None), CHICAGO, "2026-03-08T08:30", None),
    "a time that comes twice": (("2026-11-01T01:30", None), CHICAGO, "2026-11-01T06:30", None),
    "no end": (("2026-01-01", None), UTC, "2026-01-01T00:00", None),
    "no start": ((None, "2026-01-01"), UTC, None, "2026-01-02T00:00"),
}  # fmt: skip


@pytest.mark.parametrize(("days", "zone", "opens", "closes"), WINDOWS.values(), ids=WINDOWS.keys())
def test_window(days, zone, opens, closes):
    """A1."""
    keys = {"start": days[0], "end": days[1]}
    window = Window.model_validate({key: day for key, day in keys.items() if day})

    assert window.opens(zone) == (utc(opens) if opens else None)
    assert window.closes(zone) == (utc(closes) if closes else None)


def test_a_window_is_open_from_its_start_to_just_before_its_end():
    window = Window.model_validate({"start": "2026-01-01", "end": "2026-01-31"})
    instants = (
        "2026-01-01T05:59:59",
        "2026-01-01T06:00",
        "2026-02-01T05:59:59",
        "2026-02-01T06:00",
    )
    assert [window.is_open(utc(at), CHICAGO) for at in instants] == [False, True, True, False]
    assert Window().is_open(utc("2026-01-01T00:00"), CHICAGO)


TURNED_ROUND = {
    "days": ("2026-01-02", "2026-01-01"),
    "instants": ("2026-01-01T10:00", "2026-01-01T09:00"),
    "a day and an instant": ("2026-01-02", "2026-01-01T09:00"),
    "an instant and a day": ("2026-01-02T09:00", "2026-01-01"),
}


@pytest.mark.parametrize(("start", "end"), TURNED_ROUND.values(), ids=TURNED_ROUND.keys())
def test_a_window_that_never_opens(start, end):
    with pytest.raises(ValidationError, match="end is before start"):
        Window.model_validate({"start": start, "end": end})


def test_a_window_may_end_on_the_day_on_which_it_starts():
    assert Window.model_validate({"start": "2026-01-01T09:00", "end": "2026-01-01"})


DUES = {
    "a day": ("2026-03-31", FixedDue(date=date(2026, 3, 31))),
    "a day with more": (
        {"date": "2026-03-31", "no_earlier_than": "3"},
        FixedDue(date=date(2026, 3, 31), no_earlier_than=3),
    ),
    "days": ({"days": "14"}, RelativeDue(days=14, after="assignment")),
    "days after the hire date": (
        {"days": "0", "after": "hire_date", "update_existing": "true"},
        RelativeDue(days=0, after="hire_date", update_existing=True),
    ),
}


@pytest.mark.parametrize(("written", "due"), DUES.values(), ids=DUES.keys())
def test_due(written, due):
    """A9."""
    assert Automation.model_validate({**RULE, "due": written}).due == due


BAD = {
    "due from a window without a start": {"due": {"days": "3", "after": "window_start"}},
    "negative days": {"due": {"days": "-1"}},
    "too many days": {"due": {"days": "3651"}},
    "days and a date": {"due": {"days": "3", "date": "2026-01-01"}},
    "neither days nor a date": {"due": {"after": "hire_date"}},
    "an unknown day to count from": {"due": {"days": "3", "after": "birth"}},
    "a scope that is none": {"scope": "everybody"},
    "no content": {"assign": "x"},
    "two contents": {"assign": ["course/x", "course/y"]},
    "an unknown key": {"asign": "course/x"},
    "an empty target": {"target": {}},
    "an empty list": {"target": {"role": []}},
    "an empty text": {"target": {"role": " "}},
    "an empty custom attribute": {"target": {"language": []}},
    "everyone: false": {"target": {"everyone": "false"}},
    "an empty not": {"target": {"not": {}}},
    "an empty all": {"target": {"all": []}},
    "an empty hire date": {"target": {"hire_date": {}}},
    "an empty tenure": {"target": {"tenure": {}}},
    "no duration": {"target": {"tenure": {"at_least": "90"}}},
    "neither true nor false": {"paused": "yes"},
}


@pytest.mark.parametrize("keys", BAD.values(), ids=BAD.keys())
def test_what_may_not_be_said(keys):
    with pytest.raises(ValidationError):
        Automation.model_validate({**RULE, **keys})


def test_an_automation_needs_content_and_target_unless_retired():
    for key in RULE:
        with pytest.raises(ValidationError, match=f"needs '{key}'"):
            Automation.model_validate({other: RULE[other] for other in RULE if other != key})
    assert Automation.model_validate({"retire": "true"}).retire


def test_due_may_count_from_the_start_of_a_window():
    due = {"days": "3", "after": "window_start"}
    assert Automation.model_validate({**RULE, "due": due, "window": {"start": "2026-01-01"}}).due


def test_defaults_are_the_careful_ones():
    rule = Automation.model_validate(RULE)

    assert (rule.scope, rule.on_exit, rule.on_removed) == (
        Scope.FUTURE_ONLY,
        OnExit.KEEP,
        "restore",
    )
    assert not rule.paused
    assert rule.window == Window()


def test_values_are_trimmed_and_normalized():
    """P4."""
    target = Target.model_validate({"role": [" cafe\u0301 ", "0042"], "shoe": "NO"})
    assert target.role == ("café", "0042")
    assert target.custom == {"shoe": ("NO",)}


def test_from_is_read_and_written_under_its_own_name():
    keys = {"target": {"trainees": ["E1"]}, "from": "course/x", "reason": "leave"}
    exemption = Exemption.model_validate({**keys, "until": "2026-06-30", "description": "why"})

    assert exemption.from_ == "course/x"
    assert canonical(exemption) == {**keys, "until": "2026-06-30"}


def test_the_canonical_text_has_neither_prose_nor_defaults():
    rule = {**RULE, "scope": "future-only", "owner": "me", "due": "2026-01-01", "paused": "false"}
    assert canonical(Automation.model_validate(rule)) == {
        "assign": "course/x",
        "target": {"role": ["cook"]},
        "due": {"date": "2026-01-01"},
    }


def test_a_policy_file_may_be_empty():
    assert Policy.model_validate({}) == Policy()


# name: (start, end, whether it can ever open in some time zone)
OFFSETS = {
    "an earlier day by the offset": ("2026-01-01T20:00+14:00", "2026-01-01T10:00Z", True),
    "a later day by the offset": ("2026-01-01T00:00Z", "2026-01-01T10:00+14:00", False),
    "the same wall clock, further east": ("2026-01-01T10:00+02:00", "2026-01-01T10:00Z", True),
    "the same wall clock, further west": ("2026-01-01T10:00Z", "2026-01-01T10:00+02:00", False),
    "one instant": ("2026-01-01T10:00", "2026-01-01T10:00", False),
    "one instant with an offset": ("2026-01-01T10:00Z", "2026-01-01T10:00Z", False),
    "one instant, two offsets": ("2026-01-01T10:00+02:00", "2026-01-01T08:00Z", False),
    "one second": ("2026-01-01T10:00:00", "2026-01-01T10:00:01", True),
    "one day": ("2026-01-01", "2026-01-01", True),
    "from the last minute of a day": ("2026-01-01T23:59", "2026-01-01", True),
    "to the first instant of a day": ("2026-01-01", "2026-01-01T00:00", False),
    "from the instant after the day": ("2026-01-02T00:00", "2026-01-01", False),
    "one offset, which the zone decides": ("2026-01-01T10:00", "2026-01-01T06:00Z", True),
    "one offset, whatever the zone": ("2026-01-03T10:00", "2026-01-01T06:00Z", False),
    "a day and an offset": ("2026-01-01", "2026-01-01T06:00Z", True),
    "an offset and an earlier day": ("2026-01-04T00:00Z", "2026-01-01", False),
    "for ever": ("0001-01-01T00:00+14:00", "9999-12-31", True),
}  # fmt: skip


@pytest.mark.parametrize(("start", "end", "opens"), OFFSETS.values(), ids=OFFSETS.keys())
def test_the_ends_of_a_window_are_compared_as_instants(start, end, opens):
    """A1."""
    if opens:
        assert Window.model_validate({"start": start, "end": end})
    else:
        with pytest.raises(ValidationError, match="end is before start"):
            Window.model_validate({"start": start, "end": end})


FAR = {
    "to the last day": ({"end": "9999-12-31"}, True),
    "to the last second, in the west": ({"end": "9999-12-31T23:59:59-12:00"}, True),
    "from the first day": ({"start": "0001-01-01"}, True),
    "from before the first day": ({"start": "0001-01-01T00:00+14:00"}, True),
    "from the last day": ({"start": "9999-12-31"}, False),
    "to the first day": ({"end": "0001-01-01"}, False),
}


@pytest.mark.parametrize("zone", [CHICAGO, BERLIN, UTC], ids=str)
@pytest.mark.parametrize(("days", "is_open"), FAR.values(), ids=FAR.keys())
def test_a_window_at_the_ends_of_time(days, is_open, zone):
    """A1."""
    assert Window.model_validate(days).is_open(utc("2026-03-02T18:00"), zone) is is_open


@pytest.mark.parametrize("zone", [CHICAGO, BERLIN, UTC], ids=str)
def test_an_exemption_until_the_last_day(zone):
    """M6."""
    keys = {"target": {"trainees": ["E1"]}, "from": "course/x", "reason": "leave"}
    exemption = Exemption.model_validate({**keys, "until": "9999-12-31"})

    assert ends(exemption.until, zone) > utc("9999-01-01T00:00")
