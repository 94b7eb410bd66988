"""The enrollments of an LMS in few numbers: what is said of many rows is kept once."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from reconciler.frames import HOLDINGS, STATUS, numbered

DATED = ("version", "assigned", "due", "completed")
"""The columns of HOLDINGS that few rules look at."""

BLOCK = 1 << 18


@dataclass(frozen=True)
class Enrollments:
    """Enrollments, in the order in which they were read.

    Attributes:
        trainees: Ids; one may stand here more than once.
        trainee: Of each row, the place of its trainee among them.
        contents: Ids, each once.
        content: Of each row, the place of its content among them.
        status: Of each row, the place of its status in STATUS.
        read_dated: Reads DATED, one row for each row; it may raise LmsUnfit.
        told: HOLDINGS, where they were told so.
    """

    trainees: pl.Series
    trainee: NDArray[np.integer]
    contents: pl.Series
    content: NDArray[np.integer]
    status: NDArray[np.integer]
    read_dated: Callable[[], pl.DataFrame]
    told: pl.DataFrame | None = None

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Enrollments":
        """Those of HOLDINGS; rows of one trainee that stand together name the trainee once."""
        runs = frame["trainee"].rle().struct.unnest()
        content, contents = numbered(frame["content"])
        return cls(
            trainees=runs["value"],
            trainee=np.repeat(np.arange(len(runs), dtype=np.uint32), runs["len"].to_numpy()),
            contents=contents,
            content=content,
            status=frame["status"].to_physical().to_numpy(),
            read_dated=lambda: frame.select(DATED),
            told=frame,
        )

    def __len__(self) -> int:
        return len(self.status)

    def blocks(self) -> Iterator[slice]:
        """All rows, so many at a time that what is made of them stays close to the processor."""
        return (slice(start, start + BLOCK) for start in range(0, len(self), BLOCK))

    @cached_property
    def dated(self) -> pl.DataFrame:
        """DATED, one row for each row; where nobody asks for it, it may never be read.

        Raises:
            LmsUnfit: It cannot be read, or says what it may not.
        """
        return self.read_dated()

    @property
    def is_dated(self) -> bool:
        """Whether what is dated is at hand: it was told, or something has asked for it."""
        return self.told is not None or "dated" in self.__dict__

    def within(self, contents: Collection[str]) -> "Enrollments":
        """Those in some contents."""
        asked = self.contents.is_in(sorted(contents)).to_numpy()
        if asked.all():
            return self
        kept = asked[self.content]
        return Enrollments(
            self.trainees,
            self.trainee[kept],
            self.contents,
            self.content[kept],
            self.status[kept],
            lambda: self.dated.filter(pl.Series(kept)),
        )

    def frame(self) -> pl.DataFrame:
        """All of it, as HOLDINGS.

        Raises:
            LmsUnfit: What is dated cannot be read.
        """
        if self.told is not None:
            return self.told
        status = pl.Series("status", self.status).cat.to(STATUS)
        rows = pl.DataFrame(
            {
                "trainee": self.trainees.gather(self.trainee),
                "content": self.contents.gather(self.content),
                "status": status,
            }
        )
        return rows.hstack(self.dated).select(list(HOLDINGS.schema))


Holds = Enrollments | pl.DataFrame
"""Enrollments, which may also be told as HOLDINGS."""


def enrollments(held: Holds | Future[Enrollments]) -> Enrollments:
    """Enrollments, however they were told, when they have arrived."""
    found = held.result() if isinstance(held, Future) else held
    return Enrollments.of(found) if isinstance(found, pl.DataFrame) else found
