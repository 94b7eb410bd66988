"""The roster and the enrollments of a plan in numbers."""

from datetime import timedelta

from pydantic import Field

from reconciler.planner.plan import Plan
from reconciler.review.node import Part

LONG_AHEAD = timedelta(days=366)
"""Nobody is hired for later than that."""
AHEAD = timedelta(days=1)
"""Clocks and time zones explain no more than that."""


class Headcount(Part):
    """The roster in numbers (P5), and what its people hold."""

    active: int
    inactive: int
    unknown: int
    absent: int = Field(description="Known to the ledger, not in the roster: activity unknown.")
    long_absent: int = Field(description="Absent for so long that they count as inactive (P5).")
    emptied: dict[str, int] = Field(
        description="Attribute to people who have it no more; leaves undecided (A4)."
    )
    first_seen: int
    hired_ahead: int = Field(0, description="Active, and hired more than a year from now.")
    strangers: int = Field(description="Enrollments of people whom nobody knows.")
    completed_ahead: int = Field(0, description="Enrollments completed in the future.")


def headcount(plan: Plan) -> Headcount:
    """Count everybody whom roster, ledger and LMS of a plan know."""
    index, moment = plan.world.index, plan.world.moment
    in_roster, activity = index.roster, index.activity
    late = index.hired_on_or_after(moment.today + LONG_AHEAD) & activity.active
    return Headcount(
        active=len(activity.active),
        inactive=len(activity.inactive & in_roster),
        unknown=len(activity.unknown & in_roster),
        absent=len(activity.unknown - in_roster),
        long_absent=len(activity.inactive - in_roster),
        emptied={attribute: len(who) for attribute, who in sorted(index.emptied.items())},
        first_seen=len(index.newcomers),
        hired_ahead=len(late),
        strangers=plan.world.holdings.strangers,
        completed_ahead=plan.world.holdings.completed_after(moment.as_of + AHEAD),
    )
