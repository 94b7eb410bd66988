"""When that is due what a plan gives, by rule (A9)."""

from collections import defaultdict
from datetime import UTC, date, datetime, tzinfo

import numpy as np
from pydantic import Field
from pyroaring import BitMap

from reconciler.planner.actions import Action
from reconciler.planner.due import postponed
from reconciler.planner.plan import Plan
from reconciler.planner.rows import due_sources
from reconciler.review.node import Part


class DueDates(Part):
    """When that is due what a rule gives, what starts over and what it moves included (A9)."""

    first: date = Field(description="The earliest day, in the workspace's time zone.")
    last: date = Field(description="The latest day.")
    postponed: int = Field(
        0, description="Of the assigned, for whom the day that the rule says is too soon or over."
    )


def due_dates(plan: Plan) -> dict[str, DueDates]:
    """The due dates of each rule that gives or moves any; none of an undo, which has them back."""
    if plan.undoing is not None:
        return {}
    zone = plan.world.moment.zone
    spans: dict[str, list[np.datetime64]] = defaultdict(list)
    for rows in plan.rows:
        known = rows.due[~np.isnat(rows.due)]
        if len(known):
            for cause in rows.decision.causes:
                spans[cause] += known.min(), known.max()
    late = _postponed(plan)
    return {
        cause: DueDates(
            first=_day(min(instants), zone),
            last=_day(max(instants), zone),
            postponed=len(late[cause]),
        )
        for cause, instants in spans.items()
    }


def _postponed(plan: Plan) -> dict[str, BitMap]:
    """Whom each rule assigns something that is due later than the rule says."""
    sources = due_sources(plan.standings, plan.orders, plan.world)
    found: dict[str, BitMap] = defaultdict(BitMap)
    for rows in plan.rows:
        if rows.decision.action is Action.ASSIGN:
            for cause in rows.decision.causes:
                found[cause] |= postponed(sources[cause], rows.decision.trainees, plan.world)
    return found


def _day(instant: np.datetime64, zone: tzinfo) -> date:
    told: datetime = instant.astype("datetime64[s]").item()
    return told.replace(tzinfo=UTC).astimezone(zone).date()
