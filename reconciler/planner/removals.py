"""Who loses an enrollment: by an order (M3), or by leaving every automation (A12)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pyroaring import BitMap

from reconciler.planner.actions import WITHDRAWN, Action, Decision, incapable
from reconciler.planner.lifecycle import on_exit_of
from reconciler.planner.orders import OrderStanding
from reconciler.planner.reasons import Reason
from reconciler.planner.sets import by_causes, union, without
from reconciler.planner.wanted import Standing
from reconciler.planner.world import World
from reconciler.policy.model import OnExit
from reconciler.records import AutomationRecord


@dataclass(frozen=True, slots=True)
class _Holder:
    """An automation that gave or holds an enrollment, as A12 sees it."""

    id: str
    holds: BitMap
    staying: BitMap
    on_exit: OnExit


def ordered_removals(
    content: str, orders: Sequence[OrderStanding], world: World
) -> Iterator[Decision]:
    """What orders take away; whoever gave the enrollment (M3)."""
    held = world.holdings.of(content)
    parts = [(order.id, order.takes) for order in orders if order.takes]
    for status, having in (("not_started", held.not_started), ("in_progress", held.in_progress)):
        yield from _taken(content, status, ((name, who & having) for name, who in parts), world)


def exits(
    content: str,
    standings: Sequence[Standing],
    past: Sequence[AutomationRecord],
    found: Mapping[str, BitMap],
    ordered: BitMap,
    world: World,
) -> Iterator[Decision]:
    """Who has exited every automation that gave or holds the enrollment (A12).

    ``found``: who is newly held, by automation; ``ordered``: on whose enrollment an order has
    something to write, or which it finds there (A8, A8b).
    """
    if not _takes(standings, past):
        return
    held = world.holdings.of(content)
    holders = [*_live_holders(standings, found, world), *_past_holders(past, world)]
    by_orders = world.by_orders.get(content, BitMap())
    exited = without(
        world.given(content), by_orders, ordered, *(holder.staying for holder in holders)
    )
    keeping = union(h.holds for h in holders if h.on_exit is OnExit.KEEP)
    sparing = union(h.holds for h in holders if h.on_exit is OnExit.REMOVE_NOT_STARTED)
    goes = {
        "not_started": without(exited & held.not_started, keeping),
        "in_progress": without(exited & held.in_progress, keeping, sparing),
    }
    for status, who in goes.items():
        parts = ((holder.id, holder.holds & who) for holder in holders)
        yield from _taken(content, status, parts, world)


def _takes(standings: Sequence[Standing], past: Sequence[AutomationRecord]) -> bool:
    """Whether any of some automations takes something from who exits; most do not."""
    live = (standing.rule.automation.on_exit for standing in standings)
    return any(one is not OnExit.KEEP for one in (*live, *map(on_exit_of, past)))


def _taken(
    content: str, status: str, parts: Iterable[tuple[str, BitMap]], world: World
) -> Iterator[Decision]:
    """An open retake is withdrawn, everything else goes (D3); what the LMS cannot is blocked."""
    for causes, who in by_causes(parts):
        retakes = world.holdings.ever_completed(content)
        for effect, share in ((status, without(who, retakes)), (WITHDRAWN, who & retakes)):
            decision = Decision(content, Action.REMOVE, effect, causes, share, status=status)
            unable = incapable(world.capabilities, Action.REMOVE, content, effect=effect)
            if share:
                yield replace(decision, blocked=Reason.NOT_CAPABLE) if unable else decision


def _live_holders(
    standings: Sequence[Standing], found: Mapping[str, BitMap], world: World
) -> Iterator[_Holder]:
    for standing in standings:
        rule = standing.rule
        newly = found.get(rule.id, BitMap())
        holds = union((*_held_by(rule.id, rule.content, world), newly))
        staying = holds if rule.automation.paused else without(holds, standing.leavers)
        yield _Holder(rule.id, holds, staying, rule.automation.on_exit)


def _past_holders(past: Sequence[AutomationRecord], world: World) -> Iterator[_Holder]:
    for record in past:
        holds = union(_held_by(record.id, record.content, world))
        staying = holds & world.index.activity.unknown if world.is_fit else holds
        yield _Holder(record.id, holds, staying, on_exit_of(record))


def _held_by(owner: str, content: str, world: World) -> Iterator[BitMap]:
    for kind in ("gave", "held"):
        yield world.ledger.members(kind, owner, content)
