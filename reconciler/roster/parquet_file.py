"""Reads a roster from Parquet: text as it is, whole numbers as text, days as days (P4)."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from reconciler.documents.parquet import Parquet
from reconciler.frames import distinct
from reconciler.roster.csv_file import NOBODY
from reconciler.roster.faults import Fault, Faults, told, unusable, where
from reconciler.roster.settings import RosterSettings
from reconciler.roster.table import Table, check_file

MAGIC = b"PAR1"
MS_PER_DAY = 24 * 60 * 60 * 1000
FIRST_DAY, LAST_DAY = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))


def read_parquet_file(settings: RosterSettings, root: Path, *, columns: Collection[str]) -> Table:
    """Read the columns asked for. Rows count from 1: such a file has no header row.

    Raises:
        RosterUnfit: This is no Parquet file, or it holds nobody (A3).
    """
    shown = settings.path
    path = root / shown
    check_file(path, shown)
    few = settings.columns.few
    header, frame = _read(path, shown, columns=columns, few=few)
    if frame.width and frame.is_empty():
        raise unusable(shown, NOBODY)
    beyond = [_beyond_calendars(column) for column in frame]
    texts = (
        {}
        if any(one.count for one in beyond)
        else {one.name: _as_text(one, few=one.name in few) for one in frame}
    )
    faults = [
        Fault(0, f"The column {name!r} holds {frame.schema[name]}. Write it as text.")
        for name, column in texts.items()
        if column is None
    ]
    return Table(
        frame=pl.DataFrame([column for column in texts.values() if column is not None]),
        header=header,
        header_row=0,
        rows=_rows,
        faults=(told(faults), *beyond, *map(_holding_nul, frame)),
    )


def _read(
    path: Path, shown: str, *, columns: Collection[str], few: Collection[str]
) -> tuple[tuple[str, ...], pl.DataFrame]:
    """Every name of a column, and the columns asked for."""
    try:
        with path.open("rb") as file:
            begins = file.read(len(MAGIC))
        if begins != MAGIC:
            raise unusable(shown, "This is no Parquet file. Is `roster.source` right?")
        table = Parquet(path, few=few)
        wanted = [name for name in dict.fromkeys(table.names) if name in columns]
        if twice := [name for name in wanted if table.names.count(name) > 1]:
            raise unusable(shown, f"The file has the column {twice[0]!r} twice. Keep one of them.")
        return tuple(table.names), table.read(wanted) if wanted else pl.DataFrame()
    except OSError as failure:
        raise unusable(shown, f"It cannot be read: {failure.strerror or failure}.") from failure
    except ValueError as failure:
        raise unusable(shown, f"It cannot be read as Parquet: {failure}.") from failure


def _beyond_calendars(column: pl.Series) -> Faults:
    """Days before the year 1 or after 9999: nothing can be written of them."""
    if not column.dtype.is_temporal() or isinstance(column.dtype, pl.Time | pl.Duration):
        return Faults()
    days = column if column.dtype == pl.Date else column.dt.timestamp("ms") // MS_PER_DAY
    bad = ~days.cast(pl.Int64).is_between(FIRST_DAY, LAST_DAY)
    return where(
        bad, rows=_rows, text=lambda _: f"The column {column.name!r} holds no day of any calendar."
    )


def _holding_nul(column: pl.Series) -> Faults:
    """No database keeps such a text: some cut it there, and another id would come of it."""
    if isinstance(column.dtype, pl.Categorical):
        values = distinct(column)
        odd = values.filter(values.str.contains("\0", literal=True))
        bad = column.is_in(odd.to_list())
    elif column.dtype == pl.String:
        bad = column.str.contains("\0", literal=True)
    else:
        return Faults()
    text = f"The column {column.name!r} holds a NUL character, as files of fixed width are filled."
    return where(bad, rows=_rows, text=lambda _: f"{text} Export it without.")


def _rows(positions: Sequence[int]) -> list[int]:
    return [position + 1 for position in positions]


def _as_text(column: pl.Series, *, few: bool) -> pl.Series | None:
    """A column as text or days; None where a value could be written in several ways (P4)."""
    kind = column.dtype
    if kind in (pl.String, pl.Date) or (few and isinstance(kind, pl.Categorical)):
        return column
    if isinstance(kind, pl.Datetime):
        return column.dt.date()
    textual = isinstance(kind, pl.Categorical | pl.Enum | pl.Boolean | pl.Null)
    return column.cast(pl.String) if textual or kind.is_integer() else None
