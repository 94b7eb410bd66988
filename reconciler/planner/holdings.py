"""The enrollments of the LMS as sets of positions, content by content."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyroaring import BitMap

from reconciler.frames import STATUS
from reconciler.planner.index import Index, positions_of

STATUSES = list(STATUS.categories)


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds one content, by status. ``ever_completed`` holds open retakes as well (A12b)."""

    not_started: BitMap = field(default_factory=BitMap)
    in_progress: BitMap = field(default_factory=BitMap)
    completed: BitMap = field(default_factory=BitMap)
    unknown: BitMap = field(default_factory=BitMap)
    ever_completed: BitMap = field(default_factory=BitMap)

    @property
    def enrolled(self) -> BitMap:
        return self.not_started | self.in_progress | self.completed | self.unknown

    @property
    def open(self) -> BitMap:
        return self.not_started | self.in_progress


NOT_HELD = Held()


class Holdings:
    """All enrollments of one run.

    ``strangers`` counts the enrollments of people whom neither roster nor ledger knows.
    """

    def __init__(self, frame: pl.DataFrame, index: Index, contents: Collection[str]) -> None:
        named = pl.Enum(sorted(contents))
        chosen = frame.filter(pl.col("content").cast(pl.String).is_in(sorted(contents)))
        numbers = pl.DataFrame({"trainee": index.ids}).with_row_index("position")
        rows = chosen.with_columns(pl.col("content").cast(named)).join(
            numbers, on="trainee", how="left", maintain_order="none"
        )
        self._rows = rows.drop_nulls("position") if rows["position"].null_count() else rows
        self.strangers = len(rows) - len(self._rows)
        self._held = _held(self._rows, named)

    def of(self, content: str) -> Held:
        return self._held.get(content, NOT_HELD)

    def instants(self, content: str, column: str, trainees: BitMap) -> NDArray[np.datetime64]:
        """``assigned`` or ``due`` of some holders, in the order of their positions; NaT for none.

        Every one of ``trainees`` must hold the content.
        """
        wanted = pl.DataFrame({"position": np.array(trainees, dtype=np.uint32)})
        rows = self._rows.filter(pl.col("content") == content)
        found = wanted.join(rows, on="position", how="left", maintain_order="left")
        return found[column].to_numpy().astype("datetime64[s]")

    def statuses(self, content: str, trainees: BitMap) -> NDArray[np.uint8]:
        """The status of some trainees as the number of its category in STATUS; 255 for none."""
        numbers = np.array(trainees, dtype=np.uint32)
        result = np.full(len(numbers), 255, dtype=np.uint8)
        held = self.of(content)
        for code, status in enumerate(STATUSES):
            members = np.array(getattr(held, status) & trainees, dtype=np.uint32)
            result[np.searchsorted(numbers, members)] = code
        return result


def _held(rows: pl.DataFrame, contents: pl.Enum) -> dict[str, Held]:
    content = rows["content"].to_physical().to_numpy().astype(np.uint64)
    status = rows["status"].to_physical().to_numpy().astype(np.uint64)
    keys = (content << 40) | (status << 32) | rows["position"].to_numpy()
    keys.sort()
    groups = keys >> 32
    borders = np.flatnonzero(np.diff(groups)) + 1
    sets: dict[int, BitMap] = {}
    for start, end in zip([0, *borders], [*borders, len(keys)], strict=True):
        if end > start:
            sets[int(groups[start])] = positions_of(keys[start:end] & 0xFFFFFFFF)
    ever = rows.filter(pl.col("completed").is_not_null() & (pl.col("status") != "completed"))
    reopened = {
        str(key): positions_of(part["position"].to_numpy())
        for (key,), part in ever.partition_by("content", as_dict=True).items()
    }
    held = {}
    for code, name in enumerate(contents.categories):
        by = {
            status: sets.get((code << 8) | number, BitMap())
            for number, status in enumerate(STATUSES)
        }
        ever_completed = by["completed"] | reopened.get(name, BitMap())
        held[name] = Held(**by, ever_completed=ever_completed)
    return held
