"""What is done about one content: who gets it, who loses it, whose due date moves (A7-A16)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from pyroaring import BitMap

from reconciler.planner.actions import Action, Decision, incapable
from reconciler.planner.barriers import barriers
from reconciler.planner.lifecycle import on_exit_of
from reconciler.planner.orders import OrderStanding, found_by
from reconciler.planner.reasons import Reason
from reconciler.planner.reschedules import Pending, pending
from reconciler.planner.wanted import Standing
from reconciler.planner.world import World
from reconciler.policy.model import OnExit
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
    """

    decisions: tuple[Decision, ...]
    changes: Mapping[SetKey, SetChange]
    respected: BitMap
    drift: BitMap
    foreign: BitMap


@dataclass(frozen=True, slots=True)
class _Holder:
    """An automation that gave or holds an enrollment, as A12 sees it."""

    id: str
    holds: BitMap
    exited: BitMap
    on_exit: OnExit


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
        orders: The orders that give it and have rows to write.
        world: The run's trainees, enrollments and memory.
    """
    held = world.holdings.of(content)
    drift = world.given(content) - held.enrolled
    respected = drift & union(s.wants for s in standings if _respects(s))
    found = {s.rule.id: _newly_held(s, world) for s in standings if s.acts}
    ordered = union(found_by(order, world) for order in orders)
    removals = list(_removals(content, standings, past, found, ordered, world))
    taken = union(decision.trainees for decision in removals)
    moves = pending(content, standings, world)
    return ContentDecisions(
        decisions=(
            *_assignments(content, standings, orders, drift, respected, world),
            *_reschedules(content, moves, taken, world),
            *removals,
        ),
        changes={
            **{SetKey("held", owner, content): SetChange(add=who) for owner, who in found.items()},
            **{SetKey("redue", move.owner, content): move.change for move in moves},
            SetKey("missing", "", content): _marks(content, drift, standings, world),
        },
        respected=respected,
        drift=drift,
        foreign=held.enrolled - world.given(content),
    )


def union(sets: Iterable[BitMap]) -> BitMap:
    return reduce(or_, sets, BitMap())


def by_causes(parts: Iterable[tuple[str, BitMap]]) -> Iterator[tuple[tuple[str, ...], BitMap]]:
    """Split overlapping sets into disjoint ones, each with the names of all that it was in (A8)."""
    cells: dict[tuple[str, ...], BitMap] = {}
    for name, members in sorted(parts):
        rest = members
        for causes, cell in list(cells.items()):
            if shared := cell & rest:
                cells[(*causes, name)] = shared
                cells[causes] = cell - shared
                rest = rest - shared
        if rest:
            cells[(name,)] = rest
    return ((causes, cell) for causes, cell in cells.items() if cell)


def _respects(standing: Standing) -> bool:
    return standing.rule.automation.on_removed == "respect"


def _newly_held(standing: Standing, world: World) -> BitMap:
    rule = standing.rule
    known = world.ledger.members("gave", rule.id, rule.content) | world.ledger.members(
        "held", rule.id, rule.content
    )
    return (standing.wants & world.holdings.of(rule.content).enrolled) - known


def _assignments(
    content: str,
    standings: Sequence[Standing],
    orders: Sequence[OrderStanding],
    drift: BitMap,
    respected: BitMap,
    world: World,
) -> Iterator[Decision]:
    kept_from = world.holdings.of(content).enrolled | respected
    asked = [
        *((s.rule.id, s.rule.automation.due, s.wants - kept_from) for s in standings if s.acts),
        *((order.id, order.due, order.due_rows) for order in orders),
    ]
    going: list[tuple[str, BitMap]] = []
    barred: dict[Reason, list[tuple[str, BitMap]]] = {}
    for cause, due, who in asked:
        for reason, kept in barriers(content, due, world):
            barred.setdefault(reason, []).append((cause, who & kept))
            who = who - kept  # noqa: PLW2901 what is left goes on to the next barrier
        going.append((cause, who))
    recorded = {order.id: order.as_of for order in orders}
    for causes, who in by_causes(going):
        # A joint action with an automation carries this plan's as-of, the later one (D7).
        assigned = max(recorded.get(cause, world.moment.as_of) for cause in causes)
        for effect, share in (("new", who - drift), ("restored", who & drift)):
            if share:
                yield Decision(content, Action.ASSIGN, effect, causes, share, assigned)
    for reason, parts in barred.items():
        for causes, who in by_causes(parts):
            yield Decision(content, Action.ASSIGN, "new", causes, who, blocked=reason)


def _unless_incapable(decision: Decision, world: World) -> Decision:
    """Block what the LMS cannot do at all (D6)."""
    unable = incapable(world.capabilities, decision.action, decision.content)
    return replace(decision, blocked=Reason.NOT_CAPABLE) if unable else decision


def _removals(
    content: str,
    standings: Sequence[Standing],
    past: Sequence[AutomationRecord],
    found: Mapping[str, BitMap],
    ordered: BitMap,
    world: World,
) -> Iterator[Decision]:
    """Who has exited every automation that gave or holds the enrollment (A12).

    ``found``: who is newly held, by automation; ``ordered``: whom an order finds enrolled (A8b).
    """
    held = world.holdings.of(content)
    holders = [*_live_holders(standings, found, world), *_past_holders(past, world)]
    owners = {holder.id for holder in holders}
    by_orders = union(
        members
        for key, members in world.ledger.sets.items()
        if key.kind in ("gave", "held") and key.content == content and key.owner not in owners
    )
    staying = union(holder.holds - holder.exited for holder in holders) | by_orders | ordered
    exited = world.given(content) - staying - held.ever_completed
    keeping = union(h.holds for h in holders if h.on_exit is OnExit.KEEP)
    sparing = union(h.holds for h in holders if h.on_exit is OnExit.REMOVE_NOT_STARTED)
    goes = {
        "not_started": (exited & held.not_started) - keeping,
        "in_progress": (exited & held.in_progress) - keeping - sparing,
    }
    for status, who in goes.items():
        parts = ((holder.id, holder.holds & who) for holder in holders)
        for causes, share in by_causes(parts):
            decision = Decision(content, Action.REMOVE, status, causes, share)
            yield _unless_incapable(decision, world)


def _live_holders(
    standings: Sequence[Standing], found: Mapping[str, BitMap], world: World
) -> Iterator[_Holder]:
    for standing in standings:
        rule = standing.rule
        holds = _holds(rule.id, rule.content, world) | found.get(rule.id, BitMap())
        exited = BitMap() if rule.automation.paused else holds & standing.leavers
        yield _Holder(rule.id, holds, exited, rule.automation.on_exit)


def _past_holders(past: Sequence[AutomationRecord], world: World) -> Iterator[_Holder]:
    for record in past:
        holds = _holds(record.id, record.content, world)
        exited = holds - world.index.activity.unknown if world.is_fit else BitMap()
        yield _Holder(record.id, holds, exited, on_exit_of(record))


def _holds(owner: str, content: str, world: World) -> BitMap:
    ledger = world.ledger
    return ledger.members("gave", owner, content) | ledger.members("held", owner, content)


def _reschedules(
    content: str, moves: Sequence[Pending], taken: BitMap, world: World
) -> Iterator[Decision]:
    for causes, who in by_causes((move.owner, move.rows - taken) for move in moves):
        decision = Decision(content, Action.RESCHEDULE, "moved", causes, who)
        yield _unless_incapable(decision, world)


def _marks(content: str, drift: BitMap, standings: Sequence[Standing], world: World) -> SetChange:
    """Who is to be marked missing, and whose mark goes (A13c)."""
    marked = world.ledger.members("missing", content=content)
    wanted = union(standing.wants for standing in standings)
    reappeared = marked & world.holdings.of(content).enrolled
    return SetChange(add=drift - wanted - marked, remove=reappeared)
