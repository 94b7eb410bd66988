"""Due instants, worked out for many trainees at once (A8, A9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from reconciler.documents.scalars import Duration, first_instant, last_second
from reconciler.planner.index import EPOCH, MISSING, day_number
from reconciler.planner.sets import Instants, alike, numbers_of, positions_of
from reconciler.planner.world import Moment, World
from reconciler.policy.model import Due, FixedDue, RelativeDue

MOST_DAYS = 50_000
NO_INSTANT = np.datetime64("NaT", "s")
LAST_DAY = (date.max - EPOCH).days - 1


@dataclass(frozen=True, slots=True)
class DueSource:
    """What one automation or order says about due dates, and about whose; None: all asked for."""

    due: Due | None
    window_start: datetime | None = None
    covers: BitMap | None = None
    renewal: "Renewal | None" = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """A due date that counts from the latest completion of an enrollment (A11)."""

    content: str
    every: Duration
    no_earlier_than: int = 1


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
        if source.due is None and source.renewal is None:
            continue
        inside = _inside(positions, trainees, source.covers)
        chosen = assigned if isinstance(assigned, datetime) else assigned[inside]
        if source.renewal is not None:
            days = _renewal_days(source.renewal, positions[inside], world)
        else:
            days = _days(source, positions[inside], chosen, world)
        result[inside] = np.fmin(result[inside], _last_seconds(days, world.moment))
    return result


def not_past(dues: Instants, trainees: BitMap, world: World) -> Instants:
    """Due instants of before, moved to the earliest that may be written now (A9, A9c).

    ``dues`` are in the order of positions, and so is what is returned; none stays none.
    """
    positions = numbers_of(trainees)
    today = np.full(len(positions), day_number(world.moment.today), dtype=np.int64)
    earliest = _last_seconds(_no_earlier(today, 1, positions, world), world.moment)
    return np.where(np.isnat(dues), dues, np.maximum(dues, earliest))


def differing(trainees: BitMap, some: Instants, others: Instants, world: World) -> BitMap:
    """Whose two instants differ at the precision that the LMS keeps; none is like none."""
    same = alike(some, others, world.capabilities.precision)
    return positions_of(numbers_of(trainees)[~same])


def unknown_due(due: Due | None, trainees: BitMap, world: World) -> BitMap:
    """Of some trainees, for whom a due date is written but unknown: no hire date (A9)."""
    if isinstance(due, RelativeDue) and due.after == "hire_date":
        return trainees - world.index.hire_known
    return BitMap()


def postponed(source: DueSource, trainees: BitMap, world: World) -> BitMap:
    """Of some who are assigned now, for whom the written day is over or too near (A9, A9c)."""
    due, index, today = source.due, world.index, day_number(world.moment.today)
    if due is None:
        return BitMap()
    if isinstance(due, RelativeDue) and due.after == "hire_date":
        known = trainees & index.hire_known
        if due.days < due.no_earlier_than:
            return known
        return known - index.hired_since(today + due.no_earlier_than - due.days)
    day = _day_of_all(source, today, world.moment)
    if day < today + due.no_earlier_than:
        return trainees.copy()
    return trainees & index.hired_since(day - due.no_earlier_than + 1)


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
    if isinstance(due, RelativeDue) and due.after == "hire_date":
        days = world.index.hired[positions].astype(np.int64)
        days[days != MISSING] += due.days
    elif isinstance(due, RelativeDue) and due.after == "assignment":
        days = _local_days(assigned, len(positions), moment) + due.days
    else:
        day = _day_of_all(source, day_number(moment.today), moment)
        days = np.full(len(positions), day, dtype=np.int64)
    return _no_earlier(days, due.no_earlier_than, positions, world)


def _day_of_all(source: DueSource, assigned: int, moment: Moment) -> int:
    """The written day where it is the same for all who are assigned on one day."""
    due = source.due
    match due:
        case FixedDue():
            return day_number(due.date)
        case RelativeDue(after="window_start"):
            assert source.window_start is not None
            return day_number(moment.day_of(source.window_start)) + due.days
        case _:
            assert isinstance(due, RelativeDue)
            return assigned + due.days


def _renewal_days(
    renewal: Renewal, positions: NDArray[np.uint32], world: World
) -> NDArray[np.int64]:
    """The days on which completions cease to count; MISSING where nobody knows of one."""
    completed = world.holdings.instants(renewal.content, "completed", positions_of(positions))
    done, places = np.unique(_days_of(completed, world.moment), return_inverse=True)
    ceases = [
        MISSING if day == MISSING else day_number(renewal.every.after(_date(int(day))))
        for day in done
    ]
    days = np.array(ceases, dtype=np.int64)[places]
    return _no_earlier(days, renewal.no_earlier_than, positions, world)


def _no_earlier(
    days: NDArray[np.int64], count: int, positions: NDArray[np.uint32], world: World
) -> NDArray[np.int64]:
    """Move days to at least so many after today, and after the hire date (A9, A9c)."""
    today = day_number(world.moment.today)
    earliest = np.maximum(world.index.hired[positions].astype(np.int64), today) + count
    return np.where(days == MISSING, MISSING, np.clip(days, earliest, LAST_DAY))


def _local_days(assigned: Instants | datetime, count: int, moment: Moment) -> NDArray[np.int64]:
    """The local days of instants; today's where an enrollment has no assigned instant."""
    if isinstance(assigned, datetime):
        return np.full(count, day_number(moment.day_of(assigned)), dtype=np.int64)
    days = _days_of(assigned, moment)
    return np.where(days == MISSING, day_number(moment.today), days)


def _days_of(instants: Instants, moment: Moment) -> NDArray[np.int64]:
    """The local days of instants; MISSING for none.

    Days begin at few different instants, which are looked for among the many.
    """
    result = np.full(len(instants), MISSING, dtype=np.int64)
    known = ~np.isnat(instants)
    if not known.any():
        return result
    found = instants[known].astype("datetime64[s]")
    days = np.unique(found.astype("datetime64[D]").astype(np.int64))
    near = np.unique(np.concatenate([days - 1, days, days + 1]))
    begins = np.array([_begin(int(day), moment.zone) for day in near])
    result[known] = near[np.searchsorted(begins, found, side="right") - 1]
    return result


def _last_seconds(days: NDArray[np.int64], moment: Moment) -> Instants:
    unique, places = np.unique(days, return_inverse=True)
    ends = [NO_INSTANT if day == MISSING else _end(int(day), moment.zone) for day in unique]
    return np.array(ends, dtype="datetime64[s]")[places]


@lru_cache(maxsize=MOST_DAYS)
def _begin(day: int, zone: tzinfo) -> np.datetime64:
    return _naive(first_instant(_date(day), zone))


@lru_cache(maxsize=MOST_DAYS)
def _end(day: int, zone: tzinfo) -> np.datetime64:
    return _naive(last_second(_date(day), zone))


def _date(number: int) -> date:
    return EPOCH + timedelta(days=number)


def _naive(instant: datetime) -> np.datetime64:
    return np.datetime64(instant.replace(tzinfo=None), "s")
