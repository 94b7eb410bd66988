"""The enrollments of the LMS as sets of positions, content by content."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from pyroaring import BitMap

from reconciler.errors import LmsUnfit
from reconciler.frames import STATUS, distinct, numbered
from reconciler.planner.index import Index
from reconciler.planner.sets import (
    Instants,
    numbers_of,
    position_of_each,
    positions_of,
    sets_by_number,
)

STATUSES = list(STATUS.categories)


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds one content, by status; ``enrolled`` are all of them.

    ``ever_completed`` holds open retakes as well (A12b).
    """

    not_started: BitMap = field(default_factory=BitMap)
    in_progress: BitMap = field(default_factory=BitMap)
    completed: BitMap = field(default_factory=BitMap)
    unknown: BitMap = field(default_factory=BitMap)
    ever_completed: BitMap = field(default_factory=BitMap)
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

    def __init__(self, frame: pl.DataFrame, index: Index, contents: Collection[str]) -> None:
        """Encode HOLDINGS.

        Args:
            frame: In any order.
            index: The trainees.
            contents: Those to know of beside the ones that are held.
        """
        self.contents = tuple(sorted({*contents, *distinct(frame["content"])}))
        self._numbers = {content: number for number, content in enumerate(self.contents)}
        rows = frame.select(
            "status",
            "assigned",
            "due",
            "completed",
            "version",
            _numbered(frame["content"], self._numbers),
            position_of_each(frame["trainee"], index.ids).alias("position"),
        )
        self._rows = rows.drop_nulls("position") if rows["position"].null_count() else rows
        self.strangers = len(rows) - len(self._rows)
        self._held = _held(self._rows, self.contents)
        self._parts: dict[str, pl.DataFrame] = {}
        self._open_due: dict[str, Instants] = {}

    def of(self, content: str) -> Held:
        return self._held.get(content, NOT_HELD)

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
        rows = self._rows.filter(pl.col("status") != "completed").select(
            "due",
            key=pl.col("content").cast(pl.UInt64) * 2**32 + pl.col("position"),
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
        """How many enrollments are completed later than an instant."""
        return int((self._rows["completed"] > instant.astimezone(UTC)).sum())

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
        numbers = {self._numbers[one]: one for one in contents if one in self._numbers}
        if len(numbers) < 2:  # noqa: PLR2004 one is found as fast by itself
            return
        wanted = np.zeros(len(self._numbers), dtype=bool)
        wanted[list(numbers)] = True
        rows = self._rows.filter(pl.Series(wanted[self._rows["content"].to_numpy()]))
        parts = rows.partition_by("content", as_dict=True)
        nobody = rows.clear()
        for number, content in numbers.items():
            self._parts[content] = parts.get((number,), nobody)

    def _where(self, content: str, condition: pl.Expr) -> BitMap:
        return positions_of(self._part(content).filter(condition)["position"].to_numpy())

    def _part(self, content: str) -> pl.DataFrame:
        """The rows of one content; the search for them is done once."""
        if content not in self._parts:
            number = self._numbers.get(content, len(self._numbers))
            self._parts[content] = self._rows.filter(pl.col("content") == number)
        return self._parts[content]


def _numbered(contents: pl.Series, numbers: Mapping[str, int]) -> pl.Series:
    """Each row's content as its number; each content is looked up once."""
    places, texts = numbered(contents)
    table = np.array([numbers[text] for text in texts], dtype=np.uint32)
    return pl.Series("content", table[places], dtype=pl.UInt32)


def _held(rows: pl.DataFrame, contents: Sequence[str]) -> dict[str, Held]:
    positions, content = rows["position"].to_numpy(), rows["content"].to_numpy()
    kind = np.min_scalar_type(len(contents) * len(STATUSES))
    groups = content.astype(kind)
    groups *= kind.type(len(STATUSES))
    groups += rows["status"].to_physical().to_numpy()
    sets = sets_by_number(groups, positions, most=len(contents) * len(STATUSES))
    ever = (rows["completed"].is_not_null() & (rows["status"] != "completed")).arg_true()
    reopened = sets_by_number(content[ever], positions[ever], most=len(contents))
    held = {}
    for number, one in enumerate(contents):
        several = sets[number * len(STATUSES) : (number + 1) * len(STATUSES)]
        by = dict(zip(STATUSES, several, strict=True))
        ever_completed = by["completed"] | reopened[number]
        held[one] = Held(**by, ever_completed=ever_completed, enrolled=BitMap.union(*several))
    _refuse_repeats(rows, held)
    return held


def _refuse_repeats(rows: pl.DataFrame, held: dict[str, Held]) -> None:
    """Refuse a reading with two rows for one trainee and content."""
    if sum(len(one.enrolled) for one in held.values()) == len(rows):
        return
    repeats = rows.filter(pl.struct("position", "content").is_duplicated())
    contents = list(held)
    raise LmsUnfit(
        f"The LMS shows {len(repeats):,} rows where one trainee has a content more than once, such "
        f"as {contents[repeats['content'][0]]}. Put that right in the LMS, or in its export."
    )
