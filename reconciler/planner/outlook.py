"""When the answer for one trainee changes by itself: windows, tenure, exemptions, renewals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

import numpy as np
from pyroaring import BitMap

from reconciler.documents.scalars import ends, first_instant
from reconciler.planner.alone import Alone
from reconciler.planner.exempted import exemptions_of
from reconciler.planner.forecast import Outcome, outcomes
from reconciler.planner.index import EPOCH, MISSING
from reconciler.planner.lifecycle import moves_of
from reconciler.planner.plan import Plan
from reconciler.planner.wanted import Standing
from reconciler.policy.model import Exemption
from reconciler.policy.target import AllOf, AnyOf, Clause, Employed, Not, clause_of

Position = int


@dataclass(frozen=True, slots=True)
class Turn:
    """An instant at which something changes though nobody changes anything, and what."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instant at which something may change by itself, and what would be the cause.

    ``by`` is the rule through which it would; None for the trainee, and so for every rule.
    """

    at: datetime
    what: str
    by: str | None


def renewal_of(one: Standing, position: Position, plan: Plan) -> tuple[date, date] | None:
    """When the renewal of a completion is assigned, and due; None where there is none (A11)."""
    renew, content = one.rule.automation.renew, one.rule.content
    if renew is None or position not in plan.world.holdings.of(content).completed:
        return None
    completed = instant_of("completed", position, content, plan)
    if completed is None:
        return None
    day = plan.world.moment.day_of(completed)
    return renew.opens(day), renew.every.after(day)


def instant_of(column: str, position: Position, content: str, plan: Plan) -> datetime | None:
    """One instant of an enrollment, in the workspace's time zone."""
    instants = plan.world.holdings.instants(content, column, BitMap([position]))
    return in_zone(instants[0], plan.world.moment.zone)


def in_zone(instant: np.datetime64, zone: tzinfo) -> datetime | None:
    """An instant as kept for many trainees, in a time zone; None for none."""
    found: datetime | None = instant.astype("datetime64[s]").item()
    return found.replace(tzinfo=UTC).astimezone(zone) if found else None


def next_turn(position: Position, content: str, plan: Plan) -> Turn | None:
    """The next instant at which the answer for one trainee and content changes by itself.

    For those who are inactive it does not: rules give them nothing (P5).
    """
    if position in plan.world.index.activity.inactive:
        return None
    here = Alone(plan.world.index, position)
    standings = [one for one in plan.standings if one.rule.content == content]
    sources = {content, *(one.rule.id for one in standings)}
    exemptions = exemptions_of(here, sources, plan.policies, plan.world)
    every = sorted(
        (
            one
            for one in _candidates(here, standings, exemptions, plan)
            if one.at > plan.world.moment.as_of
        ),
        key=lambda one: (one.at, one.what),
    )
    instants = sorted({one.at for one in every})
    found = outcomes(position, content, plan, exemptions, instants)
    before = next(found)
    for at, then in zip(instants, found, strict=True):
        if then != before:
            return Turn(at, _told([one for one in every if one.at == at], before, then))
    return None


def _told(several: Sequence[Candidate], before: Outcome, then: Outcome) -> str:
    """What changes an outcome: who leaves does so for all rules; else those that say another."""
    leaving = [one for one in several if one.by is None]
    turned = [one for one in several if one.by and then.reasons[one.by] != before.reasons[one.by]]
    return " and ".join(dict.fromkeys(one.what for one in leaving or turned or several))


def _candidates(
    here: Alone,
    standings: Sequence[Standing],
    exemptions: Mapping[str, Exemption],
    plan: Plan,
) -> Iterator[Candidate]:
    """The instants at which something turns, though it may turn nothing for this trainee."""
    if here.termination is not None:
        at = first_instant(here.termination, plan.world.moment.zone)
        yield Candidate(at, "the termination date is reached", None)
    moves = moves_of(plan.policies)
    for one in standings:
        for at, what in _by_rule(one, here.position, plan):
            yield Candidate(at, what, one.rule.id)
        for label, exemption in exemptions.items():
            if moves.get(exemption.from_, exemption.from_) in (one.rule.id, one.rule.content):
                for at, what in _by_exemption(label, exemption, here.position, plan):
                    yield Candidate(at, what, one.rule.id)


def _by_rule(one: Standing, position: Position, plan: Plan) -> Iterator[tuple[datetime, str]]:
    zone, name = plan.world.moment.zone, one.rule.id
    if renewal := renewal_of(one, position, plan):
        yield first_instant(renewal[0], zone), f"{name} renews it"
    yield from _by_tenure(name, one.rule.clause, position, plan)
    window = one.rule.automation.window
    for at, what in ((window.opens(zone), "opens"), (window.closes(zone), "closes")):
        if at is not None:
            yield at, f"the window of {name} {what}"


def _by_exemption(
    label: str, exemption: Exemption, position: Position, plan: Plan
) -> Iterator[tuple[datetime, str]]:
    if exemption.until is not None:
        yield ends(exemption.until, plan.world.moment.zone), f"the exemption {label} ends"
    clause = clause_of(exemption.target, plan.policies.groups, plan.world.aliases)
    yield from _by_tenure(f"the exemption {label}", clause, position, plan)


def _by_tenure(
    name: str, clause: Clause, position: Position, plan: Plan
) -> Iterator[tuple[datetime, str]]:
    for day, comparison in _tenure_days(clause, position, plan):
        state = "reached" if comparison == "at_least" else "over"
        at = first_instant(day, plan.world.moment.zone)
        yield at, f"the tenure that {name} asks for is {state}"


def _tenure_days(clause: Clause, position: Position, plan: Plan) -> Iterator[tuple[date, str]]:
    """The days on which a comparison with tenure turns, for one trainee, and which."""
    match clause:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _tenure_days(part, position, plan)
        case Not(part):
            yield from _tenure_days(part, position, plan)
        case Employed(comparison, duration):
            hired = int(plan.world.index.hired[position])
            if hired != MISSING:
                day = duration.after(date.fromordinal(EPOCH.toordinal() + hired))
                if plan.world.moment.today < day < date.max:
                    yield day, comparison
