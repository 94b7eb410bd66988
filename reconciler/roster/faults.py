"""What is wrong with a roster, row by row, said at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from reconciler.errors import RosterUnfit

SHOWN = 20
"""So many faults are told in full; the others are counted."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault. Rows count as an editor shows them, the header being 1; 0 is the whole file."""

    row: int
    text: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.text}" if self.row else self.text


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults of one kind: the first of them, and how many there are in all."""

    first: tuple[Fault, ...] = ()
    count: int = 0


def told(faults: Iterable[Fault]) -> Faults:
    """Faults that are few enough to be told one by one."""
    every = tuple(sorted(faults))
    return Faults(every[:SHOWN], len(every))


def where(
    bad: pl.Series,
    *,
    rows: Callable[[Sequence[int]], list[int]],
    text: Callable[[int], str],
) -> Faults:
    """One fault for each true value of ``bad``.

    Args:
        bad: By position; null is false.
        rows: From positions to the rows that they are in.
        text: From a position to what is wrong there.
    """
    positions = bad.fill_null(value=False).arg_true()
    first = positions.head(SHOWN).to_list()
    told_first = zip(rows(first), first, strict=True) if first else ()
    return Faults(tuple(Fault(row, text(at)) for row, at in told_first), len(positions))


def refuse(shown: str, kinds: Iterable[Faults]) -> None:
    """Raise if there are any faults.

    Raises:
        RosterUnfit: With the first faults by row, and the number of the others.
    """
    kinds = tuple(kinds)
    first = sorted(fault for kind in kinds for fault in kind.first)[:SHOWN]
    if not first:
        return
    more = sum(kind.count for kind in kinds) - len(first)
    lines = [f"{shown}: the roster cannot be used.", *(f"    {fault}" for fault in first)]
    if more:
        lines.append(f"    … and {more:,} more")
    raise RosterUnfit("\n".join(lines))


def unusable(shown: str, text: str, *, row: int = 0) -> RosterUnfit:
    """The error for a fault that hides all others."""
    return RosterUnfit(f"{shown}: the roster cannot be used.\n    {Fault(row, text)}")
