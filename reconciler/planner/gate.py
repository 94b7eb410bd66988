"""The roster gate: whether the roster is fit to plan from, compared with the last good one (A3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from pyroaring import BitMap

from reconciler.planner.guards import SEVERAL, active_lifts
from reconciler.planner.index import ACTIVE, FILLED, Index, source_of
from reconciler.planner.sets import numbers_of
from reconciler.planner.world import World
from reconciler.policy.guards import EVERYTHING, Lift, RosterGate
from reconciler.policy.source import Policies
from reconciler.policy.target import attributes_of, clause_of
from reconciler.policy.walk import targets
from reconciler.records import LiftRecord, gathered

Census = Mapping[str, Mapping[str, BitMap]]
ALMOST_ALL = 0.9
"""Of those who left a value, so many under one new value are a value that was renamed (A3f)."""


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison of the roster with the last good one.

    ``guard`` is head_count, empty or age; ``unit`` is all, location.VALUE or an attribute.
    """

    guard: str
    unit: str
    count: int
    base: int
    limit: str
    ceiling: int
    loses_all: bool = False
    lifts: tuple[str, ...] = ()

    @property
    def is_too_much(self) -> bool:
        return self.count > self.ceiling or self.loses_all

    @property
    def fails(self) -> bool:
        return self.is_too_much and not self.lifts


@dataclass(frozen=True, slots=True)
class Rename:
    """A value that all who bore it have left, and the new one under which they are back.

    ``fails``: a target names the old value, so that all of them would leave it, and neither the
    workspace nor one of ``lifts`` lets that through.
    """

    attribute: str
    old: str
    new: str
    trainees: int
    fails: bool
    lifts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate found. ``used`` are the lifts that it took."""

    checks: tuple[Check, ...] = ()
    renames: tuple[Rename, ...] = ()
    used: tuple[LiftRecord, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the roster is fit to plan from."""
        failed = any(one.fails for one in self.checks)
        return not failed and not any(one.fails for one in self.renames)


def passed(
    world: World, policies: Policies, *, limits: RosterGate | None, age: timedelta | None
) -> Gate:
    """Look at the roster before anything is planned from it.

    Args:
        world: The run's trainees and memory.
        policies: What attributes and values they use, and which lifts they hold.
        limits: What the workspace lets through; None for no gate.
        age: How old the roster's file is; None where nobody can tell.
    """
    if limits is None:
        return Gate()
    before = _resolved(world)
    checks = [*_age(limits, age, world)]
    if before:
        checks += [
            *_head_counts(before, limits, world),
            *_empty(before, limits, policies, world),
        ]
    lifts = active_lifts(policies.lifts, world)
    checks = [_lifted_check(one, lifts) for one in checks]
    renames = [_lifted_rename(one, lifts, limits) for one in _renames(before, policies, world)]
    taken = [*(one.lifts for one in checks), *(one.lifts for one in renames)]
    used = sorted({name for names in taken for name in names})
    return Gate(
        checks=tuple(one for one in checks if one.is_too_much or _is_told(one)),
        renames=tuple(renames),
        used=tuple(LiftRecord(name, world.moment.as_of) for name in used),
    )


def _lifted_check(check: Check, lifts: Mapping[str, Lift]) -> Check:
    if not check.is_too_much:
        return check
    numbers = check.guard, check.unit, check.count, check.base
    return replace(check, lifts=tuple(_fitting(lifts, *numbers)))


def _lifted_rename(rename: Rename, lifts: Mapping[str, Lift], limits: RosterGate) -> Rename:
    if not rename.fails or limits.renamed == "tell":
        return replace(rename, fails=False)
    unit, count = f"{rename.attribute}.{rename.old}", rename.trainees
    found = tuple(_fitting(lifts, "renamed", unit, count, count))
    return replace(rename, fails=not found, lifts=found)


def _fitting(
    lifts: Mapping[str, Lift], guard: str, unit: str, count: int, base: int
) -> Iterator[str]:
    """The first lift that lets so much through, if there is one."""
    for name, lift in lifts.items():
        same = (lift.guard, lift.unit) == (guard, unit)
        if same and count <= (lift.ceiling.ceiling(base) or 0):
            yield name
            return


def _is_told(check: Check) -> bool:
    """Whether a check is told that found nothing; not the age, which the clock tells (D1)."""
    return check.unit == EVERYTHING and check.guard != "age"


def _resolved(world: World) -> dict[str, dict[str, BitMap]]:
    """The census of the last apply, with the values that have moved since (A15)."""
    return {
        attribute: gathered(
            (world.aliases.get((attribute, value), value), members)
            for value, members in sets.items()
        )
        for attribute, sets in world.ledger.census.items()
    }


def _age(limits: RosterGate, age: timedelta | None, world: World) -> Iterator[Check]:
    today = world.moment.today
    most = (limits.age.after(today) - today).days
    if age is not None:
        days = max(0, age.days)
        yield Check("age", EVERYTHING, days, 0, str(limits.age), most)


def _head_counts(before: Census, limits: RosterGate, world: World) -> Iterator[Check]:
    """Who was active at the last apply and is not any more, in all and by location."""
    index = world.index
    were = before[ACTIVE][""]
    yield from _counted("head_count", EVERYTHING, were, index.activity.active, limits)
    for location, members in sorted(before.get("location", {}).items()):
        here = index.bearing("location", location) & index.activity.active
        yield from _counted("head_count", f"location.{location}", members & were, here, limits)


def _empty(before: Census, limits: RosterGate, policies: Policies, world: World) -> Iterator[Check]:
    """Whose value has gone since the last apply, in each attribute that a target uses."""
    index = world.index
    for attribute in sorted(used_attributes(policies)):
        were = before[FILLED].get(attribute, BitMap()) & index.activity.active
        yield from _counted("empty", attribute, were, index.decidedly_filled(attribute), limits)


def _counted(
    guard: str, unit: str, were: BitMap, are: BitMap, limits: RosterGate
) -> Iterator[Check]:
    name = unit.partition(".")[0] if guard == "head_count" else guard
    limit = limits.limits[name]
    base, count = len(were), len(were - are)
    ceiling = limit.ceiling(base)
    if ceiling is not None:
        # Who is the only one at a location may leave it; a store of several does not vanish.
        vanishes = name == "location" and count == base >= SEVERAL
        yield Check(guard, unit, count, base, str(limit), ceiling, loses_all=vanishes)


def used_attributes(policies: Policies) -> frozenset[str]:
    """The attributes that the targets of the policies read."""
    whole = (target for path, target in targets(policies) if path[-1] == "target")
    clauses = (clause_of(target, policies.groups, {}) for target in whole)
    return frozenset().union(*map(attributes_of, clauses))


def census(index: Index, policies: Policies) -> dict[str, dict[str, BitMap]]:
    """What the gate of a later run compares with: who is active, what is filled, who bears what.

    Values that one person alone bears are left out: nothing is told from them.
    """
    used = used_attributes(policies)
    sources = {source for one in used if (source := source_of(one)) is not None}
    return {
        ACTIVE: {"": index.activity.active},
        FILLED: {attribute: index.filled(attribute) for attribute in sorted(used)},
        **{
            attribute: {
                value: members
                for value, members in sorted(index.own_sets(attribute).items())
                if len(members) >= SEVERAL
            }
            for attribute in sorted((used & index.attributes) | sources | {"location"})
        },
    }


def _renames(before: Census, policies: Policies, world: World) -> Iterator[Rename]:
    index = world.index
    named = {
        (attribute, value)
        for _, target in targets(policies)
        for attribute in (*index.attributes,)
        for value in getattr(target, attribute, None) or target.custom.get(attribute, ())
    }
    for attribute in sorted(before.keys() - {ACTIVE, FILLED}):
        own = index.own_sets(attribute)
        gone = {value: who for value, who in before[attribute].items() if value not in own}
        new = sorted(own.keys() - before[attribute].keys())
        if not gone or not new:
            continue
        label = np.full(index.size, len(new), dtype=np.int64)
        for number, value in enumerate(new):
            label[numbers_of(own[value])] = number
        for value, members in sorted(gone.items()):
            there = members & index.roster
            hits = np.bincount(label[numbers_of(there)], minlength=len(new) + 1)[:-1]
            to, most = int(hits.argmax()), int(hits.max())
            of_before = own[new[to]] & world.ledger.members("present")
            if most >= max(SEVERAL, ALMOST_ALL * len(there), ALMOST_ALL * len(of_before)):
                fails = (attribute, value) in named or any(
                    source_of(given) == attribute
                    and value in (givers := index.givers(given, one))
                    and new[to] not in givers
                    for given, one in named
                )
                yield Rename(attribute, value, new[to], most, fails)
