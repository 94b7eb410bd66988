"""One row of the roster says of its trainee what the whole roster does (D1, P5)."""

from datetime import date

import polars as pl
import pytest

from reconciler.planner.alone import Alone
from reconciler.planner.audience import verdict
from reconciler.planner.index import Index
from reconciler.policy.model import Target
from reconciler.policy.target import clause_of
from tests.builders import NOON, ledger, named, roster, snapshot

TODAY = date(2026, 3, 2)
PEOPLE = (
    "ann role=cook location=austin-1 hired=2026-01-31",
    "bob role=server,cook location=boise-1 brand=bakery",
    "cat role= location=austin-2,boise-1 hired=? activity=unknown",
    "dan activity=inactive badge=red",
)


def index(people=None):
    """Eve is absent from the roster."""
    known = {"ledger": ledger("eve bob")} | ({} if people is None else {"roster": people})
    return Index(snapshot(*PEOPLE, **known), {}, as_of=NOON)


@pytest.mark.parametrize("trainee", ["ann", "bob", "cat", "dan", "eve"])
@named(
    "target",
    {
        "a role": {"role": "cook"},
        "a glob": {"location": "austin-*"},
        "by organization": {"region": "south", "brand": "grill"},
        "a department with what is below it": {"department": "operations"},
        "a required attribute": {"badge": "red"},
        "not": {"not": {"badge": "red"}},
        "hired": {"hire_date": {"on_or_after": "2026-01-01"}},
        "hired before": {"hire_date": {"before": "2026-01-01"}},
        "tenure": {"tenure": {"at_least": "3 months"}},
        "new": {"tenure": {"less_than": "3 months"}},
        "by name": {"trainees": ["ann", "eve", "nobody"]},
        "any": {"any": [{"role": "server"}, {"trainees": ["dan"]}]},
        "everyone": {"everyone": True},
    },
)
def test_a_target_for_one_trainee(target, trainee):
    whole = index()
    position = whole.number_of(trainee)
    clause = clause_of(Target.model_validate(target), {}, {})
    one, every = (verdict(clause, at, today=TODAY) for at in (Alone(whole, position), whole))

    assert (position in one.yes, position in one.undecided, position in one.no) == (
        (position in every.yes, position in every.undecided, position in every.no)
    )


def test_the_others_are_not_there():
    whole = index()
    alone = Alone(whole, whole.number_of("ann"))

    assert alone.roster == alone.activity.active == alone.positions(["ann", "bob"])
    assert not alone.activity.inactive | alone.activity.unknown
    assert list(alone.own_sets("role")) == ["cook"]


@named(
    ("trainee", "day", "activity"),
    {
        "the day before": ("ann", 9, "active"),
        "P5 from that day on": ("ann", 10, "inactive"),
        "P5 whatever the status": ("cat", 10, "inactive"),
        "no termination date": ("bob", 10, "active"),
        "absent": ("eve", 10, "unknown"),
    },
)
def test_who_has_left_on_a_later_day(trainee, day, activity):
    ends = {"ann": date(2026, 4, 10), "cat": date(2026, 4, 10)}
    people = roster(*PEOPLE)
    days = [ends.get(one) for one in people["trainee"]]
    whole = index(people.with_columns(termination_date=pl.Series(days, dtype=pl.Date)))
    position = whole.number_of(trainee)
    later = Alone(whole, position).later(date(2026, 4, day))

    found = [
        name
        for name in ("active", "inactive", "unknown")
        if position in getattr(later.activity, name)
    ]
    assert found == [activity]
    assert later.newcomers.is_empty()
    assert whole.newcomers.to_list() == ["ann", "cat", "dan"]
