"""Killed anywhere between orders that start over and take away, and run again (M3, M4)."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from reconciler.records import SetKey
from tests.execution.site import (
    NOON,
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

KNIFE = "course/knife-safety"
LEDGER_CALLS = range(1, 14)
ORDERS = """\
reassignments:
  knives-again:
    content: course/knife-safety
    target: {role: cook}
  parts-again:
    content: module/onboarding
    courses: [fire-safety]
    target: {role: cook}
removals:
  no-fire:
    content: course/fire-safety
    target: {everyone: true}
    in_progress: remove
"""
FIRE = """\
automations:
  fires:
    assign: course/fire-safety
    target: {role: cook}
    scope: future-and-existing
  knives:
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
assignments:
  welcome:
    assign: module/onboarding
    target: {role: cook}
"""
RETAKEN = """\
automations:
  knives:
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
"""
AUDIT = """\
reassignments:
  audit:
    content: course/knife-safety
    target: {role: cook}
    completed: retake
"""


def second_day(folder):
    """Everybody has everything; some of it is begun, some completed, one retake is open."""
    site(folder, policy=FIRE)
    carry_out(planned(folder))
    for trainee, content, status in (
        ("E1", "course/knife-safety", "completed"),
        ("E2", "course/knife-safety", "in_progress"),
        ("E3", "course/knife-safety", "completed"),
        ("E1", "module/onboarding", "completed"),
        ("E2", "course/fire-safety", "in_progress"),
        ("E3", "course/fire-safety", "completed"),
    ):
        learn(folder, trainee, content, status)
    (folder / "policies/rules.yaml").write_text(FIRE + ORDERS)
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


def killed(folder, call, *, after):
    made = planned(folder, day=1)
    ledger = DyingLedger(made.workspace.ledger(), call=call, after=after)
    try:
        carry_out(made, lms=SmallLms(folder / "lms.db"), ledger=ledger)
    except Killed:
        return True
    return False


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", LEDGER_CALLS)
def test_killed_and_run_again(call, after, folder, uninterrupted):
    killed(folder, call, after=after)
    converge(folder, day=1)

    enrollments, memory = uninterrupted
    assert held(folder) == enrollments
    assert remembered(planned(folder, day=1)) == memory


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_order_on_enrollments_without_an_instant_is_carried_out(tmp_path, after):
    """As an export leaves them: nothing tells that a retake was done but the status (D8e)."""
    folder = site(tmp_path / "site", policy=RETAKEN)
    carry_out(planned(folder))
    for number in range(1, 6):
        learn(folder, f"E{number}", KNIFE, "completed")
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        lms.execute("UPDATE enrollment SET assigned = NULL")
    (folder / "policies/again.yaml").write_text(AUDIT)
    lms = FailingLms(folder / "lms.db", call=1, error=Killed(), after=after)
    with pytest.raises(Killed):
        carry_out(planned(folder, day=1), lms=lms)

    converge(folder, day=2)
    assert {row[2] for row in held(folder)} == {"not_started"}
    state = planned(folder, day=2).workspace.ledger().state()
    assert [order.state for order in state.orders] == ["done"]
    assert len(state.sets[SetKey("gave", "reassignment.audit", KNIFE)]) == 5


def test_all_orders_have_rows(folder):
    """Or nothing above would be tested."""
    told = {order.id: order for order in planned(folder, day=1).document.orders}

    assert told["reassignment.knives-again"].losses.restart == 1
    assert told["reassignment.knives-again"].losses.retake == 2
    assert told["reassignment.parts-again"].losses.retake == 1
    assert told["removal.no-fire"].removes == 4


@pytest.mark.parametrize("call", LEDGER_CALLS)
def test_progress_that_was_made_since_is_not_lost(call, folder):
    """M4: who has completed the retake before the next run is not asked again."""
    if not killed(folder, call, after=True):
        return
    instant = int((NOON + timedelta(days=1)).timestamp())
    restarted = [row[:2] for row in held(folder) if row[1] == KNIFE and row[4] == instant]
    for trainee, content in restarted:
        learn(folder, trainee, content, "completed")
    done = [row for row in held(folder) if row[:2] in restarted]
    converge(folder, day=2)

    assert [row for row in held(folder) if row[:2] in restarted] == done
    retaken = {row[:2] for row in held(folder) if row[1] == KNIFE and row[4] == instant}
    assert retaken == {("E1", KNIFE), ("E2", KNIFE), ("E3", KNIFE)}, "the rest, by its as-of"
