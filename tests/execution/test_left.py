"""What an apply has written is no drift, however it ended (A13e)."""

import sqlite3
from contextlib import closing, suppress

import polars as pl
import pytest

from reconciler.errors import LmsUnfit
from reconciler.frames import INSTANT
from reconciler.planner.drift import DriftClass, drift
from tests.execution.site import (
    DyingLedger,
    FailingLms,
    Killed,
    RefusingLms,
    SmallLms,
    carry_out,
    converge,
    held,
    planned,
    site,
)
from tests.execution.test_killed import LEDGER_CALLS, UnsureLms, second_day


def drifted(folder, *, day=0):
    made = planned(folder, day=day)
    ids = made.plan.world.index.ids
    findings = drift(made.plan, made.workspace.ledger().last_apply()).findings
    return {(one.change, one.content, ids[n]) for one in findings for n in one.trainees}


GONE = LmsUnfit("gone")
ENDS = {
    # the story: an LMS that goes wrong in the second of its calls or later
    "no answer, and it was written": lambda path: UnsureLms(path, writes=True),
    "no answer, and it was not": lambda path: UnsureLms(path, writes=False),
    "refused for one": RefusingLms,
    "away before it wrote": lambda path: FailingLms(path, call=3, error=GONE),
    "away when it had written": lambda path: FailingLms(path, call=3, error=GONE, after=True),
    "as it should be": SmallLms,
}


@pytest.mark.parametrize("lms", ENDS.values(), ids=ENDS)
def test_a_run_that_did_not_end_well(lms, tmp_path):
    folder = second_day(tmp_path / "site")
    carry_out(planned(folder, day=1), lms=lms(folder / "lms.db"))
    assert drifted(folder, day=1) == set()
    converge(folder, day=1)
    assert drifted(folder, day=1) == set()


@pytest.mark.parametrize("call", LEDGER_CALLS)
def test_a_run_that_was_killed(call, tmp_path):
    """Before the ledger notes what the LMS has written, and after."""
    folder = second_day(tmp_path / "site")
    made = planned(folder, day=1)
    ledger = DyingLedger(made.workspace.ledger(), call=call, after=False)
    with suppress(Killed):  # the last of these calls does not come: then it has ended
        carry_out(made, lms=SmallLms(folder / "lms.db"), ledger=ledger)
    assert drifted(folder, day=1) == set()


class RacingLms(SmallLms):
    """Somebody else is faster by one call: E3 is enrolled by hand."""

    def _carry_out(self, write, writes):
        if not self.asked:
            nothing = pl.lit(None, INSTANT)
            by_hand = writes.filter(trainee="E3").with_columns(due=nothing, assigned=nothing)
            super()._carry_out(write, by_hand)
        return super()._carry_out(write, writes)


def test_who_was_enrolled_meanwhile_has_no_due_date_of_ours(tmp_path):
    """What we asked for was so already: it is no drift, whatever date it has."""
    folder = site(tmp_path / "site")
    lms = RacingLms(folder / "lms.db")
    lms.batch = 1000
    outcome = carry_out(planned(folder), lms=lms)
    assert outcome.counts["already"] == 2
    assert any(row[5] is None and row[0] == "E3" for row in held(folder))
    assert drifted(folder) == set()


def test_what_changed_between_plan_and_apply_is_drift(tmp_path):
    """The plan saw an enrollment, and before anything was written somebody took it away."""
    folder = second_day(tmp_path / "site")
    made = planned(folder, day=1)
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        lms.execute("DELETE FROM enrollment WHERE trainee = 'E2' AND content LIKE '%knife%'")
    carry_out(made)
    assert drifted(folder, day=1) == {(DriftClass.MISSING, "course/knife-safety", "E2")}
