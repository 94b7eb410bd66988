"""What a decision writes for each of its trainees."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyroaring import BitMap

from reconciler.frames import INSTANT, FrameType
from reconciler.planner.actions import Action, Decision
from reconciler.planner.decisions import ContentDecisions
from reconciler.planner.demands import Demand
from reconciler.planner.due import NO_INSTANT, DueSource, earliest_due
from reconciler.planner.index import Index
from reconciler.planner.orders import OrderStanding
from reconciler.planner.reschedules import new_due
from reconciler.planner.sets import Instants, numbers_of
from reconciler.planner.wanted import Standing, wanting_sources
from reconciler.planner.world import World

ACTION = pl.Enum([str(action) for action in Action])
ACTIONS = FrameType(
    "actions of a plan",
    {
        "decision": pl.UInt32,
        "position": pl.UInt32,
        "trainee": pl.String,
        "content": pl.Categorical,
        "action": ACTION,
        "assigned": INSTANT,
        "due": INSTANT,
    },
)
"""Who, what, and the instants that are written; ``position`` is good for one run only."""


@dataclass(frozen=True, slots=True)
class People:
    """Those whom the decisions of a plan are about, in the order of their ids.

    ``ranks`` has the rank of each position, and is of no meaning for all others.
    """

    ids: pl.Series
    positions: NDArray[np.uint32]
    ranks: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one decision, in the order of the trainees' ids.

    ``ranks`` are the trainees' ranks among the people of the plan, ascending. ``due`` is NaT for
    none; one element stands for all rows.
    """

    decision: Decision
    ranks: NDArray[np.uint32]
    due: Instants


def people_of(sets: Iterable[BitMap], index: Index) -> People:
    """Who is in some sets, whatever the others in the roster are called (D1)."""
    is_meant = np.zeros(index.size, dtype=np.bool_)
    is_meant[numbers_of(BitMap.union(BitMap(), *sets))] = True
    positions = index.by_id[is_meant[index.by_id]]
    ranks = np.zeros(index.size, dtype=np.uint32)
    ranks[positions] = np.arange(len(positions), dtype=np.uint32)
    return People(index.ids.gather(positions), positions, ranks)


def rows_of(
    decisions: Sequence[Decision],
    standings: Sequence[Standing],
    orders: Sequence[OrderStanding],
    contents: Mapping[str, ContentDecisions],
    world: World,
) -> tuple[People, tuple[Rows, ...]]:
    """The rows of every decision that is not blocked, in the order of the decisions."""
    givers = due_sources(standings, orders, world)
    going = [decision for decision in decisions if decision.blocked is None]
    people = people_of((decision.trainees for decision in going), world.index)
    several = []
    for decision, ranks in zip(going, ranks_of(going, people), strict=True):
        due = _due(decision, givers, standings, contents, world)
        several.append(Rows(decision, ranks, sorted_by_id(due, decision.trainees, people)))
    return people, tuple(several)


def ranks_of(decisions: Iterable[Decision], people: People) -> Iterator[NDArray[np.uint32]]:
    """The ranks of the trainees of each decision, ascending."""
    ascend = bool((people.positions[1:] > people.positions[:-1]).all())
    for one in decisions:
        ranks = people.ranks[numbers_of(one.trainees)]
        if not ascend:
            ranks.sort()
        yield ranks


def sorted_by_id(instants: Instants, trainees: BitMap, people: People) -> Instants:
    """The instants of some trainees by position, in the order of their ids; one stands for all."""
    if len(instants) == 1:
        return instants
    return instants[np.argsort(people.ranks[numbers_of(trainees)])]


def due_sources(
    standings: Sequence[Standing], orders: Sequence[OrderStanding], world: World
) -> dict[str, DueSource]:
    """The due date that each automation and each order writes."""
    givers = {order.id: DueSource(order.due) for order in orders}
    for one in standings:
        due, window = one.rule.automation.due, one.rule.automation.window
        givers[one.rule.id] = DueSource(due, window.opens(world.moment.zone))
    return givers


def _due(
    decision: Decision,
    givers: Mapping[str, DueSource],
    standings: Sequence[Standing],
    contents: Mapping[str, ContentDecisions],
    world: World,
) -> Instants:
    match decision.action:
        case Action.ASSIGN:
            assert decision.assigned is not None
            sources = [givers[cause] for cause in decision.causes]
            asked = (
                decision.trainees if _differ(sources, decision, world) else decision.trainees[:1]
            )
            return earliest_due(asked, sources, decision.assigned, world)
        case Action.RESTART | Action.RETAKE:
            assert decision.assigned is not None
            sources = list(_demanded(decision, contents[decision.content].demands))
            return earliest_due(decision.trainees, sources, decision.assigned, world)
        case Action.RESCHEDULE:
            moving = dict.fromkeys(decision.causes, decision.trainees)
            sources = wanting_sources(decision.content, standings, world, moving)
            return new_due(decision.content, decision.trainees, sources, world)
        case Action.REMOVE:
            return np.array([NO_INSTANT])


def _differ(sources: Sequence[DueSource], decision: Decision, world: World) -> bool:
    """Whether the trainees of an assignment have different due dates."""
    tomorrow = world.moment.today + timedelta(days=1)
    return any(getattr(source.due, "after", None) == "hire_date" for source in sources) or (
        any(source.due for source in sources)
        and bool(world.index.hired_on_or_after(tomorrow) & decision.trainees)
    )


def _demanded(decision: Decision, demands: Sequence[Demand]) -> Iterator[DueSource]:
    """What the causes of a restart or retake say about its due date, each for whom it asks (R2)."""
    for demand in demands:
        if demand.cause in decision.causes and demand.why in decision.why:
            who = demand.who
            for source in demand.sources:
                covers = who if source.covers is None else who & source.covers
                yield replace(source, covers=covers)


def actions(several: Sequence[Rows], people: People) -> pl.DataFrame:
    """One row for each trainee and action, as ACTIONS: by decision, then by trainee.

    Args:
        several: The rows of some decisions; ``decision`` is the number of one among them.
        people: Those of the plan.
    """
    ranks = np.concatenate([np.array([], dtype=np.uint32), *(rows.ranks for rows in several)])
    dues = [np.broadcast_to(rows.due, rows.ranks.shape) for rows in several]
    due = np.concatenate([np.array([], dtype="datetime64[us]"), *dues], dtype="datetime64[us]")
    lengths = [len(rows.ranks) for rows in several]
    numbers = np.repeat(np.arange(len(several), dtype=np.uint32), lengths)
    return pl.DataFrame(
        {
            "decision": numbers,
            "position": people.positions[ranks],
            "trainee": people.ids.gather(ranks),
            **said_by([rows.decision for rows in several], numbers),
            "due": pl.Series(due).dt.replace_time_zone("UTC"),
        }
    )


class Saying(Protocol):
    """What a decision says for each of its rows."""

    @property
    def content(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def assigned(self) -> datetime | None: ...


def said_by(decisions: Sequence[Saying], numbers: NDArray[np.uint32]) -> dict[str, pl.Series]:
    """What decisions say for rows of which each has the number of one."""
    said: dict[str, list[object]] = {
        "content": [one.content for one in decisions],
        "action": [str(one.action) for one in decisions],
        "assigned": [one.assigned for one in decisions],
    }
    return {
        name: pl.Series(name, values, dtype=ACTIONS.schema[name]).gather(numbers)
        for name, values in said.items()
    }
