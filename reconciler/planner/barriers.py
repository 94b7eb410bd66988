"""For whom an assignment cannot be written, and why (P8, D6)."""

from pyroaring import BitMap

from reconciler.planner.actions import Action, incapable
from reconciler.planner.due import unknown_due
from reconciler.planner.reasons import Reason
from reconciler.planner.world import World
from reconciler.policy.model import Due


def barriers(content: str, due: Due | None, world: World) -> tuple[tuple[Reason, BitMap], ...]:
    """Who is kept from being assigned a content with this due date, by reason, first comes first.

    An LMS that holds no due dates bars who would get one; it is not left out silently.
    """
    everyone, nobody = world.index.roster, BitMap()
    barred = nobody
    if incapable(world.capabilities, Action.ASSIGN, content):
        barred = everyone
    elif due is not None and not world.capabilities.due_dates:
        barred = everyone - unknown_due(due, everyone, world)
    return (Reason.NO_ACCOUNT, world.without_account), (Reason.NOT_CAPABLE, barred)
