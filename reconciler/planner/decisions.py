"""What is done about one content: who gets it, who loses it, whose due date moves (A7-A16)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pyroaring import BitMap

from reconciler.planner.actions import AGAIN, Action, Decision, incapable
from reconciler.planner.again import starting_over
from reconciler.planner.barriers import barriers
from reconciler.planner.credit import credited, credits_of, gives_credit
from reconciler.planner.demands import Demand, demands
from reconciler.planner.orders import OrderStanding, found_by
from reconciler.planner.reasons import Reason
from reconciler.planner.removals import exits, ordered_removals
from reconciler.planner.reschedules import Pending, pending
from reconciler.planner.sets import by_causes, union, without
from reconciler.planner.wanted import Standing, wanting_sources
from reconciler.planner.world import World
from reconciler.records import AutomationRecord, SetChange, SetKey


@dataclass(frozen=True, slots=True)
class ContentDecisions:
    """All that a plan does about one content.

    Attributes:
        decisions: Actions, disjoint in trainees; and what is blocked, by cause.
        changes: What the ledger learns before the first write: holders (A7), marks (A13).
        respected: From whom somebody removed it, which an automation respects (A13).
        drift: Given by the reconciler, not in the LMS any more.
        foreign: Enrolled, and not by the reconciler (A16).
        credit: By course of a module, whom the assignments credit with it (C1).
        demands: What asks that enrollments start over (A10, A11, R).
    """

    decisions: tuple[Decision, ...]
    changes: Mapping[SetKey, SetChange]
    respected: BitMap
    drift: BitMap
    foreign: BitMap
    credit: Mapping[str, BitMap]
    demands: tuple[Demand, ...]

    def again_by(self, cause: str) -> BitMap:
        """Whose enrollment starts over for one automation or order, blocked ones apart."""
        return union(
            one.trainees
            for one in self.decisions
            if one.action in AGAIN and one.blocked is None and cause in one.causes
        )


def decide(
    content: str,
    standings: Sequence[Standing],
    past: Sequence[AutomationRecord],
    orders: Sequence[OrderStanding],
    world: World,
) -> ContentDecisions:
    """Decide about one content.

    Args:
        content: Its id.
        standings: The automations in the files that assign it.
        past: The automations that assigned it once and do so no more (A14).
        orders: The orders about it.
        world: The run's trainees, enrollments and memory.
    """
    held = world.holdings.of(content)
    drift = world.given(content) - held.enrolled
    respected = drift & union(s.wants for s in standings if _respects(s))
    ordered = list(ordered_removals(content, orders, world))
    taken = union(decision.trainees for decision in ordered if decision.blocked is None)
    found = {s.rule.id: without(_newly_held(s, world), taken) for s in standings if s.acts}
    sources = wanting_sources(content, standings, world)
    asking = [one.less(taken) for one in demands(content, standings, orders, sources, world)]
    again = list(starting_over(content, asking, {o.id: o.as_of for o in orders}, world))
    staying = union(found_by(o, world) | o.again | o.takes for o in orders)
    left = list(exits(content, standings, past, found, staying, world))
    starting = union(d.trainees for d in again if d.blocked is None)
    touched = starting | union(d.trainees for d in (*ordered, *left))
    moves = pending(content, standings, world)
    assigned = list(_assignments(content, standings, orders, drift, respected, world))
    return ContentDecisions(
        decisions=(
            *assigned,
            *again,
            *_reschedules(content, moves, touched, world),
            *ordered,
            *left,
        ),
        changes={
            **{SetKey("held", owner, content): SetChange(add=who) for owner, who in found.items()},
            **{SetKey("redue", move.owner, content): move.change for move in moves},
            SetKey("missing", "", content): _marks(content, drift, standings, world),
        },
        respected=respected,
        drift=drift,
        foreign=held.enrolled - world.given(content),
        credit=credits_of(assigned, world),
        demands=tuple(asking),
    )


def _respects(standing: Standing) -> bool:
    return standing.rule.automation.on_removed == "respect"


def _newly_held(standing: Standing, world: World) -> BitMap:
    rule = standing.rule
    held = standing.wants & world.holdings.of(rule.content).enrolled
    known = (world.ledger.members(kind, rule.id, rule.content) for kind in ("gave", "held"))
    return without(held, *known)


def _assignments(
    content: str,
    standings: Sequence[Standing],
    orders: Sequence[OrderStanding],
    drift: BitMap,
    respected: BitMap,
    world: World,
) -> Iterator[Decision]:
    kept_from = world.holdings.of(content).enrolled, respected
    acting = [s for s in standings if s.acts]
    asked = [
        *((s.rule.id, s.rule.automation.due, without(s.wants, *kept_from)) for s in acting),
        *((order.id, order.due, order.due_rows) for order in orders),
    ]
    going: list[tuple[str, BitMap]] = []
    barred: dict[Reason, list[tuple[str, BitMap]]] = {}
    for cause, due, who in asked:
        for reason, kept in barriers(content, due, world):
            barred.setdefault(reason, []).append((cause, who & kept))
            who = without(who, kept)  # noqa: PLW2901 what is left goes on to the next barrier
        going.append((cause, who))
    recorded = {order.id: order.as_of for order in orders}
    for causes, who in by_causes(going):
        # A joint action with an automation carries this plan's as-of, the later one (D7).
        assigned = max(recorded.get(cause, world.moment.as_of) for cause in causes)
        for effect, share in (("new", without(who, drift)), ("restored", who & drift)):
            if not share:
                continue
            decision = Decision(content, Action.ASSIGN, effect, causes, share, assigned)
            if gives_credit(content, world):
                yield from credited(decision, standings, world)
            else:
                yield decision
    for reason, parts in barred.items():
        for causes, who in by_causes(parts):
            yield Decision(content, Action.ASSIGN, "new", causes, who, blocked=reason)


def _reschedules(
    content: str, moves: Sequence[Pending], taken: BitMap, world: World
) -> Iterator[Decision]:
    for causes, who in by_causes((move.owner, without(move.rows, taken)) for move in moves):
        decision = Decision(content, Action.RESCHEDULE, "moved", causes, who)
        unable = incapable(world.capabilities, decision.action, content)
        yield replace(decision, blocked=Reason.NOT_CAPABLE) if unable else decision


def _marks(content: str, drift: BitMap, standings: Sequence[Standing], world: World) -> SetChange:
    """Who is to be marked missing, and whose mark goes (A13c)."""
    marked = world.ledger.members("missing", content=content)
    lost = without(drift, marked, *(standing.wants for standing in standings))
    return SetChange(add=lost, remove=marked & world.holdings.of(content).enrolled)
