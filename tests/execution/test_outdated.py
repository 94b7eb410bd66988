"""A plan is carried out only in the ledger as it read it (D7h, D8d)."""

from threading import Event

import polars as pl
import pytest

from reconciler import observation
from reconciler.__main__ import run
from reconciler.commands import applying
from reconciler.commands.applying import apply_approved
from reconciler.commands.approving import Approved
from reconciler.commands.clock import now
from reconciler.commands.options import console
from reconciler.errors import Exit, StalePlan
from reconciler.execution.lease import Patience, leased
from reconciler.frames import OUTCOMES
from reconciler.ledger.lease import Holder
from reconciler.ledger.ledger import Ledger
from reconciler.lms.local.adapter import LocalLms
from reconciler.records import SetKey
from reconciler.workspace import Workspace, open_workspace
from tests.execution.site import (
    NOON,
    FailingLms,
    Killed,
    SmallLms,
    carry_out,
    held,
    planned,
    site,
)  # fmt: skip

POLICY = """\
automations:
  knives:
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
    on_exit: remove
"""
GAVE = SetKey("gave", "automation.knives", "course/knife-safety")


class LateLms(SmallLms):
    """Its only call times out, and is carried out when ``late`` is called."""

    batch = 5

    def __init__(self, path, meanwhile):
        super().__init__(path)
        self.meanwhile = meanwhile

    def _carry_out(self, write, writes):
        self.meanwhile()
        self.late = lambda: SmallLms._carry_out(self, write, writes)
        told = writes.select("trainee", "content", result=pl.lit("unknown"), detail=pl.lit("slow"))
        return OUTCOMES.cast(told)


@pytest.fixture
def folder(tmp_path):
    return site(tmp_path / "site", policy=POLICY)


def test_a_plan_made_while_a_run_was_at_work_closes_none_of_its_rows(folder):
    """What that run has sent comes late; by what was read before it, nobody would have given it."""
    plans = []
    lms = LateLms(folder / "lms.db", lambda: plans.append(planned(folder, day=1)))
    assert not carry_out(planned(folder), lms=lms).is_whole
    lms.late()
    with pytest.raises(StalePlan):
        carry_out(plans[0])

    later = planned(folder, day=2)
    assert carry_out(later).is_whole
    assert len(later.workspace.ledger().state().sets[GAVE]) == len(held(folder)) == 5
    roster = folder / "roster.csv"
    roster.write_text(roster.read_text().replace("cook", "server"))
    assert carry_out(planned(folder, day=3)).is_whole
    assert held(folder) == [], "who leaves loses what was given"


def test_a_rule_that_is_forgotten_while_somebody_is_asked_is_not_applied_as_it_was(
    folder, monkeypatch, capsys
):
    assert run(["apply", "--auto-approve", "-C", str(folder)]) == 0
    (folder / "policies/rules.yaml").write_text(POLICY.replace("remove", "keep"))

    def forgotten_meanwhile(*_, **__):
        assert run(["state", "forget", "knives", "-C", str(folder)]) == 0

    monkeypatch.setattr(applying.sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(applying.typer, "confirm", forgotten_meanwhile)

    assert run(["apply", "-C", str(folder)]) == Exit.STALE
    assert "plan again" in " ".join(capsys.readouterr().err.split())
    assert planned(folder).workspace.ledger().state().automations == ()


def applied(made):
    out = console(no_color=True)
    return apply_approved(Approved(made), out, patience=Patience(), no_color=True)


def test_by_what_was_read_while_a_run_was_at_work_none_of_its_rows_is_settled(folder, monkeypatch):
    """Also where that run was killed afterwards, and noted nothing more (D8d)."""
    monkeypatch.setattr(applying, "now", lambda: NOON)
    with pytest.raises(Killed):
        carry_out(planned(folder), lms=FailingLms(folder / "lms.db", call=2, error=Killed()))
    with leased(planned(folder).workspace.ledger(), Holder("ada"), clock=now):
        amid = planned(folder)
    with pytest.raises(StalePlan, match="at work when this plan was made"):
        applied(amid)
    assert amid.workspace.ledger().state().intents

    assert applied(planned(folder)) == 0
    assert len(held(folder)) == 5


def test_what_is_noted_after_the_lms_was_read_makes_a_plan_stale(folder, monkeypatch):
    """Ledger and LMS are read at once: what it says later may be of another moment (D7h)."""
    carry_out(planned(folder))
    holdings, state, was_read = LocalLms.holdings, Ledger.state, Event()

    def read(lms, contents):
        found = holdings(lms, contents)
        was_read.set()
        return found

    def state_after_a_note(ledger, *, undo=None):
        assert was_read.wait(60)
        ledger.forget("automation.knives", by="eve", now=NOON)
        return state(ledger, undo=undo)

    monkeypatch.setattr(LocalLms, "holdings", read)
    monkeypatch.setattr(Ledger, "state", state_after_a_note)
    made = planned(folder, day=1)
    with pytest.raises(StalePlan):
        carry_out(made)


def test_what_is_noted_after_the_ledger_was_read_makes_a_plan_stale(folder, monkeypatch):
    """Here before the LMS is read, while there are many policies to read (D7h)."""
    carry_out(planned(folder))
    survey = observation.survey_policies
    begin, states = Workspace.begin_to_remember, []

    def remembered(workspace, *, undo):
        found = begin(workspace, undo=undo)
        states.append(found.state)
        return found

    def surveyed(*place):
        states[-1].result()
        open_workspace(folder).ledger().forget("automation.knives", by="eve", now=NOON)
        return survey(*place)

    monkeypatch.setattr(Workspace, "begin_to_remember", remembered)
    monkeypatch.setattr(observation, "survey_policies", surveyed)
    made = planned(folder, day=1)
    with pytest.raises(StalePlan):
        carry_out(made)
