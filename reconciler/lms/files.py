"""Rows from a CSV or Parquet file, each with the line to name when something is wrong with it."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from reconciler.documents.delimiter import seen_delimiter
from reconciler.documents.parquet import Parquet, first_line
from reconciler.errors import Diagnostic, LmsUnfit, Location, did_you_mean

SHOWN = 20
PARQUET = (".parquet", ".pq")
BLOCK_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with some rows: how many findings, and the first of them."""

    count: int = 0
    first: tuple[Diagnostic, ...] = ()

    def __add__(self, other: "Faults") -> "Faults":
        return Faults(self.count + other.count, self.first + other.first)

    def refuse(self) -> None:
        """Do nothing where nothing is wrong.

        Raises:
            LmsUnfit: With the first findings, by place, and how many more there are.
        """
        if not self.count:
            return
        shown = sorted(self.first)[:SHOWN]
        more = self.count - len(shown)
        lines = [*map(str, shown), *([f"and {more:,} more"] if more else [])]
        raise LmsUnfit("\n".join(lines))


FEW_VALUES = ("content", "module", "course", "status")


def fault(file: str, summary: str, detail: str, *, line: int = 0) -> Faults:
    """One finding: about a row, or without a line about the whole file."""
    return Faults(1, (Diagnostic(Location(file, line, min(line, 1)), summary, detail),))


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file; ``lines`` tells where some of them stand, for messages only."""

    file: str
    rows: pl.DataFrame
    lines: Callable[[Sequence[int]], list[int]]


def read_table(
    path: Path, columns: Sequence[str], *, optional: Sequence[str] = ()
) -> tuple[Table | None, Faults]:
    """Read these columns of a file; all as text from CSV, as they are from Parquet.

    Args:
        optional: Those of them that may be missing, and are empty then.

    Returns:
        No table where the file cannot be used at all. Rows of another length than the header are
        left out of it, and are among the faults.
    """
    file = path.as_posix()
    try:
        if not path.exists():
            return None, fault(file, "No such file", "Correct its name, or export it again.")
        if not path.is_file():
            return None, fault(file, "Not a file", "Name a CSV or Parquet file.")
        read = _parquet if path.suffix.lower() in PARQUET else _csv
        return read(path, columns, optional)
    except (OSError, ValueError) as error:
        return None, fault(file, "Not readable", f"{first_line(error)}. Export it again.")


def _parquet(
    path: Path, columns: Sequence[str], optional: Sequence[str]
) -> tuple[Table | None, Faults]:
    # Few values in many rows: as categories they cost a tenth of the memory and of the time.
    file = Parquet(path, few=FEW_VALUES)
    if missing := _missing(path, columns, file.names, optional):
        return None, missing
    found = file.read([name for name in columns if name in file.names])
    rows = found.select(_or_empty(columns, file.names))
    return Table(path.as_posix(), rows, lambda some: [row + 1 for row in some]), Faults()


def _csv(
    path: Path, columns: Sequence[str], optional: Sequence[str]
) -> tuple[Table | None, Faults]:
    data = path.read_bytes()
    if unfit := _undecodable(path, data):
        return None, unfit
    ragged: list[tuple[int, int, int]] = []

    def skip(row: arrow_csv.InvalidRow) -> str:
        ragged.append((row.number, row.expected_columns, row.actual_columns))
        return "skip"

    try:
        read = arrow_csv.read_csv(
            # A header alone is no rows only where its line has ended.
            pa.BufferReader(data if data.endswith(b"\n") else data + b"\n"),
            # Row numbers are told by one thread only.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        reason = f"{first_line(error)}. Export it again."
        return None, fault(path.as_posix(), "Not readable", reason)
    if missing := _missing(path, columns, read.column_names, optional):
        return None, missing
    skipped = {number for number, _, _ in ragged}
    some = [name for name in columns if name in read.column_names]
    rows = pl.DataFrame(pl.from_arrow(read.select(some))).select(_or_empty(columns, some))
    table = Table(path.as_posix(), rows, lambda some: _lines(path, some, skipped))
    return table, _ragged(path, ragged)


def _ragged(path: Path, ragged: Sequence[tuple[int, int, int]]) -> Faults:
    """Findings for rows given as (number among all rows, columns wanted, columns found)."""
    if not ragged:
        return Faults()
    starts = _starts(path)
    first = [
        Diagnostic(
            Location(path.as_posix(), starts[number - 1] if number <= len(starts) else number, 1),
            "Ragged row",
            f"It has {found} columns, and the header has {wanted}. Put quotes around commas.",
        )
        for number, wanted, found in ragged[: SHOWN + 1]
    ]
    return Faults(len(ragged), tuple(first))


def _or_empty(columns: Sequence[str], found: Sequence[str]) -> list[pl.Expr]:
    return [pl.col(name) if name in found else pl.lit(None).alias(name) for name in columns]


def _missing(
    path: Path, columns: Sequence[str], found: Sequence[str], optional: Sequence[str]
) -> Faults | None:
    line = 0 if path.suffix.lower() in PARQUET else 1
    if line and (seen := seen_delimiter(found)):
        detail = f"The header has one column only, with {seen!r} in it. Separate them by commas."
        return fault(path.as_posix(), "Missing column", detail, line=line)
    faults = Faults()
    for column in columns:
        if column not in found and column not in optional:
            detail = f"{column!r} is wanted.{did_you_mean(column, found)}"
            faults += fault(path.as_posix(), "Missing column", detail, line=line)
        elif found.count(column) > 1:
            detail = f"{column!r} stands twice in the header. Keep one of them."
            faults += fault(path.as_posix(), "Duplicate column", detail, line=line)
    return faults if faults.count else None


def _undecodable(path: Path, data: bytes) -> Faults | None:
    if not data.strip():
        return fault(path.as_posix(), "Empty file", "Not even a header. Export it again.")
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        detail = f"Byte 0x{data[wrong.start]:02x} is not UTF-8. Save the file as UTF-8."
        return fault(path.as_posix(), "Wrong encoding", detail, line=line)
    return None


def _lines(path: Path, rows: Sequence[int], skipped: set[int]) -> list[int]:
    """The line of each row, by its position among the rows that were not skipped."""
    starts = [start for number, start in enumerate(_starts(path), 1) if number not in skipped]
    return [starts[row + 1] if row + 1 < len(starts) else row + 2 for row in rows]


def _starts(path: Path) -> list[int]:
    """The line in which each row begins, the header's first; blank lines are no rows."""
    starts: list[int] = []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        reader = csv.reader(text)
        before = 0
        try:
            for row in reader:
                if row:
                    starts.append(before + 1)
                before = reader.line_num
        except csv.Error:
            pass  # a field beyond measure: the rows behind it are told by their number
    return starts
