"""Guards: what a plan does too much of, in all and in each unit, and what that holds (G1 to G4)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from pyroaring import BitMap

from reconciler.documents.limit import Limit
from reconciler.documents.scalars import ends
from reconciler.planner.actions import WITHDRAWN, Decision
from reconciler.planner.lifecycle import Lifecycle
from reconciler.planner.sets import numbers_of, without
from reconciler.planner.world import World
from reconciler.policy.guards import (
    EVERYTHING,
    KINDS,
    TAKES_AWAY,
    UNITS,
    Guards,
    Lift,
    WorkspaceGuards,
)
from reconciler.records import LiftRecord, SetChange, SetKey, gathered

Counts = NDArray[np.int64]
LIFTED = "lifted"
"""The kind of set of what a lift let through in one guard (G4b)."""
SEVERAL = 2
"""So many holders make a unit of which it matters that all go (G2)."""


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard: of one kind, for one policy or all, in one unit or all.

    Attributes:
        kind: A key of KINDS.
        policy: ``all``, or the automation that it is written in.
        unit: ``all``, ATTRIBUTE.VALUE, or a protected content.
        limit: As written.
        base: What a share counts from (G2).
        trainees: The unit's people; None for all.
        content: The protected content; None for all.
    """

    kind: str
    limit: Limit
    base: int
    policy: str = EVERYTHING
    unit: str = EVERYTHING
    trainees: BitMap | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one guard in a plan.

    ``lifts`` are those that it took to let ``lifted`` through; ``held`` is what it holds.
    """

    guard: Guard
    count: int
    ceiling: int
    loses_all: bool = False
    lifts: tuple[str, ...] = ()
    lifted: tuple[Decision, ...] = ()
    held: tuple[Decision, ...] = ()

    @property
    def is_too_much(self) -> bool:
        return self.count > self.ceiling or self.loses_all

    @property
    def is_breached(self) -> bool:
        return bool(self.held)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A plan's decisions after the guards have looked at them.

    Attributes:
        findings: Every guard in all or of a policy that counted anything; of the units, those that
            have too much or lose all.
        decisions: The same as before, cut where a guard holds a part.
        holds_all: Whether no part of the plan may be applied.
        used: The lifts that this plan needs; they lift nothing after its apply (G4a).
        lifted: What they let through, each in its guard, until it is done (G4b).
    """

    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...] = ()
    holds_all: bool = False
    used: tuple[LiftRecord, ...] = ()
    lifted: Mapping[SetKey, SetChange] = field(default_factory=dict)


@dataclass(frozen=True)
class _Tallies:
    """How many enrollments each trainee holds, and how many rows of each kind each has."""

    decisions: tuple[Decision, ...]
    world: World
    contents: Sequence[str]

    @cached_property
    def holdings(self) -> Counts:
        enrolled = (self.world.holdings.of(content).enrolled for content in self.contents)
        return counted(enrolled, self.world.index.size)

    @cached_property
    def given(self) -> Counts:
        """How many enrollments each gets. An assignment that a guard holds holds the plan (G4c)."""
        return counted((one.trainees for one in self.of("assign")), self.world.index.size)

    @cached_property
    def taken(self) -> Counts:
        """How many each loses; of a withdrawn retake the last completion stays (D3)."""
        taken = (one.trainees for one in self.of("remove") if one.effect != WITHDRAWN)
        return counted(taken, self.world.index.size)

    def of(self, kind: str) -> tuple[Decision, ...]:
        return tuple(one for one in self.decisions if one.action.value in KINDS[kind])

    def covered(self, guard: Guard) -> Iterator[Decision]:
        """The parts of decisions that a guard is about, but for what it was lifted for (G4b)."""
        for one in self.of(guard.kind):
            if guard.policy not in (EVERYTHING, *one.causes):
                continue
            if guard.content not in (None, one.content):
                continue
            who = one.trainees if guard.trainees is None else one.trainees & guard.trainees
            if rest := who - self.world.ledger.members(*_mark(guard, one)):
                yield replace(one, trainees=rest)


def guarded(
    decisions: tuple[Decision, ...],
    life: Lifecycle,
    world: World,
    *,
    guards: WorkspaceGuards | None,
    lifts: Mapping[str, Lift],
    contents: Sequence[str],
) -> Guarded:
    """Hold what is more than the guards let through.

    Args:
        decisions: Of the plan, in canonical order.
        life: The automations, present and past, with the guards that they carry.
        world: The run's trainees, enrollments and memory.
        guards: The workspace's; None for none.
        lifts: All that the files say, by name; the used and the expired lift nothing.
        contents: Everything whose enrollments count as holdings.
    """
    going = tuple(one for one in decisions if one.blocked is None)
    tallies = _Tallies(going, world, contents)
    active = active_lifts(lifts, world)
    every = [
        *_in_all(tallies, guards),
        *_of_policies(tallies, life),
        *_in_units(tallies, guards),
        *_of_protected(tallies, guards),
    ]
    findings = tuple(filter(_is_told, (_finding(guard, tallies, active) for guard in every)))
    breaches = [one for one in findings if one.is_breached]
    spares = guards is not None and guards.on_breach == "hold_removals"
    holds_all = any(not spares or one.guard.kind not in TAKES_AWAY for one in breaches)
    divided = tuple(_cut(decisions, breaches))
    through = tuple(_through(findings, divided))
    used = {name for one in through for name in one.lifts}
    return Guarded(
        decisions=divided,
        findings=findings,
        holds_all=holds_all,
        used=tuple(LiftRecord(name, world.moment.as_of) for name in sorted(used)),
        lifted=_marks(through),
    )


def counted(sets: Iterable[BitMap], size: int) -> Counts:
    """In how many of some sets each position is."""
    counts = np.zeros(size, dtype=np.int64)
    for members in sets:
        counts[numbers_of(members)] += 1
    return counts


def units(world: World, attribute: str) -> Iterator[tuple[str, BitMap]]:
    """The people of each unit, by ATTRIBUTE.VALUE; units with nobody are left out."""
    for value in sorted(world.index.values(attribute)):
        if members := world.index.bearing(attribute, value):
            yield f"{attribute}.{value}", members


def active_lifts(lifts: Mapping[str, Lift], world: World) -> dict[str, Lift]:
    """The lifts that are neither used nor expired, by name."""
    moment = world.moment
    return {
        name: lift
        for name, lift in sorted(lifts.items())
        if name not in world.ledger.lifts and ends(lift.until, moment.zone) > moment.as_of
    }


def _in_all(tallies: _Tallies, guards: WorkspaceGuards | None) -> Iterator[Guard]:
    for kind, limit in guards.of(EVERYTHING).limits() if guards else ():
        if tallies.of(kind):
            yield Guard(kind, limit, _base(kind, tallies))


def _base(kind: str, tallies: _Tallies) -> int:
    """The active roster for assignments, else the holdings before the plan (G2)."""
    if kind == "assign":
        return len(tallies.world.index.activity.active)
    return int(tallies.holdings.sum())


def _of_policies(tallies: _Tallies, life: Lifecycle) -> Iterator[Guard]:
    carried = [
        *((rule.id, rule.content, rule.automation.guards) for rule in life.rules),
        *((record.id, record.content, _last_applied(record.text)) for record in life.past),
    ]
    for owner, content, guards in carried:
        for kind, limit in guards.limits() if guards else ():
            if any(owner in one.causes and one.content == content for one in tallies.of(kind)):
                base = _base(kind, tallies) if kind == "assign" else _own(owner, content, tallies)
                yield Guard(kind, limit, base, policy=owner)


def _last_applied(text: Mapping[str, object]) -> Guards | None:
    """The guards of a rule that has gone; those of all hold it where its own cannot be read."""
    written = text.get("guards")
    with suppress(ValidationError):
        return Guards.model_validate(written) if written else None
    return None


def _own(owner: str, content: str, tallies: _Tallies) -> int:
    """How many enrollments an automation gave or holds (G2b)."""
    ledger = tallies.world.ledger
    known = ledger.members("gave", owner, content) | ledger.members("held", owner, content)
    return len(known & tallies.world.holdings.of(content).enrolled)


def _in_units(tallies: _Tallies, guards: WorkspaceGuards | None) -> Iterator[Guard]:
    """The guards of those units that may have too much, or lose all."""
    for attribute in UNITS if guards else ():
        assert guards is not None
        for kind, limit in guards.of(attribute).limits():
            several = tallies.of(kind)
            rows = counted((one.trainees for one in several), tallies.world.index.size)
            for unit, members in units(tallies.world, attribute) if several else ():
                numbers = numbers_of(members)
                if at_most := int(rows[numbers].sum()):
                    taken = int(tallies.taken[numbers].sum())
                    base = _unit_base(kind, members, tallies)
                    guard = Guard(kind, limit, base, unit=unit, trainees=members)
                    if at_most > _ceiling(guard) or _loses_all(guard, taken, tallies):
                        yield guard


def _unit_base(kind: str, members: BitMap, tallies: _Tallies) -> int:
    if kind == "assign":
        return len(members & tallies.world.index.activity.active)
    return int(tallies.holdings[numbers_of(members)].sum())


def _ceiling(guard: Guard) -> int:
    found = guard.limit.ceiling(guard.base)
    assert found is not None, "a guard without a ceiling is none"
    return found


def _of_protected(tallies: _Tallies, guards: WorkspaceGuards | None) -> Iterator[Guard]:
    for content in sorted(set(guards.protected)) if guards else ():
        for kind in ("remove", "restart", "retake"):
            if any(one.content == content for one in tallies.of(kind)):
                yield Guard(kind, Limit(number=0), 0, unit=content, content=content)


def _finding(guard: Guard, tallies: _Tallies, lifts: Mapping[str, Lift]) -> Finding:
    parts = tuple(tallies.covered(guard))
    count, ceiling = _size(parts), _ceiling(guard)
    taken = _size(one for one in parts if one.effect != WITHDRAWN)
    loses_all = _loses_all(guard, taken, tallies)
    found = Finding(guard, count, ceiling, loses_all=loses_all)
    if not found.is_too_much:
        return found
    rest, used, lifted = parts, [], []
    for name, lift in lifts.items():
        if (lift.guard, lift.unit) != (guard.kind, guard.unit):
            continue
        if guard.policy not in (EVERYTHING, lift.policy):
            continue
        theirs = [one for one in rest if lift.policy in (EVERYTHING, *one.causes)]
        most = lift.ceiling.ceiling(guard.base)
        if theirs and most is not None and _size(theirs) <= most:
            used.append(name)
            lifted += theirs
            rest = tuple(one for one in rest if one not in theirs)
        if _size(rest) <= ceiling and not (loses_all and rest):
            return replace(found, lifts=tuple(used), lifted=tuple(lifted))
    return replace(found, held=parts)


def _is_told(finding: Finding) -> bool:
    of_a_unit = finding.guard.trainees is not None
    return finding.is_too_much if of_a_unit else finding.count > 0


def _size(parts: Iterable[Decision]) -> int:
    return sum(len(one.trainees) for one in parts)


def _loses_all(guard: Guard, taken: int, tallies: _Tallies) -> bool:
    """Whether of several in a unit who hold something nobody does after the plan (G2a)."""
    if guard.kind != "remove" or guard.trainees is None:
        return False
    numbers = numbers_of(guard.trainees)
    held, given = tallies.holdings[numbers], int(tallies.given[numbers].sum())
    return int(np.count_nonzero(held)) >= SEVERAL and int(held.sum()) + given <= taken


def _cut(decisions: Iterable[Decision], breaches: Sequence[Finding]) -> Iterator[Decision]:
    """The decisions, each divided into what is held and what is not."""
    held: dict[tuple[object, ...], BitMap] = {}
    for one in (part for breach in breaches for part in breach.held):
        held[_identity(one)] = held.get(_identity(one), BitMap()) | one.trainees
    for one in decisions:
        kept = held.get(_identity(one), BitMap()) & one.trainees
        if rest := without(one.trainees, kept):
            yield replace(one, trainees=rest)
        if kept:
            yield replace(one, trainees=kept, held=True)


def _identity(decision: Decision) -> tuple[object, ...]:
    """All that tells a decision from the others of its plan: everything but its trainees."""
    names = (one.name for one in fields(Decision) if one.name != "trainees")
    return tuple(getattr(decision, name) for name in names)


def _mark(guard: Guard, decision: Decision) -> SetKey:
    """The set of those whose unfinished row a lift let through in a guard (G4b)."""
    whose = f"{guard.policy}.{guard.kind}.{guard.unit}.{decision.action}"
    return SetKey(LIFTED, whose, decision.content)


def _through(findings: Iterable[Finding], divided: Iterable[Decision]) -> Iterator[Finding]:
    """What lifts let through and no other guard holds: nobody may write the rest (G4a)."""
    going = {_identity(one): one.trainees for one in divided if one.is_carried_out}
    for finding in findings:
        parts = (
            replace(one, trainees=one.trainees & going.get(_identity(one), BitMap()))
            for one in finding.lifted
        )
        if left := tuple(one for one in parts if one.trainees):
            yield replace(finding, lifted=left)


def _marks(through: Iterable[Finding]) -> dict[SetKey, SetChange]:
    marked = gathered(
        (_mark(finding.guard, one), one.trainees) for finding in through for one in finding.lifted
    )
    return {key: SetChange(add=who) for key, who in marked.items()}
