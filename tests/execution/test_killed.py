"""Killed anywhere and run again, it ends in the same state, with nothing twice (promise 4)."""

import shutil
import signal
import subprocess
import sys

import pytest

from reconciler.errors import LmsUnfit
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
