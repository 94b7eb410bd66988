"""An LMS as what it exported: files that are read and never written."""

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import numpy as np
import polars as pl

from reconciler.documents.parquet import Parquet
from reconciler.enrollments import Enrollments
from reconciler.errors import LmsUnfit
from reconciler.frames import STATUS, Capabilities, Content, is_clean
from reconciler.lms.catalog import read_catalog
from reconciler.lms.contract import Lms
from reconciler.lms.files import PARQUET, Table, read_table
from reconciler.lms.rows import (
    DATED_COLUMNS,
    ENROLLMENT_COLUMNS,
    MAY_BE_MISSING,
    PROGRESS_COLUMNS,
    dated_of,
    enrollments_of,
    matched,
    progress_of,
    whole_progress,
)

STATUSES = list(STATUS.categories)


class ExportLms(Lms):
    """A catalog file, and enrollments as CSV or Parquet, such as an LMS exports every night.

    An export without a single enrollment is refused: an export that failed looks like it.
    """

    def __init__(self, *, catalog: Path, enrollments: Path, progress: Path | None = None) -> None:
        self._catalog = catalog
        self._enrollments = enrollments
        self._progress = progress

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(writes=False, removes=False)

    def catalog(self) -> Mapping[str, Content]:
        return self._contents

    @cached_property
    def _contents(self) -> Mapping[str, Content]:
        return read_catalog(self._catalog)

    def accounts(self) -> None:
        return None

    def enrollments(self, contents: Collection[str]) -> Enrollments:
        return self._every_enrollment.within(contents)

    def holdings(self, contents: Collection[str]) -> pl.DataFrame:
        return self.enrollments(contents).frame()

    def progress(self, modules: Collection[str]) -> pl.DataFrame:
        catalog = self.catalog()
        held = self._every_enrollment.frame()
        told = None
        if self._progress is not None:
            table, faults = read_table(self._progress, PROGRESS_COLUMNS, optional=MAY_BE_MISSING)
            if table is not None:
                told, found = progress_of(table, catalog=catalog, statuses=STATUSES)
                faults += found
                if not faults.count:
                    faults += matched(table, progress=told, holdings=held)
            faults.refuse()
        asked = held.filter(pl.col("content").is_in(sorted(set(modules))))
        return whole_progress(asked, progress=told, catalog=catalog)

    def assign(self, writes: pl.DataFrame) -> NoReturn:
        self._refuse(writes)

    def reassign(self, writes: pl.DataFrame) -> NoReturn:
        self._refuse(writes)

    def reschedule(self, writes: pl.DataFrame) -> NoReturn:
        self._refuse(writes)

    def remove(self, writes: pl.DataFrame) -> NoReturn:
        self._refuse(writes)

    @cached_property
    def _every_enrollment(self) -> Enrollments:
        """Read once, so that progress belongs to the same."""
        if self._enrollments.suffix.lower() in PARQUET:
            # Millions of rows come as Parquet, and most rules look at three columns only.
            try:
                found = self._read_plainly()
            except (OSError, ValueError):
                found = None  # what is wrong is told by reading all of it, row by row
            if found is not None:
                return found
        return Enrollments.of(self._read_whole())

    def _read_plainly(self) -> Enrollments | None:
        """What every rule looks at; None where something is wrong with it."""
        plain = ("trainee", "content", "status")
        written = _written(self._enrollments)
        file = Parquet(self._enrollments, few=plain)
        if any(file.names.count(name) != 1 for name in ENROLLMENT_COLUMNS):
            return None
        texts = file.texts(plain, repeating=["trainee"])
        if texts is None:
            return None
        trainee, content, status = texts
        trainees, contents, statuses = trainee.listed, content.listed, list(status.listed)
        is_known = set(contents) <= self.catalog().keys() and set(statuses) <= set(STATUSES)
        if not trainees.len() or not is_known or "" in trainees or not is_clean(trainees):
            return None
        order = np.array([STATUSES.index(one) for one in statuses], dtype=np.uint8)
        return Enrollments(
            trainees,
            trainee.places,
            contents,
            content.places,
            order[status.places],
            lambda: self._read_dated(written),
        )

    def _read_dated(self, written: tuple[int, ...]) -> pl.DataFrame:
        table, faults = read_table(self._enrollments, DATED_COLUMNS)
        if table is None or written != _written(self._enrollments):
            faults.refuse()
            raise LmsUnfit(f"{self._enrollments} was written while it was read. Run this again.")
        dated, found = dated_of(table)
        (faults + found).refuse()
        return dated

    def _read_whole(self) -> pl.DataFrame:
        table, faults = read_table(self._enrollments, ENROLLMENT_COLUMNS)
        if table is None:
            faults.refuse()
        assert table is not None
        # That none repeats in a Parquet file shows when they become sets.
        unique = self._enrollments.suffix.lower() not in PARQUET
        held, found = enrollments_of(
            table, catalog=self.catalog(), statuses=STATUSES, unique=unique
        )
        (faults + found).refuse()
        self._refuse_nobody(table)
        return held

    def _refuse_nobody(self, table: Table) -> None:
        if table.rows.is_empty():
            raise LmsUnfit(
                f"{self._enrollments} holds no enrollment. An export that failed looks like this:"
                " export again. Where nobody is enrolled yet, use 'adapter: local'."
            )

    def _refuse(self, writes: pl.DataFrame) -> NoReturn:
        raise LmsUnfit(
            f"{self._enrollments} is an export and cannot be written ({writes.height:,} rows)."
            " Carry the plan out in the LMS itself, or use 'adapter: local'."
        )


def _written(path: Path) -> tuple[int, ...]:
    """What tells whether a file is still the one that was read."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
