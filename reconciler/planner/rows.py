"""What a decision writes for each of its trainees."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from reconciler.frames import INSTANT, FrameType
from reconciler.planner.actions import Action, Decision
from reconciler.planner.due import NO_INSTANT, DueSource, earliest_due
from reconciler.planner.orders import OrderStanding
from reconciler.planner.reschedules import due_sources, new_due
from reconciler.planner.sets import Instants, numbers_of, ranks
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
    """The rows of one decision, in the order of positions.

    ``due`` is NaT for none; one element stands for all rows.
    """

    decision: Decision
    due: Instants


def rows_of(
    decisions: Sequence[Decision],
    standings: Sequence[Standing],
    orders: Sequence[OrderStanding],
    world: World,
) -> Iterator[Rows]:
    """The rows of every decision that is not blocked, in the order of the decisions."""
    givers = {**{o.id: DueSource(o.due) for o in orders}}
    zone = world.moment.zone
    for one in standings:
        due, window = one.rule.automation.due, one.rule.automation.window
        givers[one.rule.id] = DueSource(due, window.opens(zone))
    for decision in decisions:
        if decision.blocked is None:
            yield Rows(decision, _due(decision, givers, standings, world))


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


def actions(several: Sequence[Rows], ids: pl.Series) -> pl.DataFrame:
    """One row for each trainee and action, as ACTIONS: by decision, then by trainee.

    Args:
        several: The rows of some decisions; ``decision`` is the number of one among them.
        ids: The trainees by position.
    """
    place = ranks(ids)
    chosen, dues = [], []
    for rows in several:
        ranked = place[numbers_of(rows.decision.trainees)]
        order = np.argsort(ranked) if len(rows.due) > 1 else slice(None)
        chosen.append(ranked[order] if len(rows.due) > 1 else np.sort(ranked))
        dues.append(np.broadcast_to(rows.due[order], ranked.shape))
    counts = [len(one) for one in chosen]
    number = pl.Series(np.repeat(np.arange(len(several), dtype=np.uint32), counts))
    by_number = pl.DataFrame(
        {
            "content": [rows.decision.content for rows in several],
            "action": [str(rows.decision.action) for rows in several],
            "assigned": [rows.decision.assigned for rows in several],
        },
        schema={"content": pl.Categorical, "action": ACTION, "assigned": INSTANT},
    )
    position = np.argsort(place).astype(np.uint32)[_joined(chosen, np.uint32)]
    return pl.DataFrame(
        {
            "decision": number,
            "position": position,
            "trainee": ids.gather(position),
            **{column: by_number[column].gather(number) for column in by_number.columns},
            "due": pl.Series(_joined(dues, "datetime64[us]")).dt.replace_time_zone("UTC"),
        },
        schema_overrides=ACTIONS.schema,
    )


def _joined(parts: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:  # noqa: ANN401 a dtype
    return np.concatenate([np.array([], dtype=kind), *parts]).astype(kind)
