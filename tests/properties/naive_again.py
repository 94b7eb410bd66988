"""Whether one enrollment starts over in a plan, in what part, and by whom (A8, A10, A11, R)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tests.properties.naive_automations import Standing
from tests.properties.naive_effects import (
    WHOLE,
    Again,
    by_new_version,
    is_due_again,
    renewal_due,
    united,
)
from tests.properties.naive_enrollment import Enrollment
from tests.properties.naive_expected import Action, Expected
from tests.properties.naive_wanting import due_of_wanting, earliest

KINDS = {"in_progress": "restart", "completed": "retake"}


@dataclass(frozen=True)
class Cause:
    """What one rule lets start over, and what it says of the new instants."""

    id: str
    again: Again
    due: Callable[[datetime], datetime | None]
    assigned: datetime


def starts_over(enrollment: Enrollment, plan: Expected) -> bool:
    """Note the action, and what is blocked; tell whether there is one (A8)."""
    possible = []
    for cause in [*_by_automations(enrollment), *_by_orders(enrollment)]:
        if barrier := enrollment.scene.barrier_again(cause.again, cause.due(cause.assigned)):
            plan.blocked[*enrollment.key, cause.id] = barrier
        else:
            possible.append(cause)
    if possible:
        assigned = max(cause.assigned for cause in possible)
        plan.actions[enrollment.key] = Action(
            KINDS[enrollment.held["status"]],
            frozenset(cause.id for cause in possible),
            due=earliest(cause.due(assigned) for cause in possible),
            assigned=assigned,
            courses=united(cause.again for cause in possible).courses,
        )
    return bool(possible)


def _by_orders(enrollment: Enrollment) -> list[Cause]:
    rows = [(order, order.rows.get(enrollment.person.id)) for order in enrollment.orders]
    return [
        Cause(order.id, row.again, row.due, order.record.as_of)
        for order, row in rows
        if row is not None and row.again is not None
    ]


def _by_automations(enrollment: Enrollment) -> list[Cause]:
    if enrollment.scene.assigned_since(enrollment.held, enrollment.scene.as_of):
        return []
    acting = [each for each in enrollment.wanting if each.acts]
    return [cause for each in acting if (cause := _by_automation(each, enrollment))]


def _by_automation(each: Standing, enrollment: Enrollment) -> Cause | None:
    """A renewal and a new version, both of one automation, are one cause (A8)."""
    scene, held, rule = enrollment.scene, enrollment.held, each.rule
    learned = scene.learned(enrollment.person.id, enrollment.content)
    found, dues = [], []
    person, content = enrollment.person, enrollment.content
    if again := by_new_version(rule.on_new_version, held, learned, scene.snapshot.catalog):
        found.append(again)
        standings = enrollment.standings
        dues.append(lambda assigned: due_of_wanting(standings, person, content, assigned, scene))
    if _is_renewed(each, enrollment):
        found.append(WHOLE)
        soonest = scene.soonest(rule.due.no_earlier_than if rule.due else 1, enrollment.person)
        renewed = renewal_due(rule.renew, held["completed"], soonest, scene)
        dues.append(lambda _: renewed)

    def due(assigned: datetime) -> datetime | None:
        return earliest(one(assigned) for one in dues)

    return Cause(each.id, united(found), due, scene.as_of) if found else None


def _is_renewed(each: Standing, enrollment: Enrollment) -> bool:
    """Completed, and due again: an open retake waits for its completion (A11)."""
    held, renew = enrollment.held, each.rule.renew
    return (
        renew is not None
        and held["status"] == "completed"
        and held["completed"] is not None
        and is_due_again(renew, held["completed"], enrollment.scene)
    )
