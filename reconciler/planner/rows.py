"""What a decision writes for each of its trainees."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from reconciler.frames import INSTANT, FrameType
from reconciler.planner.actions import Action, Decision
from reconciler.planner.due import NO_INSTANT, DueSource, earliest_due
from reconciler.planner.index import Index
from reconciler.planner.orders import OrderStanding
from reconciler.planner.reschedules import due_sources, new_due
from reconciler.planner.sets import Instants, numbers_of
from reconciler.planner.wanted import Standing
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
class Rows:
    """The rows of one decision, in the order of the trainees' ids.

    ``places`` are the trainees' places among all ids in order, ascending. ``due`` is NaT for none;
    one element stands for all rows.
    """

    decision: Decision
    places: NDArray[np.uint32]
    due: Instants


def rows_of(
    decisions: Sequence[Decision],
    standings: Sequence[Standing],
    orders: Sequence[OrderStanding],
    world: World,
) -> Iterator[Rows]:
    """The rows of every decision that is not blocked, in the order of the decisions."""
    givers = {o.id: DueSource(o.due) for o in orders}
    for one in standings:
        due, window = one.rule.automation.due, one.rule.automation.window
        givers[one.rule.id] = DueSource(due, window.opens(world.moment.zone))
    places = world.index.places
    for decision in decisions:
        if decision.blocked is None:
            placed = places[numbers_of(decision.trainees)]
            instants = _due(decision, givers, standings, world)
            if len(instants) > 1:
                instants = instants[np.argsort(placed)]
            yield Rows(decision, np.sort(placed), instants)


def _due(
    decision: Decision,
    givers: Mapping[str, DueSource],
    standings: Sequence[Standing],
    world: World,
) -> Instants:
    match decision.action:
        case Action.ASSIGN:
            assert decision.assigned is not None
            sources = [givers[cause] for cause in decision.causes]
            differ = any(getattr(source.due, "after", None) == "hire_date" for source in sources)
            asked = decision.trainees if differ else decision.trainees[:1]
            return earliest_due(asked, sources, decision.assigned, world)
        case Action.RESCHEDULE:
            same = [s for s in standings if s.rule.content == decision.content]
            moving = dict.fromkeys(decision.causes, decision.trainees)
            sources = due_sources(same, moving, world)
            return new_due(decision.content, decision.trainees, sources, world)
        case _:
            return np.array([NO_INSTANT])


def actions(several: Sequence[Rows], index: Index) -> pl.DataFrame:
    """One row for each trainee and action, as ACTIONS: by decision, then by trainee.

    Args:
        several: The rows of some decisions; ``decision`` is the number of one among them.
        index: The trainees of the run.
    """
    counts = [len(rows.places) for rows in several]
    number = pl.Series(np.repeat(np.arange(len(several), dtype=np.uint32), counts))
    by_number = pl.DataFrame(
        {
            "content": [rows.decision.content for rows in several],
            "action": [str(rows.decision.action) for rows in several],
            "assigned": [rows.decision.assigned for rows in several],
        },
        schema={"content": pl.Categorical, "action": ACTION, "assigned": INSTANT},
    )
    place = np.concatenate([np.array([], dtype=np.uint32), *(rows.places for rows in several)])
    return pl.DataFrame(
        {
            "decision": number,
            "position": index.by_place[place],
            "trainee": index.sorted_ids.gather(place),
            **{column: by_number[column].gather(number) for column in by_number.columns},
            "due": _dues(several, number),
        },
        schema_overrides=ACTIONS.schema,
    )


def _dues(several: Sequence[Rows], number: pl.Series) -> pl.Series:
    if all(len(rows.due) == 1 for rows in several):
        return _instants(np.array([rows.due[0] for rows in several])).gather(number)
    return _instants(
        np.concatenate([np.broadcast_to(rows.due, rows.places.shape) for rows in several])
    )


def _instants(values: Instants) -> pl.Series:
    return pl.Series(values.astype("datetime64[us]")).dt.replace_time_zone("UTC")
