"""The enrollments as sets by content and status (A7, A12b)."""

import numpy as np
import polars as pl
import pytest
from pyroaring import BitMap

from reconciler.enrollments import Enrollments
from reconciler.errors import LmsUnfit
from reconciler.planner.holdings import NOT_HELD, STATUSES, Holdings
from reconciler.planner.index import Index
from tests.builders import NOON, holdings, snapshot

CONTENTS = ["course/fire", "course/knife"]


def held(*lines, people=("ann", "bob", "cat", "dan"), contents=CONTENTS):
    told = Enrollments.of(holdings(*lines))
    return Holdings(told, Index(snapshot(*people), {}, as_of=NOON), contents)


def test_enrollments_by_status():
    one = held(
        "ann knife", "bob knife in_progress", "cat knife completed", "dan knife unknown", "ann fire"
    ).of("course/knife")

    assert [set(getattr(one, name)) for name in STATUSES] == [{0}, {1}, {2}, {3}]
    assert set(one.enrolled) == {0, 1, 2, 3}
    assert set(one.open) == {0, 1}


def test_who_ever_completed_it():
    """A12b: status completed, or a completed instant."""
    one = held("ann knife in_progress completed=yes", "bob knife completed", "cat knife")

    assert set(one.ever_completed("course/knife")) == {0, 1}


def test_what_nobody_holds():
    assert held("ann knife").of("course/fire") == NOT_HELD
    assert held().of("course/knife") == NOT_HELD
    assert not NOT_HELD.enrolled


def test_people_that_neither_roster_nor_ledger_knows_are_left_out():
    assert set(held("stranger knife", "bob knife").of("course/knife").enrolled) == {1}


def test_contents_are_those_asked_for_and_those_held():
    found = held("ann knife", contents=["course/fire"])

    assert found.contents == ("course/fire", "course/knife")
    assert set(found.of("course/knife").enrolled) == {0}


def test_instants_in_the_order_of_positions():
    found = held("cat knife completed", "ann knife due=2026-05-01T00:00:00", "ann fire")
    who = BitMap([0, 2])

    assert (
        found.instants("course/knife", "assigned", who).tolist() == [NOON.replace(tzinfo=None)] * 2
    )
    due = found.instants("course/knife", "due", who).astype("datetime64[s]")
    assert np.isnat(due).tolist() == [False, True]


def test_two_rows_for_one_trainee_and_content_are_refused():
    rows = pl.concat([holdings("ann knife"), holdings("ann knife completed", "bob fire")])

    with pytest.raises(LmsUnfit, match="course/knife"):
        Holdings(Enrollments.of(rows), Index(snapshot("ann", "bob"), {}, as_of=NOON), CONTENTS)
