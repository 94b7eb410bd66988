"""Due instants, worked out for many trainees at once (A8, A9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from reconciler.documents.scalars import last_second
from reconciler.planner.index import EPOCH, MISSING
from reconciler.planner.sets import Instants, numbers_of
from reconciler.planner.world import Moment, World
from reconciler.policy.model import Due, FixedDue, RelativeDue

NO_INSTANT = np.datetime64("NaT", "s")
LAST_DAY = (date.max - EPOCH).days - 1


@dataclass(frozen=True, slots=True)
class DueSource:
    """What one automation or order says about due dates, and about whose; None: all asked for."""

    due: Due | None
    window_start: datetime | None = None
    covers: BitMap | None = None


def earliest_due(
    trainees: BitMap, sources: Iterable[DueSource], assigned: Instants | datetime, world: World
) -> Instants:
    """The earliest due instant that any source gives, in the order of positions; NaT for none.

    Args:
        trainees: Whose enrollments.
        sources: Who gives a due date.
        assigned: When each was assigned, in the same order; or one instant for all.
        world: For hire dates and the instant of the run, which no due date may precede (A9).
    """
    positions = numbers_of(trainees)
    result = np.full(len(positions), NO_INSTANT)
    for source in sources:
        if source.due is None:
            continue
        inside = _inside(positions, trainees, source.covers)
        chosen = assigned if isinstance(assigned, datetime) else assigned[inside]
        days = _days(source, positions[inside], chosen, world)
        result[inside] = np.fmin(result[inside], _last_seconds(days, world.moment))
    return result


def unknown_due(due: Due | None, trainees: BitMap, world: World) -> BitMap:
    """Of some trainees, for whom a due date is written but unknown: no hire date (A9)."""
    if isinstance(due, RelativeDue) and due.after == "hire_date":
        return trainees - world.index.hire_known
    return BitMap()


def _inside(
    positions: NDArray[np.uint32], trainees: BitMap, covers: BitMap | None
) -> slice | NDArray[np.intp]:
    if covers is None:
        return slice(None)
    members = numbers_of(trainees & covers)
    return np.searchsorted(positions, members)


def _days(
    source: DueSource, positions: NDArray[np.uint32], assigned: Instants | datetime, world: World
) -> NDArray[np.int64]:
    """The due day of each, counted from 1970-01-01; MISSING where a hire date is unknown."""
    due, moment = source.due, world.moment
    assert due is not None
    earliest = _number(moment.today + timedelta(days=due.no_earlier_than))
    if isinstance(due, FixedDue):
        days = np.full(len(positions), _number(due.date), dtype=np.int64)
    elif due.after == "hire_date":
        days = world.index.hired[positions].astype(np.int64)
        days[days != MISSING] += due.days
    elif due.after == "window_start":
        assert source.window_start is not None
        start = _number(moment.day_of(source.window_start))
        days = np.full(len(positions), start + due.days, dtype=np.int64)
    else:
        days = _local_days(assigned, len(positions), moment) + due.days
    return np.where(days == MISSING, MISSING, np.clip(days, earliest, LAST_DAY))


def _local_days(assigned: Instants | datetime, count: int, moment: Moment) -> NDArray[np.int64]:
    """The local days of instants; today's where an enrollment has no assigned instant."""
    if isinstance(assigned, datetime):
        return np.full(count, _number(moment.day_of(assigned)), dtype=np.int64)
    instants, places = np.unique(assigned, return_inverse=True)
    days = [
        _number(moment.today if np.isnat(one) else moment.day_of(_utc(one))) for one in instants
    ]
    return np.array(days, dtype=np.int64)[places]


def _last_seconds(days: NDArray[np.int64], moment: Moment) -> Instants:
    unique, places = np.unique(days, return_inverse=True)
    ends = [
        NO_INSTANT if day == MISSING else _naive(last_second(_date(int(day)), moment.zone))
        for day in unique
    ]
    return np.array(ends, dtype="datetime64[s]")[places]


def _number(day: date) -> int:
    return (day - EPOCH).days


def _date(number: int) -> date:
    return EPOCH + timedelta(days=number)


def _naive(instant: datetime) -> np.datetime64:
    return np.datetime64(instant.replace(tzinfo=None), "s")


def _utc(instant: np.datetime64) -> datetime:
    return datetime.fromtimestamp(int(instant.astype("datetime64[s]").astype(np.int64)), tz=UTC)
