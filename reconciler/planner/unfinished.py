"""What is remembered of rows until they are finished: lifted (G4b), attributed (D8)."""

from collections.abc import Iterable, Mapping

from pyroaring import BitMap

from reconciler.planner.actions import Decision
from reconciler.planner.world import World
from reconciler.records import LedgerState, SetChange, SetKey, gathered

KINDS = ("lifted", "because")


def marks(
    decisions: Iterable[Decision], world: World, new: Mapping[SetKey, SetChange]
) -> dict[SetKey, SetChange]:
    """What an apply changes in the marks: new ones come, those of rows that are gone go.

    A row that is done loses its mark when its outcome is noted (``finished``). Whose doing it is
    stays known while the trainee's activity is not: a night out of the file ends no row (P5).
    """
    stored = {key: who for key, who in world.ledger.sets.items() if key.kind in KINDS}
    planned = gathered(
        ((one.action.value, one.content), one.trainees) for one in decisions if stored
    )
    changes = dict(new)
    for key, members in stored.items():
        stays = world.index.activity.unknown if key.kind == "because" else BitMap()
        gone = members - stays - planned.get((action_of(key), key.content), BitMap())
        changes[key] = SetChange(remove=gone).then(changes.get(key, SetChange()))
    return {key: change for key, change in sorted(changes.items()) if change}


def action_of(key: SetKey) -> str:
    """The action whose rows a set marks."""
    return key.owner.rpartition(".")[2]


Marked = Mapping[tuple[str, str], tuple[SetKey, ...]]
"""The sets that mark rows, by action and content."""


def marked(ledger: LedgerState, begun: Mapping[SetKey, SetChange]) -> Marked:
    """The marks that there are in a run: of earlier runs, and those that it began with."""
    found: dict[tuple[str, str], tuple[SetKey, ...]] = {}
    for key in sorted({*ledger.sets, *begun}):
        if key.kind in KINDS:
            row = action_of(key), key.content
            found[row] = (*found.get(row, ()), key)
    return found


def finished(decision: Decision, done: BitMap, marks: Marked) -> dict[SetKey, SetChange]:
    """The marks that go when a decision was carried out for ``done``."""
    keys = marks.get((decision.action.value, decision.content), ())
    return {key: SetChange(remove=done) for key in keys}
