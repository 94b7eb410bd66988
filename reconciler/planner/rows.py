"""What a decision writes for each of its trainees."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyroaring import BitMap

from reconciler.frames import INSTANT, FrameType
from reconciler.planner.actions import Action, Decision
from reconciler.planner.columns import Coded, Column, Columns, Repeated, frame_of
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
    places = np.sort(index.places[numbers_of(BitMap.union(BitMap(), *sets))])
    positions = index.by_place[places]
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
    for decision in going:
        ranks = people.ranks[numbers_of(decision.trainees)]
        instants = _due(decision, givers, standings, contents, world)
        if len(instants) > 1:
            instants = instants[np.argsort(ranks)]
        several.append(Rows(decision, np.sort(ranks), instants))
    return people, tuple(several)


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
    ranks = ranks_of(several)
    frame = frame_of(action_columns(several, ranks, people))
    positions = pl.Series("position", people.positions[ranks])
    return frame.insert_column(frame.columns.index("trainee"), positions)


def action_columns(several: Sequence[Rows], ranks: NDArray[np.uint32], people: People) -> Columns:
    """The same rows without positions, in columns that say once what is said of many.

    ``ranks`` are those of all the rows, one after the other.
    """
    lengths = [len(rows.ranks) for rows in several]
    decisions = [rows.decision for rows in several]
    said: dict[str, list[object]] = {
        "decision": list(range(len(decisions))),
        "content": [one.content for one in decisions],
        "action": [str(one.action) for one in decisions],
        "assigned": [one.assigned for one in decisions],
    }
    columns: dict[str, Column] = {
        name: Repeated(lengths, pl.Series(name, values, dtype=ACTIONS.schema[name]))
        for name, values in said.items()
    }
    return {
        "decision": columns.pop("decision"),
        "trainee": Coded(ranks, people.ids),
        **columns,
        "due": _dues(several, lengths),
    }


def ranks_of(several: Sequence[Rows]) -> NDArray[np.uint32]:
    """The ranks of all rows, one after the other."""
    return np.concatenate([np.array([], dtype=np.uint32), *(rows.ranks for rows in several)])


def _dues(several: Sequence[Rows], lengths: Sequence[int]) -> Column:
    if all(len(rows.due) == 1 for rows in several):
        return Repeated(lengths, _instants(np.array([rows.due[0] for rows in several])))
    return _instants(
        np.concatenate([np.broadcast_to(rows.due, rows.ranks.shape) for rows in several])
    )


def _instants(values: Instants) -> pl.Series:
    return pl.Series("due", values.astype("datetime64[us]")).dt.replace_time_zone("UTC")
