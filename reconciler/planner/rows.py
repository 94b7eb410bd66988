"""What a decision writes for each of its trainees."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

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
    contents: Mapping[str, ContentDecisions],
    world: World,
) -> Iterator[Rows]:
    """The rows of every decision that is not blocked, in the order of the decisions."""
    givers = _givers(standings, orders, world)
    places = world.index.places
    for decision in decisions:
        if decision.blocked is None:
            placed = places[numbers_of(decision.trainees)]
            instants = _due(decision, givers, standings, contents, world)
            if len(instants) > 1:
                instants = instants[np.argsort(placed)]
            yield Rows(decision, np.sort(placed), instants)


def _givers(
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


def actions(several: Sequence[Rows], index: Index) -> pl.DataFrame:
    """One row for each trainee and action, as ACTIONS: by decision, then by trainee.

    Args:
        several: The rows of some decisions; ``decision`` is the number of one among them.
        index: The trainees of the run.
    """
    numbered = list(enumerate(several))
    place = _places(numbered)
    frame = _frame(numbered, place, index)
    position = pl.Series("position", index.by_place[place])
    return frame.insert_column(frame.columns.index("trainee"), position)


def action_parts(
    several: Sequence[Rows], index: Index, *, size: int, location: pl.Series
) -> Iterator[pl.DataFrame]:
    """The same rows without positions, in frames of ``size`` rows; the last is shorter or empty.

    A million-person plan has ten times as many rows, and nobody needs all of them at once.
    ``location`` is added to each, given by place.
    """

    def framed(part: Sequence[tuple[int, Rows]]) -> pl.DataFrame:
        place = _places(part)
        return _frame(part, place, index).with_columns(location.gather(place).alias("location"))

    part: list[tuple[int, Rows]] = []
    room = size
    for number, whole in enumerate(several):
        rest = whole
        while len(rest.places) >= room:
            part.append((number, _sliced(rest, slice(room))))
            yield framed(part)
            rest, part, room = _sliced(rest, slice(room, None)), [], size
        if len(rest.places):
            part.append((number, rest))
            room -= len(rest.places)
    yield framed(part)


def _places(part: Sequence[tuple[int, Rows]]) -> NDArray[np.uint32]:
    return np.concatenate([np.array([], dtype=np.uint32), *(rows.places for _, rows in part)])


def _sliced(rows: Rows, wanted: slice) -> Rows:
    due = rows.due if len(rows.due) == 1 else rows.due[wanted]
    return Rows(rows.decision, rows.places[wanted], due)


def _frame(
    part: Sequence[tuple[int, Rows]], place: NDArray[np.uint32], index: Index
) -> pl.DataFrame:
    """ACTIONS without ``position``, for the rows of numbered decisions."""
    counts = [len(rows.places) for _, rows in part]
    each = pl.Series(np.repeat(np.arange(len(part), dtype=np.uint32), counts))
    decisions = pl.DataFrame(
        {
            "decision": [number for number, _ in part],
            "content": [rows.decision.content for _, rows in part],
            "action": [str(rows.decision.action) for _, rows in part],
            "assigned": [rows.decision.assigned for _, rows in part],
        },
        schema={
            name: ACTIONS.schema[name] for name in ("decision", "content", "action", "assigned")
        },
    )
    columns = {column: decisions[column].gather(each) for column in decisions.columns}
    return pl.DataFrame(
        {
            "decision": columns.pop("decision"),
            "trainee": index.sorted_ids.gather(place),
            **columns,
            "due": _dues([rows for _, rows in part], each),
        }
    )


def _dues(several: Sequence[Rows], each: pl.Series) -> pl.Series:
    if all(len(rows.due) == 1 for rows in several):
        return _instants(np.array([rows.due[0] for rows in several])).gather(each)
    return _instants(
        np.concatenate([np.broadcast_to(rows.due, rows.places.shape) for rows in several])
    )


def _instants(values: Instants) -> pl.Series:
    return pl.Series(values.astype("datetime64[us]")).dt.replace_time_zone("UTC")
