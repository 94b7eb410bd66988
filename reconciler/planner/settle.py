"""What became of writes that a run sent and did not see the end of: the LMS tells."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np
from pyroaring import BitMap

from reconciler.planner.actions import WITHDRAWN, Action, Decision
from reconciler.planner.consequences import Known, consequences
from reconciler.planner.holdings import Held, Holdings
from reconciler.planner.sets import cut, numbers_of, positions_of
from reconciler.records import Intent, LedgerState, SetChange, SetKey


def settled(
    ledger: LedgerState, holdings: Holdings, *, precision: timedelta
) -> tuple[LedgerState, dict[SetKey, SetChange], dict[int, BitMap]]:
    """Note the outcome of what a cut-off run has sent, by what the LMS holds now.

    Returns:
        The ledger as if that run had noted it, what that changes, and for each intent by its
        number whom it was carried out for.
    """
    changes: dict[SetKey, SetChange] = {}
    found: dict[int, BitMap] = {}
    known = Known(ledger.sets, before=before_runs(ledger))
    for intent in ledger.intents:
        done = _carried_out(intent, holdings, precision=precision)
        if intent.effect == WITHDRAWN and ledger.latest_as_of is not None:
            # Who has completed the retake since has it no less than whom it was taken from.
            done -= holdings.completed_since(intent.content, ledger.latest_as_of)
        found[intent.number] = done
        for key, change in consequences(_sent(intent), done, known).items():
            noted = SetChange(remove=change.remove) if key.owner in intent.disowned else change
            changes[key] = changes.get(key, SetChange()).then(noted)
    if not changes:
        return ledger, {}, found
    sets = {key: change.applied_to(ledger.members(*key)) for key, change in changes.items()}
    return replace(ledger, sets={**ledger.sets, **sets}, intents=()), changes, found


def before_runs(ledger: LedgerState) -> dict[int, Mapping[SetKey, BitMap]]:
    """By run that an undo is about, the sets of its enrollments before it wrote them."""
    return {serial: run.remembered for serial, run in ledger.past.items()}


def _sent(intent: Intent) -> Decision:
    action = Action(intent.action)
    return Decision(intent.content, action, intent.effect, intent.causes, intent.trainees)


def _shown(intent: Intent, held: Held) -> BitMap:
    """Of whom the status says that it was carried out, where no instant does (D8e)."""
    match Action(intent.action), intent.effect:
        case Action.ASSIGN, _:
            return held.enrolled
        case Action.RESTART, "whole":
            return held.not_started
        case Action.RETAKE, "whole":
            return held.open
        case _:
            return BitMap()


def _carried_out(intent: Intent, holdings: Holdings, *, precision: timedelta) -> BitMap:
    """For whom the LMS shows what was sent. A moved due date shows in the plan itself (A9b)."""
    held = holdings.of(intent.content)
    enrolled = held.enrolled & intent.trainees
    match Action(intent.action):
        case Action.ASSIGN | Action.RESTART | Action.RETAKE:
            instants = holdings.instants(intent.content, "assigned", enrolled)
            assert intent.assigned is not None
            sent = np.array(intent.assigned.replace(tzinfo=None), dtype="datetime64[s]")
            numbers = numbers_of(enrolled)
            ours = positions_of(numbers[cut(instants, precision) == cut(sent, precision)])
            untold = positions_of(numbers[np.isnat(instants)])
            return ours | (untold & _shown(intent, held))
        case Action.REMOVE if intent.effect == WITHDRAWN:
            return enrolled & held.completed
        case Action.REMOVE:
            return intent.trainees - enrolled
        case Action.RESCHEDULE:
            return BitMap()
