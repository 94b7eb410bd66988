"""From the roster's file to one row a trainee: attributes, hire date and activity (P1, P4, P5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from unicodedata import category

import numpy as np
import polars as pl

from reconciler.documents.delimiter import seen_delimiter
from reconciler.errors import did_you_mean
from reconciler.frames import ACTIVITY, distinct, is_clean, numbered
from reconciler.roster.csv_file import read_csv_file
from reconciler.roster.faults import Fault, Faults, refuse, told, where
from reconciler.roster.parquet_file import read_parquet_file
from reconciler.roster.settings import (
    ISO,
    ActiveMapping,
    ColumnMapping,
    Columns,
    DateMapping,
    RosterSettings,
)
from reconciler.roster.table import Table

READERS = {"csv": read_csv_file, "parquet": read_parquet_file}
BEYOND_ASCII = "[^ -~]"
UNSEEN = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]"
"""What moves the cursor or is not seen at all: two ids would look like one."""
FIRST_YEAR, LAST_YEAR = 1000, 9999
"""Years beyond these are misread: two digits where four are wanted, or too many."""


@dataclass(frozen=True, slots=True)
class RosterFile:
    """The file as it was read: its needed columns, clean (P4), and what is wrong with it so far.

    ``written`` is when it was last written before it was read.
    """

    table: Table
    frame: pl.DataFrame
    written: datetime


def read_file(settings: RosterSettings, root: Path) -> RosterFile:
    """Read the file itself: all that depends on no instant.

    Raises:
        RosterUnfit: There is no such file, or it cannot be read at all.
    """
    written = _last_written(root / settings.path)
    table = READERS[settings.source](settings, root, columns=names_of(settings.columns))
    return RosterFile(table, _cleaned(_texts(table.frame, settings.columns)), written)


def _last_written(path: Path) -> datetime:
    """When; for a file that is not there the reader says so."""
    try:
        seconds = path.stat().st_mtime
    except (OSError, ValueError):
        seconds = 0
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)


def people_of(
    file: RosterFile,
    settings: RosterSettings,
    *,
    as_of: datetime,
    zone: tzinfo,
    before: datetime | None = None,
) -> pl.DataFrame:
    """The people, as ``Snapshot.roster`` wants them, in the file's order.

    Args:
        file: What ``read_file`` gave.
        settings: Which column says what.
        as_of: The instant that the plan is for.
        zone: The workspace's time zone; a termination date counts from its local day on.
        before: The as-of of the last apply, to tell who was active then, where dates tell it.

    Raises:
        RosterUnfit: With every fault, by row.
    """
    columns, table, frame = settings.columns, file.table, file.frame
    days = {name: _days(frame, mapping) for name, mapping in columns.dates.items()}
    refuse(
        settings.path,
        [
            *table.faults,
            _missing(table, settings),
            *_id_faults(frame, table, name=str(columns.id.column)),
            *_day_faults(frame, table, columns=columns, days=days),
        ],
    )
    ended = days.get("termination_date")

    def active_at(moment: datetime) -> pl.Series:
        today = moment.astimezone(zone).date()
        return _activity(frame, active=columns.active, ended=ended, today=today)

    return pl.DataFrame(
        [
            frame[str(columns.id.column)].alias("trainee"),
            active_at(as_of),
            *([active_at(before).alias("activity_before")] if before and ended is not None else []),
            *([ended.alias("termination_date")] if ended is not None else []),
            _hire_date(days.get("hire_date"), frame.height),
            *_attributes(frame, columns.attributes),
        ]
    )


def names_of(columns: Columns) -> frozenset[str]:
    """The columns of the file that are needed."""
    mappings = (columns.id, *columns.attributes.values(), *columns.dates.values(), columns.active)
    return frozenset(
        mapping.column for mapping in mappings if mapping is not None and mapping.column is not None
    )


def _texts(frame: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Days as text where they are no dates to the roster: an id, what tells who is active."""
    named = (columns.id.column, columns.active.column if columns.active else None)
    return frame.with_columns(
        frame[name].cast(pl.String) for name in dict.fromkeys(named) if name in frame.columns
    )


def _cleaned(frame: pl.DataFrame) -> pl.DataFrame:
    """Trim all text, bring it to NFC, and make the empty null (P4).

    Categories that are so already stay categories.
    """
    few = frame.select(pl.col(pl.Categorical)).get_columns()
    frame = frame.with_columns(one.cast(pl.String) for one in few if not _is_clean(one))
    texts = [one.name for one in frame if one.dtype == pl.String and not _is_clean(one)]
    if not texts:
        return frame
    more_bytes = pl.col(texts).str.len_bytes().sum() != pl.col(texts).str.len_chars().sum()
    beyond_ascii = frame.select(more_bytes).row(0, named=True)
    trimmed = [
        (
            pl.col(name).str.normalize("NFC") if beyond_ascii[name] else pl.col(name)
        ).str.strip_chars()
        for name in texts
    ]
    clean = frame.with_columns(trimmed)
    has_empty = clean.select((pl.col(texts) == "").any()).row(0, named=True)
    return clean.with_columns(
        pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)
        for name in texts
        if has_empty[name]
    )


def _is_clean(column: pl.Series) -> bool:
    values = distinct(column) if isinstance(column.dtype, pl.Categorical) else column.drop_nulls()
    return is_clean(values) and "" not in values


def _days(frame: pl.DataFrame, mapping: DateMapping) -> pl.Series | None:
    """The days of a column; null where it is empty or no date. None where it is missing."""
    if mapping.column not in frame.columns:
        return None
    column = frame[mapping.column]
    if column.dtype == pl.String:
        column = column.str.to_date(mapping.format, strict=False)
    sensible = column.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    return pl.select(pl.when(sensible).then(column)).to_series()


def _missing(table: Table, settings: RosterSettings) -> Faults:
    known = {name for name in table.header if name}
    alone = settings.source == "csv" and len(table.header) == 1
    seen = seen_delimiter(table.header)
    within = f", with {seen!r} in it" if seen else ""
    hint = f" The header has one column only{within}: is `roster.delimiter` right?" if alone else ""
    return told(
        Fault(
            table.header_row,
            f"There is no column {name!r}.{hint or did_you_mean(name, sorted(known))}",
        )
        for name in names_of(settings.columns) - known
    )


def _id_faults(frame: pl.DataFrame, table: Table, *, name: str) -> Iterator[Faults]:
    if name not in frame.columns:
        return
    ids = frame[name]
    if ids.null_count():
        yield where(
            ids.is_null(), rows=table.rows, text=lambda _: f"The id is empty (column {name!r})."
        )
    if ids.str.contains(BEYOND_ASCII).any() and (odd := ids.str.contains(UNSEEN)).any():
        yield where(odd, rows=table.rows, text=lambda at: _unseen(ids[at]))
    # Numbers are compared far faster than texts, and ids with different hashes differ.
    hashes = np.sort(ids.hash().to_numpy())
    if (hashes[1:] == hashes[:-1]).any() and ids.n_unique() < len(ids):
        again = ids.is_not_null() & ~ids.is_first_distinct()

        def twice(at: int) -> str:
            (before,) = table.rows([int((ids == ids[at]).arg_true()[0])])
            return f"The id {ids[at]!r} stands in row {before} already. Keep one of both (P4)."

        yield where(again, rows=table.rows, text=twice)


def _unseen(id_: str) -> str:
    if "\n" in id_:
        return f"The id {id_!r} holds a line break."
    odd = next(one for one in id_ if category(one) in ("Cc", "Cf", "Zl", "Zp"))
    return f"The id {id_!r} holds a character that nobody sees, U+{ord(odd):04X}. Take it out."


def _day_faults(
    frame: pl.DataFrame,
    table: Table,
    *,
    columns: Columns,
    days: Mapping[str, pl.Series | None],
) -> Iterator[Faults]:
    for name, mapping in columns.dates.items():
        read = days[name]
        if read is None:
            continue
        written = frame[mapping.column]
        bad = written.is_not_null() & read.is_null()
        if bad.any():
            like = "" if mapping.format == ISO else f" ({mapping.format})"
            hint = ". Where dates are written in another way, say how: `format` in reconciler.yaml"
            text = f"is no date such as {mapping.example}{like}{hint}"
            yield where(
                bad,
                rows=table.rows,
                text=lambda at, name=name, written=written, text=text: (  # type: ignore[misc]
                    f"The {name} {str(written[at])!r} {text}."
                ),
            )


def _activity(
    frame: pl.DataFrame, *, active: ActiveMapping | None, ended: pl.Series | None, today: date
) -> pl.Series:
    """Active, inactive or unknown (P5)."""
    is_active, is_inactive, is_unknown = (
        pl.lit(word, dtype=ACTIVITY) for word in ("active", "inactive", "unknown")
    )
    activity: pl.Expr = is_active
    if active is not None:
        status = pl.col(active.column)
        activity = (
            pl.when(status.is_in(list(active.is_)))
            .then(is_active)
            .when(status.is_in(list(active.is_not)))
            .then(is_inactive)
            .otherwise(is_unknown)
        )
    if ended is not None:
        activity = pl.when(ended <= today).then(is_inactive).otherwise(activity)
    column = frame.select(activity.alias("activity")).to_series()
    return column if len(column) == frame.height else column.new_from_index(0, frame.height)


def _hire_date(days: pl.Series | None, height: int) -> pl.Series:
    empty = pl.Series("hire_date", [None], dtype=pl.Date)
    return empty.new_from_index(0, height) if days is None else days.alias("hire_date")


def _attributes(frame: pl.DataFrame, mappings: Mapping[str, ColumnMapping]) -> Iterator[pl.Series]:
    for name, mapping in mappings.items():
        if mapping.column is None:
            constant = pl.Series(name, [mapping.constant], dtype=pl.String)
            yield constant.new_from_index(0, frame.height)
            continue
        column = frame[mapping.column].alias(name)
        if column.dtype != pl.Categorical:
            column = column.cast(pl.String)
        yield column if mapping.separator is None else _several(column, mapping.separator)


def _several(column: pl.Series, separator: str) -> pl.Series:
    """The values in each cell, without the empty and the repeated; worked out once a cell."""
    places, cells = numbered(column)
    value = pl.element().str.strip_chars()
    parts = pl.col("cell").str.split(separator).list.eval(value.filter(value != ""))
    split = cells.to_frame("cell").select(parts.list.unique(maintain_order=True)).to_series()
    nothing = pl.Series([[]], dtype=pl.List(pl.String))
    # From a list in one piece they are taken six times as fast.
    return pl.concat([split, nothing], rechunk=True).gather(places).alias(column.name)
