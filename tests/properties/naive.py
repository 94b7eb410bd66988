"""The oracle: a planner that decides one trainee at a time, from the numbered rules alone.

It is meant to be read against the rules, and is as slow as that makes it.
"""

from dataclasses import replace
from datetime import datetime

from reconciler.errors import RosterUnfit
from reconciler.policy.source import Policies
from reconciler.records import AutomationRecord, SetKey
from reconciler.snapshot import Snapshot
from tests.properties.naive_apply import carry_out
from tests.properties.naive_automations import Standing, freed, standings_of
from tests.properties.naive_decisions import decide_enrollment
from tests.properties.naive_enrollment import (
    Enrollment,
    reason_of,
    record_enrollment,
)
from tests.properties.naive_expected import Action, Expected
from tests.properties.naive_orders import OrderStanding, orders_of
from tests.properties.naive_scene import Memory, Scene, scene_of

__all__ = ["Action", "Expected", "carry_out", "decide"]

BEFORE_THE_FIRST_WRITE = (
    "baseline",
    "held",
    "redue",
    "audience",
    "open",
    "missing",
    "taken",
    "freed",
)


def decide(snapshot: Snapshot, policies: Policies, as_of: datetime) -> Expected:
    """Plan, the slow way.

    Raises:
        RosterUnfit: The roster is empty, so nothing is planned from it (A3a).
        OrdersClash: An order gives and another takes the same enrollment (A8).
    """
    if snapshot.roster.is_empty():
        raise RosterUnfit("The roster is empty.")
    scene = scene_of(snapshot, policies, as_of)
    standings = standings_of(scene)
    orders = orders_of(scene, standings)
    plan = Expected(scene=scene)
    sets = {key: set(members) for key, members in scene.memory.sets.items()}
    _record_standings(sets, standings, scene)
    _record_orders(sets, orders)
    for enrollment in _enrollments(scene, standings, orders):
        decide_enrollment(enrollment, plan)
        record_enrollment(enrollment, sets)
    plan.reasons = _reasons(plan, standings, orders)
    plan.memory = Memory(
        automations=_records(scene, standings),
        orders={**scene.memory.orders, **{order.id: order.record for order in orders}},
        sets={key: frozenset(members) for key, members in sets.items() if members},
    )
    memory = plan.memory
    plan.ledger = {k: who for k, who in memory.sets.items() if k.kind in BEFORE_THE_FIRST_WRITE}
    plan.records = {
        key: (record.state, record.started) for key, record in memory.automations.items()
    }
    plan.orders = {owner: record.state for owner, record in memory.orders.items()}
    return plan


def _enrollments(
    scene: Scene, standings: list[Standing], orders: list[OrderStanding]
) -> list[Enrollment]:
    contents = {content for _, content in scene.holdings}
    contents |= {key.content for key in scene.memory.sets if key.content}
    contents |= {each.content for each in standings}
    contents |= {order.record.content for order in orders}
    return [
        Enrollment(
            scene,
            person,
            content,
            tuple(each for each in standings if each.content == content),
            tuple(order for order in orders if order.record.content == content),
        )
        for content in sorted(contents)
        for person in scene.people.values()
    ]


def _record_standings(
    sets: dict[SetKey, set[str]], standings: list[Standing], scene: Scene
) -> None:
    for each in standings:
        sets[SetKey("baseline", each.id, each.content)] = set(each.baseline)
        sets[SetKey("redue", each.id, each.content)] = set(each.redue)
        sets[SetKey("freed", each.id, each.content)] = set(freed(each, scene))


def _record_orders(sets: dict[SetKey, set[str]], orders: list[OrderStanding]) -> None:
    for order in orders:
        sets[SetKey("audience", order.id)] = set(order.audience)
        sets[SetKey("open", order.id)] = set(order.open)


def _records(scene: Scene, standings: list[Standing]) -> dict[tuple[str, str], AutomationRecord]:
    """The automations as this apply leaves them (A14, A14b)."""
    contents = {each.id: each.content for each in standings}
    records = {}
    for (owner, content), record in scene.memory.automations.items():
        if owner not in contents:
            state = "retired" if record.state == "live" else record.state
        else:
            state = "live" if contents[owner] == content else "replaced"
        records[owner, content] = replace(record, state=state)
    for each in standings:
        records[each.id, each.content] = AutomationRecord(
            id=each.id,
            content=each.content,
            text=scene.text(each.rule),
            state="live",
            started=each.started,
            present=scene.as_of,
        )
    return records


def _reasons(
    plan: Expected, standings: list[Standing], orders: list[OrderStanding]
) -> dict[str, dict[str, str]]:
    scene = plan.scene
    reasons = {order.id: order.reasons() for order in orders}
    for each in standings:
        beside = tuple(other for other in standings if other.content == each.content)
        reasons[each.id] = {
            person.id: reason_of(
                each,
                Enrollment(scene, person, each.content, beside, ()),
                plan.actions.get((person.id, each.content)),
            )
            for person in scene.people.values()
            if person.listed and scene.verdict(each.rule.target, person) is not False
        }
    return {owner: codes for owner, codes in reasons.items() if codes}
