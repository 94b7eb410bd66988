"""What the oracle's plans must be in every generated world (D2, D3)."""

import os

from hypothesis import HealthCheck, given, settings

from tests.properties.naive import carry_out, decide
from tests.properties.strategies import histories, worlds
from tests.properties.workplace import left_to_do

OPEN = ("not_started", "in_progress")
MET = {"restart": ["in_progress"], "retake": ["completed"], "remove": OPEN, "reschedule": OPEN}
WORLDS = int(os.environ.get("WORLDS", "60"))
slowly = settings(max_examples=WORLDS, deadline=None, suppress_health_check=list(HealthCheck))


@slowly
@given(histories())
def test_a_plan_right_after_a_complete_apply_is_empty(stages):
    for stage in stages:
        plan = decide(stage.snapshot, stage.policies, stage.as_of)
        after = carry_out(stage.snapshot, plan, stage.as_of)
        if plan.blocked or any(order.state == "open" for order in after.ledger.orders):
            continue  # not complete: a row is open or blocked
        again = decide(after, stage.policies, stage.as_of)

        assert not left_to_do(again, after), "D2"


@slowly
@given(worlds())
def test_nothing_completed_goes_and_every_action_has_its_ground(world):
    snapshot, policies, as_of = world
    plan = decide(snapshot, policies, as_of)
    rows = {
        (row["trainee"], row["content"]): row for row in snapshot.holdings.iter_rows(named=True)
    }

    for key, action in plan.actions.items():
        held = rows.get(key)
        assert (held is None) == (action.kind == "assign"), "A7"
        assert held is None or held["status"] in MET[action.kind], "R, D3"
        assert action.kind != "remove" or action.withdrawn == (held["completed"] is not None), "D3"
        assert action.due is None or action.due > as_of, "A9"
        assert action.causes
