"""Reads a roster from Parquet: text as it is, whole numbers as text, days as days (P4)."""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from reconciler.roster.csv_file import NOBODY
from reconciler.roster.faults import Fault, told, unusable
from reconciler.roster.settings import RosterSettings
from reconciler.roster.table import Table, check_file

MAGIC = b"PAR1"


def read_parquet_file(settings: RosterSettings, root: Path, *, columns: Collection[str]) -> Table:
    """Read the columns asked for. Rows count from 1: such a file has no header row.

    Raises:
        RosterUnfit: This is no Parquet file, or it holds nobody (A3).
    """
    shown = settings.path
    path = root / shown
    check_file(path, shown)
    header = _header(path, shown)
    wanted = [name for name in header if name in columns]
    try:
        frame = pl.read_parquet(path, columns=wanted, glob=False) if wanted else pl.DataFrame()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as failure:
        raise unusable(shown, f"It cannot be read as Parquet: {_first_line(failure)}.") from failure
    if wanted and frame.is_empty():
        raise unusable(shown, NOBODY)
    texts = {name: _as_text(frame[name]) for name in wanted}
    faults = [
        Fault(0, f"The column {name!r} holds {frame.schema[name]}. Write it as text.")
        for name, column in texts.items()
        if column is None
    ]
    return Table(
        frame=pl.DataFrame([column for column in texts.values() if column is not None]),
        header=header,
        header_row=0,
        rows=lambda chosen: [position + 1 for position in chosen],
        faults=(told(faults),),
    )


def _header(path: Path, shown: str) -> tuple[str, ...]:
    try:
        with path.open("rb") as file:
            begins = file.read(len(MAGIC))
    except OSError as failure:
        raise unusable(shown, f"It cannot be read: {failure.strerror}.") from failure
    if begins != MAGIC:
        raise unusable(shown, "This is no Parquet file. Is `roster.source` right?")
    try:
        return tuple(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as failure:
        raise unusable(shown, f"It cannot be read as Parquet: {_first_line(failure)}.") from failure


def _as_text(column: pl.Series) -> pl.Series | None:
    """A column as text or days; None where a value could be written in several ways (P4)."""
    kind = column.dtype
    if kind in (pl.String, pl.Date):
        return column
    if isinstance(kind, pl.Datetime):
        return column.dt.date()
    textual = isinstance(kind, pl.Categorical | pl.Enum | pl.Boolean | pl.Null)
    return column.cast(pl.String) if textual or kind.is_integer() else None


def _first_line(failure: BaseException) -> str:
    return str(failure).partition("\n")[0].rstrip(".")
