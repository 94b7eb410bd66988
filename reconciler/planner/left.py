"""What an apply sees in the LMS, and what it has left there: that, and its own writes (A13e)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from reconciler.planner.actions import WITHDRAWN, Action
from reconciler.planner.due import NO_INSTANT, differing
from reconciler.planner.plan import Plan
from reconciler.planner.sets import Instants, numbers_of, positions_of, union
from reconciler.planner.world import World
from reconciler.records import Intent, Seen, Written


@dataclass(frozen=True, slots=True)
class Remains:
    """What is to be in the LMS of one content if nobody but the reconciler has touched it.

    ``due`` are the due instants of ``dated``, in the order of their positions: those that are known
    and count, since the content was not completed.
    """

    enrolled: BitMap
    completed: BitMap
    dated: BitMap
    due: Instants


def seen_in(world: World) -> dict[str, Seen]:
    """What a run sees in the LMS, by content: all that policies, ledger or the reading name."""
    due = world.holdings.open_due()
    held = {content: world.holdings.of(content) for content in world.holdings.contents}
    return {
        content: Seen(one.enrolled, one.completed, due[content]) for content, one in held.items()
    }


def seen_of(plan: Plan) -> dict[str, Seen]:
    """What a run sees of those whom the ledger numbers; an undo numbers nobody new (U9)."""
    seen = seen_in(plan.world)
    if plan.undoing is None:
        return seen
    known = BitMap(range(len(plan.world.ledger.trainees)))
    return {
        content: Seen(
            one.enrolled & known,
            one.completed & known,
            chosen_of(one.due, one.open, one.open & known),
        )
        for content, one in seen.items()
    }


def left(seen: Seen, written: Iterable[Written], world: World) -> Remains:
    """What a run has left of one content.

    Args:
        seen: What it saw.
        written: What it sent after that, about this content, in order.
        world: What the LMS shows now: it tells of writes that nobody has noted.
    """
    enrolled, completed, sent = seen.enrolled, seen.completed, list(written)
    if not sent:
        return Remains(enrolled, completed, seen.open, seen.due)
    dues = _Dues(union([seen.open, *(one.intent.trainees for one in sent)]))
    dues.put(seen.open, seen.due)
    for one in sent:
        intent, already = one.intent, one.already
        done = one.done | (one.doubtful & world.settled.get(intent.number, BitMap()))
        match Action(intent.action):
            case Action.ASSIGN:
                enrolled = enrolled | done | already
                dues.put(done, _sent_due(intent, done))
                dues.forget(already)
            case Action.RESTART | Action.RETAKE:
                completed = completed - done - already
                dues.put(done, _sent_due(intent, done))
                dues.forget(already)
            case Action.RESCHEDULE:
                arrived = done | already | _as_sent(intent, one.doubtful, world)
                dues.put(arrived, _sent_due(intent, arrived))
            case Action.REMOVE if intent.effect == WITHDRAWN:
                completed = completed | done
            case Action.REMOVE:
                enrolled = enrolled - done - already
    dated, due = dues.told(enrolled - completed)
    return Remains(enrolled, completed & enrolled, dated, due)


class _Dues:
    """The due instants of some trainees, as far as they are known."""

    def __init__(self, trainees: BitMap) -> None:
        self._numbers = numbers_of(trainees)
        self._due = np.full(len(self._numbers), NO_INSTANT)
        self._known = np.zeros(len(self._numbers), dtype=bool)

    def put(self, trainees: BitMap, due: Instants) -> None:
        """Note what they are; one element stands for all."""
        places = self._places(trainees)
        self._due[places] = due
        self._known[places] = True

    def forget(self, trainees: BitMap) -> None:
        self._known[self._places(trainees)] = False

    def told(self, among: BitMap) -> tuple[BitMap, Instants]:
        """Those that are known of some trainees, in the order of positions."""
        known = positions_of(self._numbers[self._known])
        return known & among, chosen_of(self._due[self._known], known, known & among)

    def _places(self, trainees: BitMap) -> NDArray[np.intp]:
        return np.searchsorted(self._numbers, numbers_of(trainees))


def _sent_due(intent: Intent, trainees: BitMap) -> Instants:
    """The due instants that were sent for some of an intent's trainees."""
    if intent.details is None:
        return np.array([NO_INSTANT if intent.due is None else _naive(intent)])
    due = intent.details["due"].to_numpy().astype("datetime64[s]")
    return chosen_of(due, intent.trainees, trainees)


def _naive(intent: Intent) -> np.datetime64:
    assert intent.due is not None
    return np.datetime64(intent.due.replace(tzinfo=None), "s")


def _as_sent(intent: Intent, doubtful: BitMap, world: World) -> BitMap:
    """For whom of the doubtful the LMS shows the due date that was sent."""
    there = doubtful & world.holdings.of(intent.content).enrolled
    if not there:
        return there
    now = world.holdings.instants(intent.content, "due", there)
    return there - differing(there, _sent_due(intent, there), now, world)


def chosen_of(instants: Instants, trainees: BitMap, chosen: BitMap) -> Instants:
    """Of the instants of some trainees, in the order of positions, those of some of them."""
    if len(chosen) == len(trainees):
        return instants
    return instants[np.searchsorted(numbers_of(trainees), numbers_of(chosen))]
