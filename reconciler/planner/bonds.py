"""Whom a removal binds: against which automations, and until when (M3)."""

from collections.abc import Iterator, Mapping

from pyroaring import BitMap

from reconciler.planner.sets import without
from reconciler.planner.world import World
from reconciler.records import SetChange, SetKey


def bound(owner: str, content: str, leavers: BitMap, world: World) -> BitMap:
    """Who is not wanted by an automation, because a removal took the content from them.

    Args:
        owner: automation.NAME.
        content: What it assigns.
        leavers: Who is out of its target; they are bound no more.
        world: The run's trainees, enrollments and memory.
    """
    return without(
        world.taken_from(content), world.ledger.members("freed", owner, content), leavers
    )


def freed(leavers: Mapping[SetKey, BitMap], world: World) -> Iterator[tuple[SetKey, SetChange]]:
    """Who is seen out of the target of an automation against which they were bound.

    ``leavers``: by the set ``freed`` of an automation, who is out of its target.
    """
    for key, out in leavers.items():
        seen = world.taken_from(key.content) & out
        yield key, SetChange(add=seen - world.ledger.members(*key))


def removers(content: str, world: World) -> dict[str, BitMap]:
    """By removal, from whom it took a content."""
    return {
        key.owner: who
        for key, who in world.ledger.sets.items()
        if (key.kind, key.content) == ("taken", content)
    }
