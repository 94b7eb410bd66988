"""Mutations of rows: in CSV, in Parquet, and in the tables of a SQLite file."""

import csv
import io
import sqlite3
import tempfile
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import polars as pl

from tests.fuzz.mutate import bytes_mutated, several
from tests.fuzz.odd import ODD

QUOTING = (csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
ENCODINGS = ("utf-8",) * 12 + ("utf-8-sig", "utf-16", "latin-1", "cp037")
ODD_CELLS = (
    None, 0, -1, 2**63 - 1, -(2**63), 1.5, float("inf"), float("nan"), b"", b"\xff\0", "x" * 5000, *ODD,
)  # fmt: skip
SERIES = (
    lambda n: pl.Series([0.5] * n), lambda n: pl.Series([None] * n), lambda n: pl.Series([True] * n),
    lambda n: pl.Series([b"\xff"] * n, dtype=pl.Binary), lambda n: pl.Series([["a", None]] * n),
    lambda n: pl.Series([{"a": 1, "b": "x"}] * n), lambda n: pl.Series([date(1, 1, 1)] * n),
    lambda n: pl.Series([date(9999, 12, 31)] * n), lambda n: pl.Series([datetime(9999, 12, 31, 23)] * n),
    lambda n: pl.Series([datetime(2026, 1, 1, tzinfo=UTC)] * n, dtype=pl.Datetime("ns", "Asia/Kathmandu")),
    lambda n: pl.Series([timedelta(days=1)] * n), lambda n: pl.Series([Decimal("1.5")] * n),
    lambda n: pl.Series(["a"] * n, dtype=pl.Categorical), lambda n: pl.Series(["b"] * n, dtype=pl.Enum(["b"])),
    lambda n: pl.Series([2**64 - 1] * n, dtype=pl.UInt64), lambda n: pl.Series([-(2**63)] * n),
    lambda n: pl.Series([2**62] * n).cast(pl.Datetime("us")), lambda n: pl.Series([-(2**31)] * n).cast(pl.Date),
    lambda n: pl.Series([1] * n).cast(pl.Time), lambda n: pl.Series([datetime(1, 1, 1)] * n, dtype=pl.Datetime("ms")),
)  # fmt: skip


def csv_mutated(random: Random, data: bytes, other: bytes) -> bytes:
    """Cells, rows and columns, the way they are written, or just bytes."""
    if random.random() < 0.3:
        return bytes_mutated(random, data, other)
    rows = list(csv.reader(io.StringIO(data.decode())))
    if random.random() < 0.4:
        row = random.choice(rows[1:])
        row[random.randrange(1, len(row))] = random.choice(
            (random.choice(ODD), random.choice(rows)[-1], "")
        )
        return _written(rows, "\n", ",", csv.QUOTE_MINIMAL).encode(errors="replace")
    if random.random() < 0.3:
        rows = rows[: random.choice((1, 2, 3))]
    for _ in several(random, 12):
        _change_rows(random, rows)
    end = random.choice(("\n",) * 12 + ("\r\n", "\r", "\n\n"))
    text = _written(rows, end, random.choice(",,,,,,,,,;|\t"), random.choice(QUOTING))
    return text.encode(random.choice(ENCODINGS), errors="replace")


def _written(rows: list[list[str]], end: str, between: str, quoting: int) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=between, quoting=quoting, lineterminator=end).writerows(rows)
    return text.getvalue()


def _change_rows(random: Random, rows: list[list[str]]) -> None:
    if not rows:
        return
    at, row = (found := random.randrange(len(rows))), rows[found]
    column = random.randrange(len(row)) if row else 0
    match random.randrange(8):
        case 0:
            rows[at:at] = [list(row)] * random.choice((1, 1, 40))
        case 1:
            del rows[at]
        case 2 if row:
            del row[column]
        case 3:
            row.append(random.choice(ODD))
        case 4 if row:
            for one in rows:
                del one[column : column + 1]
        case 5:
            rows[0].append(rows[0][0] if rows[0] else "")
        case _ if row:
            row[column] = random.choice((random.choice(ODD), random.choice(rows[-1] or [""])))


def parquet_mutated(random: Random, frame: pl.DataFrame) -> bytes:
    """Columns of other types, values, rows and names; and the bytes of the file."""
    table = io.BytesIO()
    _columns_changed(random, frame).write_parquet(
        table, compression=random.choice(("zstd", "lz4", "snappy", "uncompressed"))
    )
    data = table.getvalue()
    return bytes_mutated(random, data, data) if random.random() < 0.3 else data


def _columns_changed(random: Random, frame: pl.DataFrame) -> pl.DataFrame:
    for _ in several(random, 6):
        name = random.choice(frame.columns or [""])
        if not frame.width:
            return frame
        match random.randrange(7):
            case 0:
                frame = frame.drop(name)
            case 1:
                with suppress(pl.exceptions.PolarsError):
                    frame = frame.rename({name: random.choice((*frame.columns, *ODD))})
            case 2:
                frame = frame.head(random.choice((0, 1)))
            case 3:
                frame = pl.concat([frame] * random.choice((1, 2, 20)))
            case 4:
                odd = pl.Series(name, random.choices(ODD, k=frame.height), dtype=pl.String)
                frame = frame.with_columns(odd)
            case 5:
                some = pl.Series(
                    [place % 3 == 0 for place in range(frame.height)], dtype=pl.Boolean
                )
                nothing = frame[name].clear(frame.height)
                frame = frame.with_columns(frame[name].zip_with(some, nothing))
            case _:
                frame = frame.with_columns(random.choice(SERIES)(frame.height).alias(name))
    return frame


def sqlite_mutated(random: Random, data: bytes) -> bytes:
    """What somebody does to the tables with a database shell; or what a disk does to the bytes."""
    if random.random() < 0.4:
        return bytes_mutated(random, data, data)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.db")
        path.write_bytes(data)
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            # As if it had been written by something that knows no rules.
            database.executescript(
                "PRAGMA writable_schema = ON; PRAGMA ignore_check_constraints = ON;"
            )
            for _ in several(random, 8):
                with suppress(sqlite3.Error):
                    _change_table(random, database)
            database.executescript("PRAGMA journal_mode = DELETE;")
        return path.read_bytes()


def _change_table(random: Random, database: sqlite3.Connection) -> None:
    named = "SELECT name FROM sqlite_schema WHERE type = 'table'"
    table = random.choice([name for (name,) in database.execute(named)] or [""])
    columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')] or [""]
    column = random.choice(columns)
    match random.randrange(10):
        case 0:
            database.execute(f'DROP TABLE "{table}"')
        case 1:
            database.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
        case 2:
            database.execute(f"PRAGMA user_version = {random.choice((0, 1, 2, 3, 2**31 - 1))}")
        case 3:
            database.execute(f'DELETE FROM "{table}"')
        case 4:
            # Without STRICT a column holds anything.
            database.execute(
                "UPDATE sqlite_schema SET sql = replace(replace(sql, 'STRICT, ', ''), 'STRICT', '')"
            )
        case 5:
            database.execute(f'INSERT OR REPLACE INTO "{table}" VALUES ({", ".join("?" * len(columns))})',
                             random.choices(ODD_CELLS, k=len(columns)))  # fmt: skip
        case _:
            some = random.choice(("1", f'length("{column}") % 2 = 0'))
            database.execute(
                f'UPDATE "{table}" SET "{column}" = ? WHERE {some}', [random.choice(ODD_CELLS)]
            )
