"""When that is due what a rule gives, and for whom that is later than the rule says (A9)."""

from datetime import date, timedelta

import pytest

from reconciler.planner.due import DueSource, postponed
from reconciler.planner.sets import union
from reconciler.review.dues import due_dates
from reconciler.review.words import POSTPONED, due_in_words
from tests.builders import ids, named, scene

EXISTING = {"scope": "future-and-existing"}
TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)
MORE = [str(TODAY + timedelta(days)) for days in (-40, -1, 0, 1, 7, 40)]


def after(day, days, **more):
    return {"days": days, "after": day, **more}


@named(
    ("keys", "people", "said"),
    {
        "nothing is due": ({}, ["ann role=cook"], []),
        "nobody gets it": ({"due": "2026-03-20"}, ["ann role=server"], []),
        "a day": ({"due": "2026-03-20"}, ["ann role=cook"], ["Due: 2026-03-20."]),
        "tomorrow is no later than it says": (
            {"due": "2026-03-03"},
            ["ann role=cook"],
            ["Due: 2026-03-03."],
        ),
        "a day that is over": (
            {"due": "2026-03-01"},
            ["ann role=cook", "bob role=cook"],
            [f"Due: 2026-03-03; postponed for 2 {POSTPONED}."],
        ),
        "from the hire dates": (
            {"due": after("hire_date", 30)},
            [
                "ann role=cook hired=2026-02-20",
                "bob role=cook hired=2026-02-25",
                "cid role=cook hired=?",
            ],
            ["Due: 2026-03-22 to 2026-03-27."],
        ),
        "hired long ago": (
            {"due": after("hire_date", 30)},
            ["ann role=cook hired=2026-02-20", "bob role=cook hired=2010-01-01"],
            [f"Due: 2026-03-03 to 2026-03-22; postponed for 1 {POSTPONED}."],
        ),
        "a hire date to come": (
            {"due": {"days": 14}},
            ["ann role=cook hired=2026-03-02", "bob role=cook hired=2026-05-01"],
            [f"Due: 2026-03-16 to 2026-05-02; postponed for 1 {POSTPONED}."],
        ),
    },
)
def test_what_is_said_of_a_rule(keys, people, said):
    made = scene(*people, **EXISTING, **keys).plan()

    assert due_in_words(due_dates(made).get("automation.knife")) == said


def test_what_is_moved_has_a_day_and_is_not_postponed():
    """Nobody was told the day that an edit says (A9b)."""
    story = scene("ann role=cook", **EXISTING, due={"date": "2026-04-01"}).apply()
    edited = story.edit(due={"date": "2026-03-01", "update_existing": True}).plan()

    (dues,) = due_dates(edited).values()
    assert (dues.first, dues.last, dues.postponed) == (TOMORROW, TOMORROW, 0)


def test_whoever_has_it_already_is_not_counted():
    story = scene("ann role=cook", "bob role=cook", **EXISTING, due="2026-03-01")
    made = story.enroll("ann knife not_started").plan()

    assert due_dates(made)["automation.knife"].postponed == 1


def test_each_rule_of_a_joint_assignment_tells_its_own():
    """A8: the earliest of them is written; who says a day that is over is told so."""
    rule = {"assign": "course/knife", "target": {"role": "cook"}, **EXISTING}
    rules = {
        name: {**rule, "due": due} for name, due in (("old", "2026-01-01"), ("new", "2026-05-01"))
    }
    dues = due_dates(scene("ann role=cook", rules={"automations": rules}).plan())

    assert {name: one.postponed for name, one in dues.items()} == {
        "automation.new": 0,
        "automation.old": 1,
    }
    assert {one.first for one in dues.values()} == {TOMORROW}


@pytest.mark.parametrize("least", [0, 1, 7])
@pytest.mark.parametrize(
    "due", ["hire_date 0", "hire_date 30", "assignment 0", "assignment 30", *MORE]
)
def test_postponed_are_those_whose_written_day_may_not_be_written(due, least):
    """A9, A9c, told person by person; an unknown hire date puts nothing off."""
    days = {f"p{n}": TODAY + timedelta(n) for n in (-4000, -31, -30, -29, -8, -1, 0, 1, 7, 40)}
    people = [
        *(f"{who} role=cook hired={day}" for who, day in days.items()),
        "px role=cook hired=?",
    ]
    after, _, count = due.partition(" ")
    keys = {"days": int(count), "after": after} if count else {"date": due}
    made = scene(*people, **EXISTING, due={**keys, "no_earlier_than": least}).plan()
    read = made.standings[0].rule.automation.due

    def is_late(hired):
        begins = {"hire_date": hired, "assignment": TODAY}.get(after)
        if count and begins is None:
            return False
        written = begins + timedelta(int(count)) if count else date.fromisoformat(due)
        return written < max(TODAY, hired or TODAY) + timedelta(least)

    late = {who for who, hired in {**days, "px": None}.items() if is_late(hired)}
    everybody = union(one.trainees for one in made.decisions)
    assert ids(made, postponed(DueSource(read), everybody, made.world)) == late
