"""Whose doing each action is: this change, drift, policy, time or people (D5)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import ValidationError
from pyroaring import BitMap

from reconciler.documents.scalars import ends
from reconciler.planner.actions import Decision
from reconciler.planner.lifecycle import Change, Lifecycle, retold
from reconciler.planner.rows import People, Rows
from reconciler.planner.sets import numbers_of, shared_out
from reconciler.planner.world import Moment, World
from reconciler.policy.model import Automation, Exemption, Move, canonical
from reconciler.policy.source import Policies
from reconciler.policy.target import Aliases, clause_of, counts_time, document_of
from reconciler.records import LedgerState, SetChange, SetKey, gathered
from reconciler.snapshot import Snapshot


class Attribution(StrEnum):
    """The members stand in the order in which they apply."""

    UNDO = "undo"
    CHANGE = "this change"
    DRIFT = "drift"
    POLICY = "policy"
    TIME = "time"
    PEOPLE = "people"


KEPT = (Attribution.POLICY, Attribution.TIME)
"""What a later plan could not find out again, so that it is remembered (D8)."""

BECAUSE = pl.Enum([one.value for one in Attribution])
Place = tuple[str, str]
"""An action and a content: a trainee has one action for a content in a plan (A8)."""
Actions = Mapping[Place, BitMap]
Attributed = Mapping[Place, Mapping[Attribution, BitMap]]
Imagine = Callable[[Policies, World, Collection[str]], Iterable[Decision]]
"""Decides about some contents by other policies, or in another world."""


def by_place(decisions: Iterable[Decision]) -> dict[Place, BitMap]:
    """For whom each action is planned, the blocked left out."""
    return gathered(
        ((one.action.value, one.content), one.trainees) for one in decisions if one.blocked is None
    )


def attributed(
    decisions: Iterable[Decision],
    world: World,
    snapshot: Snapshot,
    imagine: Imagine,
    *,
    policies: Policies,
    life: Lifecycle,
    base: Actions | None,
) -> Attributed:
    """Attribute every action of a plan to the first that applies (D5).

    Args:
        decisions: Of the plan.
        world: Of the plan.
        snapshot: For who was active at the last apply.
        imagine: Decides by the text last applied, today and at the last as-of.
        policies: Of the plan.
        life: What has become of their automations since.
        base: What the plan of the merge base does; None where no base was named.
    """
    decisions = tuple(decisions)
    planned = by_place(decisions)
    if not planned:
        return {}
    drifted = by_place(one for one in decisions if one.effect == "restored")
    before = _before(world, snapshot)
    applied = applied_policies(world.ledger, policies.moved)
    edited = edited_contents(decisions, life, policies, world)
    timely = {
        content for _, content in planned if _is_timely(content, life, policies, before, world)
    }
    now = by_place(imagine(applied, world, edited))
    then = by_place(imagine(applied, before, edited | timely))

    def claims(place: Place) -> Iterator[tuple[Attribution, BitMap]]:
        everyone, nobody = planned[place], BitMap()
        if base is not None:
            yield Attribution.CHANGE, everyone - base.get(place, nobody)
        for attribution in KEPT:
            for held in (False, True):
                yield attribution, world.ledger.members(*mark(attribution, place, held=held))
        yield Attribution.DRIFT, drifted.get(place, nobody)
        if place[1] in edited:
            yield Attribution.POLICY, everyone - now.get(place, nobody)
        if place[1] in edited | timely:
            yield Attribution.TIME, everyone - then.get(place, nobody)

    return {
        place: shared_out(planned[place], claims(place), Attribution.PEOPLE)
        for place in sorted(planned)
    }


def edited_contents(
    decisions: Iterable[Decision], life: Lifecycle, policies: Policies, world: World
) -> frozenset[str]:
    """The contents of which the text last applied may do something else than the files do."""
    told = to_remember(policies, world)["exemptions"]
    every = frozenset(one.content for one in decisions)
    if told != world.ledger.applied.get("exemptions", {}):
        return every
    return every & frozenset(
        (
            *(rule.content for rule in life.rules if rule.change is not Change.KEPT),
            *(record.content for record in life.retired),
            *(
                one.content
                for one in decisions
                if not all(cause.startswith("automation.") for cause in one.causes)
            ),
        )
    )


def _is_timely(
    content: str, life: Lifecycle, policies: Policies, before: World, world: World
) -> bool:
    """Whether time that passed since the last apply can have changed anything about a content."""
    if before is world:
        return False
    if before.index.activity != world.index.activity:
        return True
    last, zone = before.moment.as_of, world.moment.zone
    if any(
        one.until is not None and last < ends(one.until, zone) <= world.moment.as_of
        for one in policies.exemptions.values()
    ):
        return True
    return any(
        rule.automation.window.is_open(last, zone) != rule.is_open
        or counts_time(rule.clause)
        or rule.automation.renew is not None
        for rule in life.rules
        if rule.content == content
    )


def _before(world: World, snapshot: Snapshot) -> World:
    """Today's roster, enrollments and memory at the as-of of the last apply."""
    last = world.ledger.last_as_of
    if last is None or last >= world.moment.as_of:
        return world
    moment = Moment(last, world.moment.zone)
    return replace(world, moment=moment, index=world.index.at(snapshot, as_of=last))


def applied_policies(ledger: LedgerState, moved: tuple[Move, ...]) -> Policies:
    """The automations and exemptions as they were last applied; orders are never given again.

    ``moved`` are today's renames: they change no action (A15).
    """
    automations: dict[str, Automation] = {}
    for record in ledger.automations:
        if record.state == "live":
            name = record.id.removeprefix("automation.")
            automations |= _read(Automation, name, record.text)
    exemptions: dict[str, Exemption] = {}
    for name, text in ledger.applied.get("exemptions", {}).items():
        exemptions |= _read(Exemption, name, text)
    return Policies(automations=automations, exemptions=exemptions, moved=moved)


def _read(model: type[Any], name: str, text: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {name: model.model_validate(text)}
    except ValidationError:
        return {}  # of an earlier version of the language: it counts as having said nothing


def to_remember(policies: Policies, world: World) -> Mapping[str, Any]:
    """What every apply remembers of the texts, beside what stands in records."""
    exemptions = {
        name: {
            **canonical(one),
            "target": document_of(clause_of(one.target, policies.groups, world.aliases)),
        }
        for name, one in sorted(policies.exemptions.items())
    }
    moved = {
        f"{attribute}.{old}": {"to": f"{attribute}.{new}"}
        for (attribute, old), new in sorted(world.aliases.items())
    }
    return MappingProxyType({"exemptions": exemptions, "moved": moved})


def noted_otherwise(
    before: Mapping[str, Any], after: Mapping[str, Any], aliases: Aliases
) -> dict[str, Mapping[str, Any] | None]:
    """The exemptions and moved values of which another text is to be remembered than is.

    By name; None for what has gone.
    """
    old, new = (
        {
            **{
                f"exemption.{name}": retold(text, aliases)
                for name, text in told.get("exemptions", {}).items()
            },
            **{f"moved.{value}": text for value, text in told.get("moved", {}).items()},
        }
        for told in (before, after)
    )
    names = sorted(old.keys() | new.keys())
    return {name: new.get(name) for name in names if old.get(name) != new.get(name)}


def mark(attribution: Attribution, place: Place, *, held: bool = False) -> SetKey:
    """The set of those whose unfinished action keeps an attribution (D8): begun, or only held."""
    action, content = place
    whose = f"{attribution}.held" if held else attribution
    return SetKey("because", f"{whose}.{action}", content)


def marks(found: Attributed, decisions: Iterable[Decision]) -> dict[SetKey, SetChange]:
    """What has to be remembered until the rows are finished (D8)."""
    left = by_place(one for one in decisions if one.held)
    changes = {}
    for place, shares in found.items():
        held = left.get(place, BitMap())
        for attribution in KEPT:
            share = shares.get(attribution, BitMap())
            changes[mark(attribution, place)] = SetChange(add=share - held)
            changes[mark(attribution, place, held=True)] = SetChange(add=share & held)
    return {key: change for key, change in changes.items() if change}


def because(several: Sequence[Rows], found: Attributed, people: People) -> list[NDArray[np.int8]]:
    """Whose doing the rows of each decision are, as places in ``BECAUSE``; one stands for all."""
    shares = [found.get((one.decision.action.value, one.decision.content), {}) for one in several]
    return [_places(rows, whose, people) for rows, whose in zip(several, shares, strict=True)]


def _places(rows: Rows, shares: Mapping[Attribution, BitMap], people: People) -> NDArray[np.int8]:
    places = {one: place for place, one in enumerate(Attribution)}
    if len(shares) == 1:  # as most have, so that nobody is looked up
        return np.array([places[one] for one in shares], dtype=np.int8)
    table = np.zeros(len(people.ranks), dtype=np.int8)
    for attribution, members in shares.items():
        table[numbers_of(members)] = places[attribution]
    return table[people.positions[rows.ranks]]
