"""When the answer for one trainee changes by itself: windows, tenure, exemptions, renewals."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

import numpy as np
from pyroaring import BitMap

from reconciler.documents.scalars import ends, first_instant
from reconciler.planner.forecast import outcomes
from reconciler.planner.index import EPOCH, MISSING
from reconciler.planner.lifecycle import moves_of
from reconciler.planner.plan import Plan
from reconciler.planner.wanted import Standing
from reconciler.policy.target import AllOf, AnyOf, Clause, Employed, Not

Position = int


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """An instant at which something changes though nobody changes anything, and what."""

    at: datetime
    what: str


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

    For those who are not active it does not: rules give them nothing (P5).
    """
    if position not in plan.world.index.activity.active:
        return None
    now = plan.world.moment.as_of
    turns: dict[datetime, list[tuple[str, str]]] = defaultdict(list)
    for one in plan.standings:
        if one.rule.content == content:
            for turn in _turns(one, position, plan):
                turns[turn.at].append((turn.what, one.rule.id))
    instants = [now, *sorted(at for at in turns if at > now)]
    found = outcomes(position, content, plan, instants)
    before = next(found)
    for at, then in zip(instants[1:], found, strict=True):
        if then != before:
            several = sorted(turns[at])
            turned = [what for what, by in several if then.reasons[by] != before.reasons[by]]
            every = turned or [what for what, _ in several]
            return Turn(at, " and ".join(dict.fromkeys(every)))
    return None


def _turns(one: Standing, position: Position, plan: Plan) -> Iterator[Turn]:
    """The instants at which something turns by one rule, though it may turn nothing for them."""
    zone, name = plan.world.moment.zone, one.rule.id
    if renewal := renewal_of(one, position, plan):
        yield Turn(first_instant(renewal[0], zone), f"{name} renews it")
    for day, comparison in _tenure_days(one.rule.clause, position, plan):
        state = "reached" if comparison == "at_least" else "over"
        yield Turn(first_instant(day, zone), f"the tenure that {name} asks for is {state}")
    window = one.rule.automation.window
    for at, what in ((window.opens(zone), "opens"), (window.closes(zone), "closes")):
        if at is not None:
            yield Turn(at, f"the window of {name} {what}")
    yield from _exemptions(one, plan)


def _exemptions(one: Standing, plan: Plan) -> Iterator[Turn]:
    moves = moves_of(plan.policies)
    for label, exemption in sorted(plan.policies.exemptions.items()):
        source = moves.get(exemption.from_, exemption.from_)
        if exemption.until is not None and source in (one.rule.id, one.rule.content):
            over = ends(exemption.until, plan.world.moment.zone)
            yield Turn(over, f"the exemption {label} ends")


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
