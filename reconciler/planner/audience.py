"""Targets evaluated as sets: who is in, who is not, and who is left undecided."""

from dataclasses import dataclass
from datetime import date

from pyroaring import BitMap

from reconciler.planner.index import EPOCH, MISSING, Index
from reconciler.planner.sets import positions_where
from reconciler.policy.target import (
    AllOf,
    AnyOf,
    Clause,
    Employed,
    Everyone,
    Hired,
    Not,
    OneOf,
    Trainees,
    attributes_of,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who is in a target and who is not, of the roster's rows. In neither: undecided (P6)."""

    yes: BitMap
    no: BitMap


def verdict(clause: Clause, index: Index, *, today: date, cautious: bool = False) -> Verdict:
    """Evaluate a target over the rows of the roster, whatever their activity (T, P6a).

    Args:
        clause: The target, groups expanded.
        index: The trainees as sets.
        today: The local day of as-of; tenure is counted to it.
        cautious: Leave undecided also by attributes that were emptied since last seen (A4a).
    """
    match clause:
        case AllOf(parts):
            verdicts = [verdict(part, index, today=today, cautious=cautious) for part in parts]
            return Verdict(
                yes=BitMap.intersection(*(v.yes for v in verdicts)),
                no=BitMap.union(*(v.no for v in verdicts)),
            )
        case AnyOf(parts):
            verdicts = [verdict(part, index, today=today, cautious=cautious) for part in parts]
            return Verdict(
                yes=BitMap.union(BitMap(), *(v.yes for v in verdicts)),
                no=BitMap.intersection(index.roster, *(v.no for v in verdicts)),
            )
        case Not(part):
            inner = verdict(part, index, today=today, cautious=cautious)
            return Verdict(yes=inner.no, no=inner.yes)
        case OneOf(attribute, values):
            yes = BitMap.union(BitMap(), *(index.having(attribute, value) for value in values))
            return _leaf(yes, index, attribute, cautious=cautious)
        case Hired() | Employed():
            return _leaf(_dated(clause, index, today), index, "hire_date", cautious=cautious)
        case Trainees(ids):
            yes = index.positions(ids) & index.roster
            return Verdict(yes, index.roster - yes)
        case Everyone():
            return Verdict(index.roster, BitMap())


def _leaf(yes: BitMap, index: Index, attribute: str, *, cautious: bool) -> Verdict:
    open_ = index.undecided_by(attribute, cautious=cautious)
    return Verdict(yes, index.roster - yes - open_)


def _dated(clause: Hired | Employed, index: Index, today: date) -> BitMap:
    days = index.hired
    match clause:
        case Hired("on_or_after", day):
            chosen = days >= _number(day)
        case Hired("after", day):
            chosen = days > _number(day)
        case Hired("before", day):
            chosen = days < _number(day)
        case Hired(_, day):
            chosen = days <= _number(day)
        case Employed(comparison, duration):
            latest = duration.latest_start(today)
            if comparison == "at_least":
                chosen = days <= (MISSING if latest is None else _number(latest))
            else:
                chosen = days > (MISSING if latest is None else _number(latest))
    return positions_where(chosen & (days != MISSING))


def _number(day: date) -> int:
    return (day - EPOCH).days


def cautious_verdict(clause: Clause, index: Index, plain: Verdict, *, today: date) -> Verdict:
    """The verdict for A4 and A12; the plain one where no attribute of it was emptied."""
    if not index.is_emptied(attributes_of(clause)):
        return plain
    return verdict(clause, index, today=today, cautious=True)
