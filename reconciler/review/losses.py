"""What a plan costs people: work that starts over, and the hours that are in it (R1)."""

from collections import Counter
from collections.abc import Iterable, Mapping

from pyroaring import BitMap

from reconciler.frames import Content
from reconciler.planner.actions import AGAIN, WITHDRAWN, Action, Decision
from reconciler.planner.sets import union
from reconciler.planner.world import World
from reconciler.review.model import Losses


def losses(decisions: Iterable[Decision], world: World) -> Losses:
    """Heads and minutes of what some decisions start over or take away, blocked ones apart."""
    catalog = world.catalog
    carried = [one for one in decisions if one.blocked is None]
    courses: Counter[str] = Counter()
    for one in carried:
        if one.action in AGAIN:
            courses.update(dict.fromkeys(one.courses or (), len(one.trainees)))
    return Losses(
        restart=_heads(one for one in carried if one.action is Action.RESTART),
        going_on=_heads(
            one for one in carried if one.action is Action.RESTART and one.resets == "completed"
        ),
        retake=_heads(one for one in carried if one.action is Action.RETAKE),
        removed_in_progress=sum(len(_losing(one, world)) for one in carried),
        minutes=sum(
            minutes_each(one, catalog) * len(one.trainees) for one in carried if one.action in AGAIN
        ),
        courses=dict(sorted(courses.items())),
    )


def _losing(decision: Decision, world: World) -> BitMap:
    """From whom something is taken of which a part may be done (R1b).

    A withdrawn retake leaves every completion, so only courses in progress are lost with it.
    """
    if decision.action is not Action.REMOVE or decision.status != "in_progress":
        return BitMap()
    if decision.effect != WITHDRAWN:
        return decision.trainees
    courses = world.progress.of(decision.content).values()
    known = union(one.present for one in courses)
    losing_nothing = known - union(one.in_progress for one in courses)
    return decision.trainees - losing_nothing


def minutes_each(decision: Decision, catalog: Mapping[str, Content]) -> int:
    """The minutes of what starts over for one trainee, as far as the catalog gives them (R1a)."""
    found = catalog.get(decision.content)
    if found is None:
        return 0
    courses = found.courses if decision.courses is None else decision.courses
    each = [catalog[course].minutes for course in courses if course in catalog]
    known = [minutes for minutes in each if minutes is not None]
    return sum(known) if known or decision.courses is not None else found.minutes or 0


def _heads(decisions: Iterable[Decision]) -> int:
    return sum(len(one.trainees) for one in decisions)
