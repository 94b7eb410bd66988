"""What is passed over to save time changes no attribution (D5)."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from reconciler.planner.attribution import attributed, by_place, to_remember
from reconciler.planner.lifecycle import Change
from reconciler.planner.plan import _imagined, plan
from tests.properties.strategies import worlds


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_only_what_cannot_differ_is_passed_over(world):
    snapshot, policies, as_of = world
    first = plan(snapshot, policies, as_of=as_of)
    ledger = replace(snapshot.ledger, applied=to_remember(policies, first.world))
    snapshot = replace(snapshot, ledger=ledger)
    made = plan(snapshot, policies, as_of=as_of)
    rules = tuple(replace(rule, change=Change.EDITED) for rule in made.lifecycle.rules)
    thorough = attributed(
        made.decisions,
        made.world,
        snapshot,
        _imagined,
        policies=policies,
        life=replace(made.lifecycle, rules=rules),
        base=None,
    )
    assert made.attributions == thorough
    planned = by_place(made.decisions)
    assert {
        place: sum(map(len, shares.values())) for place, shares in made.attributions.items()
    } == {place: len(members) for place, members in planned.items()}
