"""What a plan costs people: work that starts over, and the hours that are in it (R1)."""

from collections import Counter
from collections.abc import Iterable, Mapping

from reconciler.frames import Content
from reconciler.planner.actions import AGAIN, Action, Decision
from reconciler.review.model import Losses


def losses(decisions: Iterable[Decision], catalog: Mapping[str, Content]) -> Losses:
    """Heads and minutes of what some decisions start over or take away, blocked ones apart."""
    carried = [one for one in decisions if one.blocked is None]
    courses: Counter[str] = Counter()
    for one in carried:
        if one.action in AGAIN:
            courses.update(dict.fromkeys(one.courses or (), len(one.trainees)))
    return Losses(
        restart=_heads(one for one in carried if one.action is Action.RESTART),
        retake=_heads(one for one in carried if one.action is Action.RETAKE),
        removed_in_progress=_heads(
            one for one in carried if one.action is Action.REMOVE and one.status == "in_progress"
        ),
        minutes=sum(
            minutes_each(one, catalog) * len(one.trainees) for one in carried if one.action in AGAIN
        ),
        courses=dict(sorted(courses.items())),
    )


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
