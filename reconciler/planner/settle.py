"""What became of writes that a run sent and did not see the end of: the LMS tells."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from pyroaring import BitMap

from reconciler.planner.actions import WITHDRAWN, Action, Decision
from reconciler.planner.consequences import Known, consequences
from reconciler.planner.holdings import Holdings
from reconciler.planner.sets import cut, numbers_of, positions_of
from reconciler.records import Intent, LedgerState, SetChange, SetKey


def settled(
    ledger: LedgerState, holdings: Holdings, *, precision: timedelta
) -> tuple[LedgerState, dict[SetKey, SetChange]]:
    """Note the outcome of what a cut-off run has sent, by what the LMS holds now.

    Returns:
        The ledger as if that run had noted it, and what that changes.
    """
    changes: dict[SetKey, SetChange] = {}
    for intent in ledger.intents:
        done = _carried_out(intent, holdings, precision=precision)
        action, _, effect = intent.action.partition(" ")
        decision = Decision(intent.content, Action(action), effect, intent.causes, intent.trainees)
        for key, change in consequences(decision, done, Known(ledger.sets)).items():
            changes[key] = changes.get(key, SetChange()).then(change)
    if not changes:
        return ledger, {}
    known = {key: change.applied_to(ledger.members(*key)) for key, change in changes.items()}
    return replace(ledger, sets={**ledger.sets, **known}, intents=()), changes


def _carried_out(intent: Intent, holdings: Holdings, *, precision: timedelta) -> BitMap:
    """For whom the LMS shows what was sent. A moved due date shows in the plan itself (A9b)."""
    held = holdings.of(intent.content)
    enrolled = held.enrolled & intent.trainees
    action, _, effect = intent.action.partition(" ")
    match Action(action):
        case Action.ASSIGN | Action.RESTART | Action.RETAKE:
            instants = holdings.instants(intent.content, "assigned", enrolled)
            assert intent.assigned is not None
            sent = np.array(intent.assigned.replace(tzinfo=None), dtype="datetime64[s]")
            ours = np.isnat(instants) | (cut(instants, precision) == cut(sent, precision))
            return positions_of(numbers_of(enrolled)[ours])
        case Action.REMOVE if effect == WITHDRAWN:
            return enrolled & held.completed
        case Action.REMOVE:
            return intent.trainees - enrolled
        case Action.RESCHEDULE:
            return BitMap()
