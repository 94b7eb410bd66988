"""What is remembered of rows until they are finished survives a run that was cut off (D8, G4b)."""

import pytest

from reconciler.errors import HeldByGuard
from reconciler.execution.apply import check_appliable
from tests.execution.site import NOON, FailingLms, Killed, carry_out, converge, held, planned, site

RULES = """\
automations:
  knives:
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
    guards: {assign: 1}
"""
LIFTS = """\
lifts:
  rollout:
    guard: assign
    policy: automation.knives
    unit: all
    ceiling: 5
    reason: it begins
    until: 2026-12-31
"""
MARKED = ("lifted", "because", "today")


@pytest.fixture
def folder(tmp_path):
    return site(tmp_path / "site", policy=RULES)


def marks(made):
    sets = made.workspace.ledger().state().sets.items()
    return {(key.kind, key.owner): len(members) for key, members in sets if key.kind in MARKED}


def whose(made):
    return {name: sum(numbers.values()) for name, numbers in made.document.attribution.items()}


def test_a_held_plan_is_refused_before_anything_is_written(folder):
    made = planned(folder)
    with pytest.raises(HeldByGuard, match="Held by 1 guard"):
        check_appliable(
            made.plan, made.workspace.lms(), now=NOON, expires=made.document.header.expires
        )


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after the write"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_killed_run_is_finished_under_its_lift(folder, call, after):
    (folder / "policies/lifts.yaml").write_text(LIFTS)
    made = planned(folder)
    assert whose(made) == {"policy": 5}
    with pytest.raises(Killed):
        carry_out(made, lms=FailingLms(folder / "lms.db", call=call, error=Killed(), after=after))

    again = planned(folder, day=1)
    assert again.document.held == "nothing", "G4b: what the lift let through stays so"
    assert [one.state for one in again.document.lifts] == ["used"], "G4a: it works once"
    assert set(whose(again)) <= {"policy"}, "D8: and it stays whose it was"
    carry_out(again)
    assert len(held(folder)) == 5
    converge(folder, day=2)
    assert marks(planned(folder, day=2)) == {}


def test_a_killed_run_is_finished_under_its_lift_by_the_rule_s_new_name(folder):
    """A15: the guard of a renamed rule is the guard that was lifted."""
    (folder / "policies/lifts.yaml").write_text(LIFTS)
    with pytest.raises(Killed):
        carry_out(
            planned(folder), lms=FailingLms(folder / "lms.db", call=1, error=Killed(), after=False)
        )
    rules = folder / "policies/rules.yaml"
    moved = "moved:\n  - {from: automation.knives, to: automation.blades}\n"
    rules.write_text(rules.read_text().replace("  knives:", "  blades:") + moved)
    (folder / "policies/lifts.yaml").unlink()

    for day in (1, 2):
        again = planned(folder, day=day)
        assert again.document.held == "nothing", "G4b"
        with pytest.raises(Killed):
            carry_out(again, lms=FailingLms(folder / "lms.db", call=1, error=Killed(), after=False))
    converge(folder, day=3)
    assert (len(held(folder)), marks(planned(folder, day=3))) == (5, {})


def test_a_whole_run_leaves_no_marks(folder):
    (folder / "policies/lifts.yaml").write_text(LIFTS)
    carry_out(planned(folder))
    assert marks(planned(folder)) == {}
    assert planned(folder).document.is_empty, "D2"
