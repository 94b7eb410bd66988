"""From what a run did to a plan: the inverse, as far as it is as that run left it (U)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl
from pyroaring import BitMap

from reconciler.planner.actions import Action, Decision, canonical
from reconciler.planner.aftermath import aftermath
from reconciler.planner.attribution import Attributed, Attribution, by_place
from reconciler.planner.guards import Guarded, guarded
from reconciler.planner.lifecycle import Lifecycle
from reconciler.planner.plan import UNBOUNDED, Limits, Plan, plan
from reconciler.planner.rows import People, Rows, people_of, ranks_of, sorted_by_id
from reconciler.planner.scene import refuse_a_lost_lms, scene_of
from reconciler.planner.sets import numbers_of
from reconciler.planner.undoing import Again, LeftAlone, Part, Surroundings, Undoing, inverse
from reconciler.planner.world import World
from reconciler.policy.source import Policies
from reconciler.records import LedgerChanges, LedgerState, Sighting, gathered
from reconciler.snapshot import Snapshot


def undo(
    snapshot: Snapshot,
    policies: Policies,
    serial: int,
    *,
    as_of: datetime,
    limits: Limits = UNBOUNDED,
) -> Plan:
    """Compute the plan that undoes a run; as pure as ``plan``, and applied in the same way.

    Args:
        snapshot: What was read of the world, with that run in ``ledger.past``.
        policies: Checked. They have no part in what is undone; they tell who is exempt, and what
            the next plan would do.
        serial: The run.
        as_of: With its time zone, in whole seconds.
        limits: What the workspace sets bounds to.

    Raises:
        InvalidPolicies: What the files say does not go with the ledger (A14, A15).
        LmsUnfit: Nothing is left in the LMS of what was given (A13d).
    """
    scene = scene_of(snapshot, policies, as_of=as_of, gate=limits.gate, age=limits.roster_age)
    refuse_a_lost_lms(scene)
    world, run = scene.world, scene.world.ledger.past[serial]
    around = Surroundings(run, world, scene.standings, scene.exempt)
    found = [one for deed in run.deeds for one in inverse(deed, around)]
    parts = [one for one in found if isinstance(one, Part)]
    if not scene.gate.is_open:  # as of every plan, nothing is taken away (A3)
        parts = [one for one in parts if one.decision.action is not Action.REMOVE]
    decisions = tuple(sorted((one.decision for one in parts), key=canonical))
    held = guarded(
        decisions,
        scene.life,
        world,
        guards=limits.guards,
        lifts=policies.lifts,
        contents=world.holdings.contents,
    )
    people, rows = _rows(held.decisions, parts, world)
    imagined = aftermath(snapshot, people, rows, world) if rows else None
    again = tuple(_again(imagined, policies, as_of, decisions))
    return Plan(
        world=world,
        policies=policies,
        standings=(),
        reasons={},
        orders=(),
        lifecycle=Lifecycle((), (), ()),
        contents={},
        decisions=held.decisions,
        gate=scene.gate,
        guarded=held,
        attributions=_attributed(held.decisions),
        people=people,
        rows=rows,
        changes=_changes(scene.renames, held, world),
        sighting=_seen_before(held, world.ledger),
        undoing=Undoing(
            run=run,
            left=tuple(one for one in found if isinstance(one, LeftAlone)),
            poorer=_by_content((one.decision, one.poorer) for one in parts),
            later=_by_content((one.decision, one.later) for one in parts),
            again=again,
        ),
    )


def _rows(
    decisions: Sequence[Decision], parts: Sequence[Part], world: World
) -> tuple[People, tuple[Rows, ...]]:
    """The rows of what is not blocked; guards may have divided the decisions of the parts."""
    going = [one for one in decisions if one.blocked is None]
    people = people_of((one.trainees for one in going), world.index)
    several = []
    for one, ranks in zip(going, ranks_of(going, people), strict=True):
        (part,) = (each for each in parts if _is_of(one, each))
        due = part.due
        if len(due) > 1:
            mine = np.searchsorted(numbers_of(part.decision.trainees), numbers_of(one.trainees))
            due = sorted_by_id(due[mine], one.trainees, people)
        several.append(Rows(one, ranks, due))
    return people, tuple(several)


def _is_of(decision: Decision, part: Part) -> bool:
    """Whether a decision is a part, or the piece of it that a guard holds or leaves."""
    whole = part.decision
    same = (whole.content, whole.action) == (decision.content, decision.action)
    return same and whole.blocked is None and bool(whole.trainees & decision.trainees)


def _again(
    imagined: Snapshot | None, policies: Policies, as_of: datetime, decisions: Iterable[Decision]
) -> Iterator[Again]:
    """What the next plan would do with what is undone, were nothing else to happen (U10)."""
    if imagined is None:
        return
    following = plan(imagined, policies, as_of=as_of)
    undone = _by_content((one, one.trainees) for one in decisions)
    found = gathered(
        ((cause, one.content, one.action), share)
        for one in following.decisions
        if one.blocked is None and (share := one.trainees & undone.get(one.content, BitMap()))
        for cause in one.causes
    )
    yield from (Again(*place, trainees=who) for place, who in sorted(found.items()))


def _attributed(decisions: Iterable[Decision]) -> Attributed:
    return {place: {Attribution.UNDO: who} for place, who in sorted(by_place(decisions).items())}


def _changes(renames: Mapping[str, str], held: Guarded, world: World) -> LedgerChanges:
    """What a run that was cut off has written, and nothing of what the policies would note (U9)."""
    settled = {key: change for key, change in sorted(world.settlement.items()) if change}
    named = renames if settled or held.decisions else {}
    return LedgerChanges(renamed=named, sets=settled, lifts=held.used, settled=world.settled)


def _seen_before(held: Guarded, ledger: LedgerState) -> Sighting:
    """What the last apply saw, once more: an undo does not look at the people (U9)."""
    return Sighting(
        newcomers=pl.Series("trainee", [], dtype=pl.String),
        present=ledger.members("present"),
        filled={},
        census=lambda: ledger.census,
        applied=ledger.applied,
        marks=held.lifted,
    )


def _by_content(several: Iterable[tuple[Decision, BitMap]]) -> dict[str, BitMap]:
    found = gathered(
        (decision.content, who) for decision, who in several if who and decision.blocked is None
    )
    return dict(sorted(found.items()))
