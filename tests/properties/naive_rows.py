"""What becomes of one trainee's row of one order: the first that applies (M1 to M4, R, D4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.policy.model import Assignment, Reassignment, Removal, Window
from reconciler.records import OrderRecord
from tests.properties.naive_automations import OPEN, Standing
from tests.properties.naive_effects import Again, by_order
from tests.properties.naive_people import Person
from tests.properties.naive_scene import Scene
from tests.properties.naive_wanting import due_of_wanting

Order = Assignment | Reassignment | Removal


@dataclass(frozen=True)
class Row:
    """The reason (D4); when it is due, by the instant assigned; what starts over, if it does."""

    reason: str
    due: Callable[[datetime], datetime | None] = lambda _: None
    again: Again | None = None


def row_of(
    rule: Order, record: OrderRecord, person: Person, scene: Scene, standings: Sequence[Standing]
) -> Row:
    if person.activity == "inactive":
        return Row("inactive")
    if person.activity == "unknown":
        return Row("activity unknown")
    held = scene.holdings.get((person.id, record.content))
    if held is not None and scene.assigned_since(held, record.as_of):
        return Row("satisfied")
    if isinstance(rule, Removal):
        return _removal(rule, held, scene)
    if held is not None and _reassigns(rule):
        return _reassignment(rule, record, held, person, scene, standings)
    if isinstance(rule, Reassignment):
        return Row("not enrolled")
    return _assignment(rule, record, person, scene)


def _reassigns(rule: Order) -> bool:
    return isinstance(rule, Reassignment) or rule.if_assigned == "reassign"


def _removal(rule: Removal, held: object, scene: Scene) -> Row:
    """Nothing completed goes; what is in progress only in words (M3, D3)."""
    if held is None:
        return Row("not enrolled")
    if held["status"] not in OPEN:
        return Row("satisfied")
    if held["status"] == "in_progress" and rule.in_progress == "keep":
        return Row("satisfied")
    return Row(scene.removable(held) or "removed by order")


def _reassignment(
    rule: Assignment | Reassignment,
    record: OrderRecord,
    held: object,
    person: Person,
    scene: Scene,
    standings: Sequence[Standing],
) -> Row:
    content = scene.snapshot.catalog[record.content]
    again = by_order(rule, held, scene.learned(person.id, content.id), content)
    if again is None:
        return Row("satisfied")
    if scene.exempt(person, content.id):
        return Row("exempt")

    def due(assigned: datetime) -> datetime | None:
        if rule.due is None:
            return due_of_wanting(standings, person, content.id, assigned, scene)
        return scene.due(rule.due, Window(), person, assigned)

    return Row(scene.barrier_again(again, due(record.as_of)) or "reassigned", due, again)


def _assignment(rule: Assignment, record: OrderRecord, person: Person, scene: Scene) -> Row:
    if rule.if_assigned == "skip" and ever_had(person.id, record.content, scene):
        return Row("satisfied")
    if scene.exempt(person, record.content):
        return Row("exempt")

    def due(assigned: datetime) -> datetime | None:
        return scene.due(rule.due, Window(), person, assigned)

    return Row(scene.barrier(person, record.content, due(record.as_of)) or "assigned", due)


def ever_had(trainee: str, content: str, scene: Scene) -> bool:
    """Whether somebody ever had a content, by LMS or ledger (M4c)."""
    return (
        (trainee, content) in scene.holdings
        or bool(scene.memory.owners("gave", content, trainee))
        or bool(scene.memory.owners("held", content, trainee))
        or trainee in scene.memory.members("ended", "", content)
    )
