"""Due instants: from what they count, and how early they may be (A8, A9)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pyroaring import BitMap

from reconciler.planner.due import DueSource, earliest_due, unknown_due
from tests.builders import NOON, dues, ids, named, scene

EXISTING = {"scope": "future-and-existing"}


def after(day, days, **more):
    return {"days": days, "after": day, **more}


@named(
    ("keys", "line", "due"),
    {
        "none": ({}, "ann role=cook", None),
        "a day, at its last second": ({"due": "2026-03-20"}, "ann role=cook", "2026-03-20"),
        "a day, written out": ({"due": {"date": "2026-03-20"}}, "ann role=cook", "2026-03-20"),
        "a day long past: tomorrow": ({"due": "2020-01-01"}, "ann role=cook", "2026-03-03"),
        "today: tomorrow": ({"due": "2026-03-02"}, "ann role=cook", "2026-03-03"),
        "tomorrow": ({"due": "2026-03-03"}, "ann role=cook", "2026-03-03"),
        "no earlier than seven days": (
            {"due": {"date": "2026-03-04", "no_earlier_than": 7}},
            "ann role=cook",
            "2026-03-09",
        ),
        "no earlier than now": (
            {"due": {"date": "2020-03-04", "no_earlier_than": 0}},
            "ann role=cook",
            "2026-03-02",
        ),
        "days after the assignment": ({"due": {"days": 14}}, "ann role=cook", "2026-03-16"),
        "no days after the assignment": ({"due": {"days": 0}}, "ann role=cook", "2026-03-03"),
        "days after the hire date": (
            {"due": after("hire_date", 30)},
            "ann role=cook hired=2026-02-20",
            "2026-03-22",
        ),
        "days after an old hire date": (
            {"due": after("hire_date", 30)},
            "ann role=cook hired=2010-02-20",
            "2026-03-03",
        ),
        "days after a hire date to come": (
            {"due": after("hire_date", 30)},
            "ann role=cook hired=2026-04-01",
            "2026-05-01",
        ),
        "an unknown hire date gives none": (
            {"due": after("hire_date", 30)},
            "ann role=cook hired=?",
            None,
        ),
        "days after the window's start": (
            {"due": after("window_start", 30), "window": {"start": "2026-03-01"}},
            "ann role=cook",
            "2026-03-31",
        ),
        "the local day of the window's start": (
            {
                "due": after("window_start", 30),
                "window": {"start": "2026-03-02T04:00+00:00"},
            },
            "ann role=cook",
            "2026-03-31",
        ),
        "across a change of the clock": ({"due": {"days": 6}}, "ann role=cook", "2026-03-08"),
    },
)
def test_what_a_new_assignment_is_due(keys, line, due):
    """A9: 23:59:59 of the day, in the workspace's zone."""
    story = scene(line, **EXISTING, **keys)

    assert dues(story) == {"ann": due and f"{due} 23:59:59"}
    story.apply()


@named(
    ("hours", "due"),
    {
        "the local day of as-of, not that of UTC": (8, "2026-03-16 23:59:59"),
        "after local midnight": (12, "2026-03-17 23:59:59"),
    },
)
def test_days_are_local(hours, due):
    """A9a."""
    story = scene("ann role=cook", **EXISTING, due={"days": 14}).later(hours=hours)

    assert dues(story) == {"ann": due}


@named(
    ("first", "second", "due"),
    {
        "the earlier one": ("2026-05-01", "2026-04-01", "2026-04-01"),
        "one without does not count": (None, "2026-04-01", "2026-04-01"),
        "none of them": (None, None, None),
        "each by its own no_earlier_than": (
            {"date": "2026-03-03", "no_earlier_than": 30},
            "2026-03-10",
            "2026-03-10",
        ),
        "an unknown hire date does not count": (after("hire_date", 1), "2026-04-01", "2026-04-01"),
    },
)
def test_the_earliest_that_the_causes_give(first, second, due):
    """A8, A8a."""
    rule = {"assign": "course/knife", "target": {"role": "cook"}, **EXISTING}
    rules = {
        name: {**rule, **({"due": one} if one else {})}
        for name, one in (("knife", first), ("blades", second))
    }
    story = scene("ann role=cook hired=?", rules={"automations": rules})

    assert dues(story) == {"ann": due and f"{due} 23:59:59"}


def test_each_trainee_has_their_own():
    """A9: by hire date, in one decision."""
    story = scene(
        "zoe role=cook hired=2026-03-01",
        "ann role=cook hired=2026-02-28",
        "bob role=cook hired=?",
        **EXISTING,
        due=after("hire_date", 20),
    )

    assert dues(story) == {
        "ann": "2026-03-20 23:59:59",
        "bob": None,
        "zoe": "2026-03-21 23:59:59",
    }
    assert {key[0]: row["due"] for key, row in story.apply().held.items()} == {
        "ann": datetime(2026, 3, 21, 4, 59, 59, tzinfo=UTC),
        "bob": None,
        "zoe": datetime(2026, 3, 22, 4, 59, 59, tzinfo=UTC),
    }


def test_unknown_hire_dates_are_counted():
    """A9."""
    story = scene("ann role=cook hired=?", "bob role=cook", **EXISTING, due=after("hire_date", 1))
    made = story.plan()
    due = made.standings[0].rule.automation.due

    assert ids(made, unknown_due(due, BitMap([0, 1]), made.world)) == {"ann"}
    assert not unknown_due(None, BitMap([0, 1]), made.world)


def test_the_last_day_that_there_is():
    """A9: no due date overflows."""
    story = scene("ann role=cook hired=9999-12-30", **EXISTING, due=after("hire_date", 3650))

    assert len(dues(story)) == 1


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Auckland", "America/Anchorage", "UTC"])
def test_nobody_is_born_past_due(zone):
    """A9."""
    for hours in range(0, 48, 5):
        story = scene("ann role=cook", **EXISTING, due={"days": 0}).given(zone=ZoneInfo(zone))
        story = story.later(hours=hours)
        held = story.apply().held["ann", "course/knife"]
        assert held["due"] > story.as_of + timedelta(days=1) - timedelta(hours=1)


def test_sources_cover_whom_they_say():
    made = scene("ann role=cook", "bob role=cook", **EXISTING, due="2026-05-01").plan()
    due = made.standings[0].rule.automation.due
    found = earliest_due(BitMap([0, 1]), [DueSource(due, covers=BitMap([1]))], NOON, made.world)

    assert np.isnat(found).tolist() == [True, False]
