"""For whom something cannot be written, and why (P8, D6)."""

from collections.abc import Sequence

from pyroaring import BitMap

from reconciler.planner.actions import Action, incapable
from reconciler.planner.due import DueSource, unknown_due
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


def kept_from_again(
    content: str, who: BitMap, sources: Sequence[DueSource], effect: str, world: World
) -> BitMap:
    """For whom a restart or retake by one cause cannot be written (D6, D6a).

    Args:
        content: Its id.
        who: Those whom the cause would have begin again.
        sources: The due dates that it gives them (R2).
        effect: ``whole`` or ``courses``.
        world: For what the LMS can do, and hire dates.
    """
    if incapable(world.capabilities, Action.RETAKE, content, effect=effect):
        return who
    barred = BitMap()
    if not world.capabilities.due_dates:
        for source in sources:
            covered = who if source.covers is None else who & source.covers
            if source.renewal is not None or source.due is not None:
                barred |= covered - unknown_due(source.due, covered, world)
    return barred
