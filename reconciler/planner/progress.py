"""The course progress of modules as sets of positions: what credit and restarts go by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl
from pyroaring import BitMap

from reconciler.lookup import places_among
from reconciler.planner.index import Index
from reconciler.planner.sets import positions_of, sets_by_value


@dataclass(frozen=True, slots=True)
class CourseHeld:
    """Who has one course of a module in which status; ``present`` are all who have it at all."""

    in_progress: BitMap = field(default_factory=BitMap)
    completed: BitMap = field(default_factory=BitMap)
    present: BitMap = field(default_factory=BitMap)

    def begun(self, resets: str) -> BitMap:
        """Who would lose something, if courses of these statuses start over (R, A10)."""
        if resets == "in_progress":
            return self.in_progress
        return self.completed if resets == "completed" else self.in_progress | self.completed


NOT_TAKEN = CourseHeld()


class Progress:
    """The progress in the modules that a run has read; of enrollments that are gone as well."""

    def __init__(self, frame: pl.DataFrame, index: Index, versions: Mapping[str, int]) -> None:
        newest = pl.col("course").replace_strict(versions, default=None, return_dtype=pl.Int64)
        # Rows of one trainee stand together: each is looked up once.
        runs = frame["trainee"].rle().struct.unnest()
        positions = places_among(runs["value"], index.ids)
        rows = frame.with_columns(position=pl.Series(np.repeat(positions, runs["len"].to_numpy())))
        known = rows.drop("trainee").filter(pl.col("position") < index.size)
        self._rows = known.with_columns(newest=newest)
        self._modules: dict[str, dict[str, CourseHeld]] = {}
        self._credits: dict[tuple[datetime | None, bool], dict[str, BitMap]] = {}

    def of(self, module: str) -> Mapping[str, CourseHeld]:
        """By course, the progress in one module."""
        if module not in self._modules:
            rows = self._rows.filter(pl.col("module") == module)
            parts = rows.partition_by("course", as_dict=True).items()
            self._modules[module] = {course: _held(part) for (course,), part in parts}
        return self._modules[module]

    def begun_since(self, module: str, instant: datetime) -> BitMap:
        """Who is at work in one module, or has completed a course in it after an instant."""
        begun = (pl.col("status") == "in_progress") | (pl.col("completed") > instant)
        found = self._rows.filter((pl.col("module") == module) & begun)
        return positions_of(found["position"].unique().to_numpy())

    def older(self, module: str) -> dict[str, BitMap]:
        """By course, who has it in one module at a version older than the catalog's (V3)."""
        is_older = (pl.col("module") == module) & (pl.col("version") < pl.col("newest"))
        return _by_course(self._rows.filter(is_older))

    def credit(self, *, after: datetime | None, current: bool) -> Mapping[str, BitMap]:
        """By course, who has completed it inside a module so that it counts (C1, C7).

        Args:
            after: Completions at or before it do not count; None: all may.
            current: Whether only completions at the catalog's versions count.
        """
        key = after, current
        if key not in self._credits:
            counts = pl.col("completed").is_not_null()
            if after is not None:
                counts &= pl.col("completed") > after
            if current:
                counts &= (pl.col("completed_version") >= pl.col("newest")).fill_null(value=True)
            self._credits[key] = _by_course(self._rows.filter(counts))
        return self._credits[key]


def _by_course(rows: pl.DataFrame) -> dict[str, BitMap]:
    return sets_by_value(rows["position"], rows["course"])


def _held(rows: pl.DataFrame) -> CourseHeld:
    by = sets_by_value(rows["position"], rows["status"].cast(pl.String))
    return CourseHeld(
        in_progress=by.get("in_progress", BitMap()),
        completed=by.get("completed", BitMap()),
        present=positions_of(rows["position"].to_numpy()),
    )
