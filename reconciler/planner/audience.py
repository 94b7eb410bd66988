"""Targets evaluated as sets: who is in, who is not, and who is left undecided."""

from dataclasses import dataclass
from datetime import date

from pyroaring import BitMap

from reconciler.planner.index import MISSING, Index, day_number
from reconciler.planner.sets import intersection, union, without
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
    """Who is in a target, and who is left undecided (P6); all others of ``among`` are not in it.

    Hardly anybody is ever undecided, so that set costs nothing, and who is not in a target is
    worked out once for the whole of it instead of for each of its parts.
    """

    yes: BitMap
    undecided: BitMap
    among: BitMap

    @property
    def no(self) -> BitMap:
        return without(self.among, self.yes, self.undecided)

    @property
    def maybe(self) -> BitMap:
        """Who is in the target or undecided."""
        return self.yes | self.undecided if self.undecided else self.yes


def verdict(clause: Clause, index: Index, *, today: date, cautious: bool = False) -> Verdict:
    """Evaluate a target over the rows of the roster, whatever their activity (T, P6a).

    Args:
        clause: The target, groups expanded.
        index: The trainees as sets.
        today: The local day of as-of; tenure is counted to it.
        cautious: Leave undecided also by attributes that were emptied since last seen (A4a).
    """

    def of(part: Clause) -> Verdict:
        return verdict(part, index, today=today, cautious=cautious)

    everyone = index.roster
    match clause:
        case AllOf(parts):
            # Whom a part excludes is taken from the few who are left, not from everybody.
            kept = [of(part) for part in parts if not isinstance(part, Not)]
            barred = [of(part.part) for part in parts if isinstance(part, Not)]
            inside = intersection(everyone, (v.yes for v in kept))
            yes = without(inside, *(v.yes for v in barred), *(v.undecided for v in barred))
            if not any(v.undecided for v in (*kept, *barred)):
                return Verdict(yes, BitMap(), everyone)
            maybe = without(
                intersection(everyone, (v.maybe for v in kept)), *(v.yes for v in barred)
            )
            return Verdict(yes, maybe - yes, everyone)
        case AnyOf(parts):
            verdicts = [of(part) for part in parts]
            yes = union(v.yes for v in verdicts)
            return Verdict(yes, without(union(v.undecided for v in verdicts), yes), everyone)
        case Not(part):
            inner = of(part)
            return Verdict(inner.no, inner.undecided, everyone)
        case OneOf(attribute, values):
            yes = BitMap.union(*(index.having(attribute, value) for value in values))
            return _leaf(yes, index, attribute, cautious=cautious)
        case Hired() | Employed():
            return _leaf(_dated(clause, index, today), index, "hire_date", cautious=cautious)
        case Trainees(ids):
            return Verdict(index.positions(ids) & everyone, BitMap(), everyone)
        case Everyone():
            return Verdict(everyone, BitMap(), everyone)


def _leaf(yes: BitMap, index: Index, attribute: str, *, cautious: bool) -> Verdict:
    undecided = index.undecided_by(attribute, cautious=cautious)
    return Verdict(yes, without(undecided, yes), index.roster)


def _dated(clause: Hired | Employed, index: Index, today: date) -> BitMap:
    match clause:
        case Hired("on_or_after", day):
            return index.hired_since(day_number(day))
        case Hired("after", day):
            return index.hired_since(day_number(day) + 1)
        case Hired("before", day):
            return index.hire_known - index.hired_since(day_number(day))
        case Hired(_, day):
            return index.hire_known - index.hired_since(day_number(day) + 1)
        case Employed(comparison, duration):
            latest = duration.latest_start(today)
            later = index.hired_since((MISSING if latest is None else day_number(latest)) + 1)
            return index.hire_known - later if comparison == "at_least" else later


def cautious_verdict(clause: Clause, index: Index, plain: Verdict, *, today: date) -> Verdict:
    """The verdict for A4 and A12; the plain one where no attribute of it was emptied."""
    if not index.is_emptied(attributes_of(clause)):
        return plain
    return verdict(clause, index, today=today, cautious=True)
