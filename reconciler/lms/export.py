"""An LMS as what it exported: files that are read and never written."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from reconciler.background import begun
from reconciler.errors import LmsUnfit
from reconciler.frames import STATUS, Capabilities, Content, distinct
from reconciler.lms.catalog import read_catalog
from reconciler.lms.contract import Lms
from reconciler.lms.files import PARQUET, Table, read_table
from reconciler.lms.rows import (
    ENROLLMENT_COLUMNS,
    MAY_BE_MISSING,
    PROGRESS_COLUMNS,
    enrollments_of,
    matched,
    progress_of,
    whole_progress,
)

if TYPE_CHECKING:
    from concurrent.futures import Future


class ExportLms(Lms):
    """A catalog file, and enrollments as CSV or Parquet, such as an LMS exports every night.

    An export without a single enrollment is refused: an export that failed looks like it.
    """

    def __init__(self, *, catalog: Path, enrollments: Path, progress: Path | None = None) -> None:
        self._catalog = catalog
        self._enrollments = enrollments
        self._progress = progress
        self._reading: Future[pl.DataFrame] | None = None

    def begin(self) -> None:
        self._reading = begun(self._read)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(writes=False, removes=False)

    def catalog(self) -> Mapping[str, Content]:
        return read_catalog(self._catalog)

    def accounts(self) -> None:
        return None

    def holdings(self, contents: Collection[str]) -> pl.DataFrame:
        held = self._every_enrollment()
        wanted = set(contents)
        if wanted.issuperset(distinct(held["content"])):
            return held
        return held.filter(pl.col("content").is_in(sorted(wanted)))

    def progress(self, modules: Collection[str]) -> pl.DataFrame:
        catalog = self.catalog()
        held = self._every_enrollment()
        told = None
        if self._progress is not None:
            table, faults = read_table(self._progress, PROGRESS_COLUMNS, optional=MAY_BE_MISSING)
            if table is not None:
                told, found = progress_of(table, catalog=catalog, statuses=STATUS.categories)
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

    def _every_enrollment(self) -> pl.DataFrame:
        return self._reading.result() if self._reading else self._read()

    def _read(self) -> pl.DataFrame:
        table, faults = read_table(self._enrollments, ENROLLMENT_COLUMNS)
        if table is None:
            faults.refuse()
        assert table is not None
        # Millions of rows come as Parquet; that none repeats shows when they become sets.
        unique = self._enrollments.suffix.lower() not in PARQUET
        held, found = enrollments_of(
            table, catalog=self.catalog(), statuses=STATUS.categories, unique=unique
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
