"""Killed anywhere and run again, it ends in the same state, with nothing twice (promise 4)."""

import shutil
import signal
import subprocess
import sys

import polars as pl
import pytest

from reconciler.errors import LmsUnfit
from reconciler.frames import OUTCOMES
from reconciler.records import SetKey
from tests.commands.desk import PROJECT
from tests.execution.site import (
    COOKS,
    POLICY,
    DyingLedger,
    FailingLms,
    Killed,
    SmallLms,
    carry_out,
    converge,
    held,
    learn,
    planned,
    remembered,
    site,
)

LEDGER_CALLS = range(1, 11)


def second_day(folder):
    """A site that has been applied once and is to assign, to move due dates and to remove."""
    site(folder)
    carry_out(planned(folder))
    learn(folder, "E1", "course/knife-safety", "completed")
    roster = COOKS.replace("E4,austin-1,cook", "E4,austin-1,server")
    (folder / "roster.csv").write_text(
        roster + "E6,austin-1,cook,2026-03-03,A\nE7,austin-1,cook,2026-03-03,A\n"
    )
    text = POLICY.replace("{days: 14}", "{days: 28, update_existing: true}")
    (folder / "policies/rules.yaml").write_text(
        text + "  again:\n    assign: module/onboarding\n    target: {trainees: [E6]}\n"
    )
    return folder


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return second_day(tmp_path_factory.mktemp("prepared") / "site")


@pytest.fixture
def folder(prepared, tmp_path):
    shutil.copytree(prepared, tmp_path / "site")
    return tmp_path / "site"


@pytest.fixture(scope="module")
def uninterrupted(prepared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "site"
    shutil.copytree(prepared, folder)
    converge(folder, day=1)
    return held(folder), remembered(planned(folder, day=1))


# Between two calls of the ledger there is one of the LMS, so this is every place to die at.
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", LEDGER_CALLS)
def test_killed_and_run_again(call, after, folder, uninterrupted):
    made = planned(folder, day=1)
    ledger = DyingLedger(made.workspace.ledger(), call=call, after=after)
    try:
        carry_out(made, lms=SmallLms(folder / "lms.db"), ledger=ledger)
    except Killed:
        converge(folder, day=1)

    enrollments, memory = uninterrupted
    assert held(folder) == enrollments
    assert remembered(planned(folder, day=1)) == memory


def test_what_was_written_unnoted_still_goes_on_exit(folder):
    """Killed between the write to the LMS and its note in the ledger: it is ours all the same."""
    made = planned(folder, day=1)
    ledger = DyingLedger(made.workspace.ledger(), call=2, after=False)
    with pytest.raises(Killed):
        carry_out(made, lms=SmallLms(folder / "lms.db"), ledger=ledger)
    converge(folder, day=1)
    roster = (folder / "roster.csv").read_text()
    (folder / "roster.csv").write_text(roster.replace("cook,2026-03-03", "server,2026-03-03"))
    converge(folder, day=2)

    left = {row[0] for row in held(folder) if row[1].startswith("course/")}
    assert not left & {"E6", "E7"}, "A12: on_exit: remove"


@pytest.mark.parametrize("call", [1, 3, 5])
def test_an_lms_that_goes_away(call, folder, uninterrupted):
    lms = FailingLms(folder / "lms.db", call=call, error=LmsUnfit("gone"))
    assert carry_out(planned(folder, day=1), lms=lms).interruption == "gone"
    converge(folder, day=1)

    assert held(folder) == uninterrupted[0]
    assert remembered(planned(folder, day=1)) == uninterrupted[1]


SCRIPT = """
import os, signal, sys
from pathlib import Path
from tests.execution.site import SmallLms, carry_out, planned

class Doomed(SmallLms):
    def _carry_out(self, write, writes):
        if len(self.asked) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._carry_out(write, writes)

folder = Path(sys.argv[1])
carry_out(planned(folder, day=1), lms=Doomed(folder / "lms.db"))
"""


def test_by_a_real_signal(folder, uninterrupted):
    before = held(folder)
    died = subprocess.run([sys.executable, "-c", SCRIPT, str(folder)], cwd=PROJECT, check=False)
    assert died.returncode == -signal.SIGKILL
    assert held(folder) not in (before, uninterrupted[0])
    assert planned(folder, day=1).workspace.ledger().runs()[-1].state == "running"

    converge(folder, day=1)
    assert held(folder) == uninterrupted[0]
    assert remembered(planned(folder, day=1)) == uninterrupted[1]


STOPS = {"Ctrl-C": KeyboardInterrupt(), "a gateway that gives up": LmsUnfit("timeout")}


@pytest.mark.parametrize("call", [1, 3, 5])
@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS.keys())
def test_stopped_when_the_lms_has_written_already(stop, call, folder, uninterrupted):
    """What was sent stays noted, and the next plan asks the LMS what became of it."""
    made = planned(folder, day=1)
    lms = FailingLms(folder / "lms.db", call=call, error=stop, after=True)
    outcome = carry_out(made, lms=lms)

    assert outcome.interruption
    assert made.workspace.ledger().state().intents
    converge(folder, day=1)
    assert held(folder) == uninterrupted[0]
    assert remembered(planned(folder, day=1)) == uninterrupted[1]
    assert not made.workspace.ledger().state().intents


def test_an_order_that_was_stopped_after_its_last_write_is_done(tmp_path):
    """M4: and all that was written is known as given."""
    folder = site(tmp_path / "site")
    lms = FailingLms(folder / "lms.db", call=1, error=KeyboardInterrupt(), after=True)
    lms.batch = 1000
    assert carry_out(planned(folder), lms=lms).remaining == 10
    written = held(folder)
    assert len(written) == 10

    made = planned(folder)
    assert made.saved_actions.is_empty()
    carry_out(made)
    _, orders, sets = remembered(made)
    assert [(name, state) for name, _, state, _ in orders] == [("assignment.welcome", "done")]
    for key in (
        SetKey("gave", "automation.knives", "course/knife-safety"),
        SetKey("gave", "assignment.welcome", "module/onboarding"),
    ):
        assert sets[key] == ["E1", "E2", "E3", "E4", "E5"], key
    assert held(folder) == written, "nothing twice"


class UnsureLms(SmallLms):
    """Does not know what became of the rows of one trainee, and may have written them."""

    def __init__(self, path, *, writes):
        super().__init__(path)
        self.writes = writes

    def _carry_out(self, write, writes):
        unsure = pl.col("trainee") == "E3"
        outcomes = super()._carry_out(write, writes if self.writes else writes.filter(~unsure))
        unknown = writes.filter(unsure).select(
            "trainee", "content", result=pl.lit("unknown"), detail=pl.lit("no answer")
        )
        return pl.concat([outcomes.filter(~unsure), OUTCOMES.cast(unknown)])


@pytest.mark.parametrize("writes", [True, False], ids=["written", "not written"])
def test_a_row_of_unknown_outcome_is_settled_by_the_next_plan(writes, tmp_path):
    """The rows of later batches do not make it forgotten."""
    folder = site(tmp_path / "site")
    made = planned(folder)
    outcome = carry_out(made, lms=UnsureLms(folder / "lms.db", writes=writes))
    assert outcome.counts == {"done": 8, "unknown": 2}
    state = made.workspace.ledger().state()
    assert {state.trainees[n] for one in state.intents for n in one.trainees} == {"E3"}
    assert {one.content for one in state.intents} == {"course/knife-safety", "module/onboarding"}

    assert set(planned(folder).saved_actions["trainee"]) == (set() if writes else {"E3"})
    converge(folder)
    whole = site(tmp_path / "whole")
    converge(whole)
    assert held(folder) == held(whole)
    assert remembered(planned(folder)) == remembered(planned(whole))


def test_unknown_and_then_stopped(tmp_path):
    """Both are kept: the rows without an answer, and the batch that was under way."""

    class Unlucky(UnsureLms):
        def _carry_out(self, write, writes):
            outcomes = super()._carry_out(write, writes)
            if len(self.asked) == 4:
                raise KeyboardInterrupt
            return outcomes

    folder = site(tmp_path / "site")
    made = planned(folder)
    carry_out(made, lms=Unlucky(folder / "lms.db", writes=True))
    assert len(held(folder)) == 8

    converge(folder)
    whole = site(tmp_path / "whole")
    converge(whole)
    assert held(folder) == held(whole)
    assert remembered(planned(folder)) == remembered(planned(whole))
