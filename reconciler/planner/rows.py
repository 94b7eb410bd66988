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
    numbered = list(enumerate(several))
    place = _places(numbered)
    frame = _frame(numbered, place, index)
    position = pl.Series("position", index.by_place[place])
    return frame.insert_column(frame.columns.index("trainee"), position)


def action_parts(several: Sequence[Rows], index: Index, *, size: int) -> Iterator[pl.DataFrame]:
    """The same rows without positions, in frames of ``size`` rows; the last is shorter or empty.

    A million-person plan has ten times as many rows, and nobody needs all of them at once.
    """
    part: list[tuple[int, Rows]] = []
    room = size
    for number, whole in enumerate(several):
        rest = whole
        while len(rest.places) >= room:
            part.append((number, _sliced(rest, slice(room))))
            yield _frame(part, _places(part), index)
            rest, part, room = _sliced(rest, slice(room, None)), [], size
        if len(rest.places):
            part.append((number, rest))
            room -= len(rest.places)
    yield _frame(part, _places(part), index)


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
