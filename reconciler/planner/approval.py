"""What of a plan a standing approval does not cover: attributions, edits, a day's ceilings (D5)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pyroaring import BitMap

from reconciler.documents.limit import Limit
from reconciler.planner.actions import Action, Decision
from reconciler.planner.attribution import Attribution, mark
from reconciler.planner.guards import LIFTED, Finding, guarded
from reconciler.planner.lifecycle import Change, Lifecycle
from reconciler.planner.plan import Plan
from reconciler.planner.world import World
from reconciler.policy.guards import (
    EVERYTHING,
    KINDS,
    UNITS,
    Guards,
    StandingApproval,
    WorkspaceGuards,
)
from reconciler.records import SetChange, SetKey

TODAY = "today"


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Actions of one attribution that is not approved; ``causes`` are the rules behind them."""

    attribution: Attribution
    action: str
    trainees: int
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Objections:
    """Why a plan needs somebody to look at it; nothing of it where the approval covers it.

    Attributes:
        uncovered: Actions of other attributions.
        edited: Automations, orders and exemptions whose text an apply would record, and values that
            it would note as moved, or no more (A15).
        over: Ceilings of the day that it would pass, with what was done today already.
        after_undo: Nobody has looked at anything since an undo, and this plan may do it again.
    """

    uncovered: tuple[Uncovered, ...] = ()
    edited: tuple[str, ...] = ()
    over: tuple[Finding, ...] = ()
    after_undo: bool = False

    def __bool__(self) -> bool:
        return bool(self.uncovered or self.edited or self.over or self.after_undo)


def objections(plan: Plan, approval: StandingApproval) -> Objections:
    """Compare a plan with what a run may do that nobody has reviewed."""
    return Objections(
        uncovered=tuple(_uncovered(plan, approval)),
        edited=tuple(sorted(set(_edited(plan)))),
        over=tuple(_over(plan, approval)),
        after_undo=plan.world.ledger.unlooked_undo and _does_something(plan),
    )


def _does_something(plan: Plan) -> bool:
    """Whether an apply would write something, or does not since a guard holds it."""
    return not plan.is_empty or any(one.held for one in plan.decisions)


def todays_marks(plan: Plan) -> dict[SetKey, SetChange]:
    """What an apply remembers of this day; of other days nothing is remembered."""
    changes: dict[SetKey, SetChange] = {}
    for key, members in plan.world.ledger.sets.items():
        if key.kind == TODAY and not key.owner.startswith(_day(plan)):
            changes[key] = SetChange(remove=members)
    for one in _carried_out(plan):
        key = _key(plan, one)
        changes[key] = changes.get(key, SetChange()).then(SetChange(add=one.trainees))
    return changes


def _uncovered(plan: Plan, approval: StandingApproval) -> Iterator[Uncovered]:
    """Actions of an attribution that is not approved.

    What a reviewed apply has begun and not finished is approved already (D8), and so is that what a
    guard held in it stays held. What a guard holds for the first time is looked at as well: an
    apply would remember whose doing it is, as if it had been reviewed.
    """
    for (action, content), shares in plan.attributions.items():
        for attribution, members in shares.items():
            if attribution.value in approval.attributions:
                continue
            several = [
                (one, one.trainees & members - _reviewed(one, attribution, plan.world))
                for one in plan.decisions
                if one.blocked is None and (one.action.value, one.content) == (action, content)
            ]
            several = [(one, who) for one, who in several if who]
            if several:
                causes = tuple(sorted({cause for one, _ in several for cause in one.causes}))
                size = sum(len(who) for _, who in several)
                yield Uncovered(attribution, action, size, causes)


def _reviewed(decision: Decision, attribution: Attribution, world: World) -> BitMap:
    """Of whom a reviewed apply has begun this, or left it held as it is now."""
    place = decision.action.value, decision.content
    begun = world.ledger.members(*mark(attribution, place))
    if decision.held:
        return begun | world.ledger.members(*mark(attribution, place, held=True))
    return begun


def _edited(plan: Plan) -> Iterator[str]:
    yield from plan.changes.renamed.values()
    yield from (record.id for record in plan.lifecycle.retired)
    yield from (rule.id for rule in plan.lifecycle.rules if rule.change is not Change.KEPT)
    for order in plan.orders:
        known = {record.id: record.state for record in plan.world.ledger.orders}
        if order.is_new or order.record.state == "cancelled" != known.get(order.id):
            yield order.id
    yield from plan.noted


def _over(plan: Plan, approval: StandingApproval) -> Iterator[Finding]:
    found = guarded(
        tuple(_of_the_day(plan)),
        Lifecycle((), (), ()),
        _unlifted(plan.world),
        guards=_ceilings(approval),
        lifts={},
        contents=sorted(plan.contents),
    )
    return (one for one in found.findings if one.count > one.ceiling)


def done_already(finding: Finding, plan: Plan) -> int:
    """How much of what a finding counts was done earlier on this day."""
    kinds, unit = KINDS[finding.guard.kind], finding.guard.trainees
    return sum(
        len(members if unit is None else members & unit)
        for key, members in plan.world.ledger.sets.items()
        if key.kind == TODAY
        and key.owner.startswith(_day(plan))
        and key.owner.rpartition(".")[2] in kinds
    )


def _unlifted(world: World) -> World:
    """The world without what lifts have let through: that was in guards, not on a day (G4b)."""
    sets = {key: who for key, who in world.ledger.sets.items() if key.kind != LIFTED}
    return replace(world, ledger=replace(world.ledger, sets=sets))


def _ceilings(approval: StandingApproval) -> WorkspaceGuards:
    """The ceilings of a day as guards, without the defaults of a plan's guards."""
    every = {}
    for unit in (EVERYTHING, *UNITS):
        written = approval.of(unit)
        every[unit] = Guards(**{kind: getattr(written, kind) or Limit() for kind in KINDS})
    return WorkspaceGuards(**every)


def _of_the_day(plan: Plan) -> Iterator[Decision]:
    """What is to be done, together with what was done today already."""
    sets: dict[SetKey, BitMap] = {
        key: members
        for key, members in plan.world.ledger.sets.items()
        if key.kind == TODAY and key.owner.startswith(_day(plan))
    }
    for one in _carried_out(plan):
        key = _key(plan, one)
        sets[key] = sets.get(key, BitMap()) | one.trainees
    for key, members in sorted(sets.items()):
        action = Action(key.owner.rpartition(".")[2])
        yield Decision(key.content, action, "", (), members)


def _carried_out(plan: Plan) -> Iterable[Decision]:
    return (one for one in plan.decisions if one.is_carried_out)


def _day(plan: Plan) -> str:
    return plan.world.moment.today.isoformat()


def _key(plan: Plan, decision: Decision) -> SetKey:
    return SetKey(TODAY, f"{_day(plan)}.{decision.action.value}", decision.content)
