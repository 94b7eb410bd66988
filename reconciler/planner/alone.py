"""One row of the roster as sets: what rules say about it does not depend on others (D1)."""

from collections.abc import Collection
from copy import copy
from datetime import date

import polars as pl
from pyroaring import BitMap

from reconciler.planner.index import Activity, Index

TERMINATION = "termination_date"


class Alone(Index):
    """One trainee of an index, at the same position.

    The others are not looked at, so that nothing asked here takes longer where they are many.
    """

    def __init__(self, whole: Index, position: int) -> None:
        vars(self).update(vars(whole))
        row, every = BitMap([position]), self.activity
        self.position = position
        self._rows = self._rows.filter(pl.col("position") == position)
        self._listed = self.roster = self.roster & row
        self.activity = Activity(every.active & row, every.inactive & row, every.unknown & row)
        self.hire_known = self.hire_known & row
        self._own, self._having, self._bearers, self._filled = {}, {}, {}, {}

    def later(self, day: date) -> "Alone":
        """The same row on a later day, seen before: who leaves until then is inactive (P5)."""
        other, every = copy(self), self.activity
        other.newcomers = self.newcomers.clear()
        leaves = self.termination
        if leaves is not None and leaves <= day:
            other.activity = Activity(
                BitMap(), every.active | every.inactive | every.unknown, BitMap()
            )
        return other

    @property
    def termination(self) -> date | None:
        """The day from which on the roster has the trainee as inactive (P5)."""
        if TERMINATION not in self._rows.columns or self._rows.is_empty():
            return None
        day: date | None = self._rows[TERMINATION].item()
        return day

    def positions(self, trainees: Collection[str]) -> BitMap:
        """The trainee, where the id is among these."""
        return BitMap([self.position] if self.ids[self.position] in trainees else [])

    def hired_since(self, number: int) -> BitMap:
        """The trainee, where the hire date is known and not before that day."""
        return BitMap([self.position] if self.hired[self.position] >= number else [])
