"""The one action of one enrollment, in the order in which the rules give way (A8, A12, M3)."""

from functools import partial

from tests.properties.naive_again import starts_over
from tests.properties.naive_enrollment import Enrollment, exited, movers, new_due
from tests.properties.naive_expected import Action, Expected, OrdersClash
from tests.properties.naive_wanting import credit_of, earliest

TO_GIVE = ("assigned", "reassigned")


def decide_enrollment(enrollment: Enrollment, plan: Expected) -> None:
    if enrollment.held is None:
        _assign(enrollment, plan)
    elif _removed(enrollment, plan) or starts_over(enrollment, plan):
        return
    elif not _ordered(enrollment) and (parties := exited(enrollment)):
        _take(enrollment, plan, parties)
    elif ids := movers(enrollment):
        _reschedule(enrollment, plan, ids)


def _reschedule(enrollment: Enrollment, plan: Expected, ids: list[str]) -> None:
    if enrollment.scene.snapshot.capabilities.due_dates:
        due = new_due(enrollment)
        plan.actions[enrollment.key] = Action("reschedule", frozenset(ids), due=due)
        return
    for cause in ids:
        plan.blocked[*enrollment.key, cause] = "blocked by capability"


def _removed(enrollment: Enrollment, plan: Expected) -> bool:
    """Whether orders take it: they beat automations, and clash with orders that give (A8)."""
    reasons = {order.id: enrollment.reason_in(order) for order in enrollment.orders}
    taking = {id_ for id_, reason in reasons.items() if reason == "removed by order"}
    giving = {id_ for id_, reason in reasons.items() if reason in TO_GIVE}
    for id_, reason in reasons.items():
        if id_.startswith("removal.") and reason == "blocked by capability":
            plan.blocked[*enrollment.key, id_] = reason
    if taking and giving:
        raise OrdersClash(sorted(taking | giving))
    if taking:
        _take(enrollment, plan, frozenset(taking))
    return bool(taking)


def _ordered(enrollment: Enrollment) -> bool:
    """Whether an order has something to write to it, so that an exit gives way (A8)."""
    return any(
        enrollment.reason_in(order) == "blocked by capability" for order in enrollment.orders
    )


def _take(enrollment: Enrollment, plan: Expected, causes: frozenset[str]) -> None:
    if barrier := enrollment.scene.removable(enrollment.held):
        for cause in causes:
            plan.blocked[*enrollment.key, cause] = barrier
        return
    withdrawn = enrollment.held["completed"] is not None
    plan.actions[enrollment.key] = Action("remove", causes, withdrawn=withdrawn)


def _assign(enrollment: Enrollment, plan: Expected) -> None:
    """One action for all who want it now, whatever their number (A8, A13)."""
    scene, person = enrollment.scene, enrollment.person
    causes = {}
    acting = [each for each in enrollment.wanting if each.acts]
    for each in [] if enrollment.respected else acting:
        due = partial(scene.due, each.rule.due, each.rule.window, person)
        if barrier := scene.barrier(person, enrollment.content, due(scene.as_of)):
            plan.blocked[*enrollment.key, each.id] = barrier
        else:
            causes[each.id] = scene.as_of, due
    for order in enrollment.orders:
        row = order.rows.get(person.id)
        if row and row.reason in ("no account", "blocked by capability"):
            plan.blocked[*enrollment.key, order.id] = row.reason
        elif row and row.reason == "assigned":
            causes[order.id] = order.record.as_of, row.due
    if causes:
        # A joint action is assigned at the later instant (D7), and due dates count from that (A9e).
        assigned = max(instant for instant, _ in causes.values())
        plan.actions[enrollment.key] = Action(
            "assign",
            frozenset(causes),
            due=earliest(due(assigned) for _, due in causes.values()),
            assigned=assigned,
            restored=bool(enrollment.givers),
            **_credit(enrollment),
        )


def _credit(enrollment: Enrollment) -> dict[str, object]:
    """The credit that a module begins with, where the LMS gives any (C, C7a)."""
    scene = enrollment.scene
    content = scene.snapshot.catalog[enrollment.content]
    if not content.is_module or not scene.snapshot.capabilities.credits:
        return {}
    credit = credit_of(enrollment.wanting)
    return {
        "credited": credit.of(enrollment.person.id, content, scene),
        "credit_after": credit.after(scene),
        "credit_current": credit.current,
    }
