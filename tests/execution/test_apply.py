"""An apply: the ledger first, then the LMS in batches, and exactly what the plan says."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from reconciler.__main__ import run
from reconciler.errors import LedgerUnfit, LmsUnfit, StalePlan
from reconciler.execution.apply import apply
from reconciler.frames import Capabilities
from reconciler.planner.plan import plan
from reconciler.records import SetKey
from tests.execution.site import (
    COOKS,
    HEADER,
    NOON,
    POLICY,
    FailingLms,
    LockedLedger,
    RefusingLms,
    SmallLms,
    carry_out,
    converge,
    held,
    learn,
    planned,
    remembered,
    site,
)

KNIVES, WELCOME = ("automation.knives", "course/knife-safety"), "assignment.welcome"
FIVE = ["E1", "E2", "E3", "E4", "E5"]


@pytest.fixture
def folder(tmp_path):
    return site(tmp_path / "site")


def test_whole(folder):
    made = planned(folder)
    outcome = carry_out(made)

    assert outcome.is_whole
    assert outcome.counts == {"done": 10}
    assert planned(folder).document.is_empty, "D2"


@pytest.mark.parametrize("error", [LedgerUnfit("locked"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("answer", range(1, 6))
def test_an_answer_that_cannot_be_noted(folder, answer, error):
    """Even that of the last batch: nothing says that the run is complete (D2, D8a)."""
    made = planned(folder)
    ledger = LockedLedger(made.workspace.ledger(), answer=answer, error=error)
    outcome = carry_out(made, lms=SmallLms(folder / "lms.db"), ledger=ledger)

    assert not outcome.is_whole
    assert outcome.interruption == (str(error) or "interrupted")
    assert outcome.remaining >= outcome.unnoted > 0
    assert made.workspace.ledger().runs()[-1].state == "partial"
    converge(folder)
    assert len(held(folder)) == 10


def test_the_ledger_comes_first(folder):
    """Nothing could be written into the LMS, and yet all that the apply decided is noted (D8)."""
    made = planned(folder)
    lms = FailingLms(folder / "lms.db", call=1, error=LmsUnfit("gone"))
    outcome = carry_out(made, lms=lms)

    assert (outcome.interruption, outcome.remaining) == ("gone", 10)
    assert held(folder) == []
    automations, orders, sets = remembered(made)
    assert [name for name, *_ in automations] == ["automation.future", "automation.knives"]
    assert [(name, state) for name, _, state, _ in orders] == [(WELCOME, "open")]
    assert sets[SetKey("baseline", "automation.future", "course/fire-safety")] == FIVE
    assert SetKey("gave", *KNIVES) not in sets
    assert made.workspace.ledger().runs()[-1].state == "partial"


def test_batches_are_as_large_as_the_lms_takes(folder):
    lms = SmallLms(folder / "lms.db")
    told = []
    made = planned(folder)
    apply(made.plan, lms, made.workspace.ledger(), clock=lambda: NOON, advance=told.append)
    assert [len(writes) for writes in lms.asked] == told == [2, 2, 2, 2, 2]
    assert len(held(folder)) == 10


def test_a_refused_row_stops_no_other(folder):
    made = planned(folder)
    outcome = carry_out(made, lms=RefusingLms(folder / "lms.db"))

    assert not outcome.is_whole
    assert outcome.counts == {"done": 8, "refused": 2}
    assert set(outcome.troubles["trainee"]) == {"E3"}
    assert {row[0] for row in held(folder)} == {"E1", "E2", "E4", "E5"}
    assert remembered(made)[2][SetKey("gave", *KNIVES)] == ["E1", "E2", "E4", "E5"]

    again = planned(folder)
    assert set(again.saved_actions["trainee"]) == {"E3"}
    assert carry_out(again).is_whole
    assert planned(folder).document.is_empty


def test_what_cannot_be_written_is_status_6(folder, capsys):
    stubborn = (
        "CREATE TRIGGER full BEFORE INSERT ON enrollment WHEN new.trainee = 'E3' "
        "BEGIN SELECT raise(ABORT, 'the seats are taken'); END"
    )
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        lms.execute(stubborn)
    assert run(["apply", "--auto-approve", "-C", str(folder)]) == 6
    said = " ".join(capsys.readouterr().out.split())
    assert "the seats are taken" in said
    assert "plan and apply again" in said

    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        lms.execute("DROP TRIGGER full")
    assert run(["apply", "--auto-approve", "-C", str(folder)]) == 0
    assert len(held(folder)) == 10


def test_an_apply_writes_what_was_in_its_plan_and_nothing_else(folder):
    """Assigning, moving due dates and removing in one plan, row by row (D7)."""
    carry_out(planned(folder))
    for trainee, status in (("E1", "completed"), ("E2", "in_progress")):
        learn(folder, trainee, "course/knife-safety", status)
    roster = (
        COOKS.replace("E4,austin-1,cook", "E4,austin-1,server") + "E6,austin-1,cook,2026-03-03,A\n"
    )
    (folder / "roster.csv").write_text(roster)
    text = POLICY.replace("{days: 14}", "{days: 28, update_existing: true}")
    (folder / "policies/rules.yaml").write_text(text)

    before = {row[:2]: row[2:] for row in held(folder)}
    made = planned(folder, day=1)
    assert carry_out(made).is_whole
    after = {row[:2]: row[2:] for row in held(folder)}

    rows = made.saved_actions.with_columns(pl.col("content").cast(str), pl.col("action").cast(str))
    told = {(row["trainee"], row["content"]): row for row in rows.iter_rows(named=True)}
    assert {row["action"] for row in told.values()} == {"assign", "reschedule", "remove"}
    assert {
        key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
    } == set(told)
    for key, row in told.items():
        due = row["due"] and int(row["due"].timestamp())
        match row["action"]:
            case "assign":
                assigned = int(row["assigned"].timestamp())
                assert key not in before
                assert after[key] == ("not_started", 1, assigned, due, None)
            case "reschedule":
                assert after[key] == (*before[key][:3], due, before[key][4])
            case "remove":
                assert key not in after
    assert planned(folder, day=1).document.is_empty, "D2"


def test_what_is_completed_is_never_touched(folder):
    carry_out(planned(folder))
    for content in ("course/knife-safety", "module/onboarding"):
        learn(folder, "E1", content, "completed")
    done = [row for row in held(folder) if row[2] == "completed"]
    (folder / "roster.csv").write_text(
        COOKS.replace(",A\n", ",T\n") + "E6,austin-1,cook,2026-01-01,A\n"
    )
    (folder / "policies/rules.yaml").write_text(
        POLICY.replace("{days: 14}", "{days: 1, update_existing: true}")
    )
    carry_out(planned(folder, day=1))

    assert [row for row in held(folder) if row[2] == "completed"] == done, "D3"
    assert len(held(folder)) < 10, "others have exited"


def test_who_completes_between_plan_and_apply_keeps_it(folder):
    """The plan would remove; the LMS is asked for the status that the plan saw (A12, D3)."""
    carry_out(planned(folder))
    (folder / "roster.csv").write_text(COOKS.replace("cook", "server"))
    made = planned(folder, day=1)
    learn(folder, "E1", "course/knife-safety", "completed")
    learn(folder, "E2", "course/knife-safety", "in_progress")
    outcome = carry_out(made)

    left = [row[:3] for row in held(folder) if row[1] == "course/knife-safety"]
    assert left == [
        ("E1", "course/knife-safety", "completed"),
        ("E2", "course/knife-safety", "in_progress"),
    ]
    assert outcome.counts == {"done": 3, "refused": 1, "skipped": 1}


def test_two_applies_of_one_state(folder):
    first, second = planned(folder), planned(folder)
    carry_out(first)
    before = held(folder)
    with pytest.raises(StalePlan):
        carry_out(second)
    assert held(folder) == before


def test_an_order_is_carried_out_once(folder):
    """A joiner is not in it, what was removed by hand is not given again, its as-of stays (M4)."""
    lms = FailingLms(folder / "lms.db", call=4, error=LmsUnfit("gone"))
    carry_out(planned(folder), lms=lms)
    order = [row for row in held(folder) if row[1] == "module/onboarding"]
    assert 0 < len(order) < 5

    (folder / "roster.csv").write_text(COOKS + "E6,austin-1,cook,2026-03-03,A\n")
    with closing(sqlite3.connect(folder / "lms.db")) as database, database:
        database.execute("DELETE FROM progress WHERE trainee = ?", order[0][:1])
        database.execute("DELETE FROM enrollment WHERE trainee = ? AND content = ?", order[0][:2])
    assert carry_out(planned(folder, day=1)).is_whole
    after = [row for row in held(folder) if row[1] == "module/onboarding"]

    assert {row[0] for row in after} == set(FIVE) - {order[0][0]}
    assert {row[4] for row in after} == {int(NOON.timestamp())}, "D7: the as-of of the order"
    assert carry_out(planned(folder, day=2)).counts == {}
    assert [row for row in held(folder) if row[1] == "module/onboarding"] == after


def test_an_empty_apply_notes_whom_it_saw(folder):
    carry_out(planned(folder))
    (folder / "roster.csv").write_text(
        HEADER + COOKS.removeprefix(HEADER).partition("\n")[0] + "\n"
    )
    carry_out(planned(folder, day=5))
    state = planned(folder, day=6).workspace.ledger().state()

    ids = state.trainees.to_list()
    assert {ids[number]: seen for number, seen in state.last_seen.items()} == dict.fromkeys(
        FIVE[1:], NOON
    ), "P5"
    assert state.last_as_of == NOON + timedelta(days=5)


TWO_RULES = """\
automations:
  a: {assign: course/knife-safety, target: {role: cook}, scope: future-and-existing}
  b: {assign: course/knife-safety, target: {trainees: [E3]}, scope: future-and-existing}
"""
RULE_AND_ORDER = """\
automations:
  a: {assign: course/knife-safety, target: {trainees: [E1, E2]}, scope: future-and-existing}
assignments:
  recall: {assign: course/knife-safety, target: {trainees: [E2, E3, E4]}}
"""
A, B = (SetKey("gave", f"automation.{name}", "course/knife-safety") for name in "ab")


class RoomyLms(RefusingLms):
    """Takes all rows in one batch, and refuses E3."""

    batch = 1000


def enroll_by_hand(folder, trainee, content):
    """What an administrator of the LMS does, between a plan and its apply."""
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        lms.execute("INSERT OR IGNORE INTO trainee VALUES (?)", [trainee])
        lms.execute(
            "INSERT INTO enrollment (content, trainee, status, version, assigned) "
            "VALUES (?, ?, 'in_progress', 1, 1)",
            (content, trainee),
        )


def test_a_refused_row_beside_another_decision_about_the_content_is_not_given(tmp_path):
    """One batch, one content, two decisions: each row has its own outcome."""
    folder = site(tmp_path / "site", policy=TWO_RULES)
    made = planned(folder)
    assert len({d.causes for d in made.plan.decisions}) == 2
    outcome = carry_out(made, lms=RoomyLms(folder / "lms.db"))

    assert outcome.counts == {"done": 4, "refused": 1}
    sets = remembered(made)[2]
    assert sets[A] == ["E1", "E2", "E4", "E5"]
    assert B not in sets
    again = planned(folder)
    assert again.saved_actions["trainee"].to_list() == ["E3"]
    assert [d.effect for d in again.plan.decisions] == ["new"], "not drift"


def test_what_somebody_else_gave_meanwhile_stays_foreign(tmp_path):
    """A16: the row is `already`, so no later retirement takes it."""
    policy = TWO_RULES.replace("existing}", "existing, on_exit: remove}")
    folder = site(tmp_path / "site", policy=policy)
    made = planned(folder)
    enroll_by_hand(folder, "E3", "course/knife-safety")

    assert carry_out(made).counts == {"already": 1, "done": 4}
    sets = remembered(made)[2]
    assert sets[A] == ["E1", "E2", "E4", "E5"]
    assert B not in sets
    (folder / "policies/rules.yaml").write_text("automations: {}\n")
    assert sorted(planned(folder, day=1).saved_actions["trainee"]) == ["E1", "E2", "E4", "E5"]


def test_the_refused_row_of_an_order_stays_open(tmp_path):
    """M4: beside rows that an automation has caused too."""
    folder = site(tmp_path / "site", policy=RULE_AND_ORDER)
    made = planned(folder)
    assert len({d.causes for d in made.plan.decisions}) == 3
    carry_out(made, lms=RoomyLms(folder / "lms.db"))

    _, orders, sets = remembered(made)
    assert [(name, state) for name, _, state, _ in orders] == [("assignment.recall", "open")]
    assert sets[SetKey("open", "assignment.recall")] == ["E3"]
    assert carry_out(planned(folder)).is_whole
    assert [state for _, _, state, _ in remembered(made)[1]] == ["done"]
    assert {row[0] for row in held(folder)} == {"E1", "E2", "E3", "E4"}


def test_an_apply_that_leaves_an_open_row_is_partial(folder):
    """D2: nothing failed, so its status is 0; the order goes on when the person is known again."""
    full = (
        "CREATE TRIGGER full BEFORE INSERT ON enrollment WHEN new.trainee = 'E3' "
        "BEGIN SELECT raise(ABORT, 'full'); END"
    )
    apply_it = ["apply", "--auto-approve", "-C", str(folder)]
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        lms.execute(full)
    assert run(apply_it) == 6
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        lms.execute("DROP TRIGGER full")
    (folder / "roster.csv").write_text(COOKS.replace("2020-01-03,A", "2020-01-03,?"))
    assert run(apply_it) == 0
    (folder / "roster.csv").write_text(COOKS)
    assert run(apply_it) == 0

    runs = planned(folder).workspace.ledger().runs()
    assert [one.state for one in runs] == ["partial", "partial", "complete"]


def test_an_apply_with_blocked_rows_is_partial(folder):
    """D2, D6: what the LMS cannot do is left, and is no failure."""
    made = planned(folder)
    cannot = Capabilities(creates_accounts=True, modules=False)
    snapshot = replace(made.observation.snapshot, capabilities=cannot)
    blocked = replace(made, plan=plan(snapshot, made.observation.policies, as_of=NOON))
    outcome = carry_out(blocked)

    assert outcome.is_whole
    assert outcome.counts == {"done": 5}
    assert made.workspace.ledger().runs()[-1].state == "partial"
