"""What an order asks of each trainee, by what the LMS holds of them now (M1 to M4, R)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pyroaring import BitMap

from reconciler.planner.actions import WITHDRAWN, Action, incapable
from reconciler.planner.barriers import barriers, kept_from_again
from reconciler.planner.due import DueSource
from reconciler.planner.reasons import Reason
from reconciler.planner.sets import shared_out
from reconciler.planner.world import World
from reconciler.policy.model import Assignment, Order, Reassignment, Removal

KINDS: Mapping[str, type[Order]] = {
    "assignment": Assignment,
    "reassignment": Reassignment,
    "removal": Removal,
}
"""By the first part of an order's id, what it says."""

GOING = (
    Reason.REASSIGNED,
    Reason.REMOVED,
    Reason.NO_ACCOUNT,
    Reason.NOT_CAPABLE,
    Reason.ASSIGNED,
)
"""The reasons of rows that are to be written, now or once nothing bars them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Disjoint sets: to be assigned, to begin again, to be taken; and whom nothing is done for."""

    assign: BitMap = field(default_factory=BitMap)
    again: BitMap = field(default_factory=BitMap)
    take: BitMap = field(default_factory=BitMap)
    satisfied: BitMap = field(default_factory=BitMap)
    not_enrolled: BitMap = field(default_factory=BitMap)


def chosen_courses(order: Order | None, world: World) -> tuple[str, ...] | None:
    """The chosen courses that the module still has, in its order; None for the whole content."""
    if order is None or isinstance(order, Removal) or order.courses is None:
        return None
    module = world.catalog.get(order.content)
    named = {f"course/{course.removeprefix('course/')}" for course in order.courses}
    return tuple(course for course in (module.courses if module else ()) if course in named)


def asked(order: Order, among: BitMap, as_of: datetime, world: World) -> Asked:
    """Share out some trainees by what an order asks of them.

    Args:
        order: What it says.
        among: Of whom.
        as_of: When it was recorded; what was assigned since is done (M4).
        world: The run's trainees, enrollments and memory.
    """
    enrolled = world.holdings.of(order.content).enrolled & among
    match order:
        case Assignment(if_assigned="skip"):
            had = world.ever_had(order.content) & among
            return Asked(assign=among - had, satisfied=had)
        case Assignment():
            again = _begins_again(order, enrolled, as_of, world)
            return Asked(assign=among - enrolled, again=again, satisfied=enrolled - again)
        case Reassignment():
            again = _begins_again(order, enrolled, as_of, world)
            rest = enrolled - again
            return Asked(again=again, satisfied=rest, not_enrolled=among - enrolled)
        case Removal():
            take = _taken(order, enrolled, as_of, world)
            return Asked(take=take, satisfied=enrolled - take, not_enrolled=among - enrolled)


def _begins_again(
    order: Assignment | Reassignment, enrolled: BitMap, as_of: datetime, world: World
) -> BitMap:
    """On whose enrollment an order has an effect: the table of R (R0a)."""
    held, courses = world.holdings.of(order.content), chosen_courses(order, world)
    in_progress, completed = enrolled & held.in_progress, enrolled & held.completed
    if courses is not None:
        progress = world.progress.of(order.content)
        begun = (progress[course].begun("both") for course in courses if course in progress)
        in_progress = BitMap.union(BitMap(), *begun) & in_progress
        completed = completed if courses else BitMap()
    again = BitMap()
    if order.in_progress == "restart":
        again |= in_progress
    if order.completed == "retake":
        again |= completed
    return _before(order.content, again, as_of, world)


def _taken(order: Removal, enrolled: BitMap, as_of: datetime, world: World) -> BitMap:
    held = world.holdings.of(order.content)
    going = held.open if order.in_progress == "remove" else held.not_started
    return _before(order.content, enrolled & going, as_of, world)


def _before(content: str, who: BitMap, as_of: datetime, world: World) -> BitMap:
    if not who:
        return who
    return who & world.holdings.assigned_before(content, as_of, world.capabilities.precision)


def barred(order: Order, asks: Asked, sources: Sequence[DueSource], world: World) -> BitMap:
    """Of those who are to begin again or to be taken from, for whom the LMS cannot (D6)."""
    effect = "whole" if chosen_courses(order, world) is None else "courses"
    own = [] if isinstance(order, Removal) or order.due is None else [DueSource(order.due)]
    kept = kept_from_again(order.content, asks.again, own or sources, effect, world)
    if asks.take:
        retakes = asks.take & world.holdings.ever_completed(order.content)
        for effect, who in ((WITHDRAWN, retakes), ("", asks.take - retakes)):
            if incapable(world.capabilities, Action.REMOVE, order.content, effect=effect):
                kept |= who
    return kept


def reasons_of_rows(
    order: Order,
    asks: Asked,
    kept: BitMap,
    exempted: BitMap,
    world: World,
    *,
    among: BitMap,
    undecided: BitMap,
) -> dict[Reason, BitMap]:
    """Why each of ``among`` gets what an order says, or does not (D4a, D4c, M4b)."""
    activity = world.index.activity
    due, exempt = (None, BitMap()) if isinstance(order, Removal) else (order.due, exempted)
    bars = {code: who & asks.assign for code, who in barriers(order.content, due, world)}
    bars[Reason.NOT_CAPABLE] = bars.get(Reason.NOT_CAPABLE, BitMap()) | kept
    return shared_out(
        among,
        (
            (Reason.INACTIVE, activity.inactive),
            (Reason.ACTIVITY_UNKNOWN, activity.unknown),
            (Reason.UNDECIDED, undecided),
            (Reason.REASSIGNED, asks.again - exempt - kept),
            (Reason.SATISFIED, asks.satisfied),
            (Reason.NOT_ENROLLED, asks.not_enrolled),
            (Reason.EXEMPT, exempt),
            (Reason.REMOVED, asks.take - kept),
            *bars.items(),
        ),
        Reason.ASSIGNED,
    )
