"""The planner decides what the oracle decides, trainee by trainee, in every generated world."""

import os
from datetime import UTC

import numpy as np
from hypothesis import HealthCheck, given, settings

from reconciler.planner.plan import plan
from tests.properties.naive import Action, decide
from tests.properties.naive_expected import Expected
from tests.properties.strategies import histories, worlds

# CI asks for thousands (WORLDS=1000 makes some 5,000 plans); a quick run looks at some.
WORLDS = int(os.environ.get("WORLDS", "60"))
slowly = settings(max_examples=WORLDS, deadline=None, suppress_health_check=list(HealthCheck))
KINDS = ("baseline", "held", "redue", "audience", "open", "missing")


@slowly
@given(worlds())
def test_one_plan(world):
    snapshot, policies, as_of = world
    assert_same(planned(snapshot, policies, as_of), decide(snapshot, policies, as_of))


@slowly
@given(histories())
def test_every_plan_of_a_history(stages):
    for stage in stages:
        made = planned(stage.snapshot, stage.policies, stage.as_of)
        assert_same(made, decide(stage.snapshot, stage.policies, stage.as_of))


def assert_same(made, expected):
    for one in (made, expected):
        one.reasons = {owner: by for owner, by in one.reasons.items() if by}
    for part in ("actions", "blocked", "reasons", "ledger", "records", "orders"):
        assert getattr(made, part) == getattr(expected, part), part


def planned(snapshot, policies, as_of):
    """The planner's plan in the shape of the oracle's."""
    made = plan(snapshot, policies, as_of=as_of)
    ids = made.world.index.ids

    def named(members):
        return frozenset(ids[number] for number in members)

    ledger = made.world.ledger
    sets = {key: set(named(members)) for key, members in ledger.sets.items()}
    for key, change in made.changes.sets.items():
        sets[key] = (sets.get(key, set()) | named(change.add)) - named(change.remove)
    records = {(r.id, r.content): r for r in (*ledger.automations, *made.changes.automations)}
    orders = {r.id: r.state for r in (*ledger.orders, *made.changes.orders)}
    return Expected(
        actions=dict(_actions(made, ids)),
        blocked={
            (ids[number], d.content, cause): d.blocked.value
            for d in made.decisions
            if d.blocked is not None
            for number in d.trainees
            for cause in d.causes
        },
        reasons={
            owner: {ids[number]: code.value for code, who in shares.items() for number in who}
            for owner, shares in made.reasons.items()
        },
        ledger={k: frozenset(who) for k, who in sets.items() if who and k.kind in KINDS},
        records={key: (r.state, r.started) for key, r in records.items()},
        orders=orders,
    )


def _actions(made, ids):
    for rows in made.rows:
        decision = rows.decision
        numbers = made.world.index.by_place[rows.places]
        dues = np.broadcast_to(rows.due, len(numbers))
        for number, due in zip(numbers, dues, strict=True):
            instant = None if np.isnat(due) else due.astype("datetime64[s]").item()
            yield (
                (ids[int(number)], decision.content),
                Action(
                    kind=decision.action.value,
                    causes=frozenset(decision.causes),
                    due=instant and instant.replace(tzinfo=UTC),
                    assigned=decision.assigned,
                    restored=decision.effect == "restored",
                ),
            )
