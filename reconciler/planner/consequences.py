"""What the ledger learns from writes that the LMS carried out (A7, A12, A13, M2 to M4)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pyroaring import BitMap

from reconciler.planner.actions import WITHDRAWN, Action, Decision
from reconciler.records import REMEMBERED, SetChange, SetKey, undone_run


@dataclass(frozen=True, slots=True)
class Known:
    """What a write has consequences for.

    Attributes:
        sets: The sets that the ledger has, those of this plan included.
        leavers: By the set ``freed`` of each automation, who is out of its target (M3).
        waiting: By the set ``held`` of each automation, who is bound and would be wanted by it.
        before: By run that is undone, the sets of its enrollments before it wrote them.
    """

    sets: Collection[SetKey] = ()
    leavers: Mapping[SetKey, BitMap] = field(default_factory=dict)
    waiting: Mapping[SetKey, BitMap] = field(default_factory=dict)
    before: Mapping[int, Mapping[SetKey, BitMap]] = field(default_factory=dict)

    def of(self, content: str, *kinds: str) -> Iterator[SetKey]:
        return (key for key in self.sets if key.content == content and key.kind in kinds)


NOTHING_KNOWN = Known()


def consequences(
    decision: Decision, done: BitMap, known: Known = NOTHING_KNOWN
) -> dict[SetKey, SetChange]:
    """The changes of the ledger's sets after a decision was carried out for ``done``."""
    changes: dict[SetKey, SetChange] = {}
    if done:
        run = undone_run(decision.causes)
        found = (
            _consequences(decision, done, known)
            if run is None
            else _undone(decision, done, known, run)
        )
        for key, change in found:
            changes[key] = changes.get(key, SetChange()).then(change)
    return changes


def _undone(
    decision: Decision, done: BitMap, known: Known, run: int
) -> Iterator[tuple[SetKey, SetChange]]:
    """What the ledger knew of an enrollment before the run that is undone, it knows again (U8)."""
    if decision.action is Action.RESCHEDULE:
        return
    before = known.before.get(run, {})
    mine = {key for key in before if key.content == decision.content}
    for key in sorted({*mine, *known.of(decision.content, *REMEMBERED)}):
        was = before.get(key, BitMap()) & done
        yield key, SetChange(add=was, remove=done - was)


def _consequences(
    decision: Decision, done: BitMap, known: Known
) -> Iterator[tuple[SetKey, SetChange]]:
    content, added, taken = decision.content, SetChange(add=done), SetChange(remove=done)
    orders = [cause for cause in decision.causes if not cause.startswith("automation.")]
    for order in orders:
        yield SetKey("open", order), taken
    match decision.action:
        case Action.ASSIGN | Action.RESTART | Action.RETAKE:
            givers = decision.causes if decision.action is Action.ASSIGN else orders
            for giver in givers:
                yield SetKey("gave", giver, content), added
                if giver not in orders or decision.action is not Action.ASSIGN:
                    yield SetKey("held", giver, content), taken
            if decision.action is Action.ASSIGN:
                yield SetKey("missing", "", content), taken
            else:
                yield from ((key, taken) for key in known.of(content, "redue"))
            if orders:
                yield from _unbound(content, done, known)
        case Action.RESCHEDULE:
            for cause in decision.causes:
                yield SetKey("redue", cause, content), taken
        case Action.REMOVE:
            yield from _removed(decision, done, orders, known)


def _unbound(content: str, done: BitMap, known: Known) -> Iterator[tuple[SetKey, SetChange]]:
    """An order that gives ends what removals bound; who is wanted again is held at once (M3)."""
    taken = SetChange(remove=done)
    yield from ((key, taken) for key in known.of(content, "taken", "freed"))
    for key, who in known.waiting.items():
        if key.content == content:
            yield key, SetChange(add=who & done)


def _removed(
    decision: Decision, done: BitMap, orders: Collection[str], known: Known
) -> Iterator[tuple[SetKey, SetChange]]:
    """A removal ends every grant (A13a), a withdrawal none; an order's binds (M3)."""
    content, taken = decision.content, SetChange(remove=done)
    kinds = ("redue",) if decision.effect == WITHDRAWN else ("gave", "held", "redue")
    ending = {SetKey(kind, cause, content) for cause in decision.causes for kind in kinds}
    yield from ((key, taken) for key in sorted({*ending, *known.of(content, *kinds)}))
    if decision.effect != WITHDRAWN:
        yield SetKey("ended", "", content), SetChange(add=done)
    if not orders:
        return
    for order in orders:
        yield SetKey("taken", order, content), SetChange(add=done)
    yield from ((key, taken) for key in known.of(content, "freed"))
    for key, leavers in known.leavers.items():
        if key.content == content:
            yield key, SetChange(add=done & leavers)
