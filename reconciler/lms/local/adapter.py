"""The local LMS as an adapter: what it holds, and writes that are judged and made as sets."""

import json
import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl

from reconciler.errors import LmsUnfit
from reconciler.frames import HOLDINGS, INSTANT, OUTCOMES, PROGRESS, WRITES, Capabilities, Content
from reconciler.lms.contract import Lms
from reconciler.lms.local.database import opened, read, transaction

HELD = """
SELECT trainee, content, status, version, assigned, due, completed FROM enrollment
WHERE content IN (SELECT value FROM json_each(?))
"""
LEARNED = """
SELECT p.trainee, p.module, p.course, p.status, p.version, p.completed
FROM enrollment e JOIN progress p ON p.module = e.content AND p.trainee = e.trainee
WHERE e.content IN (SELECT value FROM json_each(?))
"""
OFFERED = "SELECT id, title, version, minutes FROM content ORDER BY id"
COURSES = "SELECT module, course FROM module_course ORDER BY module, position"

ASKED = """
CREATE TEMP TABLE asked (
    row INTEGER PRIMARY KEY, trainee TEXT, content TEXT, assigned INTEGER, due INTEGER, seen TEXT
)
"""
ASK = "INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?)"
MET = """
CREATE TEMP VIEW met AS
SELECT a.row, a.trainee, a.content, a.assigned, a.due, a.seen, c.version,
       e.status AS held, e.completed, e.due AS held_due
FROM asked a
LEFT JOIN content c ON c.id = a.content
LEFT JOIN enrollment e ON e.content = a.content AND e.trainee = a.trainee
"""
JUDGED = "SELECT row, verdict FROM judged WHERE verdict <> 'done'"

# What the verdict of a statement means, as a result and a detail.
VERDICTS = {
    "done": ("done", None),
    "as asked": ("already", None),
    "unknown content": ("refused", "the catalog of this LMS has no such content"),
    "record": ("refused", "completed: the record stays (D3)"),
    "not enrolled": ("skipped", "not enrolled"),
    "closed": ("skipped", "completed: it has no due date any more"),
    "changed": ("skipped", "its status is not the one that was planned from"),
}


class Write(NamedTuple):
    """A kind of write: how each row is judged, and what is done for those judged 'done'."""

    judge: str
    effects: tuple[str, ...]


ASSIGN = Write(
    """
    CREATE TEMP TABLE judged AS SELECT *, CASE
        WHEN version IS NULL  THEN 'unknown content'
        WHEN held IS NOT NULL THEN 'as asked'
        ELSE 'done' END AS verdict
    FROM met
    """,
    (
        """
        INSERT OR IGNORE INTO trainee (id)
        SELECT DISTINCT trainee FROM judged WHERE verdict = 'done' ORDER BY trainee
        """,
        """
        INSERT INTO enrollment (content, trainee, status, version, assigned, due)
        SELECT content, trainee, 'not_started', version, assigned, due
        FROM judged WHERE verdict = 'done'
        """,
        """
        INSERT INTO progress (module, trainee, course, status, version)
        SELECT j.content, j.trainee, m.course, 'not_started', c.version
        FROM judged j JOIN module_course m ON m.module = j.content JOIN content c ON c.id = m.course
        WHERE j.verdict = 'done'
        ON CONFLICT DO UPDATE SET status = excluded.status, version = excluded.version
        """,
    ),
)
RESCHEDULE = Write(
    """
    CREATE TEMP TABLE judged AS SELECT *, CASE
        WHEN version IS NULL    THEN 'unknown content'
        WHEN held IS NULL       THEN 'not enrolled'
        WHEN held = 'completed' THEN 'closed'
        WHEN held_due IS due    THEN 'as asked'
        ELSE 'done' END AS verdict
    FROM met
    """,
    (
        """
        UPDATE enrollment SET due = j.due FROM judged j
        WHERE j.verdict = 'done'
        AND enrollment.content = j.content AND enrollment.trainee = j.trainee
        """,
    ),
)
REMOVE = Write(
    """
    CREATE TEMP TABLE judged AS SELECT *, CASE
        WHEN version IS NULL       THEN 'unknown content'
        WHEN held IS NULL          THEN 'as asked'
        WHEN completed IS NOT NULL THEN 'record'
        WHEN held IS NOT seen      THEN 'changed'
        ELSE 'done' END AS verdict
    FROM met
    """,
    (
        """
        DELETE FROM progress WHERE completed IS NULL
        AND (module, trainee) IN (SELECT content, trainee FROM judged WHERE verdict = 'done')
        """,
        """
        DELETE FROM enrollment
        WHERE (content, trainee) IN (SELECT content, trainee FROM judged WHERE verdict = 'done')
        """,
    ),
)


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
        courses: dict[str, list[str]] = {}
        with opened(self.path) as database:
            for module, course in database.execute(COURSES):
                courses.setdefault(module, []).append(course)
            return {
                id_: Content(id_, title, version, minutes, tuple(courses.get(id_, ())))
                for id_, title, version, minutes in database.execute(OFFERED)
            }

    def accounts(self) -> frozenset[str]:
        return frozenset(read(self.path, "SELECT id FROM trainee")["id"])

    def holdings(self, contents: Collection[str]) -> pl.DataFrame:
        held = read(self.path, HELD, json.dumps(sorted(contents)))
        return HOLDINGS.cast(held.with_columns(instants("assigned", "due", "completed")))

    def progress(self, modules: Collection[str]) -> pl.DataFrame:
        learned = read(self.path, LEARNED, json.dumps(sorted(modules)))
        return PROGRESS.cast(learned.with_columns(instants("completed")))

    def assign(self, writes: pl.DataFrame) -> pl.DataFrame:
        return self._carry_out(ASSIGN, writes)

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
    rows = asked.with_columns(*seconds("assigned", "due"), pl.col("status").cast(pl.String))
    database.execute(ASKED)
    database.executemany(ASK, rows.rows())
    database.execute(MET)
    database.execute(write.judge)
    for effect in write.effects:
        database.execute(effect)
    rest = database.execute(JUDGED).fetchall()
    return pl.DataFrame(rest, schema={"row": pl.UInt32, "verdict": pl.String}, orient="row")


def _meaning(verdicts: pl.Series) -> dict[str, pl.Series]:
    results = {verdict: result for verdict, (result, _) in VERDICTS.items()}
    details = {verdict: detail for verdict, (_, detail) in VERDICTS.items()}
    return {
        "result": verdicts.replace_strict(results, return_dtype=pl.String),
        "detail": verdicts.replace_strict(details, return_dtype=pl.String),
    }


def _outcomes(asked: pl.DataFrame, **columns: pl.Expr | pl.Series) -> pl.DataFrame:
    return OUTCOMES.cast(asked.select("trainee", "content").with_columns(**columns))
