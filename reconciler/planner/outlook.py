"""When the answer for one trainee changes by itself: windows, tenure, exemptions, renewals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pyroaring import BitMap

from reconciler.documents.scalars import ends, first_instant
from reconciler.planner.audience import verdict
from reconciler.planner.index import EPOCH, MISSING
from reconciler.planner.lifecycle import moves_of
from reconciler.planner.plan import Plan
from reconciler.planner.wanted import Standing, covered
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
    if completed is None or position not in one.wants:
        return None
    day = plan.world.moment.day_of(completed)
    return renew.opens(day), renew.every.after(day)


def instant_of(column: str, position: Position, content: str, plan: Plan) -> datetime | None:
    """One instant of an enrollment, in the workspace's time zone."""
    instants = plan.world.holdings.instants(content, column, BitMap([position]))
    found: datetime | None = instants.astype("datetime64[s]").item(0)
    return found.replace(tzinfo=UTC).astimezone(plan.world.moment.zone) if found else None


def next_turn(position: Position, content: str, plan: Plan) -> Turn | None:
    """The next instant at which the answer for one trainee and content changes by itself.

    For those who are not active it does not: rules give them nothing (P5).
    """
    if position not in plan.world.index.activity.active:
        return None
    now = plan.world.moment.as_of
    turns = [
        turn
        for one in plan.standings
        if one.rule.content == content
        for turn in _turns(one, position, plan)
        if turn.at > now
    ]
    return min(turns, default=None)


def _turns(one: Standing, position: Position, plan: Plan) -> Iterator[Turn]:
    zone, name = plan.world.moment.zone, one.rule.id
    if renewal := renewal_of(one, position, plan):
        yield Turn(first_instant(renewal[0], zone), f"{name} renews it")
    for day in _tenure_days(one.rule.clause, position, plan):
        if _matches(one, position, plan, day) is not _matches(one, position, plan):
            yield Turn(first_instant(day, zone), f"the tenure that {name} asks for is reached")
    if position not in one.verdict.maybe:
        return
    window = one.rule.automation.window
    for at, what in ((window.opens(zone), "opens"), (window.closes(zone), "closes")):
        if at is not None:
            yield Turn(at, f"the window of {name} {what}")
    yield from _exemptions(one, position, plan)


def _exemptions(one: Standing, position: Position, plan: Plan) -> Iterator[Turn]:
    moves = moves_of(plan.policies)
    for label, exemption in sorted(plan.policies.exemptions.items()):
        source = moves.get(exemption.from_, exemption.from_)
        if exemption.until is None or source not in (one.rule.id, one.rule.content):
            continue
        if position in covered(exemption, plan.policies, plan.world):
            over = ends(exemption.until, plan.world.moment.zone)
            yield Turn(over, f"the exemption {label} ends")


def _matches(one: Standing, position: Position, plan: Plan, day: date | None = None) -> bool:
    today = day or plan.world.moment.today
    return position in verdict(one.rule.clause, plan.world.index, today=today).yes


def _tenure_days(clause: Clause, position: Position, plan: Plan) -> Iterator[date]:
    """The days on which a comparison with tenure turns, for one trainee."""
    match clause:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _tenure_days(part, position, plan)
        case Not(part):
            yield from _tenure_days(part, position, plan)
        case Employed(_, duration):
            hired = int(plan.world.index.hired[position])
            if hired != MISSING:
                day = duration.after(date.fromordinal(EPOCH.toordinal() + hired))
                if plan.world.moment.today < day < date.max:
                    yield day
