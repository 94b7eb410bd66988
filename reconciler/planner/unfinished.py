"""What is remembered of rows until they are finished: lifted (G4b), attributed (D8)."""

from collections.abc import Iterable, Mapping

from pyroaring import BitMap

from reconciler.planner.actions import Decision
from reconciler.records import LedgerState, SetChange, SetKey

KINDS = ("lifted", "because")


def marks(
    decisions: Iterable[Decision], ledger: LedgerState, new: Mapping[SetKey, SetChange]
) -> dict[SetKey, SetChange]:
    """What an apply changes in the marks: new ones come, those of rows that are gone go.

    A row that is done loses its mark when its outcome is noted (``finished``).
    """
    planned: dict[tuple[str, str], BitMap] = {}
    for one in decisions:
        row = one.action.value, one.content
        planned[row] = planned.get(row, BitMap()) | one.trainees
    changes = dict(new)
    for key, members in ledger.sets.items():
        if key.kind in KINDS:
            gone = members - planned.get((action_of(key), key.content), BitMap())
            changes[key] = SetChange(remove=gone).then(changes.get(key, SetChange()))
    return {key: change for key, change in sorted(changes.items()) if change}


def action_of(key: SetKey) -> str:
    """The action whose rows a set marks."""
    return key.owner.rpartition(".")[2]


def finished(
    decision: Decision,
    done: BitMap,
    ledger: LedgerState,
    begun: Mapping[SetKey, SetChange],
) -> dict[SetKey, SetChange]:
    """The marks that go when a decision was carried out for ``done``.

    Args:
        decision: What was carried out.
        done: For whom.
        ledger: As the plan read it.
        begun: The marks that the run began with.
    """
    marked = {key for key in (*ledger.sets, *begun) if key.kind in KINDS}
    return {
        key: SetChange(remove=done)
        for key in marked
        if key.content == decision.content and action_of(key) == decision.action.value
    }
