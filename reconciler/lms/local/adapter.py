"""The local LMS as an adapter: what it holds, and writes that are judged and made as sets."""

import json
import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl

from reconciler.errors import LmsUnfit
from reconciler.frames import HOLDINGS, INSTANT, OUTCOMES, PROGRESS, WRITES, Capabilities, Content
from reconciler.lms.contract import Lms
from reconciler.lms.local.database import (
    offered,
    opened,
    read,
    transaction,
    understood,
)
from reconciler.lms.local.writes import (
    ASKED,
    ASSIGN,
    JUDGED,
    REASSIGN,
    REMOVE,
    RESCHEDULE,
    VERDICTS,
    Write,
)

HELD = """
SELECT trainee, content, status, version, assigned, due, completed FROM enrollment
WHERE content IN (SELECT value FROM json_each(?))
"""
LEARNED = """
SELECT trainee, module, course, status, version, completed, completed_version FROM progress
WHERE module IN (SELECT value FROM json_each(?))
"""
BETWEEN = "\n"
"""Between the courses of a choice; no id has a line break in it."""


class LocalLms(Lms):
    """An LMS in one SQLite file. Each call opens it anew, so that nothing is held between calls."""

    def __init__(self, path: Path) -> None:
        """Open an existing file.

        Raises:
            LmsUnfit: The file is missing, or no local LMS that this program can use.
        """
        with opened(path):
            self.path = path

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(creates_accounts=True, batch_size=50_000)

    def catalog(self) -> Mapping[str, Content]:
        with understood(self.path), opened(self.path) as database:
            return offered(database)

    def accounts(self) -> frozenset[str]:
        with understood(self.path):
            return frozenset(read(self.path, "SELECT id FROM trainee")["id"])

    def holdings(self, contents: Collection[str]) -> pl.DataFrame:
        with understood(self.path):
            held = read(self.path, HELD, json.dumps(sorted(contents)))
            return HOLDINGS.cast(held.with_columns(instants("assigned", "due", "completed")))

    def progress(self, modules: Collection[str]) -> pl.DataFrame:
        with understood(self.path):
            learned = read(self.path, LEARNED, json.dumps(sorted(modules)))
            return PROGRESS.cast(learned.with_columns(instants("completed")))

    def assign(self, writes: pl.DataFrame) -> pl.DataFrame:
        return self._carry_out(ASSIGN, writes)

    def reassign(self, writes: pl.DataFrame) -> pl.DataFrame:
        return self._carry_out(REASSIGN, writes)

    def reschedule(self, writes: pl.DataFrame) -> pl.DataFrame:
        return self._carry_out(RESCHEDULE, writes)

    def remove(self, writes: pl.DataFrame) -> pl.DataFrame:
        return self._carry_out(REMOVE, writes)

    def _carry_out(self, write: Write, writes: pl.DataFrame) -> pl.DataFrame:
        # In the order of the tables' keys, so that pages are visited one after the other.
        asked = WRITES.check(writes).sort("content", "trainee").with_row_index("row")
        if asked.is_empty():
            return OUTCOMES.of()
        try:
            with transaction(self.path) as database:
                rest = _judged_and_done(database, write, asked)
        except (sqlite3.OperationalError, sqlite3.IntegrityError) as error:
            return _outcomes(asked, result=pl.lit("failed"), detail=pl.lit(f"not written: {error}"))
        except sqlite3.DatabaseError as error:
            raise LmsUnfit(f"{self.path} is damaged: {error}. Put a copy in its place.") from error
        verdict = asked.select("row").join(rest, on="row", how="left", maintain_order="left")
        return _outcomes(asked, **_meaning(verdict["verdict"].fill_null("done")))


def instants(*columns: str) -> list[pl.Expr]:
    """Columns of epoch seconds, as INSTANT."""
    return [(pl.col(column).cast(pl.Int64) * 1_000_000).cast(INSTANT) for column in columns]


def seconds(*columns: str) -> list[pl.Expr]:
    """Columns of INSTANT, as epoch seconds: what the file keeps."""
    return [pl.col(column).cast(pl.Int64) // 1_000_000 for column in columns]


def _judged_and_done(
    database: sqlite3.Connection, write: Write, asked: pl.DataFrame
) -> pl.DataFrame:
    """Make the writes, all as sets, and tell the verdict of each row that was not done."""
    for table in ASKED:
        database.execute(table)
    _ask(database, write, asked)
    database.execute(write.judge)
    for effect in write.effects:
        database.execute(effect)
    rest = database.execute(JUDGED).fetchall()
    return pl.DataFrame(rest, schema={"row": pl.UInt32, "verdict": pl.String}, orient="row")


def _ask(database: sqlite3.Connection, write: Write, asked: pl.DataFrame) -> None:
    columns = ("row", "trainee", "content", *write.asks)
    rows = asked.with_columns(
        *seconds("assigned", "due", "credit_after"),
        seen=pl.col("status").cast(pl.String),
        resets=pl.col("resets").cast(pl.String),
        choice=pl.col("courses").list.join(BETWEEN),
    ).select(columns)
    names, marks = ", ".join(columns), ", ".join("?" for _ in columns)
    statement = f"INSERT INTO asked ({names}) VALUES ({marks})"  # noqa: S608 names of our own
    database.executemany(statement, rows.rows())
    if "choice" in columns:
        choices = rows["choice"].unique().drop_nulls()
        courses = [
            (choice, course) for choice in choices for course in choice.split(BETWEEN) if course
        ]
        database.executemany("INSERT OR IGNORE INTO chosen VALUES (?, ?)", courses)


def _meaning(verdicts: pl.Series) -> dict[str, pl.Series]:
    results = {verdict: result for verdict, (result, _) in VERDICTS.items()}
    details = {verdict: detail for verdict, (_, detail) in VERDICTS.items()}
    return {
        "result": verdicts.replace_strict(results, return_dtype=pl.String),
        "detail": verdicts.replace_strict(details, return_dtype=pl.String),
    }


def _outcomes(asked: pl.DataFrame, **columns: pl.Expr | pl.Series) -> pl.DataFrame:
    return OUTCOMES.cast(asked.select("trainee", "content").with_columns(**columns))
