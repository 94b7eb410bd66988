"""The enrollments of the LMS as sets of positions, content by content."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import numpy as np
import polars as pl
from pyroaring import BitMap

from reconciler.enrollments import Enrollments
from reconciler.errors import LmsUnfit
from reconciler.frames import STATUS
from reconciler.lookup import places_among
from reconciler.planner.index import Index
from reconciler.planner.sets import (
    Instants,
    key_kind,
    numbers_of,
    positions_of,
    sets_of_keys,
)

STATUSES = list(STATUS.categories)


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds one content, by status; ``enrolled`` are all of them."""

    not_started: BitMap = field(default_factory=BitMap)
    in_progress: BitMap = field(default_factory=BitMap)
    completed: BitMap = field(default_factory=BitMap)
    unknown: BitMap = field(default_factory=BitMap)
    enrolled: BitMap = field(default_factory=BitMap)

    @property
    def open(self) -> BitMap:
        return self.not_started | self.in_progress


NOT_HELD = Held()


class Holdings:
    """All enrollments of one run.

    ``contents`` are all that somebody holds or that were asked for, in order. ``strangers`` counts
    the enrollments of people whom neither roster nor ledger knows.
    """

    def __init__(self, told: Enrollments, index: Index, contents: Collection[str]) -> None:
        """Encode enrollments.

        Args:
            told: In any order.
            index: The trainees.
            contents: Those to know of beside the ones that are held.

        Raises:
            LmsUnfit: Somebody holds a content twice.
        """
        self._told = told
        # Who is not known stands behind all others.
        self._stranger = index.size
        self._place = places_among(told.trainees, index.ids)
        borne = np.flatnonzero(np.bincount(told.content, minlength=1)[: len(told.contents)])
        self.contents = tuple(sorted({*contents, *told.contents.gather(borne)}))
        self._numbers = {content: number for number, content in enumerate(self.contents)}
        numbers = [self._numbers.get(content, 0) for content in told.contents]
        self._number = np.array(numbers, dtype=np.uint32)
        self._held, self.strangers = self._encoded()
        if sum(len(one.enrolled) for one in self._held.values()) + self.strangers != len(told):
            self._refuse_repeats()
        self._parts: dict[str, pl.DataFrame] = {}
        self._open_due: dict[str, Instants] = {}

    def _encoded(self) -> tuple[dict[str, Held], int]:
        """Who holds what, and how many rows are of nobody who is known."""
        told, number = self._told, self._number * np.uint32(len(STATUSES))
        most, size = len(self.contents) * len(STATUSES), self._stranger + 1
        keys, strangers = np.empty(len(told), dtype=key_kind(most * size)), 0
        for some in told.blocks():
            positions, part = self._place[told.trainee[some]], keys[some]
            part[:] = number[told.content[some]] + told.status[some]
            part *= part.dtype.type(size)
            part += positions
            strangers += int(np.count_nonzero(positions == self._stranger))
        sets = sets_of_keys(keys, most, size)
        for one in sets if strangers else ():
            one.discard(self._stranger)
        firsts = range(0, most, len(STATUSES))
        several = (sets[first : first + len(STATUSES)] for first in firsts)
        return {
            one: _held(some) for one, some in zip(self.contents, several, strict=True)
        }, strangers

    def of(self, content: str) -> Held:
        return self._held.get(content, NOT_HELD)

    def ever_completed(self, content: str) -> BitMap:
        """Who has completed a content at some time, open retakes included (A12b)."""
        reopened = pl.col("completed").is_not_null() & (pl.col("status") != "completed")
        return self.of(content).completed | self._where(content, reopened)

    def instants(self, content: str, column: str, trainees: BitMap) -> Instants:
        """``assigned``, ``due`` or ``completed`` of some holders, by position; NaT for none.

        Every one of ``trainees`` must hold the content.
        """
        wanted = pl.DataFrame({"position": numbers_of(trainees)})
        found = wanted.join(self._part(content), on="position", how="left", maintain_order="left")
        return found[column].to_numpy().astype("datetime64[s]")

    def open_due(self) -> dict[str, Instants]:
        """The due instants of all who hold a content and have not completed it, by position."""
        if not self._open_due:
            self._open_due = self._all_open_due()
        return self._open_due

    def _all_open_due(self) -> dict[str, Instants]:
        rows = (
            self._rows_of(self.contents)
            .filter(pl.col("status") != "completed")
            .select(
                "due",
                key=pl.col("content").cast(pl.UInt64) * 2**32 + pl.col("position"),
            )
        )
        rows = rows.sort("key")
        due = rows["due"].to_numpy().astype("datetime64[s]")
        edges = np.arange(len(self.contents) + 1, dtype=np.uint64) * 2**32
        starts = rows["key"].to_numpy().searchsorted(edges)
        return {
            content: due[starts[number] : starts[number + 1]]
            for content, number in self._numbers.items()
        }

    def completed_by(self, content: str, latest: datetime) -> BitMap:
        """Whose latest completion of a content is not after an instant."""
        return self._where(content, pl.col("completed") <= latest)

    def completed_since(self, content: str, instant: datetime) -> BitMap:
        """Whose latest completion of a content is after an instant."""
        return self._where(content, pl.col("completed") > instant.astimezone(UTC))

    def completed_after(self, instant: datetime) -> int:
        """How many enrollments are completed later than an instant, if any rule looks at that."""
        if not self._told.is_dated:
            return 0
        late = (self._told.dated["completed"] > instant.astimezone(UTC)).arg_true().to_numpy()
        return int(np.count_nonzero(self._place[self._told.trainee[late]] != self._stranger))

    def assigned_before(self, content: str, instant: datetime, precision: timedelta) -> BitMap:
        """Whose enrollment was assigned before an instant, at a precision, or nobody knows when."""
        seconds = max(1, int(precision.total_seconds()))
        limit = datetime.fromtimestamp(int(instant.timestamp()) // seconds * seconds, UTC)
        return self._where(content, pl.col("assigned").is_null() | (pl.col("assigned") < limit))

    def older(self, content: str, version: int) -> BitMap:
        """Whose enrollment in a content is of an older version than this (V3)."""
        return self._where(content, pl.col("version") < version)

    def look_up(self, contents: Collection[str]) -> None:
        """Find the rows of several contents at once, instead of each when it is asked for."""
        wanted = {one for one in contents if one in self._numbers}
        if len(wanted) < 2:  # noqa: PLR2004 one is found as fast by itself
            return
        rows = self._rows_of(wanted)
        parts = rows.partition_by("content", as_dict=True)
        for content in wanted:
            self._parts[content] = parts.get((self._numbers[content],), rows.clear())

    def _where(self, content: str, condition: pl.Expr) -> BitMap:
        return positions_of(self._part(content).filter(condition)["position"].to_numpy())

    def _part(self, content: str) -> pl.DataFrame:
        """The rows of one content; the search for them is done once."""
        if content not in self._parts:
            self._parts[content] = self._rows_of({content})
        return self._parts[content]

    def _rows_of(self, contents: Collection[str]) -> pl.DataFrame:
        """The enrollments in some contents of all who are known, with what is dated."""
        told = self._told
        is_meant = told.contents.is_in(sorted(contents)).to_numpy()
        at = np.flatnonzero(is_meant[told.content]).astype(np.uint32)
        if self.strangers:
            at = at[self._place[told.trainee[at]] != self._stranger]
        return told.dated[pl.Series(at)].with_columns(
            position=pl.Series(self._place[told.trainee[at]]),
            content=pl.Series(self._number[told.content[at]]),
            status=pl.Series(told.status[at]).cat.to(STATUS),
        )

    def _refuse_repeats(self) -> NoReturn:
        told = self._told
        pairs = pl.DataFrame(
            {"position": self._place[told.trainee], "content": self._number[told.content]}
        )
        repeats = pairs.filter(
            pl.struct("position", "content").is_duplicated()
            & (pl.col("position") != self._stranger)
        )
        raise LmsUnfit(
            f"The LMS shows {len(repeats):,} rows where one trainee has a content more than once, "
            f"such as {self.contents[repeats['content'][0]]}. Put that right in the LMS, or in its "
            "export."
        )


def _held(several: Sequence[BitMap]) -> Held:
    """From those of each status, in the order of STATUS."""
    return Held(**dict(zip(STATUSES, several, strict=True)), enrolled=BitMap.union(*several))
